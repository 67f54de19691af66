/* SPDX-License-Identifier: MIT */
/* pin.h - a guest's processes on one processor; private to src/guest */
#ifndef SATBED_GUEST_PIN_H
#define SATBED_GUEST_PIN_H

#include <sched.h>
#include <stdint.h>
#include <sys/types.h>

/** struct sb_pin_idle - ticks that each processor has been idle since boot; 0 where nothing is known */
struct sb_pin_idle {
	uint64_t ticks[CPU_SETSIZE];
};

/** struct sb_pin - start zeroed */
struct sb_pin {
	int64_t looked_ns;
	double cpu_s; /* of the guest, when it was looked at */
	struct sb_pin_idle idle;
};

/** sb_pin_here() - the calling process and its children stay on the processor that it is on */
void sb_pin_here(void);
/** sb_pin_read_idle() - from the text of /proc/stat */
void sb_pin_read_idle(const char *text, struct sb_pin_idle *out);
/**
 * sb_pin_better() - where a guest that others keep from computing had better be
 * @now:	where it is
 * @allowed:	where it may be
 * @ticks:	between @before and @after, of one processor
 *
 * Return: a processor that is idle more than half of the time, where @now never is; else @now
 */
int sb_pin_better(int now, const cpu_set_t *allowed, const struct sb_pin_idle *before,
		  const struct sb_pin_idle *after, uint64_t ticks);
/** sb_pin_tend() - once a second: move the guest whose kernel is @kernel to where it gets more */
void sb_pin_tend(struct sb_pin *pin, pid_t kernel);

#endif
