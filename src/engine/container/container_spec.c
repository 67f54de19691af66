// SPDX-License-Identifier: MIT
/* container_spec.c - what a daemon is asked to make, with no right more than it needs */
#include "container_spec.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>

#include "container_interop.h"
#include "engine/pep/pep.h"
#include "payload.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define MIB (INT64_C(1) << 20)
/* Room for an interpreter or two of the user's, and the kernel's socket buffers. */
#define NODE_MEMORY (1024 * MIB)
#define NODE_PIDS   1024
/* What a client downloads is in memory, and some stacks keep it a second time. */
#define INTEROP_MEMORY (3072 * MIB)
/* The emulator's own, then per direction the packets on their way and per capture its ring. */
#define EMULATOR_MEMORY (512 * MIB)
#define SHAPER_MEMORY	(64 * MIB)
#define EMULATOR_PIDS	2048
/* A proxy's own, and what its sockets keep of so many connections that are busy at once. */
#define PROXY_MEMORY	  (256 * MIB)
#define PROXY_CONNECTIONS 16
#define PROXY_PIDS	  16
/* Eight times a container's usual 1024: it uses little, but at once. */
#define EMULATOR_CPU_SHARES 8192
/* Below what Linux gives to outgoing connections (ip_local_port_range, from 32768). */
#define PUBLISH_FROM	(size_t)20000
#define PUBLISH_RANGE	(size_t)32
#define NODE_WORK_BYTES "512m"

static void add_labels(cJSON *to, const struct sb_owner *owner)
{
	cJSON_AddItemToObject(to, "Labels", sb_owner_labels(owner));
}

static void add_words(cJSON *to, const char *key, const char *const *words, size_t count)
{
	cJSON_AddItemToObject(to, key, cJSON_CreateStringArray(words, (int)count));
}

cJSON *sb_spec_volume(const struct sb_spec *s)
{
	cJSON *body = cJSON_CreateObject();
	char name[SB_THING_NAME_MAX];

	sb_json_add_str(body, "Name", sb_spec_name(name, s, NULL));
	add_labels(body, s->owner);
	return body;
}

static const char *address4(char buf[INET6_ADDRSTRLEN], struct in_addr addr, uint32_t host)
{
	/* Networks are /24: the last byte is the host's. */
	if (host != UINT32_MAX)
		addr.s_addr = htonl((ntohl(addr.s_addr) & ~255u) | host);
	return inet_ntop(AF_INET, &addr, buf, INET6_ADDRSTRLEN);
}

static const char *address6(char buf[INET6_ADDRSTRLEN], struct in6_addr addr, uint32_t host)
{
	if (host != UINT32_MAX)
		for (size_t i = 8; i < 16; i++)
			addr.s6_addr[i] = (uint8_t)(i == 15 ? host : 0);
	return inet_ntop(AF_INET6, &addr, buf, INET6_ADDRSTRLEN);
}

/* @podman: the same in small letters */
static cJSON *pool(bool podman, const char *network, int prefix_len, const char *gateway)
{
	cJSON *obj = cJSON_CreateObject();
	sb_auto_free char *subnet = sb_asprintf("%s/%d", network, prefix_len);

	sb_json_add_str(obj, podman ? "subnet" : "Subnet", subnet);
	sb_json_add_str(obj, podman ? "gateway" : "Gateway", gateway);
	return obj;
}

static void add_pools(cJSON *to, bool podman, const struct sb_endpoint *end)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];

	cJSON_AddItemToArray(to, pool(podman, address4(a, end->addr4, 0), SB_PREFIX_LEN4,
				      address4(b, end->addr4, SB_GATEWAY_HOST)));
	cJSON_AddItemToArray(to, pool(podman, address6(a, end->addr6, 0), SB_PREFIX_LEN6,
				      address6(b, end->addr6, SB_GATEWAY_HOST)));
}

const char *sb_spec_network_path(const struct sb_spec *s)
{
	return s->podman ? "/libpod/networks/create" : "/networks/create";
}

/*
 * In Podman's own words: of those it has in common with Docker each network gets a server of names, and where the
 * kernel still looks for duplicates of the bridge's IPv6 address that server cannot start, nor then a container.
 */
static cJSON *podman_network(const struct sb_spec *s, const struct sb_endpoint *end,
			     const char *name)
{
	cJSON *body = cJSON_CreateObject(), *options;
	char mtu[16], bridge[SB_BRIDGE_MAX];

	sb_json_add_str(body, "name", name);
	sb_json_add_str(body, "driver", "bridge");
	sb_json_add_str(body, "network_interface", sb_journal_bridge(bridge, name));
	sb_json_add_bool(body, "internal", s->plan->path == SB_PATH_BRIDGE);
	sb_json_add_bool(body, "ipv6_enabled", true);
	sb_json_add_bool(body, "dns_enabled", false);
	add_pools(cJSON_AddArrayToObject(body, "subnets"), true, end);
	options = cJSON_AddObjectToObject(body, "options");
	snprintf(mtu, sizeof(mtu), "%u", s->plan->mtu);
	sb_json_add_str(options, "mtu", mtu);
	cJSON_AddItemToObject(body, "labels", sb_owner_labels(s->owner));
	return body;
}

cJSON *sb_spec_network(const struct sb_spec *s, size_t network)
{
	const struct sb_endpoint *end = sb_spec_network_end(s, network);
	char name[SB_THING_NAME_MAX], mtu[16], bridge[SB_BRIDGE_MAX];
	cJSON *body, *ipam, *options;

	sb_spec_network_name(name, s, network);
	if (s->podman)
		return podman_network(s, end, name);
	body = cJSON_CreateObject();
	sb_json_add_str(body, "Name", name);
	sb_json_add_str(body, "Driver", "bridge");
	/* Nothing of the emulated network gets out, and nothing in; but on a split path the way is
	 * out and in. */
	sb_json_add_bool(body, "Internal", s->plan->path == SB_PATH_BRIDGE);
	sb_json_add_bool(body, "CheckDuplicate", true);
	sb_json_add_bool(body, "EnableIPv6", true);
	ipam = cJSON_AddObjectToObject(body, "IPAM");
	sb_json_add_str(ipam, "Driver", "default");
	add_pools(cJSON_AddArrayToObject(ipam, "Config"), false, end);
	options = cJSON_AddObjectToObject(body, "Options");
	snprintf(mtu, sizeof(mtu), "%u", s->plan->mtu);
	sb_json_add_str(options, "com.docker.network.driver.mtu", mtu);
	/* Whoever finds a bridge knows whose it is. */
	sb_json_add_str(options, "com.docker.network.bridge.name", sb_journal_bridge(bridge, name));
	add_labels(body, s->owner);
	return body;
}

static cJSON *endpoint(const struct sb_endpoint *end)
{
	cJSON *obj = cJSON_CreateObject(), *ipam = cJSON_AddObjectToObject(obj, "IPAMConfig");
	char text[INET6_ADDRSTRLEN];

	sb_json_add_str(ipam, "IPv4Address", address4(text, end->addr4, UINT32_MAX));
	sb_json_add_str(ipam, "IPv6Address", address6(text, end->addr6, UINT32_MAX));
	return obj;
}

cJSON *sb_spec_connect(const char *container, const struct sb_endpoint *end)
{
	cJSON *body = cJSON_CreateObject();

	sb_json_add_str(body, "Container", container);
	cJSON_AddItemToObject(body, "EndpointConfig", endpoint(end));
	return body;
}

static void add_volume(cJSON *host, const struct sb_spec *s, bool read_only)
{
	cJSON *mount, *options;
	char name[SB_THING_NAME_MAX];

	sb_spec_name(name, s, NULL);
	/* Podman 5 does not look at NoCopy below, and an image may have files there. */
	if (s->podman) {
		sb_auto_free char *bind =
		    sb_asprintf("%s:%s:nocopy%s", name, SB_PAYLOAD_DIR, read_only ? ",ro" : "");

		cJSON_AddItemToArray(cJSON_AddArrayToObject(host, "Binds"),
				     cJSON_CreateString(bind));
		return;
	}
	mount = cJSON_CreateObject();
	sb_json_add_str(mount, "Type", "volume");
	sb_json_add_str(mount, "Source", name);
	sb_json_add_str(mount, "Target", SB_PAYLOAD_DIR);
	sb_json_add_bool(mount, "ReadOnly", read_only);
	options = cJSON_AddObjectToObject(mount, "VolumeOptions");
	sb_json_add_bool(options, "NoCopy", true);
	cJSON_AddItemToArray(cJSON_AddArrayToObject(host, "Mounts"), mount);
}

static void add_limits(cJSON *host, const struct sb_spec *s, int64_t memory, int64_t pids)
{
	if (s->memory_limit) {
		sb_json_add_i64(host, "Memory", memory);
		/* Without this, as much again in swap. */
		sb_json_add_i64(host, "MemorySwap", memory);
	}
	if (s->pids_limit)
		sb_json_add_i64(host, "PidsLimit", pids);
}

enum who { NODE, EMULATOR, PROXY };

/* A container of a run: its standard streams are the channel, and it is gone when its program is.
 */
static cJSON *container(const struct sb_spec *s, const char *image, const char *const *program,
			size_t words, enum who who, cJSON **host)
{
	static const char *const all[] = {"ALL"},
				 *const of_nodes[] = {"NET_ADMIN", "NET_RAW", "SETUID", "SETGID"},
				 *const of_emulator[] = {"NET_ADMIN", "NET_RAW", "SYS_NICE"},
				 *const of_proxies[] = {"NET_ADMIN", "NET_RAW"},
				 *const security[] = {"no-new-privileges"},
				 *const no_check[] = {"NONE"};
	cJSON *body = cJSON_CreateObject();

	sb_json_add_str(body, "Image", image);
	add_words(body, "Entrypoint", program, words);
	cJSON_AddArrayToObject(body, "Cmd");
	sb_json_add_str(body, "User", "0:0");
	sb_json_add_str(body, "WorkingDir", "/");
	sb_json_add_bool(body, "AttachStdin", true);
	sb_json_add_bool(body, "AttachStdout", true);
	sb_json_add_bool(body, "AttachStderr", true);
	sb_json_add_bool(body, "OpenStdin", true);
	sb_json_add_bool(body, "StdinOnce", true);
	sb_json_add_bool(body, "Tty", false);
	/* None of the image's own.  Podman sets up a timer of systemd for whatever is said here, so it is
	 * said where the image has one. */
	if (!s->podman || (who == NODE && s->image_has_check))
		add_words(cJSON_AddObjectToObject(body, "Healthcheck"), "Test", no_check, 1);
	add_labels(body, s->owner);
	*host = cJSON_AddObjectToObject(body, "HostConfig");
	sb_json_add_bool(*host, "AutoRemove", true);
	sb_json_add_bool(*host, "ReadonlyRootfs", true);
	sb_json_add_bool(*host, "Init", false);
	add_words(*host, "CapDrop", all, 1);
	/* Another user for a command; the emulator goes before the traffic it shapes.  Both give it up. */
	if (who == NODE)
		add_words(*host, "CapAdd", of_nodes, SB_ARRAY_LEN(of_nodes));
	else if (who == PROXY)
		add_words(*host, "CapAdd", of_proxies, SB_ARRAY_LEN(of_proxies));
	else
		add_words(*host, "CapAdd", of_emulator, SB_ARRAY_LEN(of_emulator));
	add_words(*host, "SecurityOpt", security, 1);
	/* What passes through the channel is nothing for a log. */
	sb_json_add_str(cJSON_AddObjectToObject(*host, "LogConfig"), "Type", "none");
	return body;
}

/* The one that it begins with: an older API takes no more. */
static void add_network(cJSON *body, cJSON *host, const struct sb_spec *s, size_t link,
			const struct sb_endpoint *end)
{
	cJSON *endpoints;
	char network[SB_THING_NAME_MAX];

	sb_spec_network_name(network, s, link);
	sb_json_add_str(host, "NetworkMode", network);
	endpoints = cJSON_AddObjectToObject(cJSON_AddObjectToObject(body, "NetworkingConfig"),
					    "EndpointsConfig");
	cJSON_AddItemToObject(endpoints, network, endpoint(end));
}

/* A program of the user's may speak both; its TCP port is the one that is published. */
const char *sb_spec_port(char buf[16], const struct sb_flow *flow)
{
	snprintf(buf, 16, "%u/%s", flow->port,
		 sb_flow_transport(flow) == SB_TRANSPORT_UDP ? "udp" : "tcp");
	return buf;
}

/*
 * Where on the host is the daemon's choice, within a range that no other flow has: TCP and UDP
 * might get the same number, and captures tell flows apart by it.
 */
static void publish_ports(cJSON *body, cJSON *host, const struct sb_plan *plan,
			  struct in_addr publish_on)
{
	char address[INET6_ADDRSTRLEN];
	cJSON *exposed = cJSON_AddObjectToObject(body, "ExposedPorts");
	cJSON *bindings = cJSON_AddObjectToObject(host, "PortBindings");

	for (size_t i = 0; i < plan->flow_count; i++) {
		cJSON *binding = cJSON_CreateObject();
		char port[16], range[32];

		sb_spec_port(port, &plan->flows[i]);
		snprintf(range, sizeof(range), "%zu-%zu", PUBLISH_FROM + i * PUBLISH_RANGE,
			 PUBLISH_FROM + (i + 1) * PUBLISH_RANGE - 1);
		cJSON_AddObjectToObject(exposed, port);
		/* Without an address, at all that the host has: the whole network could use the flows. */
		sb_json_add_str(binding, "HostIp", address4(address, publish_on, UINT32_MAX));
		sb_json_add_str(binding, "HostPort", range);
		cJSON_AddItemToArray(cJSON_AddArrayToObject(bindings, port), binding);
	}
}

cJSON *sb_spec_node(const struct sb_spec *s, size_t node)
{
	static const char *const program[] = {SB_PAYLOAD_AGENT};
	const struct sb_link *link = &s->plan->links[node ? node - 1 : 0];
	cJSON *host, *body, *files, *sysctls;
	char name[SB_NAME_MAX];

	body = container(s, sb_plan_node_image(s->plan, node), program, 1, NODE, &host);
	sb_json_add_str(body, "Hostname", sb_node_name(name, node));
	add_network(body, host, s, node ? node - 1 : 0, node ? &link->client : &link->server);
	if (node == 0 && s->plan->path != SB_PATH_BRIDGE)
		publish_ports(body, host, s->plan, s->publish_on);
	add_volume(host, s, true);
	files = cJSON_AddObjectToObject(host, "Tmpfs");
	sb_json_add_str(files, "/tmp", "rw,exec,nosuid,nodev,mode=1777,size=" NODE_WORK_BYTES);
	sb_json_add_str(files, "/run", "rw,noexec,nosuid,nodev,mode=755,size=16m");
	if (sb_interop_has_node(s->plan, node))
		sb_interop_add(body, host, files, s->plan, node);
	/* ssthresh and RTT of earlier connections must not leak into later ones. */
	sysctls = cJSON_AddObjectToObject(host, "Sysctls");
	sb_json_add_str(sysctls, "net.ipv4.tcp_no_metrics_save", "1");
	/* Any port is free to take, without a capability: Docker's own choice, but not Podman's. */
	sb_json_add_str(sysctls, "net.ipv4.ip_unprivileged_port_start", "0");
	add_limits(host, s, sb_interop_has_node(s->plan, node) ? INTEROP_MEMORY : NODE_MEMORY,
		   NODE_PIDS);
	return body;
}

static int64_t emulator_memory(const struct sb_plan *plan)
{
	int64_t points = (int64_t)sb_plan_points(plan), bytes = EMULATOR_MEMORY;

	for (size_t i = 0; i < plan->link_count; i++) {
		bytes += points * 2 * (int64_t)plan->capture_buffer_bytes;
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			bytes += SHAPER_MEMORY + 4 * (int64_t)plan->links[i].dir[dir].queue_bytes;
	}
	return bytes;
}

cJSON *sb_spec_emulator(const struct sb_spec *s)
{
	static const char *const program[] = {SB_PAYLOAD_LINKER, "--library-path", SB_PAYLOAD_LIBS,
					      SB_PAYLOAD_EMULATOR};
	cJSON *host, *body = container(s, s->emulator_image, program, SB_ARRAY_LEN(program),
				       EMULATOR, &host);

	sb_json_add_str(host, "NetworkMode", s->emulator_network);
	add_volume(host, s, false);
	if (s->tun) {
		cJSON *tun = cJSON_CreateObject();

		sb_json_add_str(tun, "PathOnHost", "/dev/net/tun");
		sb_json_add_str(tun, "PathInContainer", "/dev/net/tun");
		sb_json_add_str(tun, "CgroupPermissions", "rw");
		cJSON_AddItemToArray(cJSON_AddArrayToObject(host, "Devices"), tun);
	}
	add_limits(host, s, emulator_memory(s->plan), EMULATOR_PIDS);
	if (s->cpu_shares)
		sb_json_add_i64(host, "CpuShares", EMULATOR_CPU_SHARES);
	return body;
}

static int add_sysctl(void *arg, const char *name, const char *value, struct sb_err *err)
{
	(void)err;
	sb_json_add_str(arg, name, value);
	return 0;
}

/* Of each connection, both sockets keep what they send and what they receive. */
static int64_t proxy_memory(const struct sb_link *link)
{
	uint64_t buffers = link->dir[SB_UP].pep.buffer_bytes + link->dir[SB_DOWN].pep.buffer_bytes;

	return PROXY_MEMORY + (int64_t)(2 * 2 * PROXY_CONNECTIONS * buffers);
}

/* It has nothing of the nodes' images: its rights are those of the emulator, over its own network only. */
cJSON *sb_spec_proxy(const struct sb_spec *s, size_t proxy)
{
	static const char *const program[] = {SB_PAYLOAD_LINKER, "--library-path", SB_PAYLOAD_LIBS,
					      SB_PAYLOAD_EMULATOR, "proxy"};
	struct sb_pep_place at = {
	    .plan = s->plan, .link = proxy / 2, .sends = proxy % 2 ? SB_DOWN : SB_UP};
	cJSON *host,
	    *body = container(s, s->emulator_image, program, SB_ARRAY_LEN(program), PROXY, &host);

	add_network(body, host, s, at.link, &s->proxies[proxy].node);
	sb_pep_sysctls(&at, true, add_sysctl, cJSON_AddObjectToObject(host, "Sysctls"), NULL);
	add_limits(host, s, proxy_memory(&s->plan->links[at.link]), PROXY_PIDS);
	return body;
}
