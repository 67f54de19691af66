// SPDX-License-Identifier: MIT
/* link_rig.c - a veth pair to shape, numbered frames through it, and what arrived when */
#include "link_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "netns.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/net.h"

#define FAR_IF	   "far"
#define ETHER_TYPE 0x88b5 /* IEEE 802 local experimental */
#define PATIENCE   (20 * SB_NS_PER_S)

/* Nothing but the rig's frames may cross the link: counts are exact. */
static void silence_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return; /* no IPv6 at all */
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
}

static int open_socket(const char *ifname, int *ifindex)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int room = 8 << 20, on = 1;

	assert_true(fd >= 0);
	sll.sll_ifindex = (int)if_nametoindex(ifname);
	assert_true(sll.sll_ifindex > 0);
	*ifindex = sll.sll_ifindex;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sll, sizeof(sll)), 0);
	return fd;
}

struct sb_link_rig *sb_link_rig_open(void)
{
	struct sb_link_rig *rig = sb_alloc(1, sizeof(*rig));
	int self = sb_test_self_netns(), far_ifindex;

	rig->peer_ns = sb_test_new_netns();
	assert_true(self >= 0 && rig->peer_ns >= 0);
	silence_ipv6();
	assert_int_equal(sb_test_setns(rig->peer_ns), 0);
	silence_ipv6();
	assert_int_equal(sb_test_setns(self), 0);
	assert_int_equal(sb_test_add_veth(SB_LINK_IF, FAR_IF, rig->peer_ns), 0);
	/* Protocol 0 until bound, and never read: it only sends. */
	rig->tx = open_socket(SB_LINK_IF, &rig->ifindex);
	assert_int_equal(sb_test_setns(rig->peer_ns), 0);
	rig->rx = open_socket(FAR_IF, &far_ifindex);
	assert_int_equal(sb_test_setns(self), 0);
	close(self);
	return rig;
}

void sb_link_rig_close(struct sb_link_rig *rig)
{
	struct sb_rtnl nl;

	close(rig->tx);
	close(rig->rx);
	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	assert_int_equal(sb_rtnl_delete_link(&nl, SB_LINK_IF, NULL), 0);
	sb_rtnl_close(&nl);
	close(rig->peer_ns);
	free(rig);
}

void sb_link_rig_reset(struct sb_link_rig *rig)
{
	rig->sent = 0;
	rig->got_count = 0;
}

static void fill_frame(uint8_t *frame, uint32_t number, uint32_t len)
{
	uint32_t seq = htonl(number);

	memset(frame, 2, 12);
	frame[12] = ETHER_TYPE >> 8;
	frame[13] = ETHER_TYPE & 0xff;
	memcpy(frame + 14, &seq, 4);
	memset(frame + SB_LINK_MIN_LEN, 0x55, len - SB_LINK_MIN_LEN);
}

/* On a virtual clock whoever never sleeps keeps everybody else from running, the link included. */
static void let_others_run(const struct sb_link_rig *rig)
{
	if (sb_clock_is_virtual() && rig->sent % 16 == 0)
		sb_sleep_until_ns(sb_mono_ns() + SB_NS_PER_US);
}

void sb_link_rig_send(struct sb_link_rig *rig, uint32_t len)
{
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET, .sll_ifindex = rig->ifindex, .sll_halen = 6};
	uint8_t frame[ETH_FRAME_LEN];
	ssize_t n;

	assert_true(rig->sent < SB_LINK_FRAMES && len >= SB_LINK_MIN_LEN && len <= sizeof(frame));
	fill_frame(frame, rig->sent, len);
	rig->sent_ns[rig->sent++] = sb_real_ns();
	do
		n = sendto(rig->tx, frame, len, 0, (struct sockaddr *)&to, sizeof(to));
	while (n < 0 && (errno == EINTR || errno == ENOBUFS));
	assert_int_equal(n, len);
	let_others_run(rig);
}

#define BATCH 64

void sb_link_rig_send_many(struct sb_link_rig *rig, uint32_t n, uint32_t len)
{
	struct sockaddr_ll to = {
	    .sll_family = AF_PACKET, .sll_ifindex = rig->ifindex, .sll_halen = 6};
	static uint8_t frames[BATCH][ETH_FRAME_LEN];
	struct iovec iov[BATCH];
	struct mmsghdr messages[BATCH];
	int64_t now_ns = sb_real_ns();
	uint32_t done = 0;

	assert_true(n <= BATCH && rig->sent + n <= SB_LINK_FRAMES && len >= SB_LINK_MIN_LEN &&
		    len <= ETH_FRAME_LEN);
	for (uint32_t i = 0; i < n; i++) {
		fill_frame(frames[i], rig->sent + i, len);
		rig->sent_ns[rig->sent + i] = now_ns;
		iov[i] = (struct iovec){frames[i], len};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &to,
							   .msg_namelen = sizeof(to),
							   .msg_iov = &iov[i],
							   .msg_iovlen = 1}};
	}
	while (done < n) {
		int sent = sendmmsg(rig->tx, messages + done, n - done, 0);

		assert_true(sent > 0 || errno == EINTR || errno == ENOBUFS);
		done += sent > 0 ? (uint32_t)sent : 0;
	}
	rig->sent += n;
	let_others_run(rig);
}

/* CLOCK_REALTIME, by the kernel. */
static int64_t stamp_of(const struct msghdr *msg)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	struct timespec ts;

	assert_non_null(c);
	assert_int_equal(c->cmsg_type, SCM_TIMESTAMPNS);
	memcpy(&ts, CMSG_DATA(c), sizeof(ts));
	return ts.tv_sec * SB_NS_PER_S + ts.tv_nsec;
}

static size_t receive_now(struct sb_link_rig *rig, uint8_t *buf, size_t size, int64_t *at_ns)
{
	char control[CMSG_SPACE(sizeof(struct timespec))];
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct sockaddr_ll from;
	struct msghdr msg = {.msg_name = &from,
			     .msg_namelen = sizeof(from),
			     .msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(rig->rx, &msg, MSG_DONTWAIT);

	if (n <= 0 || from.sll_pkttype == PACKET_OUTGOING)
		return 0;
	*at_ns = stamp_of(&msg);
	return (size_t)n;
}

size_t sb_link_rig_receive(struct sb_link_rig *rig, uint8_t *buf, size_t size, int64_t *at_ns,
			   int64_t deadline_ns)
{
	for (;;) {
		struct pollfd p = {.fd = rig->rx, .events = POLLIN};
		size_t n = receive_now(rig, buf, size, at_ns);
		int64_t left = deadline_ns - sb_mono_ns();
		struct timespec wait = {left / SB_NS_PER_S, left % SB_NS_PER_S};

		if (n)
			return n;
		if (left <= 0)
			return 0;
		ppoll(&p, 1, &wait, NULL);
	}
}

static void note(struct sb_link_rig *rig, const struct msghdr *msg, const uint8_t *frame,
		 size_t len)
{
	const struct sockaddr_ll *from = msg->msg_name;
	uint32_t seq;

	if (from->sll_pkttype == PACKET_OUTGOING || len < SB_LINK_MIN_LEN ||
	    frame[12] != ETHER_TYPE >> 8 || frame[13] != (ETHER_TYPE & 0xff))
		return;
	memcpy(&seq, frame + 14, 4);
	assert_true(rig->got_count < SB_LINK_FRAMES);
	rig->got[rig->got_count++] =
	    (struct sb_link_got){.seq = ntohl(seq), .len = (uint32_t)len, .at_ns = stamp_of(msg)};
}

/* What is there, up to @most frames. */
static int collect_now(struct sb_link_rig *rig, size_t most)
{
	static uint8_t frames[BATCH][ETH_FRAME_LEN + 100];
	char control[BATCH][CMSG_SPACE(sizeof(struct timespec))];
	struct sockaddr_ll from[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){frames[i], sizeof(frames[i])};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i],
							   .msg_namelen = sizeof(from[i]),
							   .msg_iov = &iov[i],
							   .msg_iovlen = 1,
							   .msg_control = control[i],
							   .msg_controllen = sizeof(control[i])}};
	}
	n = recvmmsg(rig->rx, messages, most < BATCH ? (unsigned int)most : BATCH, MSG_DONTWAIT,
		     NULL);
	for (int i = 0; i < n; i++)
		note(rig, &messages[i].msg_hdr, frames[i], messages[i].msg_len);
	return n;
}

void sb_link_rig_collect(struct sb_link_rig *rig, size_t count, int64_t deadline_ns)
{
	while (rig->got_count < count) {
		struct pollfd p = {.fd = rig->rx, .events = POLLIN};
		int n = collect_now(rig, count - rig->got_count);
		int64_t left;
		struct timespec wait;

		if (n > 0)
			continue;
		left = deadline_ns - sb_mono_ns();
		if (left <= 0)
			return;
		wait = (struct timespec){left / SB_NS_PER_S, left % SB_NS_PER_S};
		ppoll(&p, 1, &wait, NULL);
	}
}

struct sb_link_counters sb_link_rig_drain(struct sb_link_rig *rig, const struct sb_link_ops *ops,
					  struct sb_shaper *s)
{
	int64_t deadline = sb_mono_ns() + PATIENCE;
	struct sb_link_counters c;
	struct sb_err err = {0};

	for (;;) {
		if (ops->counters(s, &c, &err))
			fail_msg("counters: %s", err.msg);
		if (c.arrived == rig->sent && rig->got_count == (size_t)c.sent &&
		    c.arrived + c.duplicated ==
			c.sent + c.lost + c.outage + c.queue_dropped + c.failed)
			return c;
		if (sb_mono_ns() > deadline)
			fail_msg("sent %u, got %zu; arrived %lld sent %lld lost %lld outage %lld "
				 "queue %lld failed %lld",
				 rig->sent, rig->got_count, (long long)c.arrived, (long long)c.sent,
				 (long long)c.lost, (long long)c.outage, (long long)c.queue_dropped,
				 (long long)c.failed);
		sb_link_rig_collect(rig, SB_LINK_FRAMES, sb_mono_ns() + SB_NS_PER_MS);
	}
}

size_t sb_link_rig_inversions(const struct sb_link_rig *rig)
{
	size_t inversions = 0;
	uint32_t highest = 0;

	for (size_t i = 0; i < rig->got_count; i++) {
		if (rig->got[i].seq < highest)
			inversions++;
		else
			highest = rig->got[i].seq;
	}
	return inversions;
}
