// SPDX-License-Identifier: MIT
/* test_link_netem.c - the kernel's netem as the netem backend sets it; needs a kernel that has it
 */
#include <cjson/cJSON.h>
#include <linux/pkt_sched.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/qdisc.h>
#include <netlink/route/qdisc/fifo.h>
#include <netlink/route/tc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "link/netem/netem_stages.h"
#include "link/qdisc.h"
#include "link_rig.h"
#include "netns.h"
#include "satbed/base/clock.h"
#include "satbed/link.h"

#define MS SB_NS_PER_MS

static const uint32_t handles[] = {0x5a7b0000, 0x5a7c0000, 0x5a7d0000};

static int set_up(void **state)
{
	*state = sb_link_rig_open();
	return 0;
}

static int tear_down(void **state)
{
	sb_link_rig_close(*state);
	return 0;
}

static struct sb_shaper *attach(const struct sb_link_dir *dir)
{
	struct sb_shaper *s;
	struct sb_err err = {0};

	if (sb_link_netem.attach(SB_LINK_IF, dir, SB_LINK_MTU, &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

/* A qdisc of somebody else's. */
static void put_qdisc(const char *kind, uint32_t parent, uint32_t handle, int limit)
{
	struct nl_sock *sk = nl_socket_alloc();
	struct rtnl_qdisc *qdisc = rtnl_qdisc_alloc();

	assert_int_equal(nl_connect(sk, NETLINK_ROUTE), 0);
	rtnl_tc_set_ifindex(TC_CAST(qdisc), (int)if_nametoindex(SB_LINK_IF));
	rtnl_tc_set_parent(TC_CAST(qdisc), parent);
	rtnl_tc_set_handle(TC_CAST(qdisc), handle);
	assert_int_equal(rtnl_tc_set_kind(TC_CAST(qdisc), kind), 0);
	if (limit)
		assert_int_equal(rtnl_qdisc_fifo_set_limit(qdisc, limit), 0);
	assert_int_equal(rtnl_qdisc_add(sk, qdisc, NLM_F_CREATE | NLM_F_REPLACE), 0);
	rtnl_qdisc_put(qdisc);
	nl_socket_free(sk);
}

static void put_pfifo(void)
{
	put_qdisc("pfifo", TC_H_ROOT, 0x10000, 10);
}

static void assert_root(const char *kind, uint32_t handle)
{
	struct sb_qdisc q;
	uint32_t got_handle;
	char got_kind[16];

	assert_int_equal(sb_qdisc_open(&q, SB_LINK_IF, NULL), 0);
	assert_int_equal(sb_qdisc_root(&q, got_kind, &got_handle, NULL), 0);
	sb_qdisc_close(&q);
	if (kind)
		assert_string_equal(got_kind, kind);
	assert_int_equal(got_handle, handle);
}

/* Somebody else's clsact: there can be no redirection, so the three are a chain. */
static void put_clsact(void)
{
	put_qdisc("clsact", TC_H_CLSACT, TC_H_MAKE(TC_H_CLSACT, 0), 0);
}

/* @chained: all on the interface; else all but the delay on the ifb before it. */
static void assert_held(const struct sb_link_dir *dir, const struct sb_link_state *asked,
			bool chained)
{
	char ifb[32];
	struct sb_netem_stages stages;
	struct sb_netem got;
	struct sb_qdisc q;
	char text[160];

	snprintf(ifb, sizeof(ifb), "sbi%x", if_nametoindex(SB_LINK_IF));
	sb_netem_plan(dir, asked, SB_LINK_MTU, false, &stages);
	for (size_t i = 0; i < stages.count; i++) {
		bool there = !chained && i != SB_STAGE_DELAY;

		assert_int_equal(sb_qdisc_open(&q, there ? ifb : SB_LINK_IF, NULL), 0);
		assert_int_equal(sb_qdisc_read(&q, handles[i], &got, NULL, NULL), 0);
		if (sb_netem_differs(&stages.stage[i], &got, text, sizeof(text)))
			fail_msg("stage %zu: %s", i, text);
		sb_qdisc_close(&q);
	}
}

/* From rich to poor and back: what a message leaves out, the kernel would keep. */
static void check_each_state(bool chained)
{
	const struct sb_link_state poor = {0};
	const struct sb_link_state rich = {.delay_ns = 280 * SB_NS_PER_S,
					   .rate_bps = 80000000000,
					   .loss = {.kind = SB_LOSS_GEMODEL,
						    .bad_ppb = 5000000,
						    .good_ppb = 250000000,
						    .lost_in_bad_ppb = 900000000,
						    .lost_in_good_ppb = 1000},
					   .reorder_ppb = 1000000,
					   .corrupt_ppb = 1000};
	const struct sb_link_state outage = {.outage = true, .delay_ns = 1, .rate_bps = 8};
	const struct sb_link_state *const states[] = {&poor, &rich, &outage, &rich, &poor};
	struct sb_link_dir dir = {.initial = rich, .queue_packets = 7, .seed = 1};
	struct sb_shaper *s = attach(&dir);
	struct sb_err err = {0};

	assert_held(&dir, &rich, chained);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (sb_link_netem.apply(s, states[i], 0, &err))
			fail_msg("%s", err.msg);
		assert_held(&dir, states[i], chained);
	}
	sb_link_netem.detach(s);
	assert_root(NULL, 0);
}

static void the_kernel_holds_each_state_completely(void **state)
{
	(void)state;
	check_each_state(false);
}

static void a_chain_holds_each_state_completely(void **state)
{
	(void)state;
	put_clsact();
	check_each_state(true);
}

static void a_chain_counts_and_queues_as_it_should(void **state)
{
	struct sb_link_rig *rig = *state;
	struct sb_link_state s = {.rate_bps = 100000, .delay_ns = 50 * MS, .outage = true};
	struct sb_link_dir dir = {.initial = s, .queue_packets = 10};
	struct sb_link_counters c;
	struct sb_shaper *shaper;

	put_clsact();
	shaper = attach(&dir);
	for (int i = 0; i < 5; i++)
		sb_link_rig_send(rig, SB_LINK_MTU);
	s.outage = false;
	assert_int_equal(sb_link_netem.apply(shaper, &s, 0, NULL), 0);
	/* One on the wire and ten waiting, whatever is in the delay line before. */
	for (int i = 0; i < 30; i++)
		sb_link_rig_send(rig, SB_LINK_MTU);
	c = sb_link_rig_drain(rig, &sb_link_netem, shaper);
	assert_int_equal(c.outage, 5);
	assert_int_equal(c.lost, 0);
	assert_int_equal(c.sent, 11);
	assert_int_equal(c.queue_dropped, 19);
	sb_link_netem.detach(shaper);
}

/* A chain has its queue in a netem, which would keep the rate of then: whoever chooses takes user. */
static void a_chain_refuses_a_rate_that_changes(void **state)
{
	struct sb_link_dir dir = {
	    .initial = {.rate_bps = 1000000}, .queue_packets = 10, .rate_changes = true};
	struct sb_shaper *s = NULL;
	struct sb_err err = {0};

	(void)state;
	put_clsact();
	assert_int_equal(sb_link_netem.attach(SB_LINK_IF, &dir, SB_LINK_MTU, &s, &err), -1);
	assert_non_null(strstr(err.msg, "needs an ifb where the rate changes"));
	assert_non_null(strstr(err.msg, "backend = user"));
	assert_null(s);
	dir.initial.duplicate_ppb = 1000000;
	assert_int_equal(sb_link_netem.attach(SB_LINK_IF, &dir, SB_LINK_MTU, &s, &err), -1);
	assert_non_null(strstr(err.msg, "cannot duplicate where the rate changes"));
	/* Neither left anything: a rate that stays is taken. */
	dir = (struct sb_link_dir){.initial = {.rate_bps = 1000000}, .queue_packets = 10};
	sb_link_netem.detach(attach(&dir));
}

static void changes_lose_nothing_that_is_under_way(void **state)
{
	struct sb_link_rig *rig = *state;
	struct sb_link_state now = {.delay_ns = 300 * MS, .rate_bps = 8000000};
	struct sb_link_dir dir = {.initial = now, .queue_packets = 100};
	struct sb_shaper *s = attach(&dir);

	for (int i = 0; i < 50; i++)
		sb_link_rig_send(rig, 500);
	for (int i = 0; i < 200; i++) {
		now.delay_ns = (i % 7 + 1) * MS;
		now.rate_bps = 1000000 + 1000 * (uint64_t)i;
		now.loss.kind = i % 3 ? SB_LOSS_NONE : SB_LOSS_RANDOM;
		now.loss.random_ppb = SB_PPB;
		assert_int_equal(sb_link_netem.apply(s, &now, 0, NULL), 0);
	}
	assert_int_equal(sb_link_rig_drain(rig, &sb_link_netem, s).sent, 50);
	sb_link_netem.detach(s);
}

static void somebody_elses_root_is_left_alone(void **state)
{
	struct sb_link_dir dir = {.queue_packets = 1};
	struct sb_shaper *s = NULL;
	struct sb_err err = {0};

	(void)state;
	put_pfifo();
	assert_int_equal(sb_link_netem.attach(SB_LINK_IF, &dir, SB_LINK_MTU, &s, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, "pfifo"));
	assert_non_null(strstr(err.msg, SB_LINK_IF));
	assert_null(s);
	assert_root("pfifo", 0x10000);
}

static void what_replaced_ours_survives_detach(void **state)
{
	struct sb_link_dir dir = {.queue_packets = 1};
	struct sb_shaper *s = attach(&dir);
	struct sb_link_counters c;
	struct sb_err err = {0};

	(void)state;
	put_pfifo();
	/* Losing the chain in a run is an error, not a silence. */
	assert_int_equal(sb_link_netem.counters(s, &c, &err), -1);
	assert_non_null(strstr(err.msg, "no longer exists"));
	dir.initial.delay_ns = 1;
	assert_int_equal(sb_link_netem.apply(s, &dir.initial, 0, NULL), -1);
	sb_link_netem.detach(s);
	assert_root("pfifo", 0x10000);
}

static void an_interface_is_shaped_once(void **state)
{
	struct sb_link_dir dir = {.queue_packets = 1};
	struct sb_shaper *s = attach(&dir), *second = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_link_netem.attach(SB_LINK_IF, &dir, SB_LINK_MTU, &second, &err), -1);
	assert_non_null(strstr(err.msg, "5a7c:"));
	assert_root("netem", handles[SB_STAGE_DELAY]);
	sb_link_netem.detach(s);
}

static void duplication_says_what_it_costs(void **state)
{
	struct sb_link_dir dir = {.initial = {.duplicate_ppb = 1000}, .queue_packets = 1};
	struct sb_shaper *s = attach(&dir);
	struct sb_link_counters c;
	cJSON *json = cJSON_CreateObject();

	(void)state;
	sb_link_netem.describe(s, json);
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(json, "single_netem")));
	assert_true(cJSON_IsString(cJSON_GetObjectItem(json, "single_netem_costs")));
	assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItem(json, "qdiscs")), 1);
	cJSON_Delete(json);
	assert_int_equal(sb_link_netem.counters(s, &c, NULL), 0);
	assert_int_equal(c.lost, -1);
	assert_int_equal(c.sent, 0);
	sb_link_netem.detach(s);
}

static void duplication_cannot_begin_in_a_run(void **state)
{
	struct sb_link_dir dir = {.queue_packets = 1};
	struct sb_link_state later = {.duplicate_ppb = 1};
	struct sb_shaper *s = attach(&dir);
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_link_netem.apply(s, &later, 0, &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	assert_held(&dir, &dir.initial, false);
	sb_link_netem.detach(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(the_kernel_holds_each_state_completely, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_chain_holds_each_state_completely, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(a_chain_counts_and_queues_as_it_should, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(a_chain_refuses_a_rate_that_changes, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(changes_lose_nothing_that_is_under_way, set_up,
					    tear_down),
	    cmocka_unit_test_setup_teardown(somebody_elses_root_is_left_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(what_replaced_ours_survives_detach, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(an_interface_is_shaped_once, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(duplication_says_what_it_costs, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(duplication_cannot_begin_in_a_run, set_up, tear_down),
	};
	struct sb_err err = {0};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	if (sb_link_netem.probe(&err)) {
		print_message("%s\n", err.msg);
		return SB_TEST_SKIP;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
