// SPDX-License-Identifier: MIT
/* test_plan_process.c - drawn rates and delays: what is written, and what comes out against closed
 * forms */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan_make.h"
#include "plan/timeline/process.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "scenario/grammar.h"

#define MS   SB_NS_PER_MS
#define S    SB_NS_PER_S
#define MBIT 1000000

static void refuse(const char *text, const char *why)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	if (!try_plan(text, &plan, &err))
		fail_msg("accepted: %s", text);
	if (!strstr(err.msg, why))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, why);
}

/* --- what is written --- */

static void what_cannot_be_drawn_is_refused(void **state)
{
	(void)state;
	refuse("[link]\nrate = quantiles\n", "two or more percentiles");
	refuse("[link]\nrate = quantiles p5 34mbit\n", "two or more percentiles");
	refuse("[link]\nrate = quantiles p5 34mbit p95\n", "two or more percentiles");
	refuse("[link]\nrate = quantiles 5 34mbit p95 40mbit\n", "\"5\" is not a percentile");
	refuse("[link]\nrate = quantiles p5 34mbit p101 40mbit\n", "\"p101\" is not a percentile");
	refuse("[link]\nrate = quantiles p5 34mbit p5 40mbit\n", "must ascend");
	refuse("[link]\nrate = quantiles p5 34mbit p95 30mbit\n", "must ascend");
	refuse("[link]\nrate = quantiles p5 0mbit p95 0mbit\n", "nothing in the mean");
	refuse("[link]\nrate = quantiles p5 34 p95 40mbit\n", "34");
	refuse("[link]\njitter = quantiles p5 -11s p95 1ms\n", "out of range");
	refuse("[link]\nrate = 5mbit\nrate_memory = slot 5%\n", "is not drawn");
	refuse("[link]\njitter = pareto 5ms\njitter_memory = slot 5%\n", "jitter_memory");
	refuse("[testbed]\nclients = 2\n[link]\nrate = quantiles p5 1mbit p95 2mbit\nshared = "
	       "yes\n",
	       "shared");
	refuse("[scenario]\nduration = 24h\n[link]\nrate = quantiles p5 1mbit p95 2mbit\n"
	       "rate_every = 10ms\n",
	       "rate_every");
}

static void memories_are_shares_of_the_variance(void **state)
{
	static const char *const wrong[] = {"run",	     "run 5",	    "run 60% slot 50%",
					    "run 5% run 5%", "slow 5%",	    "1s 5% 2s 5%",
					    "2h 5%",	     "run 5% none", "101ns 5%"};
	struct sb_memory m;

	(void)state;
	assert_int_equal(sb_read_memory("run 10% 5s 69% slot 13%", &m, NULL), 0);
	assert_int_equal(m.run_ppb, 100000000);
	assert_int_equal(m.slot_ppb, 130000000);
	assert_int_equal(m.held_ppb, 690000000);
	assert_int_equal(m.hold_ns, 5 * S);
	assert_int_equal(sb_read_memory("none", &m, NULL), 0);
	assert_false(sb_memory_any(&m));
	for (size_t i = 0; i < SB_ARRAY_LEN(wrong); i++) {
		struct sb_err err = {0};

		m.hold_ns = 77;
		if (!sb_read_memory(wrong[i], &m, &err))
			fail_msg("accepted: %s", wrong[i]);
		assert_true(err.msg[0] && m.hold_ns == 77);
	}
}

/* --- closed forms --- */

static void the_normal_distribution_is_exact_to_1e7(void **state)
{
	(void)state;
	for (double z = -8; z <= 8; z += 0.125)
		assert_true(fabs(sb_normal_probability(z) - 0.5 * erfc(-z / sqrt(2))) < 1e-7);
	assert_true(sb_normal_probability(-40) == 0 && sb_normal_probability(40) == 1);
}

static void quantiles_are_linear_between_and_constant_beyond(void **state)
{
	struct sb_quantile_points q = {3, {{100000000, 10}, {500000000, 110}, {900000000, 1110}}};

	(void)state;
	assert_int_equal(sb_quantile(&q, 0), 10);
	assert_int_equal(sb_quantile(&q, 0.1), 10);
	assert_int_equal(sb_quantile(&q, 0.3), 60);
	assert_int_equal(sb_quantile(&q, 0.5), 110);
	assert_int_equal(sb_quantile(&q, 0.7), 610);
	assert_int_equal(sb_quantile(&q, 1), 1110);
	/* 0.1 * 10 + 0.4 * 60 + 0.4 * 610 + 0.1 * 1110 */
	assert_true(fabs(sb_quantiles_mean(&q) - 380) < 1e-9);
	/* E[x^2] = 0.1 * 100 + 0.4 * (100 + 1100 + 12100) / 3 + 0.4 * (12100 + 122100 + 1232100) / 3
	 * + 0.1 * 1232100 */
	assert_true(fabs(sb_quantiles_variance(&q) -
			 (10 + 0.4 * 13300 / 3 + 0.4 * 1366300 / 3 + 123210 - 380.0 * 380)) < 1e-6);
}

#define RUNS 4000

/*
 * Over 4000 independent runs an estimated correlation deviates by 1/sqrt(4000) = 0.016 (standard
 * deviation) at most: a bound of 0.08 is 5 of them (false alarms: 6e-7 each).
 */
static void z_has_the_correlation_that_it_says(void **state)
{
	const struct sb_memory m = {100000000, 200000000, 500000000, 5 * S};
	/* Slots begin at 12 s, 27 s ...: from a time in a slot to another in the same or the next. */
	static const struct {
		double from_s, to_s;
		bool same_slot;
	} pairs[] = {{0, 0.5, true},   {0, 5, true},	  {0, 11.5, true}, {11.5, 12, false},
		     {12, 26.5, true}, {26.5, 27, false}, {0, 40, false}};

	(void)state;
	for (size_t k = 0; k < SB_ARRAY_LEN(pairs); k++) {
		double xy = 0, xx = 0, x = 0, expected = 0.1;

		for (uint64_t seed = 0; seed < RUNS; seed++) {
			struct sb_process p;
			double a = 0, b = 0;

			sb_process_init(&p, seed, "test", &m, 15 * S, 12 * S);
			for (int64_t at = 0; at <= (int64_t)(pairs[k].to_s * S); at += S / 2) {
				b = sb_process_next(&p, at);
				if (at == (int64_t)(pairs[k].from_s * S))
					a = b;
			}
			x += a;
			xx += a * a;
			xy += a * b;
		}
		if (pairs[k].same_slot)
			expected += 0.2 + 0.5 * exp((pairs[k].from_s - pairs[k].to_s) / 5);
		assert_true(fabs(x / RUNS) < 0.08);
		assert_true(fabs(xx / RUNS - 1) < 0.12); /* of z^2: sqrt(2 / 4000) = 0.022 */
		if (fabs(xy / RUNS - expected) > 0.08)
			fail_msg("from %g to %g s: %g, expected %g", pairs[k].from_s, pairs[k].to_s,
				 xy / RUNS, expected);
	}
}

/* --- in a plan --- */

#define DRAWN                                                                 \
	"[scenario]\nduration = 6000s\nseed = 5\n[link.down]\ndelay = 20ms\n" \
	"rate = quantiles p2 0mbit p10 40mbit p50 240mbit p100 440mbit\nrate_every = 500ms\n"

/*
 * Independent draws, 12000 of them.  Closed form: 2 % are 0 and what lies below a frame in 500 ms
 * (24 kbit/s) hardly adds to that; the mean is 0.02*0 + 0.08*20 + 0.4*140 + 0.5*340 = 227.6 Mbit/s.
 * Bounds: 5 standard deviations, sqrt(0.02*0.98/12000) = 0.13 % and 125/sqrt(12000) = 1.2 Mbit/s.
 */
static void drawn_rates_have_the_distribution_that_is_written(void **state)
{
	struct sb_plan *p = make_plan(DRAWN);
	const struct sb_link_dir *d = &p->links[0].dir[SB_DOWN];
	struct sb_link_state s = d->initial;
	double sum = 0, out = 0, n = 12000;
	size_t step = 0;

	(void)state;
	assert_true(fabs((double)d->drawn_mean_bps - 227.6e6) < 1);
	assert_int_equal(d->drawn_every_ns, 500 * MS);
	/* 100 ms, the default, of the mean */
	assert_int_equal(d->queue_bytes, 2845000);
	for (int64_t at = 0; at < 6000 * S; at += 500 * MS) {
		for (; step < p->step_count && p->steps[step].at_ns <= at; step++) {
			assert_int_equal(p->steps[step].cause, SB_CAUSE_RATE);
			assert_int_equal(p->steps[step].dir, SB_DOWN);
			s = p->steps[step].state;
		}
		assert_true(s.rate_bps > 0);
		out += s.outage;
		sum += s.outage ? 0 : (double)s.rate_bps;
	}
	assert_true(fabs(out / n - 0.02) < 0.0065);
	assert_true(fabs(sum / n / 1e6 - 227.6) < 6);
	sb_plan_free(p);
}

static void delays_remember_too(void **state)
{
	struct sb_plan *p = make_plan("[scenario]\nduration = 600s\n[link.up]\ndelay = 30ms\n"
				      "jitter = quantiles p0 -10ms p50 0ms p100 50ms\n"
				      "jitter_every = 200ms\njitter_memory = slot 100%\n");
	int64_t last_ns = -1;
	size_t changes = 0;

	(void)state;
	/* All is drawn at :12 :27 :42 :57, and once at the first step. */
	for (size_t i = 0; i < p->step_count; i++) {
		int64_t since = (p->steps[i].at_ns - 12 * S) % (15 * S);

		assert_int_equal(p->steps[i].cause, SB_CAUSE_JITTER);
		assert_in_range(p->steps[i].state.delay_ns, 20 * MS, 80 * MS);
		assert_true(p->steps[i].state.delay_ns != last_ns);
		assert_true(!i || since == 0);
		last_ns = p->steps[i].state.delay_ns;
		changes++;
	}
	assert_int_equal(changes, 41);
	sb_plan_free(p);
}

static void drawn_rates_come_back_from_json(void **state)
{
	struct sb_plan *p = make_plan(DRAWN "rate_memory = run 10% slot 13% 5s 69%\n"), *back;
	cJSON *json = sb_plan_to_json(p);
	struct sb_err err = {0};

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(sb_plan_timeline_hash(back), sb_plan_timeline_hash(p));
	assert_int_equal(back->links[0].dir[SB_DOWN].drawn_every_ns, 500 * MS);
	assert_int_equal(back->links[0].dir[SB_DOWN].drawn_mean_bps,
			 p->links[0].dir[SB_DOWN].drawn_mean_bps);
	sb_plan_free(back);
	cJSON_Delete(json);
	sb_plan_free(p);
}

/* Every direction has streams of its own: what one draws leaves the other alone. */
static void one_direction_leaves_the_other_alone(void **state)
{
	struct sb_plan *a = make_plan(DRAWN);
	struct sb_plan *b = make_plan(DRAWN "[link.up]\nrate = quantiles p5 1mbit p95 9mbit\n"
					    "rate_memory = 5s 90%\n");
	size_t j = 0;

	(void)state;
	for (size_t i = 0; i < a->step_count; i++, j++) {
		while (j < b->step_count && b->steps[j].dir != SB_DOWN)
			j++;
		assert_true(j < b->step_count);
		assert_int_equal(a->steps[i].at_ns, b->steps[j].at_ns);
		assert_int_equal(a->steps[i].state.rate_bps, b->steps[j].state.rate_bps);
	}
	sb_plan_free(a);
	sb_plan_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_cannot_be_drawn_is_refused),
	    cmocka_unit_test(memories_are_shares_of_the_variance),
	    cmocka_unit_test(the_normal_distribution_is_exact_to_1e7),
	    cmocka_unit_test(quantiles_are_linear_between_and_constant_beyond),
	    cmocka_unit_test(z_has_the_correlation_that_it_says),
	    cmocka_unit_test(drawn_rates_have_the_distribution_that_is_written),
	    cmocka_unit_test(delays_remember_too),
	    cmocka_unit_test(drawn_rates_come_back_from_json),
	    cmocka_unit_test(one_direction_leaves_the_other_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
