/* SPDX-License-Identifier: MIT */
/* container_spec.h - what a daemon is asked to make, as the Engine API has it; pure */
#ifndef SATBED_ENGINE_CONTAINER_SPEC_H
#define SATBED_ENGINE_CONTAINER_SPEC_H

#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "satbed/journal.h"
#include "satbed/plan.h"

#define SB_THING_NAME_MAX 64
#define SB_GATEWAY_HOST	  254 /* of the daemon's end of each network */
#define SB_SUBNETS	  512u /* of 24 bits that 198.18.0.0/15 (RFC 2544) has; the first is left out */

/**
 * struct sb_spec_proxy - the container of a terminal or a gateway
 * @node, @satellite: its ends, in the network of its client and in that of the satellite leg; neither
 *		forwards anything: the emulator joins what belongs together (sb_link_join())
 */
struct sb_spec_proxy {
	struct sb_endpoint node, satellite;
};

/**
 * struct sb_spec - what all of one run's things have in common
 * @plan:	addresses as they are asked for
 * @podman:	networks are described otherwise there
 * @memory_limit, @pids_limit, @cpu_shares: can this daemon enforce them?
 * @tun:	give the emulator /dev/net/tun
 * @image_has_check: an image of a node has a health check
 * @emulator_network: network mode of the emulator
 * @publish_on:	on a split path, the one address of the daemon's host at which the client finds the server's
 *		ports; others of that host's networks do not
 * @emulator_image: id of the image that has nothing but the emulator
 * @proxies:	with proxies two for each link, terminal and gateway; else NULL
 */
struct sb_spec {
	const struct sb_owner *owner;
	const struct sb_plan *plan;
	bool podman, memory_limit, pids_limit, cpu_shares, tun, image_has_check;
	const char *emulator_network, *emulator_image;
	struct in_addr publish_on;
	struct sb_spec_proxy *proxies;
};

/** sb_spec_name() - "satbed-RUN" or "satbed-RUN-PART" */
const char *sb_spec_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, const char *part);
/** sb_spec_node_name() - the container of a node: "satbed-RUN-server", "satbed-RUN-client1" */
const char *sb_spec_node_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, size_t node);
/** sb_spec_proxy_name() - "satbed-RUN-terminal1", "satbed-RUN-gateway1", ... */
const char *sb_spec_proxy_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s, size_t proxy);
/** sb_spec_network_name() - "satbed-RUN-1" for the first client's; those of satellite legs come after all
 * clients' */
const char *sb_spec_network_name(char buf[SB_THING_NAME_MAX], const struct sb_spec *s,
				 size_t network);
/** sb_spec_networks(), sb_spec_proxies() - how many there are */
size_t sb_spec_networks(const struct sb_spec *s);
size_t sb_spec_proxies(const struct sb_spec *s);
/** sb_spec_fill_proxies() - @s->proxies, with addresses; freed by the caller */
void sb_spec_fill_proxies(struct sb_spec *s);
/** sb_spec_network_end() - one of those in it */
const struct sb_endpoint *sb_spec_network_end(const struct sb_spec *s, size_t network);
/** sb_spec_subnet(), sb_spec_move() - which /24 of 198.18.0.0/15 a network has; it and all in it get another one */
unsigned int sb_spec_subnet(const struct sb_spec *s, size_t network);
void sb_spec_move(struct sb_spec *s, struct sb_plan *plan, size_t network, unsigned int subnet);

/* Bodies of POST /volumes/create, sb_spec_network_path(), /networks/{id}/connect, /containers/create; the
 * caller's to delete. */
cJSON *sb_spec_volume(const struct sb_spec *s);
cJSON *sb_spec_network(const struct sb_spec *s, size_t network);
/** sb_spec_network_path() - what that is sent to */
const char *sb_spec_network_path(const struct sb_spec *s);
cJSON *sb_spec_connect(const char *container, const struct sb_endpoint *end);
cJSON *sb_spec_node(const struct sb_spec *s, size_t node);
cJSON *sb_spec_emulator(const struct sb_spec *s);
cJSON *sb_spec_proxy(const struct sb_spec *s, size_t proxy);

/** sb_spec_port() - a flow's port as the API writes it: "5201/tcp" */
const char *sb_spec_port(char buf[16], const struct sb_flow *flow);
/** sb_spec_gateway() - the address of the daemon's end of a link's network */
struct in_addr sb_spec_gateway(const struct sb_link *link);

#endif
