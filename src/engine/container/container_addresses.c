// SPDX-License-Identifier: MIT
/* container_addresses.c - names and addresses of a run's networks, and of what is in them beside the nodes */
#include <arpa/inet.h>
#include <stdio.h>

#include "container_spec.h"
#include "engine/pep/pep.h"
#include "satbed/base/mem.h"

/* Beside server and client (src/plan/links.c). */
#define TERMINAL_HOST	   3
#define PROXY_GATEWAY_HOST 4
/* Behind those of all clients that a plan may have. */
#define FIRST_SATELLITE (SB_SUBNETS / 2)
#define NAME_PREFIX	"satbed-"

const char *sb_spec_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, const char *part)
{
	snprintf(buf, SB_THING_NAME_MAX, NAME_PREFIX "%s%s%s", s->owner->run, part ? "-" : "",
		 part ? part : "");
	return buf;
}

const char *sb_spec_node_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, size_t node)
{
	char name[SB_NAME_MAX];

	return sb_spec_name(buf, s, sb_node_name(name, node));
}

const char *sb_spec_network_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s,
				 size_t network)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", network + 1);
	return sb_spec_name(buf, s, number);
}

struct in_addr sb_spec_gateway(const struct sb_link *link)
{
	return (struct in_addr){
	    htonl((ntohl(link->client.addr4.s_addr) & ~255u) | SB_GATEWAY_HOST)};
}

size_t sb_spec_proxies(const struct sb_spec *s)
{
	return s->plan->pep ? 2 * s->plan->link_count : 0;
}

size_t sb_spec_networks(const struct sb_spec *s)
{
	return s->plan->pep ? 2 * s->plan->link_count : s->plan->link_count;
}

const char *sb_spec_proxy_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, size_t proxy)
{
	char part[SB_NAME_MAX];

	snprintf(part, sizeof(part), "%s%zu", sb_pep_machine_name(proxy % 2 ? SB_DOWN : SB_UP),
		 proxy / 2 + 1);
	return sb_spec_name(buf, s, part);
}

const struct sb_endpoint *sb_spec_network_end(const struct sb_spec *s, size_t network)
{
	size_t links = s->plan->link_count;

	return network < links ? &s->plan->links[network].client
			       : &s->proxies[2 * (network - links)].satellite;
}

static void set_subnet(struct sb_endpoint *end, unsigned int subnet)
{
	uint32_t host = ntohl(end->addr4.s_addr) & 255u;

	end->addr4.s_addr = htonl((198u << 24 | 18u << 16) + (subnet << 8) + host);
	end->addr6.s6_addr[4] = (uint8_t)(subnet >> 8);
	end->addr6.s6_addr[5] = (uint8_t)subnet;
}

static void set_host(struct sb_endpoint *end, uint8_t host)
{
	end->addr4.s_addr = htonl((ntohl(end->addr4.s_addr) & ~255u) | host);
	end->addr6.s6_addr[15] = host;
}

void sb_spec_fill_proxies(struct sb_spec *s)
{
	s->proxies = sb_alloc(sb_spec_proxies(s) + 1, sizeof(*s->proxies));
	for (size_t i = 0; i < sb_spec_proxies(s); i++) {
		struct sb_spec_proxy *p = &s->proxies[i];

		p->node = p->satellite = s->plan->links[i / 2].client;
		set_host(&p->node, i % 2 ? PROXY_GATEWAY_HOST : TERMINAL_HOST);
		set_host(&p->satellite, i % 2 ? PROXY_GATEWAY_HOST : TERMINAL_HOST);
		set_subnet(&p->satellite, FIRST_SATELLITE + (unsigned int)(i / 2));
	}
}

unsigned int sb_spec_subnet(const struct sb_spec *s, size_t network)
{
	return ntohl(sb_spec_network_end(s, network)->addr4.s_addr) >> 8 & (SB_SUBNETS - 1);
}

void sb_spec_move(struct sb_spec *s, struct sb_plan *plan, size_t network, unsigned int subnet)
{
	size_t i = network % plan->link_count;
	struct sb_link *link = &plan->links[i];

	if (network >= plan->link_count) {
		set_subnet(&s->proxies[2 * i].satellite, subnet);
		set_subnet(&s->proxies[2 * i + 1].satellite, subnet);
		return;
	}
	set_subnet(&link->client, subnet);
	set_subnet(&link->server, subnet);
	if (s->proxies) {
		set_subnet(&s->proxies[2 * i].node, subnet);
		set_subnet(&s->proxies[2 * i + 1].node, subnet);
	}
	link->target4 = link->server.addr4;
	link->target6 = link->server.addr6;
	if (plan->path != SB_PATH_BRIDGE)
		link->relay.gateway4 = sb_spec_gateway(link);
}
