// SPDX-License-Identifier: MIT
/*
 * container_split.c - the path through the relay that rootless Docker has anyway
 *
 *	client ⇄ bridge ── NAT ── tap0 ⇄ slirp4netns ⇄ host's address, published port
 *	           ↑ down          ↑ up                       ⇅ RootlessKit's port driver
 *	                                                server ⇄ bridge
 *
 * The client goes to the server's published port at the host's own address: the only way there is
 * out through RootlessKit's tap (rootlesskit(1), "--net"), and back in through its port driver.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "container.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* RootlessKit gives this name to the tap of each of its network drivers. */
#define TAP	    "tap0"
#define SERVER_HOST 1
#define MAX_FLOWS   256

static const cJSON *find_rootlesskit(const cJSON *version)
{
	const cJSON *part;

	cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(version, "Components"))
	{
		const char *name =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, "Name"));

		if (name && !strcmp(name, "rootlesskit"))
			return cJSON_GetObjectItemCaseSensitive(part, "Details");
	}
	return NULL;
}

static char *detail(const cJSON *details, const char *key)
{
	return sb_strdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(details, key)));
}

int sb_container_drivers(struct sb_containers *c, struct sb_err *err)
{
	const cJSON *details;
	cJSON *version = NULL;
	int status =
	    sb_daemon_call(c->daemon, "GET", "/version", NULL, SB_CONTAINER_CALL_MS, &version, err);

	if (status < 0 || status >= 400)
		return -1;
	details = find_rootlesskit(version);
	c->network_driver = detail(details, "NetworkDriver");
	c->port_driver = detail(details, "PortDriver");
	cJSON_Delete(version);
	return 0;
}

static int check(struct sb_containers *c, struct sb_err *err)
{
	const struct sb_plan *plan = c->request->plan;
	const struct sb_daemon_info *about = sb_daemon_info(c->daemon);
	const char *path = sb_path_name(plan->path), *wanted = sb_relay_name(plan->path);

	if (!about->rootless || about->podman)
		return sb_fail(err, SB_EINPUT, 0,
			       "[testbed] path = %s: nothing relays between the containers of %s; "
			       "use --engine docker-rootless, or --engine native",
			       path, c->common.ops->name);
	if (plan->placement != SB_INSIDE)
		return sb_fail(err, SB_EINPUT, 0,
			       "[testbed] placement = outside: beyond the relay of rootless Docker "
			       "is the host's own network, which is not satbed's to shape; use "
			       "--engine native");
	if (plan->link_count > 1)
		return sb_fail(err, SB_EINPUT, 0,
			       "[testbed] path = %s with %zu clients: rootless Docker has one tap "
			       "for all of them; use clients = 1, or --engine native",
			       path, plan->link_count);
	if (plan->flow_count > MAX_FLOWS)
		return sb_fail(err, SB_EINPUT, 0,
			       "[testbed] path = %s: no more than %d flows find a port to be "
			       "published at",
			       path, MAX_FLOWS);
	/* Docker before 23.0 does not tell; slirp4netns is what it has unless told otherwise. */
	if (!c->network_driver && plan->path == SB_PATH_SLIRP)
		sb_container_warn(c, "this rootless Docker does not say which network driver it "
				     "has; slirp4netns is assumed, the default");
	else if (!c->network_driver || strcmp(c->network_driver, wanted))
		return sb_fail(
		    err, SB_EENV, 0,
		    "[testbed] path = %s: the network driver of this rootless Docker is %s, not "
		    "%s; set Environment=DOCKERD_ROOTLESS_ROOTLESSKIT_NET=%s in a drop-in of its "
		    "service (systemctl --user edit docker) and restart it, or use --engine native",
		    path, c->network_driver ? c->network_driver : "not known", wanted, wanted);
	return 0;
}

/* The address that the host uses towards the world, or any but its loopback. */
static int host_address(struct in_addr *out, struct sb_err *err)
{
	struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(9)}, own = {0};
	sb_auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifaddrs *all = NULL;
	socklen_t len = sizeof(own);

	/* TEST-NET-1 (RFC 5737); connecting a datagram socket sends nothing. */
	inet_pton(AF_INET, "192.0.2.1", &far.sin_addr);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&far, sizeof(far)) &&
	    !getsockname(fd, (struct sockaddr *)&own, &len)) {
		*out = own.sin_addr;
		return 0;
	}
	if (getifaddrs(&all))
		all = NULL;
	for (const struct ifaddrs *a = all; a; a = a->ifa_next) {
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET ||
		    (a->ifa_flags & IFF_LOOPBACK) || !(a->ifa_flags & IFF_UP))
			continue;
		*out = ((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr;
		freeifaddrs(all);
		return 0;
	}
	freeifaddrs(all);
	return sb_fail(err, SB_EENV, 0,
		       "this machine has no IPv4 address but loopback, where slirp4netns could "
		       "reach the server's published port");
}

int sb_container_split_plan(struct sb_containers *c, struct sb_err *err)
{
	struct sb_link *link = &c->common.built->links[0];

	if (check(c, err) || host_address(&c->spec.publish_on, err))
		return -1;
	/* One network for both: what keeps them apart is the address the client goes to. */
	link->server.addr4 = link->client.addr4;
	((uint8_t *)&link->server.addr4)[3] = SERVER_HOST;
	link->server.addr6 = link->client.addr6;
	link->server.addr6.s6_addr[15] = SERVER_HOST;
	link->relay.gateway4 = sb_spec_gateway(link);
	sb_copy_str(link->relay.tap, sizeof(link->relay.tap), TAP);
	return 0;
}

/* "Ports":{"5201/tcp":[{"HostIp":"0.0.0.0","HostPort":"49153"}]} */
static uint16_t published(const cJSON *ports, const char *key)
{
	const cJSON *binding = cJSON_GetArrayItem(cJSON_GetObjectItemCaseSensitive(ports, key), 0);
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(binding, "HostPort"));
	uint64_t port;

	return text && !sb_parse_digits(text, UINT16_MAX, &port) ? (uint16_t)port : 0;
}

static int take_ports(struct sb_plan *plan, const cJSON *server, struct sb_err *err)
{
	const cJSON *settings = cJSON_GetObjectItemCaseSensitive(server, "NetworkSettings");
	const cJSON *ports = cJSON_GetObjectItemCaseSensitive(settings, "Ports");

	for (size_t i = 0; i < plan->flow_count; i++) {
		struct sb_flow *flow = &plan->flows[i];
		char key[16];

		flow->connect_port = published(ports, sb_spec_port(key, flow));
		if (!flow->connect_port)
			return sb_fail(err, SB_EENGINE, 0, "the server's port %s is not published",
				       key);
	}
	return 0;
}

int sb_container_split_ports(struct sb_containers *c, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];
	sb_auto_free char *path =
	    sb_asprintf("/containers/%s/json", sb_spec_node_name(name, &c->spec, 0));
	struct sb_link *link = &c->common.built->links[0];
	cJSON *server = NULL;
	int status =
	    sb_daemon_call(c->daemon, "GET", path, NULL, SB_CONTAINER_CALL_MS, &server, err);
	int rc = status < 0 || status >= 400 ? -1 : take_ports(c->common.built, server, err);

	cJSON_Delete(server);
	/* The address of the plan was that of the bridge. */
	link->target4 = c->spec.publish_on;
	return rc;
}
