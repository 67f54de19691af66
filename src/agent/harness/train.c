// SPDX-License-Identifier: MIT
/* train.c - a burst of datagrams back to back, to measure the path's rate with */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/agent.h"
#include "satbed/base/clock.h"

/* Longer than this the interface is not taking any, and the loop must go on. */
#define GIVE_UP_NS (1 * SB_NS_PER_S)

/** struct sb_train - one that waits for its time; a list, because each client's link has its own */
struct sb_train {
	struct sb_watch sock;
	struct sb_timer timer;
	struct sb_node *node;
	struct sb_train *next;
	struct sb_train_spec spec;
};

static void free_train(struct sb_train *train)
{
	sb_timer_close(&train->timer);
	sb_watch_close(&train->sock);
	free(train);
}

static void unlink_train(struct sb_train *train)
{
	struct sb_train **at = &train->node->trains;

	while (*at != train)
		at = &(*at)->next;
	*at = train->next;
}

/* Wait for room, which comes at the speed of the interface; false when there will be none. */
static bool wait_for_room(int fd, int64_t until_ns)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	int64_t left_ns = until_ns - sb_mono_ns();
	bool is_room = left_ns > 0 && poll(&p, 1, (int)(left_ns / SB_NS_PER_MS) + 1) > 0;

	sb_clock_moved();
	return is_room;
}

static uint32_t send_all(struct sb_train *train, int64_t start_ns, int *error)
{
	struct iovec body = {
	    .iov_base = train->node->payload,
	    .iov_len = train->spec.bytes,
	};
	struct mmsghdr msg[SB_BATCH];
	uint32_t sent = 0;

	memset(msg, 0, sizeof(msg));
	for (size_t i = 0; i < SB_BATCH; i++) {
		msg[i].msg_hdr.msg_iov = &body;
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while (sent < train->spec.packets) {
		uint32_t left = train->spec.packets - sent;
		int n = sendmmsg(train->sock.fd, msg, left < SB_BATCH ? left : SB_BATCH, 0);

		if (n > 0) {
			sent += (uint32_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		*error = errno;
		if ((errno != EAGAIN && errno != ENOBUFS) ||
		    !wait_for_room(train->sock.fd, start_ns + GIVE_UP_NS))
			break;
	}
	return sent;
}

static void send_train(struct sb_timer *timer)
{
	struct sb_train *train = sb_container_of(timer, struct sb_train, timer);
	struct sb_node *node = train->node;
	struct sb_err err = {0};
	struct sb_text t;
	int64_t start_ns, end_ns;
	uint32_t sent;
	int error = 0;

	start_ns = sb_mono_ns();
	sent = send_all(train, start_ns, &error);
	end_ns = sb_mono_ns();
	sb_text_open(&t, "train");
	sb_text_int(&t, "id", train->spec.id);
	sb_text_uint(&t, "sent", sent);
	sb_text_int(&t, "start_ns", start_ns);
	sb_text_int(&t, "end_ns", end_ns);
	sb_node_say(node, &t, true);
	if (sent < train->spec.packets) {
		sb_fail(&err, SB_EENV, error, "train %lld to %s ended after %u of %u datagrams",
			(long long)train->spec.id, train->spec.to.text, sent, train->spec.packets);
		sb_node_say_error(node, &err);
	}
	unlink_train(train);
	free_train(train);
}

int sb_train_plan(struct sb_node *node, const struct sb_train_spec *spec, struct sb_err *err)
{
	struct sb_train *train = calloc(1, sizeof(*train));
	int room = 4 << 20;

	if (!train)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	train->node = node;
	train->spec = *spec;
	train->sock.fd =
	    socket(spec->to.sa.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (train->sock.fd < 0) {
		sb_fail(err, SB_EENV, errno, "train: a UDP socket");
		goto fail;
	}
	setsockopt(train->sock.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (connect(train->sock.fd, (const struct sockaddr *)&spec->to.sa, spec->to.len)) {
		sb_fail(err, SB_EENV, errno, "train: no route to %s", spec->to.text);
		goto fail;
	}
	sb_timer_open(node, &train->timer, send_train);
	train->next = node->trains;
	node->trains = train;
	sb_timer_arm(&train->timer, spec->at_ns > 0 ? spec->at_ns : 1);
	return 0;
fail:
	free_train(train);
	return -1;
}

void sb_train_release(struct sb_node *node)
{
	while (node->trains) {
		struct sb_train *train = node->trains;

		node->trains = train->next;
		free_train(train);
	}
}
