/* SPDX-License-Identifier: MIT */
/*
 * engine.h - running the plan's nodes: namespaces of our own, or containers
 *
 * An engine brings up the nodes (each running the node program on a channel, node_proto.h), their
 * networks, and the sky: the process that shapes and captures where the host-side halves of all
 * networks are.
 */
#ifndef SATBED_ENGINE_H
#define SATBED_ENGINE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_sky_start - what the sky begins with
 * @channel_fd:	to the orchestrator; the sky ends when it closes
 * @capture_fds: files to capture into, two per link: client's end, server's end
 */
struct sb_sky_start {
	const struct sb_plan *plan;
	int channel_fd;
	const int *capture_fds;
};

/** sb_sky_main_fn - the sky's whole life; its return value is the process's exit status */
typedef int sb_sky_main_fn(const struct sb_sky_start *start);

/**
 * struct sb_engine_request - what an engine is asked for; valid as long as the testbed
 * @sky_main:	run by the engine in the sky process
 */
struct sb_engine_request {
	const struct sb_plan *plan;
	sb_sky_main_fn *sky_main;
	const int *capture_fds;
};

struct sb_testbed;

/**
 * struct sb_engine_ops - one way of running nodes
 * @name:	as written in a scenario (`engine = native`) and in reports
 * @probe:	can it run here?  Changes nothing; a failure says what is missing (SB_EENV)
 * @up:		nodes and sky run and their channels are open; on failure nothing is left
 * @describe:	facts for the manifest
 * @down:	everything gone; NULL is allowed.  The engine's own processes are waited for
 */
struct sb_engine_ops {
	const char *name;
	int (*probe)(struct sb_err *err);
	int (*up)(const struct sb_engine_request *request, struct sb_testbed **out,
		  struct sb_err *err);
	void (*describe)(const struct sb_testbed *tb, cJSON *into);
	void (*down)(struct sb_testbed *tb);
};

extern const struct sb_engine_ops sb_engine_native;

/** sb_engine_find() - by name; "auto" is the first whose probe works; NULL with @err otherwise */
const struct sb_engine_ops *sb_engine_find(const char *name, struct sb_err *err);

/** struct sb_testbed - what every engine's testbed begins with; channels are borrowed from it */
struct sb_testbed {
	const struct sb_engine_ops *ops;
	int sky_fd;
	size_t node_count; /* the server, then the clients */
	int *node_fds;
};

#endif
