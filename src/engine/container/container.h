/* SPDX-License-Identifier: MIT */
/* container.h - a testbed of containers; private to the engines that speak to a daemon */
#ifndef SATBED_ENGINE_CONTAINER_H
#define SATBED_ENGINE_CONTAINER_H

#include "container_spec.h"
#include "payload.h"
#include "satbed/base/lines.h"
#include "satbed/container_api.h"
#include "satbed/engine.h"
#include "satbed/journal.h"

#define SB_CONTAINER_CALL_MS 60000 /* starting a container on a busy machine */

/**
 * struct sb_containers - the testbed
 * @daemon:	the caller's thread; other threads have connections of their own
 * @attachments: the channels' far ends
 * @image:	the daemon's answer about the image, of the server where nodes have several
 * @client_image: the same of an interop flow's client; else NULL
 * @emulator_image: id of the image made for the emulator; NULL until it is
 * @emulator_network: where not the daemon's host network: found when the nodes run
 * @os_release:	of the server, as read in its container
 * @warnings:	for the manifest; strings
 * @network_driver, @port_driver: of RootlessKit, where there is one
 * @proxy_fds:	channels of terminals and gateways, as they are in @spec
 */
struct sb_containers {
	struct sb_testbed common; /* first: engines cast */
	const struct sb_engine_request *request;
	struct sb_daemon *daemon;
	struct sb_journal *journal;
	struct sb_attachments *attachments;
	struct sb_spec spec;
	cJSON *image, *client_image, *warnings;
	char *os_release, *emulator_network, *emulator_image;
	char *network_driver, *port_driver;
	int *proxy_fds;
};

/** sb_container_ops() - the engine of such a daemon (container.c) */
const struct sb_engine_ops *sb_container_ops(const struct sb_daemon_info *about);

/** sb_container_image() - is the image there?  Else pulled (container_image.c) */
int sb_container_image(struct sb_containers *c, struct sb_err *err);
/** sb_container_check_os() - a warning when an image named after a release of Ubuntu is another */
void sb_container_check_os(struct sb_containers *c);
void sb_container_warn(struct sb_containers *c, const char *text);

/**
 * sb_container_rootless_netns() - network mode of a emulator of rootless Podman, once a node runs
 * (container_netns.c)
 *
 * Return: "ns:PATH", the caller's to free, or NULL with @err
 */
char *sb_container_rootless_netns(const struct sb_daemon_info *about, struct sb_err *err);
/** sb_container_drivers() - what RootlessKit uses (container_split.c) */
int sb_container_drivers(struct sb_containers *c, struct sb_err *err);
/** sb_container_split_plan() - can this daemon's relay be the path?  Addresses for it */
int sb_container_split_plan(struct sb_containers *c, struct sb_err *err);
/** sb_container_split_ports() - where the client finds the server, once that runs */
int sb_container_split_ports(struct sb_containers *c, struct sb_err *err);
/** sb_container_cpu() - of RootlessKit and its relay (container_cpu.c) */
void sb_container_cpu(const struct sb_testbed *tb, cJSON *into);
/** sb_container_make() - volume, networks, containers, channels; all started (container_make.c) */
int sb_container_make(struct sb_containers *c, struct sb_err *err);
/** sb_container_look() - the plan as it was built, and the emulator told it (container_inspect.c) */
int sb_container_look(struct sb_containers *c, struct sb_err *err);
/**
 * sb_container_join_proxies() - terminals and gateways learn what they are, between nodes that are known
 * @to_emulator: its request "plan" gets "joints"; the plan as built, the points that they make
 *
 * container_proxies.c
 */
int sb_container_join_proxies(struct sb_containers *c, struct sb_lines *emulator,
			      cJSON *to_emulator, struct sb_err *err);
/** sb_container_proxy_ended() - -1 with @err where the container of a terminal or gateway has ended */
int sb_container_proxy_ended(const struct sb_containers *c, struct sb_err *err);
/** sb_container_proxy_facts() - @stopped gets "relays", as the native engine's emulator has them */
void sb_container_proxy_facts(struct sb_testbed *tb, cJSON *stopped);
/** sb_container_remove() - everything, side by side; true when nothing is left
 * (container_remove.c) */
bool sb_container_remove(struct sb_containers *c);

#endif
