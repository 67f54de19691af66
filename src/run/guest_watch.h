/* SPDX-License-Identifier: MIT */
/* guest_watch.h - does a guest's time move?  If not, who computes; private to src/run */
#ifndef SATBED_RUN_GUEST_WATCH_H
#define SATBED_RUN_GUEST_WATCH_H

#include <stdbool.h>

#include "satbed/guest.h"

/**
 * struct sb_guest_watch - start zeroed; times are CLOCK_MONOTONIC of this process
 * @running:	flows run; outside of that time may stand still, as while captures are read
 * @heard_ns:	when the guest's time was last seen to move; @asked_ns: when it was asked, 0 = not
 * @virtual_ns:	the guest's time then
 * @who:	what was found to compute
 */
struct sb_guest_watch {
	bool running, stopped;
	int64_t heard_ns, asked_ns, stopped_ns, virtual_ns;
	char who[256];
};

/** sb_guest_watch_take() - a message from inside that tells the guest's time, or what computes */
void sb_guest_watch_take(struct sb_guest_watch *w, const cJSON *obj);
/**
 * sb_guest_watch_check() - at any pace
 *
 * Return: 0; -1 with @err: time stands still and what computes could not be stopped
 */
int sb_guest_watch_check(struct sb_guest_watch *w, struct sb_guest *guest, struct sb_err *err);
/** sb_guest_watch_verdict() - at the end: 0, or -1 with @err: it was stopped, and why */
int sb_guest_watch_verdict(const struct sb_guest_watch *w, struct sb_err *err);

#endif
