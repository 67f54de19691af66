/* SPDX-License-Identifier: MIT */
/* relay.h - slirp4netns or pasta, one for each client: programs of the machine, run by the emulator */
#ifndef SATBED_ENGINE_RELAY_H
#define SATBED_ENGINE_RELAY_H

#include <cjson/cJSON.h>
#include <sys/types.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

#define SB_RELAY_ARGS 40

/**
 * struct sb_relay_process - the relay of one client
 * @net_fd:	of the namespace it runs in, as if that were its host
 * @said_fd:	what it wrote to its standard error, bounded
 * @pid:	0 until launched, and again after its end has been noticed
 */
struct sb_relay_process {
	int net_fd, said_fd;
	pid_t pid;
};

/**
 * struct sb_relays - all of them
 * @program:	file; @version: the first line it prints when asked
 * @nice:	what they run at
 */
struct sb_relays {
	const struct sb_plan *plan;
	char program[64], version[128];
	int nice;
	struct sb_relay_process *each;
};

/**
 * sb_relays_open() - find the program and make the namespaces
 *
 * Called in the emulator, single-threaded, which comes back to its own namespace.
 *
 * Return: 0, or -1 with @err (SB_EENV): the program or /dev/net/tun is missing, and what to type;
 * sb_relays_close() in either case
 */
int sb_relays_open(struct sb_relays *r, const struct sb_plan *plan, int nice, struct sb_err *err);
/**
 * sb_relays_launch() - run them; each makes its tap in the network namespace of the caller
 *
 * They die with the caller.
 */
int sb_relays_launch(struct sb_relays *r, struct sb_err *err);
/** sb_relays_check() - does the relay of link @i still run?  -1 with @err: what it said */
int sb_relays_check(struct sb_relays *r, size_t i, struct sb_err *err);
/** sb_relays_describe() - program, version and options, for the manifest */
void sb_relays_describe(const struct sb_relays *r, cJSON *into);
/** sb_relays_facts() - "relays": CPU time of each so far, and whether it still runs; @arg: struct
 * sb_relays */
void sb_relays_facts(void *arg, cJSON *into);
/** sb_relays_close() - forget them; they go with the caller */
void sb_relays_close(struct sb_relays *r);

#endif
