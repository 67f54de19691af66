/* SPDX-License-Identifier: MIT */
/* watch.h - does a guest's time move?  If not, who computes; private to src/run */
#ifndef SATBED_RUN_GUEST_WATCH_H
#define SATBED_RUN_GUEST_WATCH_H

#include <stdbool.h>

#include "satbed/guest.h"

/**
 * struct sb_guest_watch - start zeroed
 * @running:	flows run; outside of that time may stand still, as while captures are read
 * @heard:	something was since @heard_s was taken
 * @heard_s:	the guest's processor time when it was last heard; @asked_s: when it was asked
 * @looked_ns:	when that was looked at last, of this process's CLOCK_MONOTONIC
 * @virtual_ns:	the guest's time at its last answer, 0 = it has gone on by itself since
 * @who:	what was found to compute
 */
struct sb_guest_watch {
	bool running, stopped, told, heard, asked;
	double heard_s, asked_s;
	int64_t looked_ns, virtual_ns;
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
