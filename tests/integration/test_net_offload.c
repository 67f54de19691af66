// SPDX-License-Identifier: MIT
/* test_net_offload.c - with offloads off a burst that was handed over in one piece goes out in
 * packets */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "netns.h"
#include "satbed/net.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define SEGMENT 1000
#define BURST	(8 * SEGMENT)
#define HEADERS 42

static struct sb_rtnl nl;

static int make_pair(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct in_addr far;

	(void)state;
	inet_pton(AF_INET, "10.7.0.2", &far);
	if (sb_test_add_veth("near", "far", -1) || sb_test_add_addr4("near", "10.7.0.1") ||
	    sb_rtnl_open(&nl, NULL))
		return -1;
	return sb_rtnl_add_neigh(&nl, "near", AF_INET, &far, mac, NULL);
}

static int end_pair(void **state)
{
	(void)state;
	sb_rtnl_delete_link(&nl, "near", NULL);
	sb_rtnl_close(&nl);
	return 0;
}

/* Sends a burst in one call, as QUIC senders do; returns the longest frame that comes out. */
static ssize_t longest_frame(void)
{
	struct sockaddr_ll on = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(ETH_P_ALL),
				 .sll_ifindex = sb_rtnl_ifindex(&nl, "far")};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(4000)};
	int in = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	int out = socket(AF_INET, SOCK_DGRAM, 0), size = SEGMENT;
	struct timeval soon = {.tv_sec = 1};
	static char burst[BURST], frame[2 * BURST];
	ssize_t longest = 0, n;
	size_t got = 0;

	inet_pton(AF_INET, "10.7.0.2", &to.sin_addr);
	assert_int_equal(bind(in, (struct sockaddr *)&on, sizeof(on)), 0);
	setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
	if (setsockopt(out, SOL_UDP, UDP_SEGMENT, &size, sizeof(size)))
		skip();
	assert_int_equal(sendto(out, burst, BURST, 0, (struct sockaddr *)&to, sizeof(to)), BURST);
	while (got < BURST && (n = recv(in, frame, sizeof(frame), 0)) > 0) {
		if (n < SEGMENT)
			continue; /* neighbour discovery */
		longest = n > longest ? n : longest;
		got += (size_t)n - HEADERS;
	}
	close(in);
	close(out);
	assert_int_equal(got, BURST);
	return longest;
}

static void bursts_go_out_in_packets(void **state)
{
	struct sb_err err = {0};

	(void)state;
	/* Else the test would show nothing. */
	assert_true(sb_offloads_on(&nl, "near"));
	assert_true(longest_frame() > SEGMENT + HEADERS);
	if (sb_offloads_off(&nl, "near", &err))
		fail_msg("%s", err.msg);
	assert_int_equal(longest_frame(), SEGMENT + HEADERS);
	assert_false(sb_offloads_on(&nl, "near"));
}

static void what_is_missing_is_named(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_offloads_off(&nl, "nowhere", &err), -1);
	assert_non_null(strstr(err.msg, "interface nowhere does not exist here"));
	assert_true(sb_offloads_on(&nl, "nowhere"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(bursts_go_out_in_packets, make_pair, end_pair),
	    cmocka_unit_test_setup_teardown(what_is_missing_is_named, make_pair, end_pair),
	};
	int rc = sb_test_enter_netns();

	return rc ? rc : cmocka_run_group_tests(tests, NULL, NULL);
}
