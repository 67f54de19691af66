// SPDX-License-Identifier: MIT
/* loop.c - descriptors and timers in the agent's one epoll loop */
#include <errno.h>
#include <linux/time_types.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "agent.h"
#include "satbed/base/clock.h"

int sb_watch_add(struct sb_node *node, struct sb_watch *w, uint32_t events, struct sb_err *err)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};

	if (epoll_ctl(node->epoll_fd, EPOLL_CTL_ADD, w->fd, &ev))
		return sb_fail(err, SB_EENV, errno, "watching a descriptor");
	return 0;
}

void sb_watch_change(struct sb_node *node, struct sb_watch *w, uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.ptr = w};

	epoll_ctl(node->epoll_fd, EPOLL_CTL_MOD, w->fd, &ev);
}

void sb_watch_mute(struct sb_node *node, struct sb_watch *w)
{
	epoll_ctl(node->epoll_fd, EPOLL_CTL_DEL, w->fd, NULL);
}

void sb_watch_close(struct sb_watch *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

void sb_watch_call(struct sb_watch *w, uint32_t events)
{
	if (w->fd >= 0)
		w->ready(w, events);
}

int sb_loop_open(struct sb_node *node, struct sb_err *err)
{
	struct epoll_event clock = {.events = EPOLLIN | EPOLLET};

	node->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	node->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (node->epoll_fd < 0 || node->clock_fd < 0 ||
	    epoll_ctl(node->epoll_fd, EPOLL_CTL_ADD, node->clock_fd, &clock))
		return sb_fail(err, SB_EENV, errno, "epoll");
	return 0;
}

void sb_loop_close(struct sb_node *node)
{
	if (node->epoll_fd >= 0)
		close(node->epoll_fd);
	if (node->clock_fd >= 0)
		close(node->clock_fd);
}

void sb_timer_open(struct sb_node *node, struct sb_timer *t, void (*ready)(struct sb_timer *t))
{
	*t = (struct sb_timer){.node = node, .ready = ready, .next = node->timers};
	node->timers = t;
}

void sb_timer_arm(struct sb_timer *t, int64_t at_ns)
{
	t->at_ns = t->node ? at_ns : 0;
}

void sb_timer_close(struct sb_timer *t)
{
	struct sb_timer **at = t->node ? &t->node->timers : NULL;

	while (at && *at && *at != t)
		at = &(*at)->next;
	if (at && *at)
		*at = t->next;
	*t = (struct sb_timer){0};
}

/* The first that is armed and did not have its turn in @turn (0: any); NULL = none. */
static struct sb_timer *first_timer(const struct sb_node *node, uint32_t turn)
{
	struct sb_timer *first = NULL;

	for (struct sb_timer *t = node->timers; t; t = t->next)
		if (t->at_ns && !(turn && t->turn == turn) && (!first || t->at_ns < first->at_ns))
			first = t;
	return first;
}

void sb_loop_run_timers(struct sb_node *node)
{
	struct sb_timer *t;

	/* One that is due again at once waits for the next turn, so that all else has its own. */
	if (!++node->turn)
		node->turn = 1;
	while ((t = first_timer(node, node->turn)) && t->at_ns <= sb_mono_ns()) {
		t->turn = node->turn;
		t->at_ns = 0;
		t->ready(t);
	}
}

/* One timerfd for all: epoll's own timeout may end late by a thousandth of it. */
static int wait_by_descriptor(struct sb_node *node, struct epoll_event *events, int most,
			      int64_t at_ns)
{
	struct itimerspec when = {
	    .it_value = {.tv_sec = at_ns / SB_NS_PER_S, .tv_nsec = at_ns % SB_NS_PER_S}};

	/* One that has passed rings once for each setting. */
	if (at_ns != node->clock_at_ns || at_ns <= sb_mono_ns())
		timerfd_settime(node->clock_fd, TFD_TIMER_ABSTIME, &when, NULL);
	node->clock_at_ns = at_ns;
	return epoll_wait(node->epoll_fd, events, most, -1);
}

/* With a call less; on that clock sb_sched_exact() makes it end on the instant. */
static int wait_on_virtual_clock(struct sb_node *node, struct epoll_event *events, int most,
				 int64_t at_ns)
{
	int64_t left_ns = at_ns - sb_mono_ns();
	struct __kernel_timespec left = {0};

	if (left_ns > 0)
		left = (struct __kernel_timespec){.tv_sec = left_ns / SB_NS_PER_S,
						  .tv_nsec = left_ns % SB_NS_PER_S};
	return (int)syscall(SYS_epoll_pwait2, node->epoll_fd, events, most, &left, NULL, 0);
}

int sb_loop_wait(struct sb_node *node, struct epoll_event *events, int most)
{
	const struct sb_timer *first = first_timer(node, 0);
	int n;

	if (node->in_is_file || !first)
		n = epoll_wait(node->epoll_fd, events, most, node->in_is_file ? 0 : -1);
	else if (sb_clock_is_virtual())
		n = wait_on_virtual_clock(node, events, most, first->at_ns);
	else
		n = wait_by_descriptor(node, events, most, first->at_ns);
	sb_clock_moved();
	if (first && !n && !node->in_is_file)
		sb_clock_is(first->at_ns);
	return n;
}
