// SPDX-License-Identifier: MIT
/* bridges.c - bridges of Docker and Podman against the machine's routes: overlaps, and a larger MTU */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "routes.h"
#include "satbed/base/mem.h"

#define DAEMON_JSON "/etc/docker/daemon.json"

struct table {
	struct sb_route *routes;
	size_t count;
};

static bool is_half_of_all(const struct sb_route *r)
{
	return r->mask == 0x80000000u;
}

/* A bridge address that no route has anything to do with. */
static char *free_bridge_address(const struct table *t)
{
	static const uint32_t bases[] = {0x0ac80000u, 0xc0a8c800u, 0xac1fc800u, 0x0af00000u};

	for (size_t i = 0; i < SB_ARRAY_LEN(bases); i++) {
		struct sb_route own = {.address = bases[i], .mask = 0xffffff00u};
		struct in_addr first = {.s_addr = htonl(bases[i] + 1)};
		char text[INET_ADDRSTRLEN];
		bool taken = false;

		for (size_t k = 0; k < t->count; k++)
			taken |= t->routes[k].mask && !is_half_of_all(&t->routes[k]) &&
				 sb_routes_overlap(&own, &t->routes[k]);
		if (!taken)
			return sb_asprintf("%s/24", inet_ntop(AF_INET, &first, text, sizeof(text)));
	}
	return sb_strdup("A.B.C.1/24");
}

/* A setting of the root daemon: a new file whole, an old one by hand. */
static char *setting_fix(const struct sb_machine *m, const char *member)
{
	const char *restart = sb_machine_has_systemd(m) ? "sudo systemctl restart docker"
							: "sudo service docker restart";
	struct stat st;

	if (!sb_machine_stat(m, DAEMON_JSON, &st))
		return sb_asprintf("sudo ${EDITOR:-vi} " DAEMON_JSON "  # add: %s\n%s", member,
				   restart);
	return sb_asprintf("echo '{%s}' | sudo tee " DAEMON_JSON "\n%s", member, restart);
}

static char *overlap_fix(const struct sb_check_context *x, const struct table *t,
			 const struct sb_route *bridge)
{
	sb_auto_free char *free_address = free_bridge_address(t);
	sb_auto_free char *member = sb_asprintf("\"bip\": \"%s\"", free_address);

	if (!strcmp(bridge->iface, "docker0"))
		return setting_fix(x->machine, member);
	return sb_asprintf("docker network ls  # then: docker network rm NAME, and create it with "
			   "--subnet %s",
			   free_address);
}

static void check_overlap(const struct sb_check_context *x, const struct table *t,
			  const struct sb_route *bridge, const struct sb_route *other)
{
	sb_auto_free char *own = sb_route_words(bridge), *there = sb_route_words(other);
	sb_auto_free char *fix = overlap_fix(x, t, bridge);
	bool narrower = __builtin_popcount(other->mask) > __builtin_popcount(bridge->mask);

	sb_find(x->out, "links.overlap", SB_LEVEL_WARN, bridge->iface, fix,
		"%s has %s, and a route to %s leads to %s%s: %s", bridge->iface, own, there,
		other->iface, sb_is_vpn_name(other->iface) ? " (a VPN)" : "",
		narrower ? "packets for containers with these addresses leave the machine instead"
			 : "what has these addresses behind it cannot be reached from here");
}

/* Docker gives no network an address range that a route covers; two halves cover all of them. */
static void check_pools(const struct sb_check_context *x, const struct table *t)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct sb_route *r = &t->routes[i];

		if (!is_half_of_all(r) || sb_is_bridge_name(r->iface))
			continue;
		sb_find(x->out, "links.pools", SB_LEVEL_WARN, r->iface,
			"docker network create --subnet 10.200.1.0/24 NAME  # give each network "
			"its range",
			"%s (a VPN) has routes to both halves of all addresses: Docker finds no "
			"free range "
			"for a new network (\"could not find an available, non-overlapping IPv4 "
			"address "
			"pool\")",
			r->iface);
		return;
	}
}

static int mtu_of(const struct sb_machine *m, const char *iface)
{
	sb_auto_free char *path = sb_asprintf("/sys/class/net/%s/mtu", iface);
	sb_auto_free char *text = sb_machine_read(m, path);

	return text ? atoi(text) : 0;
}

static bool is_uplink(const struct sb_route *r)
{
	return !sb_is_bridge_name(r->iface) &&
	       (!r->mask || is_half_of_all(r) || sb_is_vpn_name(r->iface));
}

static bool is_said(const struct table *t, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(t->routes[i].iface, t->routes[at].iface) && is_uplink(&t->routes[i]))
			return true;
	return false;
}

static void check_mtu(const struct sb_check_context *x, const struct table *t, const char *bridge)
{
	int own = mtu_of(x->machine, bridge);

	for (size_t i = 0; i < t->count && own; i++) {
		const struct sb_route *r = &t->routes[i];
		bool all = !r->mask || is_half_of_all(r);
		sb_auto_free char *member = NULL, *fix = NULL;
		int uplink;

		if (!is_uplink(r) || is_said(t, i))
			continue;
		uplink = mtu_of(x->machine, r->iface);
		if (!uplink || uplink >= own)
			continue;
		member = sb_asprintf("\"mtu\": %d", uplink);
		fix = setting_fix(x->machine, member);
		sb_find(x->out, "links.mtu", SB_LEVEL_WARN, bridge, fix,
			"%s has MTU %d, %s, through which %s, only %d: where ICMP is filtered, "
			"large packets "
			"of containers vanish (a TLS handshake hangs); other networks need it, "
			"too: docker "
			"network create --opt com.docker.network.driver.mtu=%d",
			bridge, own, r->iface, all ? "packets leave" : "a VPN's packets leave",
			uplink, uplink);
	}
}

void sb_check_bridges(const struct sb_check_context *x)
{
	struct table t = {0};
	struct stat st;

	if (!sb_check_context_wants(x, "docker") && !sb_check_context_wants(x, "podman"))
		return;
	t.count = sb_routes_read(x->machine, &t.routes);
	for (size_t i = 0; i < t.count; i++) {
		if (!sb_is_bridge_name(t.routes[i].iface) || !t.routes[i].mask)
			continue;
		for (size_t k = 0; k < t.count; k++)
			if (t.routes[k].mask && !is_half_of_all(&t.routes[k]) &&
			    strcmp(t.routes[k].iface, t.routes[i].iface) != 0 &&
			    !sb_is_bridge_name(t.routes[k].iface) &&
			    sb_routes_overlap(&t.routes[i], &t.routes[k]))
				check_overlap(x, &t, &t.routes[i], &t.routes[k]);
	}
	if (!sb_machine_stat(x->machine, "/sys/class/net/docker0/mtu", &st)) {
		check_pools(x, &t);
		check_mtu(x, &t, "docker0");
	}
	free(t.routes);
}
