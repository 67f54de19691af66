// SPDX-License-Identifier: MIT
/* loop.c - descriptors and timers in the node's one epoll loop */
#include <errno.h>
#include <sys/epoll.h>
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

int sb_watch_timer(struct sb_node *node, struct sb_watch *w,
		   void (*ready)(struct sb_watch *w, uint32_t events), struct sb_err *err)
{
	w->ready = ready;
	w->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (w->fd < 0)
		return sb_fail(err, SB_EENV, errno, "making a timer");
	/* By edges: an expiry that nobody reads must not keep the loop awake. */
	return sb_watch_add(node, w, EPOLLIN | EPOLLET, err);
}

void sb_watch_arm(struct sb_watch *w, int64_t at_ns)
{
	/* Setting it anew also takes back an expiry that has not been read. */
	struct itimerspec when = {
	    .it_value = {.tv_sec = at_ns / SB_NS_PER_S, .tv_nsec = at_ns % SB_NS_PER_S},
	};

	timerfd_settime(w->fd, TFD_TIMER_ABSTIME, &when, NULL);
	w->rings_ns = sb_clock_has_come(at_ns) ? 0 : at_ns;
	w->epoch = sb_clock_epoch();
}

void sb_watch_call(struct sb_watch *w, uint32_t events)
{
	int64_t rings_ns = w->rings_ns;

	if (w->fd < 0)
		return;
	w->rings_ns = 0;
	if (rings_ns && w->epoch == sb_clock_epoch())
		sb_clock_is(rings_ns);
	w->ready(w, events);
}
