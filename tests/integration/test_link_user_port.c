// SPDX-License-Identifier: MIT
/* test_link_user_port.c - the ring behind the sink: whole frames, stamps, and drops that are
 * counted */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "link/user/user_port.h"
#include "netns.h"
#include "no_ipv6.h"
#include "satbed/base/clock.h"

static int links_before;

/* A sender on the shaped interface itself: what it sends leaves there. */
static int open_sender(void)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	at.sll_ifindex = (int)if_nametoindex("veth0");
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

static struct sb_port open_port(enum sb_sink sink)
{
	struct sb_err err = {0};
	struct sb_port p;

	if (sb_port_open(&p, "veth0", 1500, 4096, sink, &err) || sb_port_steer(&p, &err))
		fail_msg("%s", err.msg);
	return p;
}

static void send_frame(int fd, uint32_t number, size_t len)
{
	uint8_t frame[1514] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};

	memcpy(frame + ETH_HLEN, &number, sizeof(number));
	memset(frame + 20, (int)number, len - 20);
	assert_int_equal(send(fd, frame, len, 0), len);
}

static void frames_are_whole(enum sb_sink sink)
{
	struct sb_port p = open_port(sink);
	int fd = open_sender();
	struct sb_port_frame f;
	uint32_t slot;

	for (uint32_t i = 0; i < 10000; i++) {
		size_t len = 60 + i % 1455;
		int64_t before_ns = sb_real_ns();
		uint32_t number;

		send_frame(fd, i, len);
		assert_true(sb_port_take(&p, &f, &slot));
		memcpy(&number, f.data + SB_PORT_HEADER + ETH_HLEN, sizeof(number));
		assert_int_equal(number, i);
		assert_int_equal(f.len, len);
		assert_true(f.whole);
		assert_int_equal(f.data[SB_PORT_HEADER + len - 1], (uint8_t)i);
		assert_true(f.real_ns >= before_ns && f.real_ns <= sb_real_ns());
		sb_port_release(&p, slot);
		assert_false(sb_port_ready(&p));
	}
	assert_int_equal(sb_port_dropped(&p), 0);
	sb_port_close(&p);
	assert_int_equal(sb_test_count_links(), links_before);
	close(fd);
}

static void frames_are_whole_through_a_tap(void **state)
{
	(void)state;
	if (access("/dev/net/tun", R_OK | W_OK))
		skip();
	frames_are_whole(SB_SINK_TAP);
}

static void frames_are_whole_through_a_veth(void **state)
{
	(void)state;
	frames_are_whole(SB_SINK_VETH);
}

static void a_full_ring_is_counted(void **state)
{
	struct sb_port p = open_port(SB_SINK_ANY);
	int fd = open_sender();
	struct sb_port_frame f;
	uint32_t slot, taken = 0;

	(void)state;
	for (uint32_t i = 0; i < p.slots + 77; i++)
		send_frame(fd, i, 60);
	assert_int_equal(sb_port_dropped(&p), 77);
	while (sb_port_take(&p, &f, &slot)) {
		sb_port_release(&p, slot);
		taken++;
	}
	assert_int_equal(taken, p.slots);
	/* And it goes on. */
	send_frame(fd, 1, 60);
	assert_true(sb_port_take(&p, &f, &slot));
	assert_int_equal(sb_port_dropped(&p), 77);
	sb_port_close(&p);
	close(fd);
}

static void what_the_port_sends_passes(void **state)
{
	struct sb_port p = open_port(SB_SINK_ANY);
	struct iovec frames[3];
	uint8_t data[3][SB_PORT_HEADER + 2000] = {{0}};
	const size_t len[3] = {60, 2000, 1514};
	bool sent[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		frames[i].iov_base = data[i];
		frames[i].iov_len = SB_PORT_HEADER + len[i];
	}
	/* The second is longer than the interface takes: it fails alone. */
	assert_int_equal(sb_port_send(&p, frames, NULL, 3, sent), 2);
	assert_true(sent[0]);
	assert_false(sent[1]);
	assert_true(sent[2]);
	assert_false(sb_port_ready(&p)); /* ours are not caught again */
	sb_port_close(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frames_are_whole_through_a_tap),
	    cmocka_unit_test(frames_are_whole_through_a_veth),
	    cmocka_unit_test(a_full_ring_is_counted),
	    cmocka_unit_test(what_the_port_sends_passes),
	};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	if (sb_test_no_ipv6() || sb_test_add_veth("veth0", "veth1", -1))
		return 1;
	links_before = sb_test_count_links();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
