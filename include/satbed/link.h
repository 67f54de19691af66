/* SPDX-License-Identifier: MIT */
/*
 * link.h - impairing what leaves one interface: two backends behind one table
 *
 * A shaper sits at the egress of a host-side veth, in the network namespace of the calling process
 * (the emulator).  Both backends take the same places and the same states, and count the same things.
 */
#ifndef SATBED_LINK_H
#define SATBED_LINK_H

#include <cjson/cJSON.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_link_counters - what became of the packets of one direction, by cause
 * @arrived:	packets that reached the shaper
 * @sent:	copies that left it
 * @lost:	by the loss process; @outage: arrived during an outage;
 * @queue_dropped: found the queue full; @duplicated, @reordered, @corrupted: decisions taken
 * @failed:	the shaper could not take or send them (its own fault; makes a run INVALID)
 * @late:	packets that left more than 1 ms after their time
 *
 * A backend that cannot know a counter sets it to -1.
 */
struct sb_link_counters {
	int64_t arrived, sent, lost, outage, queue_dropped, duplicated, reordered, corrupted,
	    failed, late;
};

struct sb_shaper; /* one shaped interface; each backend has its own */

/**
 * struct sb_link_ops - a way of impairing
 * @name:	"netem", "user" or "none"
 * @lookahead_ns: how long before its time a step may be handed to @apply (0: at its time)
 * @probe:	try the real thing on a scratch interface of this namespace, read it back, remove
 *		it; -1 with @err (SB_EENV) that names the missing module or right and what to do
 * @attach:	shape @ifname with @dir's initial state; the interface's offloads are already off
 * @attach_shared: the same for @count interfaces whose directions share one queue and one rate
 *		(sb_link_dir.shared): those of the first.  A shaper of each client in @out, all to
 *		be detached when one is.  NULL: this backend cannot
 * @apply:	the complete state from CLOCK_MONOTONIC @at_ns on; a backend without lookahead
 *		applies it now.  Read back and compared where a kernel holds it.  Called from one thread
 * @counters:	totals since attach; callable while running
 * @describe:	details for the manifest (qdisc handles, options in force, seed honoured or not)
 * @detach:	remove from the interface what attach put there, free; NULL is allowed
 */
struct sb_link_ops {
	const char *name;
	int64_t lookahead_ns;
	int (*probe)(struct sb_err *err);
	int (*attach)(const char *ifname, const struct sb_link_dir *dir, uint32_t mtu,
		      struct sb_shaper **out, struct sb_err *err);
	int (*attach_shared)(const char *const *ifnames, const struct sb_link_dir *const *dirs,
			     size_t count, uint32_t mtu, struct sb_shaper **out,
			     struct sb_err *err);
	int (*apply)(struct sb_shaper *s, const struct sb_link_state *state, int64_t at_ns,
		     struct sb_err *err);
	int (*counters)(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err);
	void (*describe)(struct sb_shaper *s, cJSON *into);
	void (*detach)(struct sb_shaper *s);
};

/**
 * sb_link_ingress_filter() - nothing leaves @ifname but what @only_from sent
 *
 * For interfaces of a bridge that somebody else made, whose own packets would take places in the
 * shaped queue.  To be called before the interface is shaped, and undone when it no longer is.
 */
int sb_link_ingress_filter(const char *ifname, const uint8_t only_from[6], struct sb_err *err);
void sb_link_ingress_filter_delete(const char *ifname);

/**
 * sb_link_join() - what comes in at one of the two interfaces leaves at the other, as by a cable
 *
 * Whatever bridges they are in, and whatever rules a firewall has for these.  To be called before they are
 * shaped; undone by nothing but the end of the interfaces.
 */
int sb_link_join(const char *a, const char *b, struct sb_err *err);

extern const struct sb_link_ops sb_link_netem, sb_link_user, sb_link_none;

/**
 * sb_link_choose() - the backend for this namespace
 * @ifname, @dir, @mtu: of a first interface, to try netem on: as for @attach
 * @first:	its shaper when netem took it, else NULL: still to be attached
 * @why:	a sentence for the report: what was chosen and why; the caller's to free
 *
 * SB_BACKEND_AUTO takes netem where it can be attached, else user.
 *
 * Return: the table, or NULL with @err (SB_EENV)
 */
const struct sb_link_ops *sb_link_choose(enum sb_backend backend, const char *ifname,
					 const struct sb_link_dir *dir, uint32_t mtu,
					 struct sb_shaper **first, char **why, struct sb_err *err);

#endif
