// SPDX-License-Identifier: MIT
/* test_plan_probe.c - probes are a small share of what a link can carry */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pcap_make.h"
#include "satbed/plan_probe.h"

static uint32_t rate_at(uint64_t rate_bps)
{
	struct sb_world w;

	sb_world_init(&w);
	w.link.dir[SB_UP].initial.rate_bps = rate_bps;
	return sb_probe_rate(&w.plan, 0, SB_UP);
}

static void is_half_a_percent_at_most(void **state)
{
	(void)state;
	assert_int_equal(rate_at(0), 50);
	assert_int_equal(rate_at(100000000), 50);
	/* 2 Mbit/s: 10 kbit/s of frames of 66 bytes. */
	assert_int_equal(rate_at(2000000), 18);
	assert_int_equal(rate_at(64000), 2);
}

static void share_what_clients_share(void **state)
{
	struct sb_link links[3] = {0};
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	for (int i = 0; i < 3; i++) {
		links[i] = w.link;
		links[i].dir[SB_UP].initial.rate_bps = 2000000;
		links[i].dir[SB_UP].shared = i != 1;
	}
	w.plan.links = links;
	w.plan.link_count = 3;
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_UP), 9);
	assert_int_equal(sb_probe_rate(&w.plan, 1, SB_UP), 18);
	assert_int_equal(sb_probe_rate(&w.plan, 2, SB_UP), 9);
}

static void minds_the_lowest_rate_to_come(void **state)
{
	struct sb_link_state slow;
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	w.link.dir[SB_UP].initial.rate_bps = 100000000;
	slow = w.link.dir[SB_UP].initial;
	slow.rate_bps = 2000000;
	sb_world_step(&w, 1000000000, SB_UP, &slow);
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_UP), 18);
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_DOWN), 50);
}

static void are_left_out_where_they_would_disturb(void **state)
{
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	w.plan.path = SB_PATH_SLIRP;
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_UP), 0);
	w.plan.path = SB_PATH_BRIDGE;
	w.plan.no_probes = true;
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_UP), 0);
	w.plan.no_probes = false;
	w.link.dir[SB_UP].exact.count = 1;
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_UP), 0);
	assert_int_equal(sb_probe_rate(&w.plan, 0, SB_DOWN), 50);
}

/* Of the flows nothing is told by them, of an idle link everything. */
static void measure_an_idle_link(void **state)
{
	struct sb_result *r;
	struct sb_world w;

	(void)state;
	sb_world_init(&w);
	for (uint32_t i = 0; i < 100; i++) {
		struct sb_segment_spec s = {.dir = SB_DOWN,
					    .udp = true,
					    .client_port = 41000,
					    .server_port = SB_PROBE_PORT(SB_DOWN),
					    .id = (uint16_t)i,
					    .payload = SB_PROBE_PAYLOAD};

		sb_world_send(&w, SB_WORLD_MS(5 + 20 * i), i == 7 ? -1 : 20100000, &s);
	}
	r = sb_world_analyse(&w);
	assert_non_null(r);
	assert_int_equal(r->links[0][SB_DOWN].probes, 100);
	assert_int_equal(r->links[0][SB_DOWN].probes_arrived, 99);
	assert_int_equal(r->links[0][SB_DOWN].sent, 100);
	assert_int_equal(r->links[0][SB_DOWN].delay_check, SB_MET);
	assert_true(r->links[0][SB_DOWN].path_cost_ms > 0.0999 &&
		    r->links[0][SB_DOWN].path_cost_ms < 0.1001);
	assert_int_equal(r->flows[0].bytes + r->flows[1].bytes, 0);
	assert_int_equal(r->flows[1].packets, 0);
	sb_result_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_half_a_percent_at_most),
	    cmocka_unit_test(share_what_clients_share),
	    cmocka_unit_test(minds_the_lowest_rate_to_come),
	    cmocka_unit_test(are_left_out_where_they_would_disturb),
	    cmocka_unit_test(measure_an_idle_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
