/* SPDX-License-Identifier: MIT */
/* native.h - a native testbed, as its orchestrator and its emulator know it; private to src/engine/native */
#ifndef SATBED_ENGINE_NATIVE_H
#define SATBED_ENGINE_NATIVE_H

#include <cjson/cJSON.h>

#include "engine/topology.h"
#include "satbed/engine.h"

struct sb_native {
	struct sb_testbed common; /* first: engines cast */
	pid_t emulator_pid;
	bool user_namespaces;
	const struct sb_engine_request *request;
	int program_fd;
	int emulator_end,
	    *node_ends; /* the far ends of the channels, until the children have them */
	unsigned int uid, gid;
	int usual_nice;
	bool emulator_first;
	struct sb_relays relays; /* in the emulator, on a split path */
	struct sb_peps peps;	 /* in the emulator, with proxies */
	pid_t *node_pids;	 /* in the emulator */
	int emulator_status;	 /* once it has been waited for, emulator_pid being 0 then */
	cJSON *relay;		 /* in the orchestrator: what the emulator says of them */
};

/** sb_native_open_channel() - both ends of a socketpair; 0, or -1 with @err */
int sb_native_open_channel(int *near_end, int *far_end, struct sb_err *err);
/** sb_native_become_emulator() - in the child: the testbed is made, then the emulator's main runs; does not return */
void sb_native_become_emulator(struct sb_native *n);

#endif
