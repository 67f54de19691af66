// SPDX-License-Identifier: MIT
/* user_wait.c - a worker that has nothing to do: until when it sleeps, and when it looks at the clock instead */
#include "user_worker.h"

#include <poll.h>
#include <unistd.h>

#include "satbed/base/clock.h"

/*
 * On a virtual clock wake-ups are what costs, and none is late: it is not watched, frames that cannot
 * leave before are left in the ring, and what leaves soon is handed to the kernel with its time.
 */
#define LAZY_MAX_NS (20 * SB_NS_PER_MS) /* sb_queue_transit_ns() speaks for as long */
#define LAZY_MIN_NS (SB_NS_PER_MS / 2)

/* Later than this, the machine is busy: looking at the clock would only make it busier. */
static int64_t early_ns(const struct sb_worker *w)
{
	int64_t early = w->wake_late_ns + SB_WORKER_EARLY_MIN_NS;

	return early < SB_WORKER_EARLY_MAX_NS ? early : 0;
}

/* Rises at once, falls slowly: one late wake-up costs more than a few early ones. */
static void learn_lateness(struct sb_worker *w, int64_t late_ns)
{
	if (late_ns > w->wake_late_ns)
		w->wake_late_ns += (late_ns - w->wake_late_ns) / 4;
	else
		w->wake_late_ns -= (w->wake_late_ns - late_ns) / 32;
}

/* @lazy: whatever comes into the rings may wait until then.  Where @now_ns is the time that is kept, and
 * nothing but the time ends the sleep, the time is known without asking. */
static void sleep_until(struct sb_worker *w, int64_t now_ns, int64_t wake_ns, bool lazy)
{
	struct pollfd fds[SB_MAX_CLIENTS + 1];
	uint32_t wake = lazy ? 0 : w->side_count;
	struct timespec timeout;
	uint64_t drained;
	int n;

	if (wake_ns < now_ns)
		wake_ns = now_ns;
	timeout.tv_sec = (wake_ns - now_ns) / SB_NS_PER_S;
	timeout.tv_nsec = (wake_ns - now_ns) % SB_NS_PER_S;
	for (uint32_t i = 0; i < wake; i++)
		fds[i] = (struct pollfd){.fd = w->sides[i].port.sock_fd, .events = POLLIN};
	fds[wake] = (struct pollfd){.fd = w->wake_fd, .events = POLLIN};
	n = ppoll(fds, wake + 1, wake_ns == SB_QUEUE_NEVER ? NULL : &timeout, NULL);
	sb_clock_moved();
	if (n == 0)
		sb_clock_is(wake_ns);
	if (n == 0 && !w->virtual_clock)
		learn_lateness(w, sb_mono_ns() - wake_ns);
	if (n > 0 && fds[wake].revents & POLLIN && read(w->wake_fd, &drained, sizeof(drained)) < 0)
		return; /* somebody was faster: nothing is lost, the loop looks at everything */
}

static bool any_ready(const struct sb_worker *w)
{
	for (uint32_t i = 0; i < w->side_count; i++)
		if (sb_port_ready(&w->sides[i].port))
			return true;
	return false;
}

static void relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

/*
 * One worker of all may look at the clock at a time: many links would otherwise take every
 * processor from the traffic they carry.  The others leave as punctually as the kernel wakes them.
 */
static void watch_clock(struct sb_worker *w, int64_t until_ns)
{
	static int watching;

	if (__atomic_exchange_n(&watching, 1, __ATOMIC_ACQUIRE)) {
		sleep_until(w, sb_mono_ns(), until_ns, false);
		return;
	}
	while (sb_mono_ns() < until_ns && !any_ready(w))
		relax();
	__atomic_store_n(&watching, 0, __ATOMIC_RELEASE);
}

int64_t sb_worker_lazy_ns(const struct sb_worker *w)
{
	int64_t ns = w->virtual_clock ? sb_queue_transit_ns(w->queue) : 0;

	if (ns > LAZY_MAX_NS)
		ns = LAZY_MAX_NS;
	return ns < LAZY_MIN_NS ? 0 : ns;
}

static void wait_on_virtual_clock(struct sb_worker *w, int64_t looked_ns, int64_t next_ns,
				  bool busy)
{
	int64_t lazy_ns = sb_worker_lazy_ns(w), until_ns = looked_ns + lazy_ns;

	/* Later than that only where sending had to wait for room. */
	if (!lazy_ns || !(busy || sb_queue_under_way(w->queue)))
		sleep_until(w, sb_mono_ns(), next_ns, false);
	else
		sleep_until(w, sb_mono_ns(), next_ns < until_ns ? next_ns : until_ns, true);
}

void sb_worker_wait(struct sb_worker *w, int64_t looked_ns, bool busy)
{
	int64_t next_ns = sb_queue_next_ns(w->queue);
	int64_t now_ns, early;

	if (w->virtual_clock) {
		wait_on_virtual_clock(w, looked_ns, next_ns, busy);
		return;
	}
	now_ns = sb_mono_ns();
	early = early_ns(w);
	if (next_ns == SB_QUEUE_NEVER) {
		sleep_until(w, now_ns, SB_QUEUE_NEVER, false);
		return;
	}
	if (next_ns - now_ns > early) {
		sleep_until(w, now_ns, next_ns - early, false);
		return;
	}
	watch_clock(w, next_ns);
}
