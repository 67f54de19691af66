/* SPDX-License-Identifier: MIT */
/*
 * engine.h - running the plan's nodes: namespaces of our own, or containers
 *
 * An engine brings up the nodes (each running the agent on a channel, agent_proto.h), their
 * networks, and the emulator: the process that shapes and captures where the host-side halves of all
 * networks are.
 */
#ifndef SATBED_ENGINE_H
#define SATBED_ENGINE_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_emulator_start - what the emulator begins with
 * @channel_fd:	from the orchestrator; the emulator ends when it closes
 * @answer_fd:	to the orchestrator; the same one where the channel is a socket
 * @strange:	the bridges are somebody else's, and may speak
 * @capture_fds: files to capture into, sb_plan_points() per link in the order of enum
 *		sb_point; NULL: nothing is captured
 * @facts:	what the engine's part in the emulator knows at the run's end is put into "stopped"; may
 *		be NULL
 */
struct sb_emulator_start {
	const struct sb_plan *plan;
	int channel_fd, answer_fd;
	bool strange;
	const int *capture_fds;
	void (*facts)(void *arg, cJSON *into);
	void *facts_arg;
};

/* Where the emulator, in a container, keeps what it captures: files 0, 1, ... */
#define SB_EMULATOR_CAPTURES "/.satbed/captures"

/** sb_emulator_main_fn - the emulator's whole life; its return value is the process's exit status */
typedef int sb_emulator_main_fn(const struct sb_emulator_start *start);

/**
 * struct sb_engine_request - what an engine is asked for; valid as long as the testbed
 * @emulator_main:	run by the engine in the emulator process
 * @capture_fds: as for the emulator
 */
struct sb_engine_request {
	const struct sb_plan *plan;
	sb_emulator_main_fn *emulator_main;
	const int *capture_fds;
};

struct sb_testbed;

/**
 * struct sb_engine_ops - one way of running nodes
 * @name:	as written in a scenario (`engine = native`) and in reports
 * @probe:	can it run here?  Changes nothing; a failure says what is missing (SB_EENV)
 * @up:		nodes and emulator run and their channels are open; on failure nothing is left
 * @collect:	after the emulator has stopped: captures that it wrote elsewhere are brought to the
 *		request's capture_fds; NULL where the emulator writes them there itself
 * @describe:	facts for the manifest
 * @facts:	after the emulator has stopped: its answer gets what others of the engine's own know; NULL where
 *		the emulator knows it
 * @lost:	a channel has failed for the reason in @err: what the engine knows of it is put
 *		before that, or in its place.  NULL where an engine knows nothing
 * @ended:	has something ended that is neither emulator nor node, and that packets pass?  Fails with what
 *		it was; takes no time.  NULL where there is nothing of that kind, or the emulator tells it
 * @pids:	the first process of each node, as this process sees it; 0 = not known.  NULL where
 *		an engine knows none
 * @cpu:	processor seconds so far of what is the engine's own and carries packets: "relay",
 *		"rootlesskit"; below 0 = not known.  NULL where there is nothing of that kind, or
 *		the emulator tells it
 * @down:	everything gone; NULL is allowed.  The engine's own processes are waited for
 */
struct sb_engine_ops {
	const char *name;
	int (*probe)(struct sb_err *err);
	int (*up)(const struct sb_engine_request *request, struct sb_testbed **out,
		  struct sb_err *err);
	int (*collect)(struct sb_testbed *tb, struct sb_err *err);
	void (*describe)(const struct sb_testbed *tb, cJSON *into);
	void (*facts)(struct sb_testbed *tb, cJSON *stopped);
	void (*lost)(struct sb_testbed *tb, struct sb_err *err);
	int (*ended)(struct sb_testbed *tb, struct sb_err *err);
	void (*pids)(const struct sb_testbed *tb, pid_t *out);
	void (*cpu)(const struct sb_testbed *tb, cJSON *into);
	void (*down)(struct sb_testbed *tb);
};

extern const struct sb_engine_ops sb_engine_native;
extern const struct sb_engine_ops sb_engine_docker, sb_engine_docker_rootless;
extern const struct sb_engine_ops sb_engine_podman, sb_engine_podman_rootless;
/* Whatever listens at the address that the plan names ("unix://...", "tcp://..."); its testbed is
 * one of the four above. */
extern const struct sb_engine_ops sb_engine_address;

/** sb_engine_find() - by name; "auto" is the first whose probe works; NULL with @err otherwise */
const struct sb_engine_ops *sb_engine_find(const char *name, struct sb_err *err);
/** sb_engine_after() - what "auto" takes when @tried could not bring the testbed up after all, say
 * for want of the image; NULL: nothing else works */
const struct sb_engine_ops *sb_engine_after(const struct sb_engine_ops *tried);

/**
 * struct sb_testbed - what every engine's testbed begins with; channels are borrowed from it
 * @built:	what @plan points to where it is not the request's; whoever takes it frees it
 * @nodes_arrange: MTU and neighbours are left to the nodes
 * @lag_ns:	what a line on a channel may take longer than through a socketpair
 * @plan:	as built: names of interfaces, MAC addresses, addresses and ports are those the
 *		engine really gave; all else is the request's plan.  Everything after up() uses this
 *		one
 */
struct sb_testbed {
	const struct sb_engine_ops *ops; /* of what runs it, which may be more exact than asked */
	const struct sb_plan *plan;
	struct sb_plan *built;
	bool nodes_arrange;
	int64_t lag_ns;
	int emulator_fd;
	size_t node_count; /* the server, then the clients */
	int *node_fds;
};

#endif
