// SPDX-License-Identifier: MIT
/* test_link_join.c - two interfaces that become one wire, whatever they are plugged into, shaped and unshaped */
#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "netns.h"
#include "no_ipv6.h"
#include "satbed/base/clock.h"
#include "satbed/link.h"
#include "satbed/net.h"

/* node A eth0 = hosta (bridge bra)   hostb (bridge brb) = eth0 node B: no way from one to the other */
#define ADDR_A	"10.9.0.1"
#define ADDR_B	"10.9.0.2"
#define PORT	4000
#define MTU	1500u
#define SOON_MS 300
#define LONG_MS 5000

static const uint8_t mac_a[6] = {2, 0, 0, 0, 0, 0xa}, mac_b[6] = {2, 0, 0, 0, 0, 0xb};

/* a to b, b to a */
static int tx[2], rx[2];

static int socket_at(const char *addr, bool receives)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	inet_pton(AF_INET, addr, &a.sin_addr);
	assert_true(fd >= 0);
	if (receives)
		assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	else
		assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

static void add_node(const char *host, const char *bridge, const uint8_t *mac, const char *own,
		     const char *other, const uint8_t *other_mac, int *to_other, int *from_other)
{
	int self = sb_test_self_netns(), netns = sb_test_new_netns();
	struct sb_veth_half a = {.ifname = host, .netns_fd = -1};
	struct sb_veth_half b = {.ifname = "eth0", .netns_fd = netns, .mac = mac};
	struct in_addr to;
	struct sb_rtnl nl;

	assert_true(netns >= 0);
	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	assert_int_equal(sb_rtnl_add_bridge(&nl, bridge, MTU, NULL), 0);
	assert_int_equal(sb_rtnl_add_veth(&nl, &a, &b, MTU, NULL), 0);
	assert_int_equal(sb_rtnl_set_master(&nl, host, bridge, NULL), 0);
	assert_int_equal(sb_rtnl_set_up(&nl, host, NULL), 0);
	sb_rtnl_close(&nl);
	assert_int_equal(sb_test_setns(netns), 0);
	assert_int_equal(sb_test_no_ipv6(), 0);
	assert_int_equal(sb_rtnl_open(&nl, NULL), 0);
	assert_int_equal(sb_rtnl_set_up(&nl, "eth0", NULL), 0);
	assert_int_equal(sb_test_add_addr4("eth0", own), 0);
	inet_pton(AF_INET, other, &to);
	assert_int_equal(sb_rtnl_add_neigh(&nl, "eth0", AF_INET, &to, other_mac, NULL), 0);
	*to_other = socket_at(other, false);
	*from_other = socket_at(own, true);
	sb_rtnl_close(&nl);
	assert_int_equal(sb_test_setns(self), 0);
	close(netns);
	close(self);
}

static int build(void **state)
{
	(void)state;
	assert_int_equal(sb_test_no_ipv6(), 0);
	add_node("hosta", "bra", mac_a, ADDR_A, ADDR_B, mac_b, &tx[0], &rx[1]);
	add_node("hostb", "brb", mac_b, ADDR_B, ADDR_A, mac_a, &tx[1], &rx[0]);
	return 0;
}

/* How long one datagram takes; -1 = it does not come. */
static int64_t passes(int way, int timeout_ms)
{
	struct pollfd p = {.fd = rx[way], .events = POLLIN};
	int64_t begin_ns = sb_mono_ns();
	char byte;

	assert_int_equal(send(tx[way], "x", 1, 0), 1);
	if (poll(&p, 1, timeout_ms) <= 0)
		return -1;
	assert_int_equal(recv(rx[way], &byte, 1, 0), 1);
	return sb_mono_ns() - begin_ns;
}

static void what_comes_in_at_one_leaves_at_the_other(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(passes(0, SOON_MS), -1);
	assert_int_equal(passes(1, SOON_MS), -1);
	if (sb_link_join("hosta", "hostb", &err))
		fail_msg("%s", err.msg);
	assert_true(passes(0, LONG_MS) >= 0);
	assert_true(passes(1, LONG_MS) >= 0);
}

/* The same interface is shaped, filtered and let go again: the joint stays. */
static void a_joint_outlives_what_shapes_it(void **state)
{
	struct sb_link_dir dir = {.initial = {.delay_ns = 50 * SB_NS_PER_MS},
				  .queue_bytes = 1 << 20,
				  .queue_packets = 100,
				  .max_delay_ns = SB_NS_PER_S};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct sb_shaper *s = NULL;
		struct sb_err err = {0};

		if (sb_link_ingress_filter("hostb", mac_a, &err) ||
		    sb_link_user.attach("hostb", &dir, MTU, &s, &err))
			fail_msg("%s", err.msg);
		assert_true(passes(0, LONG_MS) >= 50 * SB_NS_PER_MS);
		assert_true(passes(1, LONG_MS) >= 0);
		sb_link_user.detach(s);
		sb_link_ingress_filter_delete("hostb");
		assert_true(passes(0, LONG_MS) >= 0);
		assert_true(passes(1, LONG_MS) >= 0);
	}
}

static void what_is_joined_is_not_joined_again(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_link_join("hosta", "hostb", &err), -1);
	assert_non_null(strstr(err.msg, "hosta"));
	assert_true(passes(0, LONG_MS) >= 0);
}

static void a_missing_interface_is_named(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_link_join("nosuch0", "hostb", &err), -1);
	assert_non_null(strstr(err.msg, "nosuch0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_comes_in_at_one_leaves_at_the_other),
	    cmocka_unit_test(a_joint_outlives_what_shapes_it),
	    cmocka_unit_test(what_is_joined_is_not_joined_again),
	    cmocka_unit_test(a_missing_interface_is_named),
	};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	return cmocka_run_group_tests(tests, build, NULL);
}
