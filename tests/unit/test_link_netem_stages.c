// SPDX-License-Identifier: MIT
/* test_link_netem_stages.c - a link's state as a chain of netem qdiscs */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/netem/netem_stages.h"

#define MTU 1500u

static const struct sb_link_dir dir = {
    .queue_packets = 50, .max_rate_bps = 50000000, .max_delay_ns = 325000000};

static struct sb_netem_stages plan(const struct sb_link_state *state, bool single)
{
	struct sb_netem_stages out;

	sb_netem_plan(&dir, state, MTU, single, &out);
	return out;
}

static void each_stage_has_one_duty(void **state)
{
	struct sb_netem_stages s =
	    plan(&(struct sb_link_state){.delay_ns = 20000000,
					 .rate_bps = 10000000,
					 .loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 10000000},
					 .corrupt_ppb = 1000000,
					 .reorder_ppb = 20000000},
		 false);
	const struct sb_netem *loss = &s.stage[SB_STAGE_LOSS], *delay = &s.stage[SB_STAGE_DELAY],
			      *queue = &s.stage[SB_STAGE_QUEUE];

	(void)state;
	assert_int_equal(s.count, 3);
	assert_int_equal(loss->loss, 42949673);
	assert_int_equal(loss->corrupt, 4294967);
	assert_int_equal(loss->latency_ns | (int64_t)loss->rate_bytes, 0);
	assert_int_equal(delay->latency_ns, 20000000);
	assert_int_equal(delay->reorder, 85899346);
	assert_int_equal(delay->gap, 1);
	assert_int_equal(delay->rate_bytes, SB_NETEM_ORDER_ONLY);
	assert_int_equal(delay->loss, 0);
	assert_int_equal(queue->rate_bytes, 1250000);
	assert_int_equal(queue->latency_ns | queue->loss, 0);
	/* The one being sent is counted as well. */
	assert_int_equal(queue->limit, 51);
	/* Above the leaf, no limit may be met first: 50 Mbit/s of the smallest frames for 325 ms.
	 */
	assert_true(loss->limit > 32000 && delay->limit > 32000);
}

/* Where the rate changes the queue is no netem: what waits in one keeps the rate of then. */
static void a_rate_that_changes_has_a_queue_of_its_own(void **state)
{
	struct sb_link_dir changing = dir;
	struct sb_link_state st = {.rate_bps = 10000000};
	struct sb_netem_stages s;

	(void)state;
	changing.rate_changes = true;
	changing.overhead_bytes = 24;
	changing.queue_bytes = 50 * (MTU + 14);
	sb_netem_plan(&changing, &st, MTU, false, &s);
	assert_true(s.served);
	assert_int_equal(s.rate_queue.rate_bytes, 1250000);
	assert_int_equal(s.rate_queue.overhead, 24);
	/* The one being sent is not in it. */
	assert_int_equal(s.rate_queue.limit_bytes, 50 * (MTU + 14));
	assert_int_equal(s.stage[SB_STAGE_QUEUE].rate_bytes, 1250000);
	assert_true(s.stage[SB_STAGE_QUEUE].limit > 32000);
	st.rate_bps = 0;
	sb_netem_plan(&changing, &st, MTU, false, &s);
	assert_int_equal(s.rate_queue.rate_bytes, SB_NETEM_ORDER_ONLY);
	assert_int_equal(s.rate_queue.overhead, 0);
	sb_netem_plan(&changing, &st, MTU, true, &s);
	assert_false(s.served);
	sb_netem_plan(&dir, &st, MTU, false, &s);
	assert_false(s.served);
}

static void a_step_of_delay_or_rate_leaves_the_loss_alone(void **state)
{
	struct sb_link_state a = {
	    .delay_ns = 1000,
	    .rate_bps = 1000,
	    .loss = {.kind = SB_LOSS_GEMODEL, .bad_ppb = 1, .good_ppb = 2, .lost_in_bad_ppb = 3}};
	struct sb_link_state b = a, c = a;
	struct sb_netem_stages sa = plan(&a, false), sb, sc;
	char text[160];

	(void)state;
	b.delay_ns = 2000;
	sb = plan(&b, false);
	assert_false(sb_netem_differs(&sa.stage[0], &sb.stage[0], text, sizeof(text)));
	assert_true(sb_netem_differs(&sa.stage[1], &sb.stage[1], text, sizeof(text)));
	assert_false(sb_netem_differs(&sa.stage[2], &sb.stage[2], text, sizeof(text)));
	c.rate_bps = 2000;
	sc = plan(&c, false);
	assert_false(sb_netem_differs(&sa.stage[0], &sc.stage[0], text, sizeof(text)));
	assert_false(sb_netem_differs(&sa.stage[1], &sc.stage[1], text, sizeof(text)));
	assert_true(sb_netem_differs(&sa.stage[2], &sc.stage[2], text, sizeof(text)));
}

/* Mean loss of what the kernel is told, by the kernel's rules (loss_gilb_ell()). */
static double kernel_mean(const struct sb_netem *n)
{
	double p = n->p, r = n->r, bad = 1 - n->h / 4294967296.0, good = n->k1 / 4294967296.0;

	return p / (p + r) * bad + r / (p + r) * good;
}

static void bursts_keep_their_mean_across_the_inversion(void **state)
{
	const struct sb_loss loss = {.kind = SB_LOSS_GEMODEL,
				     .bad_ppb = 5000000,
				     .good_ppb = 250000000,
				     .lost_in_bad_ppb = 900000000,
				     .lost_in_good_ppb = 1000000};
	struct sb_netem_stages s = plan(&(struct sb_link_state){.loss = loss}, false);
	double p = 0.005, r = 0.25, mean = p / (p + r) * 0.9 + r / (p + r) * 0.001;

	(void)state;
	assert_true(s.stage[0].gemodel);
	assert_int_equal(s.stage[0].loss, 0);
	assert_true(fabs(kernel_mean(&s.stage[0]) - mean) < 1e-8);
}

static void an_outage_loses_everything_whatever_the_loss(void **state)
{
	struct sb_netem_stages s =
	    plan(&(struct sb_link_state){.outage = true,
					 .loss = {.kind = SB_LOSS_GEMODEL, .good_ppb = SB_PPB}},
		 false);

	(void)state;
	assert_false(s.stage[0].gemodel);
	assert_int_equal(s.stage[0].loss, UINT32_MAX);
}

static void rates_round_to_bytes_and_none_is_endless(void **state)
{
	static const struct {
		uint64_t bps, bytes;
	} cases[] = {{0, SB_NETEM_ORDER_ONLY},	 {1, 1}, {8, 1}, {11, 1}, {12, 2},
		     {100000000000, 12500000000}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(plan(&(struct sb_link_state){.rate_bps = cases[i].bps}, false)
				     .stage[SB_STAGE_QUEUE]
				     .rate_bytes,
				 cases[i].bytes);
}

static void the_endless_rate_takes_no_time(void **state)
{
	(void)state;
	/* As packet_time_ns() computes it, for the longest frame there is. */
	assert_int_equal(UINT64_C(65550) * 1000000000 / SB_NETEM_ORDER_ONLY, 0);
}

static void a_single_netem_has_room_for_queue_and_line(void **state)
{
	struct sb_netem_stages s =
	    plan(&(struct sb_link_state){.duplicate_ppb = 1000000, .delay_ns = 1000}, true);

	(void)state;
	assert_int_equal(s.count, 1);
	assert_int_equal(s.stage[0].duplicate, 4294967);
	assert_int_equal(s.stage[0].latency_ns, 1000);
	/* 50 + 1, and 50 Mbit/s for 325 ms in frames of 1514 bytes: 1341.6. */
	assert_int_equal(s.stage[0].limit, 51 + 1342);
}

static void limits_do_not_wrap(void **state)
{
	struct sb_link_dir huge = {.queue_packets = UINT32_MAX};
	struct sb_netem_stages s;

	(void)state;
	sb_netem_plan(&huge, &huge.initial, MTU, false, &s);
	for (size_t i = 0; i < s.count; i++)
		assert_int_equal(s.stage[i].limit, UINT32_MAX);
}

static void overhead_and_overtaking_are_told_the_kernel(void **state)
{
	struct sb_link_dir way = {.queue_packets = 10, .overhead_bytes = 24, .may_overtake = true};
	struct sb_link_state link = {.delay_ns = 1000000, .rate_bps = 8000000};
	struct sb_netem_stages s;

	(void)state;
	sb_netem_plan(&way, &link, 1500, false, &s);
	assert_int_equal(s.stage[SB_STAGE_QUEUE].overhead, 24);
	assert_int_equal(s.stage[SB_STAGE_DELAY].overhead, 0);
	/* Without any rate the delay stage sorts by time of departure. */
	assert_int_equal(s.stage[SB_STAGE_DELAY].rate_bytes, 0);
	way.may_overtake = false;
	sb_netem_plan(&way, &link, 1500, false, &s);
	assert_int_equal(s.stage[SB_STAGE_DELAY].rate_bytes, SB_NETEM_ORDER_ONLY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(overhead_and_overtaking_are_told_the_kernel),
	    cmocka_unit_test(each_stage_has_one_duty),
	    cmocka_unit_test(a_rate_that_changes_has_a_queue_of_its_own),
	    cmocka_unit_test(a_step_of_delay_or_rate_leaves_the_loss_alone),
	    cmocka_unit_test(bursts_keep_their_mean_across_the_inversion),
	    cmocka_unit_test(an_outage_loses_everything_whatever_the_loss),
	    cmocka_unit_test(rates_round_to_bytes_and_none_is_endless),
	    cmocka_unit_test(the_endless_rate_takes_no_time),
	    cmocka_unit_test(a_single_netem_has_room_for_queue_and_line),
	    cmocka_unit_test(limits_do_not_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
