// SPDX-License-Identifier: MIT
/* clock.c - the only readers of time */
#include "satbed/base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * SB_NS_PER_S + ts.tv_nsec;
}

/* What the kernel reads the clock for moves it, by a microsecond a wait or so. */
#define KNOWN_MOST 8

#define BEGIN_STEP_NS (10 * SB_NS_PER_MS)

/* A thread's own; 0 = nothing is kept, and the clock is asked.  @known: so often it was known since. */
static _Thread_local struct {
	bool keeps;
	int64_t mono_ns;
	uint32_t known;
} kept;

void sb_clock_keep(bool keep)
{
	kept.keeps = keep && sb_clock_is_virtual();
	kept.mono_ns = 0;
}

void sb_clock_moved(void)
{
	kept.mono_ns = 0;
}

void sb_clock_is(int64_t mono_ns)
{
	if (kept.keeps && mono_ns > kept.mono_ns && kept.known++ < KNOWN_MOST)
		kept.mono_ns = mono_ns;
}

int64_t sb_mono_ns(void)
{
	int64_t ns;

	if (kept.mono_ns)
		return kept.mono_ns;
	ns = read_clock(CLOCK_MONOTONIC);
	if (kept.keeps) {
		kept.mono_ns = ns;
		kept.known = 0;
	}
	return ns;
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
		int64_t before = read_clock(CLOCK_MONOTONIC), real = sb_real_ns(),
			after = read_clock(CLOCK_MONOTONIC);

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
	sb_clock_moved();
}

bool sb_cmdline_is_virtual(const char *cmdline)
{
	static const char option[] = "time-travel";

	for (const char *at = cmdline; (at = strstr(at, option)); at++) {
		char before = at == cmdline ? ' ' : at[-1], after = at[sizeof(option) - 1];

		/* Not time-travel-start, which alone changes nothing. */
		if (before == ' ' && (after == '=' || after == ' ' || after == '\n' || !after))
			return true;
	}
	return false;
}

static bool is_virtual;

static void look_at_cmdline(void)
{
	char text[4096];
	int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	is_virtual = sb_cmdline_is_virtual(text);
}

int64_t sb_clock_begin(int64_t ready_ns)
{
	if (!sb_clock_is_virtual())
		return ready_ns;
	return (ready_ns + BEGIN_STEP_NS - 1) / BEGIN_STEP_NS * BEGIN_STEP_NS;
}

bool sb_clock_is_virtual(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, look_at_cmdline);
	return is_virtual;
}
