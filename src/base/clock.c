// SPDX-License-Identifier: MIT
/* clock.c - the only readers of time */
#include "satbed/base/clock.h"

#include <errno.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SB_NS_PER_S + ts.tv_nsec;
}

int64_t sb_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t sb_real_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t sb_real_minus_mono_ns(void)
{
	int64_t best_gap = INT64_MAX, best = 0;

	/* The two clocks cannot be read at once: take the reading that was interrupted least. */
	for (int i = 0; i < 3; i++) {
		int64_t before = sb_mono_ns(), real = sb_real_ns(), after = sb_mono_ns();

		if (after - before < best_gap) {
			best_gap = after - before;
			best = real - (before + (after - before) / 2);
		}
	}
	return best;
}

void sb_sleep_until_ns(int64_t mono_ns)
{
	struct timespec ts = {.tv_sec = mono_ns / SB_NS_PER_S, .tv_nsec = mono_ns % SB_NS_PER_S};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}
