// SPDX-License-Identifier: MIT
/* test_link_user.c - the user-space link with real packets in namespaces of its own */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "link/user/user.h"
#include "netns.h"
#include "no_ipv6.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/link.h"
#include "satbed/net.h"

/* node A eth0 = hosta = [bridge] = hostb = eth0 node B; the way to B is shaped */
#define ADDR_A	    "10.9.0.1"
#define ADDR_B	    "10.9.0.2"
#define PORT	    4000
#define MTU	    1500u
#define MS	    SB_NS_PER_MS
#define DEADLINE_NS (20 * SB_NS_PER_S)

static int node_a = -1, node_b = -1, links_before;

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa}, mac_b[6] = {2, 0, 0, 0, 0, 0xb};

static void settle(int netns, const char *addr, const char *peer, const uint8_t *peer_mac)
{
	int self = sb_test_self_netns();
	struct in_addr to;
	struct sb_rtnl nl;

	assert_int_equal(sb_test_setns(netns), 0);
	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	assert_int_equal(sb_offloads_off(&nl, "eth0", NULL), 0);
	assert_int_equal(sb_rtnl_set_up(&nl, "eth0", NULL), 0);
	assert_int_equal(sb_test_add_addr4("eth0", addr), 0);
	inet_pton(AF_INET, peer, &to);
	assert_int_equal(sb_rtnl_add_neigh(&nl, "eth0", AF_INET, &to, peer_mac, NULL), 0);
	sb_rtnl_close(&nl);
	assert_int_equal(sb_test_setns(self), 0);
	close(self);
}

static int silent_netns(void)
{
	int self = sb_test_self_netns(), fd = sb_test_new_netns();

	assert_true(fd >= 0);
	assert_int_equal(sb_test_setns(fd), 0);
	assert_int_equal(sb_test_no_ipv6(), 0);
	assert_int_equal(sb_test_setns(self), 0);
	close(self);
	return fd;
}

static void add_node(struct sb_rtnl *nl, const char *host, const uint8_t *mac, int netns)
{
	struct sb_veth_half a = {.ifname = host, .netns_fd = -1};
	struct sb_veth_half b = {.ifname = "eth0", .netns_fd = netns, .mac = mac};

	assert_int_equal(sb_rtnl_add_veth(nl, &a, &b, MTU, NULL), 0);
	assert_int_equal(sb_rtnl_set_master(nl, host, "br", NULL), 0);
	assert_int_equal(sb_offloads_off(nl, host, NULL), 0);
	assert_int_equal(sb_rtnl_set_up(nl, host, NULL), 0);
}

/* Without multicast snooping: a bridge that snoops sends reports of its own, over the link. */
static void add_silent_bridge(struct sb_rtnl *nl)
{
	struct ifinfomsg ifi = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct nl_msg *msg =
	    nlmsg_alloc_simple(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	struct nlattr *info, *data;

	nlmsg_append(msg, &ifi, sizeof(ifi), NLMSG_ALIGNTO);
	nla_put_string(msg, IFLA_IFNAME, "br");
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "bridge");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0);
	nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	assert_int_equal(nl_send_sync(nl->sk, msg), 0);
}

static int build(void **state)
{
	struct sb_rtnl nl;

	(void)state;
	/* Nothing but the tests' own packets may cross the link: counts are exact. */
	assert_int_equal(sb_test_no_ipv6(), 0);
	node_a = silent_netns();
	node_b = silent_netns();
	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	add_silent_bridge(&nl);
	add_node(&nl, "hosta", mac_a, node_a);
	add_node(&nl, "hostb", mac_b, node_b);
	sb_rtnl_close(&nl);
	settle(node_a, ADDR_A, ADDR_B, mac_b);
	settle(node_b, ADDR_B, ADDR_A, mac_a);
	links_before = sb_test_count_links();
	return 0;
}

static int socket_in(int netns, int family, int type, int protocol)
{
	int self = sb_test_self_netns(), fd;

	assert_int_equal(sb_test_setns(netns), 0);
	fd = socket(family, type, protocol);
	assert_true(fd >= 0);
	assert_int_equal(sb_test_setns(self), 0);
	close(self);
	return fd;
}

static struct sockaddr_in address(const char *text)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};

	inet_pton(AF_INET, text, &a.sin_addr);
	return a;
}

struct pair {
	int tx, rx;
};

static struct pair open_pair_to(const char *addr, int from_ns, int to_ns)
{
	struct sockaddr_in to = address(addr);
	struct pair p = {socket_in(from_ns, AF_INET, SOCK_DGRAM, 0),
			 socket_in(to_ns, AF_INET, SOCK_DGRAM, 0)};
	int big = 4 << 20;

	setsockopt(p.rx, SOL_SOCKET, SO_RCVBUF, &big, sizeof(big));
	assert_int_equal(bind(p.rx, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(connect(p.tx, (struct sockaddr *)&to, sizeof(to)), 0);
	/* One datagram before any shaping: the path works. */
	assert_int_equal(send(p.tx, "", 1, 0), 1);
	assert_int_equal(recv(p.rx, (char[1]){0}, 1, 0), 1);
	return p;
}

static struct pair open_pair(void)
{
	return open_pair_to(ADDR_B, node_a, node_b);
}

static void close_pair(struct pair *p)
{
	close(p->tx);
	close(p->rx);
}

struct datagram {
	uint32_t number;
	int64_t sent_ns;
	uint8_t fill[600];
};

static void send_number(const struct pair *p, uint32_t number)
{
	struct datagram d = {.number = number, .sent_ns = sb_mono_ns()};

	memset(d.fill, (int)number, sizeof(d.fill));
	assert_int_equal(send(p->tx, &d, sizeof(d), 0), sizeof(d));
}

/* One datagram, whole and as sent; 0 when none comes in time. */
static int receive_number(const struct pair *p, struct datagram *d, int timeout_ms)
{
	struct pollfd pfd = {.fd = p->rx, .events = POLLIN};

	if (poll(&pfd, 1, timeout_ms) <= 0)
		return 0;
	assert_int_equal(recv(p->rx, d, sizeof(*d), 0), sizeof(*d));
	for (size_t i = 0; i < sizeof(d->fill); i++)
		assert_int_equal(d->fill[i], (uint8_t)d->number);
	return 1;
}

static struct sb_shaper *shape(struct sb_link_state state, uint64_t queue_bytes)
{
	struct sb_link_dir dir = {.initial = state,
				  .queue_bytes = queue_bytes,
				  .queue_packets = 100,
				  .seed = 11,
				  .max_rate_bps = state.rate_bps,
				  .max_delay_ns = SB_NS_PER_S};
	struct sb_shaper *s = NULL;
	struct sb_err err = {0};

	if (sb_link_user.attach("hostb", &dir, MTU, &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

static struct sb_link_counters counters(struct sb_shaper *s)
{
	struct sb_link_counters c;

	assert_int_equal(sb_link_user.counters(s, &c, NULL), 0);
	return c;
}

/* Waits until @n packets arrived and all that live have left. */
static struct sb_link_counters drained(struct sb_shaper *s, int64_t n)
{
	int64_t until_ns = sb_mono_ns() + DEADLINE_NS;
	struct sb_link_counters c;

	for (;;) {
		c = counters(s);
		if (c.arrived >= n && c.arrived + c.duplicated ==
					  c.sent + c.lost + c.outage + c.queue_dropped + c.failed)
			return c;
		if (sb_mono_ns() > until_ns)
			fail_msg("arrived %lld of %lld, sent %lld", (long long)c.arrived,
				 (long long)n, (long long)c.sent);
		sb_sleep_until_ns(sb_mono_ns() + MS);
	}
}

static void packets_come_late_and_in_order(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s = shape((struct sb_link_state){.delay_ns = 30 * MS}, 1 << 20);
	struct sb_link_counters c;
	struct datagram d;

	(void)state;
	for (uint32_t i = 0; i < 200; i++)
		send_number(&p, i);
	for (uint32_t i = 0; i < 200; i++) {
		assert_int_equal(receive_number(&p, &d, 5000), 1);
		assert_int_equal(d.number, i);
		assert_true(sb_mono_ns() - d.sent_ns >= 30 * MS);
	}
	c = drained(s, 200);
	assert_int_equal(c.arrived, 200);
	assert_int_equal(c.sent, 200);
	assert_int_equal(c.failed, 0);
	sb_link_user.detach(s);
	close_pair(&p);
}

/* Both ways as two clients of one direction: what leaves by hostb and what leaves by hosta. */
static void shape_both(struct sb_link_state state, uint64_t queue_bytes, struct sb_shaper *s[2])
{
	static const char *const ifnames[2] = {"hostb", "hosta"};
	struct sb_link_dir dir = {.initial = state,
				  .queue_bytes = queue_bytes,
				  .seed = 11,
				  .max_rate_bps = state.rate_bps,
				  .max_delay_ns = SB_NS_PER_S};
	const struct sb_link_dir *dirs[2] = {&dir, &dir};
	struct sb_err err = {0};

	if (sb_link_user.attach_shared(ifnames, dirs, 2, MTU, s, &err))
		fail_msg("%s", err.msg);
}

#define FRAME_BYTES (14 + 20 + 8 + sizeof(struct datagram))

static void two_interfaces_share_one_rate(void **state)
{
	struct pair to_b = open_pair_to(ADDR_B, node_a, node_b);
	struct pair to_a = open_pair_to(ADDR_A, node_b, node_a);
	const uint64_t rate_bps = 20000000;
	struct sb_shaper *s[2];
	struct datagram d;
	int64_t first_ns;

	(void)state;
	shape_both((struct sb_link_state){.rate_bps = rate_bps}, 1 << 20, s);
	first_ns = sb_mono_ns();
	for (uint32_t i = 0; i < 300; i++) {
		send_number(&to_b, i);
		send_number(&to_a, i);
	}
	for (uint32_t i = 0; i < 300; i++) {
		assert_int_equal(receive_number(&to_b, &d, 5000), 1);
		assert_int_equal(d.number, i);
		assert_int_equal(receive_number(&to_a, &d, 5000), 1);
		assert_int_equal(d.number, i);
	}
	/* 600 frames one after the other; a rate for each would need half of that. */
	assert_true(sb_mono_ns() - first_ns >=
		    (int64_t)(600 * FRAME_BYTES * 8 * SB_NS_PER_S / rate_bps));
	for (int i = 0; i < 2; i++) {
		struct sb_link_counters c = drained(s[i], 300);

		assert_true(c.arrived == 300 && c.sent == 300 && !c.queue_dropped && !c.failed);
	}
	sb_link_user.detach(s[1]);
	sb_link_user.detach(s[0]);
	close_pair(&to_b);
	close_pair(&to_a);
}

static void one_client_fills_the_queue_of_both(void **state)
{
	struct pair to_b = open_pair_to(ADDR_B, node_a, node_b);
	struct pair to_a = open_pair_to(ADDR_A, node_b, node_a);
	struct sb_shaper *s[2];
	struct sb_link_counters b, a;

	(void)state;
	/* A frame takes 52 ms: what one sender put there does not leave while the other sends. */
	shape_both((struct sb_link_state){.rate_bps = 100000}, 8 * FRAME_BYTES, s);
	for (uint32_t i = 0; i < 40; i++)
		send_number(&to_b, i);
	for (uint32_t i = 0; i < 20; i++)
		send_number(&to_a, i);
	b = drained(s[0], 40);
	a = drained(s[1], 20);
	assert_true(b.sent >= 9 && b.sent + b.queue_dropped == 40);
	assert_true(a.queue_dropped > 0 && a.sent + a.queue_dropped == 20);
	sb_link_user.detach(s[0]);
	sb_link_user.detach(s[1]);
	close_pair(&to_b);
	close_pair(&to_a);
}

static void counters_add_up_and_the_packet_log_agrees(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s =
	    shape((struct sb_link_state){.rate_bps = 50000000,
					 .delay_ns = 2 * MS,
					 .loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 100000000},
					 .duplicate_ppb = 50000000,
					 .reorder_ppb = 50000000,
					 .corrupt_ppb = 20000000},
		  20000);
	static struct sb_packet_log_entry log[SB_PACKET_LOG_ENTRIES];
	int64_t lost = 0, queue = 0, duplicated = 0, corrupted = 0;
	struct sb_link_counters c;
	uint64_t written;
	size_t n;

	(void)state;
	for (uint32_t i = 0; i < 3000; i++)
		send_number(&p, i);
	c = drained(s, 3000);
	assert_int_equal(c.arrived, 3000);
	assert_int_equal(c.failed, 0);
	assert_true(c.lost > 0 && c.duplicated > 0 && c.queue_dropped > 0 && c.corrupted > 0);
	n = sb_user_packet_log(s, log, SB_PACKET_LOG_ENTRIES, &written);
	assert_int_equal(n, written);
	for (size_t i = 0; i < n; i++) {
		assert_true(i == 0 || log[i].index > log[i - 1].index);
		assert_int_equal(log[i].len, 14 + 20 + 8 + sizeof(struct datagram));
		lost += !!(log[i].causes & SB_PACKET_LOG_LOST);
		queue += !!(log[i].causes & SB_PACKET_LOG_QUEUE_FULL);
		duplicated += !!(log[i].causes & SB_PACKET_LOG_DUPLICATED);
		corrupted += !!(log[i].causes & SB_PACKET_LOG_CORRUPTED);
	}
	assert_int_equal(lost, c.lost);
	assert_int_equal(duplicated, c.duplicated);
	assert_int_equal(corrupted, c.corrupted);
	/* Both copies of a packet may find the queue full. */
	assert_in_range(queue, 1, c.queue_dropped);
	sb_link_user.detach(s);
	close_pair(&p);
}

static void steps_go_by_arrival(void **state)
{
	struct pair p = open_pair();
	struct sb_link_state st = {.delay_ns = MS};
	struct sb_shaper *s = shape(st, 1 << 20);
	int64_t now_ns = sb_mono_ns();
	struct sb_link_counters c;
	struct datagram d;

	(void)state;
	st.outage = true;
	assert_int_equal(sb_link_user.apply(s, &st, now_ns + 100 * MS, NULL), 0);
	st.outage = false;
	st.delay_ns = 40 * MS;
	assert_int_equal(sb_link_user.apply(s, &st, now_ns + 300 * MS, NULL), 0);
	send_number(&p, 1);
	assert_true(sb_mono_ns() < now_ns + 100 * MS);
	sb_sleep_until_ns(now_ns + 101 * MS);
	send_number(&p, 2);
	assert_true(sb_mono_ns() < now_ns + 300 * MS);
	sb_sleep_until_ns(now_ns + 301 * MS);
	send_number(&p, 3);
	assert_int_equal(receive_number(&p, &d, 5000), 1);
	assert_int_equal(d.number, 1);
	assert_int_equal(receive_number(&p, &d, 5000), 1);
	assert_int_equal(d.number, 3);
	assert_true(sb_mono_ns() - d.sent_ns >= 40 * MS);
	c = drained(s, 3);
	assert_int_equal(c.outage, 1);
	assert_int_equal(c.sent, 2);
	sb_link_user.detach(s);
	close_pair(&p);
}

/* Frames that leave at once are sent from their ring slots, each of which must come free again. */
static void the_ring_goes_round(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s = shape((struct sb_link_state){0}, 1 << 20);
	struct sb_link_counters c;
	struct datagram d;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		send_number(&p, i);
		assert_int_equal(receive_number(&p, &d, 5000), 1);
		assert_int_equal(d.number, i);
	}
	c = drained(s, 20000);
	assert_int_equal(c.arrived, 20000);
	assert_int_equal(c.failed, 0);
	sb_link_user.detach(s);
	close_pair(&p);
}

static void copies_are_whole(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s = shape((struct sb_link_state){.duplicate_ppb = SB_PPB}, 1 << 20);
	struct datagram d;

	(void)state;
	for (uint32_t i = 0; i < 50; i++) {
		send_number(&p, i);
		for (int copy = 0; copy < 2; copy++) {
			assert_int_equal(receive_number(&p, &d, 5000), 1);
			assert_int_equal(d.number, i);
		}
	}
	assert_int_equal(drained(s, 50).sent, 100);
	sb_link_user.detach(s);
	close_pair(&p);
}

static void no_flipped_bit_passes_a_checksum(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s = shape((struct sb_link_state){.corrupt_ppb = SB_PPB}, 1 << 20);
	struct sb_link_state clean = {0};
	struct datagram d;

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		send_number(&p, i);
	assert_int_equal(drained(s, 500).corrupted, 500);
	assert_int_equal(drained(s, 500).sent, 500);
	/* All 500 are through the receiver's stack when a good one sent after them comes out. */
	sb_link_user.apply(s, &clean, sb_mono_ns(), NULL);
	send_number(&p, 1000);
	assert_int_equal(receive_number(&p, &d, 5000), 1);
	assert_int_equal(d.number, 1000);
	sb_link_user.detach(s);
	close_pair(&p);
}

static void *read_all(void *arg)
{
	int fd = *(int *)arg;
	static uint8_t buf[65536];
	uint64_t at = 0;
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (ssize_t i = 0; i < n; i++, at++)
			if (buf[i] != (uint8_t)(at * 2654435761u >> 24))
				return (void *)(uintptr_t)-1;
	return (void *)(uintptr_t)at;
}

static void tcp_survives_loss_whole(void **state)
{
	struct sockaddr_in to = address(ADDR_B);
	int rx = socket_in(node_b, AF_INET, SOCK_STREAM, 0);
	int tx = socket_in(node_a, AF_INET, SOCK_STREAM, 0), conn;
	struct sb_shaper *s =
	    shape((struct sb_link_state){.loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 10000000},
					 .delay_ns = MS,
					 .duplicate_ppb = 10000000,
					 .reorder_ppb = 10000000,
					 .corrupt_ppb = 10000000},
		  1 << 20);
	const size_t size = 2 << 20;
	uint8_t *data = malloc(size);
	pthread_t reader;
	void *got;

	(void)state;
	for (size_t i = 0; i < size; i++)
		data[i] = (uint8_t)((uint64_t)i * 2654435761u >> 24);
	assert_int_equal(bind(rx, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(listen(rx, 1), 0);
	assert_int_equal(connect(tx, (struct sockaddr *)&to, sizeof(to)), 0);
	conn = accept(rx, NULL, NULL);
	assert_int_equal(pthread_create(&reader, NULL, read_all, &conn), 0);
	for (size_t at = 0; at < size;) {
		ssize_t n = write(tx, data + at, size - at);

		assert_true(n > 0);
		at += (size_t)n;
	}
	shutdown(tx, SHUT_WR);
	pthread_join(reader, &got);
	assert_int_equal((uintptr_t)got, size);
	assert_true(counters(s).lost > 0);
	sb_link_user.detach(s);
	free(data);
	close(tx);
	close(rx);
	close(conn);
}

/* Tags are taken out by the bridge's port and must be back when the frame leaves the link. */
static void vlan_tags_survive(void **state)
{
	uint8_t frame[100] = {0x02, 0, 0, 0,	0,    9,    0x02, 0,	0,
			      0,    0, 8, 0x81, 0x00, 0x60, 0x2a, 0x88, 0xb5};
	int tx = socket_in(node_a, AF_PACKET, SOCK_RAW, 0);
	int rx = socket_in(node_b, AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), one = 1;
	struct sb_shaper *s = shape((struct sb_link_state){.delay_ns = MS}, 1 << 20);
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	struct ifreq ifr = {.ifr_name = "eth0"};
	struct pollfd pfd = {.fd = rx, .events = POLLIN};

	(void)state;
	assert_int_equal(ioctl(tx, SIOCGIFINDEX, &ifr), 0);
	to.sll_ifindex = ifr.ifr_ifindex;
	setsockopt(rx, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	assert_int_equal(sendto(tx, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to)),
			 sizeof(frame));
	for (;;) {
		uint8_t buf[200], control[256];
		struct iovec iov = {buf, sizeof(buf)};
		struct msghdr m = {.msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof(control)};
		struct tpacket_auxdata aux;

		assert_int_equal(poll(&pfd, 1, 5000), 1);
		if (recvmsg(rx, &m, 0) != sizeof(frame) - 4 || buf[5] != 9)
			continue;
		memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof(aux));
		assert_true(aux.tp_status & TP_STATUS_VLAN_VALID);
		assert_int_equal(aux.tp_vlan_tci, 0x602a);
		assert_memory_equal(buf + 12, frame + 16, sizeof(frame) - 16);
		break;
	}
	sb_link_user.detach(s);
	close(tx);
	close(rx);
}

/* eth0 leaves segmentation to whoever comes next. */
static void set_segmentation(int netns, uint32_t on)
{
	int fd = socket_in(netns, AF_INET, SOCK_DGRAM, 0);
	struct ethtool_value gso = {.cmd = ETHTOOL_SGSO, .data = on};
	struct ethtool_value tso = {.cmd = ETHTOOL_STSO, .data = on};
	struct ifreq ifr = {.ifr_name = "eth0", .ifr_data = (void *)&gso};

	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	ifr.ifr_data = (void *)&tso;
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	tso.cmd = ETHTOOL_GTSO;
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	assert_int_equal(tso.data, on);
	close(fd);
}

/* A bridge whose packets pass netfilter drops what has a wrong one. */
static uint16_t ip_sum(const uint8_t header[20])
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)header[i] << 8 | header[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~(sum + (sum >> 16));
}

/* One TCP packet of @payload bytes that the kernel is to cut into segments of @segment bytes. */
static void send_segments(uint16_t segment, uint16_t payload)
{
	struct {
		struct virtio_net_hdr vnet;
		uint8_t ether[14], ip[20], tcp[20], data[8000];
	} __attribute__((packed))
	f = {.vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		      .gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		      .hdr_len = 54,
		      .gso_size = segment,
		      .csum_start = 34,
		      .csum_offset = 16},
	     .ip = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2},
	     .tcp = {[12] = 0x50, [13] = 0x10}};
	uint16_t total = (uint16_t)(40 + payload), sum;
	size_t len = sizeof(f) - sizeof(f.data) + payload;
	int tx = socket_in(node_a, AF_PACKET, SOCK_RAW, 0), on = 1;
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP)};
	struct ifreq ifr = {.ifr_name = "eth0"};

	memcpy(f.ether, mac_b, 6);
	memcpy(f.ether + 6, mac_a, 6);
	f.ether[12] = 8;
	f.ip[2] = (uint8_t)(total >> 8);
	f.ip[3] = (uint8_t)total;
	sum = ip_sum(f.ip);
	f.ip[10] = (uint8_t)(sum >> 8);
	f.ip[11] = (uint8_t)sum;
	assert_int_equal(ioctl(tx, SIOCGIFINDEX, &ifr), 0);
	to.sll_ifindex = ifr.ifr_ifindex;
	assert_int_equal(setsockopt(tx, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)), 0);
	assert_int_equal(sendto(tx, &f, len, 0, (struct sockaddr *)&to, sizeof(to)), len);
	close(tx);
}

/*
 * A segment size above the MTU passes every interface while the packet is whole, and is cut up at
 * the link: frames that fit a slot of the ring but no slot of the pool.  All that the link takes is
 * lost here, so what fails did so before it was copied.
 */
static void frames_above_the_mtu_fail(void **state)
{
	const struct sb_loss all = {.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB};
	struct sb_shaper *s = shape((struct sb_link_state){.loss = all}, 1 << 20);
	struct sb_link_counters c;

	(void)state;
	set_segmentation(node_a, 1);
	send_segments(1860, 3 * 1860);
	send_segments(1400, 3 * 1400);
	set_segmentation(node_a, 0);
	c = drained(s, 6);
	assert_int_equal(c.failed, 3);
	assert_int_equal(c.lost, 3);
	assert_int_equal(c.sent, 0);
	sb_link_user.detach(s);
}

/* What a program sends out of every interface that it finds. */
static void send_broadcast_by(const char *ifname)
{
	struct sockaddr_in to = address("255.255.255.255");
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on)), 0);
	assert_int_equal(
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, (socklen_t)strlen(ifname) + 1), 0);
	assert_int_equal(sendto(fd, "heard?", 6, 0, (struct sockaddr *)&to, sizeof(to)), 6);
	close(fd);
}

static void what_others_send_out_of_the_sink_is_not_shaped(void **state)
{
	struct pair p = open_pair();
	struct sb_shaper *s = shape((struct sb_link_state){0}, 1 << 20);
	cJSON *facts = cJSON_CreateObject();
	struct sb_link_counters c;

	(void)state;
	sb_link_user.describe(s, facts);
	for (int i = 0; i < 10; i++)
		send_broadcast_by(cJSON_GetStringValue(cJSON_GetObjectItem(facts, "sink")));
	send_number(&p, 1);
	c = drained(s, 1);
	assert_int_equal(c.arrived, 1);
	assert_int_equal(c.failed, 0);
	cJSON_Delete(facts);
	sb_link_user.detach(s);
	close_pair(&p);
}

/* Adds (or deletes) a clsact qdisc on hostb; negative errno. */
static int clsact(int type, int flags)
{
	struct sb_rtnl nl;
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_ACK | flags);
	struct tcmsg tc = {.tcm_family = AF_UNSPEC,
			   .tcm_ifindex = (int)if_nametoindex("hostb"),
			   .tcm_parent = TC_H_CLSACT,
			   .tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0)};
	int rc;

	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	nlmsg_append(msg, &tc, sizeof(tc), NLMSG_ALIGNTO);
	nla_put_string(msg, TCA_KIND, "clsact");
	rc = nl_send_sync(nl.sk, msg);
	sb_rtnl_close(&nl);
	return rc;
}

static void detach_leaves_nothing(void **state)
{
	struct sb_shaper *s = shape((struct sb_link_state){0}, 1 << 20);

	(void)state;
	assert_true(sb_test_count_links() > links_before);
	assert_int_equal(clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL), -NLE_EXIST);
	sb_link_user.detach(s);
	assert_int_equal(sb_test_count_links(), links_before);
	/* It could not be made if it were still there. */
	assert_int_equal(clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL), 0);
	assert_int_equal(clsact(RTM_DELQDISC, 0), 0);
	sb_link_user.detach(NULL);
}

static void somebody_elses_clsact_is_left_alone(void **state)
{
	struct sb_link_dir dir = {.queue_bytes = 1};
	struct sb_shaper *s = (void *)&dir;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(clsact(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL), 0);
	assert_int_equal(sb_link_user.attach("hostb", &dir, MTU, &s, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, "hostb already has"));
	assert_ptr_equal(s, &dir);
	assert_int_equal(sb_test_count_links(), links_before);
	assert_int_equal(clsact(RTM_DELQDISC, 0), 0); /* still there */
}

static void a_missing_interface_is_named(void **state)
{
	struct sb_link_dir dir = {.queue_bytes = 1};
	struct sb_shaper *s = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_link_user.attach("nosuch0", &dir, MTU, &s, &err), -1);
	assert_non_null(strstr(err.msg, "nosuch0"));
	assert_int_equal(sb_test_count_links(), links_before);
}

static void probe_leaves_nothing(void **state)
{
	struct sb_err err = {0};

	(void)state;
	if (sb_link_user.probe(&err))
		fail_msg("%s", err.msg);
	assert_int_equal(sb_test_count_links(), links_before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(probe_leaves_nothing),
	    cmocka_unit_test(packets_come_late_and_in_order),
	    cmocka_unit_test(two_interfaces_share_one_rate),
	    cmocka_unit_test(one_client_fills_the_queue_of_both),
	    cmocka_unit_test(counters_add_up_and_the_packet_log_agrees),
	    cmocka_unit_test(steps_go_by_arrival),
	    cmocka_unit_test(the_ring_goes_round),
	    cmocka_unit_test(copies_are_whole),
	    cmocka_unit_test(no_flipped_bit_passes_a_checksum),
	    cmocka_unit_test(tcp_survives_loss_whole),
	    cmocka_unit_test(vlan_tags_survive),
	    cmocka_unit_test(frames_above_the_mtu_fail),
	    cmocka_unit_test(what_others_send_out_of_the_sink_is_not_shaped),
	    cmocka_unit_test(detach_leaves_nothing),
	    cmocka_unit_test(somebody_elses_clsact_is_left_alone),
	    cmocka_unit_test(a_missing_interface_is_named),
	};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	return cmocka_run_group_tests(tests, build, NULL);
}
