// SPDX-License-Identifier: MIT
/* test_plan_timeline.c - events and jitter become steps; what is drawn, and from which stream */
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
#include "plan/timeline/draw.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

#define MS SB_NS_PER_MS
#define S  SB_NS_PER_S

static const struct sb_link_state *at(const struct sb_plan *p, enum sb_dir dir, int64_t ns)
{
	return sb_plan_state_at(p, 0, dir, ns);
}

static void periodic_events_begin_at_their_phase(void **state)
{
	struct sb_plan *p =
	    make_plan("[event.a]\nevery = 15s\nphase = 12s\ndirection = up\ndelay_step = 5ms\n"
		      "[event.b]\nevery = 10s\ndirection = down\ndelay_step = 5ms\n");

	(void)state;
	/* 30 s: 12, 27; without a phase 10, 20 and not 30, which is the end. */
	assert_int_equal(p->step_count, 4);
	assert_int_equal(p->steps[0].at_ns, 10 * S);
	assert_int_equal(p->steps[1].at_ns, 12 * S);
	assert_int_equal(p->steps[2].at_ns, 20 * S);
	assert_int_equal(p->steps[3].at_ns, 27 * S);
	assert_true(p->steps[0].event == 1 && p->steps[0].dir == SB_DOWN);
	assert_true(p->steps[1].event == 0 && p->steps[1].dir == SB_UP);
	assert_int_equal(p->events[0].count, 2);
	sb_plan_free(p);
}

static void steps_are_relative_to_the_base_and_do_not_add_up(void **state)
{
	struct sb_plan *p =
	    make_plan("[link]\ndelay = 20ms\nrate = 10mbit\n"
		      "[event.a]\nat = 1s 2s 3s\ndelay_step = 5ms\nrate_step = 0.5\n");

	(void)state;
	assert_int_equal(at(p, SB_UP, 1 * S - 1)->delay_ns, 20 * MS);
	assert_int_equal(at(p, SB_UP, 1 * S)->delay_ns, 25 * MS);
	assert_int_equal(at(p, SB_UP, 29 * S)->delay_ns, 25 * MS);
	assert_int_equal(at(p, SB_UP, 29 * S)->rate_bps, 5000000);
	assert_int_equal(p->links[0].dir[SB_UP].max_delay_ns, 25 * MS);
	assert_int_equal(p->links[0].dir[SB_UP].max_rate_bps, 10000000);
	sb_plan_free(p);
}

static void overlapping_events_compose(void **state)
{
	struct sb_plan *p = make_plan(
	    "[link]\ndelay = 20ms\nrate = 10mbit\nloss = random 1%\n"
	    "[event.a]\nat = 1s\nfor = 4s\ndelay_step = 5ms\nrate_step = 0.5\nloss = random 2%\n"
	    "[event.b]\nat = 2s\nfor = 1s\ndelay_step = -8ms\nrate_step = 0.5\nloss = random 3%\n");

	(void)state;
	assert_int_equal(at(p, SB_UP, 1 * S)->delay_ns, 25 * MS);
	assert_int_equal(at(p, SB_UP, 2 * S)->delay_ns, 17 * MS);
	assert_int_equal(at(p, SB_UP, 2 * S)->rate_bps, 2500000);
	assert_int_equal(at(p, SB_UP, 2 * S)->loss.random_ppb, 30000000);
	assert_int_equal(at(p, SB_UP, 3 * S)->delay_ns, 25 * MS);
	assert_int_equal(at(p, SB_UP, 3 * S)->loss.random_ppb, 20000000);
	assert_int_equal(at(p, SB_UP, 5 * S)->delay_ns, 20 * MS);
	assert_int_equal(at(p, SB_UP, 5 * S)->rate_bps, 10000000);
	assert_int_equal(at(p, SB_UP, 5 * S)->loss.random_ppb, 10000000);
	sb_plan_free(p);
}

static void the_loss_of_what_began_last_holds(void **state)
{
	/* The other way round than the file lists them. */
	struct sb_plan *p = make_plan("[event.late]\nat = 2s\nloss = random 3%\n"
				      "[event.early]\nat = 1s\nfor = 5s\nloss = random 2%\n");

	(void)state;
	assert_int_equal(at(p, SB_UP, 1 * S)->loss.random_ppb, 20000000);
	assert_int_equal(at(p, SB_UP, 2 * S)->loss.random_ppb, 30000000);
	assert_int_equal(at(p, SB_UP, 7 * S)->loss.random_ppb, 30000000);
	sb_plan_free(p);
}

static void what_begins_names_the_step(void **state)
{
	struct sb_plan *p =
	    make_plan("[event.a]\nat = 1s\nfor = 1s\ndelay_step = 1ms\ndirection = up\n"
		      "[event.b]\nat = 2s\ndelay_step = 2ms\ndirection = up\n");

	(void)state;
	assert_int_equal(p->step_count, 2);
	assert_int_equal(p->steps[1].event, 1);
	assert_int_equal(p->steps[1].state.delay_ns, 2 * MS);
	sb_plan_free(p);
}

/* The outages of one event may overlap: it is over when the longest of them is. */
static void outages_are_those_drawn_and_end_with_the_longest(void **state)
{
	struct sb_plan *p = make_plan("[scenario]\nseed = 5\nduration = 100s\n"
				      "[event.a]\nevery = 1s\noutage = uniform 0ms 3s\n");
	struct sb_draw draw = {SB_DRAW_UNIFORM, 0, 3 * S};
	struct sb_rng rng;
	int64_t until = 0;

	(void)state;
	sb_draw_stream(&rng, 5, "event/a/client1/outage");
	for (int64_t begin = 1 * S; begin < 100 * S; begin += 1 * S) {
		int64_t end = begin + sb_draw_value(&rng, &draw, 3600 * S);

		until = end > until ? end : until;
		for (int64_t t = begin; t < begin + 1 * S; t += 10 * MS)
			assert_int_equal(at(p, SB_DOWN, t)->outage, t < until);
	}
	sb_plan_free(p);
}

static void a_new_occurrence_outlives_the_end_of_the_old(void **state)
{
	struct sb_plan *p = make_plan(
	    "[link]\ndelay = 20ms\n[event.a]\nat = 1s 2s\nfor = 1500ms\ndelay_step = 5ms\n");

	(void)state;
	/* The first would end at 2.5 s; the second holds until 3.5 s. */
	assert_int_equal(at(p, SB_UP, 2600 * MS)->delay_ns, 25 * MS);
	assert_int_equal(at(p, SB_UP, 3500 * MS)->delay_ns, 20 * MS);
	sb_plan_free(p);
}

static void any_outage_is_an_outage_until_the_last_is_over(void **state)
{
	struct sb_plan *p =
	    make_plan("[event.a]\nat = 1s\noutage = 3s\n[event.b]\nat = 2s\noutage = 1s\n");
	size_t ends = 0;

	(void)state;
	assert_false(at(p, SB_UP, 1 * S - 1)->outage);
	assert_true(at(p, SB_UP, 1 * S)->outage);
	assert_true(at(p, SB_DOWN, 3500 * MS)->outage);
	assert_false(at(p, SB_DOWN, 4 * S)->outage);
	for (size_t i = 0; i < p->step_count; i++)
		ends += p->steps[i].cause == SB_CAUSE_OUTAGE_END;
	/* One for each direction: nothing changes where the inner one ends. */
	assert_int_equal(ends, 2);
	sb_plan_free(p);
}

static void delays_never_fall_below_zero_nor_rates_out_of_range(void **state)
{
	struct sb_plan *p = make_plan("[link]\ndelay = 2ms\nrate = 2kbit\n"
				      "[event.a]\nat = 1s\ndelay_step = -5ms\nrate_step = 0.001\n"
				      "[event.b]\nat = 2s\nrate_step = 1000\n");

	(void)state;
	assert_int_equal(at(p, SB_UP, 1 * S)->delay_ns, 0);
	assert_int_equal(at(p, SB_UP, 1 * S)->rate_bps, 1000);
	sb_plan_free(p);
}

static void simultaneous_changes_are_one_step(void **state)
{
	struct sb_plan *p = make_plan("[link.up]\ndelay = 20ms\njitter = 1ms\njitter_every = 1s\n"
				      "[event.a]\nat = 0s 2s\noutage = 1s\ndirection = up\n"
				      "[event.b]\nat = 2s\ndelay_step = 1ms\ndirection = up\n");

	(void)state;
	for (size_t i = 1; i < p->step_count; i++)
		assert_true(p->steps[i - 1].at_ns < p->steps[i].at_ns);
	/* Of an event, an end of an outage and jitter, the event names the step. */
	assert_int_equal(p->steps[0].at_ns, 0);
	assert_true(p->steps[1].cause == SB_CAUSE_OUTAGE_END && p->steps[1].event == 0);
	assert_true(p->steps[2].cause == SB_CAUSE_EVENT && p->steps[2].event == 0);
	assert_true(p->steps[4].cause == SB_CAUSE_JITTER && p->steps[4].event == -1);
	sb_plan_free(p);
}

static void both_directions_share_instants_chance_and_outages(void **state)
{
	struct sb_plan *p =
	    make_plan("[scenario]\nduration = 1000s\n[link]\ndelay = 100ms\n"
		      "[event.a]\nevery = 10s\nchance = 50%\noutage = exponential 500ms\n"
		      "delay_step = normal 0ms 5ms\n");
	size_t happened = p->events[0].count, different = 0;

	(void)state;
	/* 99 draws at 1/2: within 5 sigma = 25 of 49.5; false alarm 6e-7, and the seed is fixed. */
	assert_in_range(happened, 25, 74);
	for (int64_t t = 0; t < 1000 * S; t += 10 * MS) {
		assert_int_equal(at(p, SB_UP, t)->outage, at(p, SB_DOWN, t)->outage);
		different += at(p, SB_UP, t)->delay_ns != at(p, SB_DOWN, t)->delay_ns;
	}
	assert_true(different > 0);
	sb_plan_free(p);
}

/* The delay of one direction at all times, as one number. */
static uint64_t trace(const struct sb_plan *p, size_t link, enum sb_dir dir)
{
	uint64_t sum = 0;

	for (int64_t t = 0; t < p->duration_ns; t += 5 * MS) {
		const struct sb_link_state *s = sb_plan_state_at(p, link, dir, t);

		sum = sum * 6364136223846793005u + (uint64_t)s->delay_ns + s->outage;
	}
	return sum;
}

#define DRAWN                                                                            \
	"delay = 50ms\njitter = 3ms\n[event.a]\nevery = 2s\noutage = exponential 50ms\n" \
	"delay_step = normal 0ms 5ms\n"

static void what_is_added_leaves_other_draws_alone(void **state)
{
	struct sb_plan *p = make_plan("[link]\n" DRAWN);
	/* Another client, another key of the event, an event before it that only reaches client 2.
	 */
	struct sb_plan *more =
	    make_plan("[testbed]\nclients = 2\n[event.z]\nevery = 3s\nclient = 2\n"
		      "outage = uniform 1ms 2ms\ndelay_step = 1ms\n[link]\nrate = 1mbit\n" DRAWN
		      "rate_step = uniform 0.5 1\n");
	struct sb_plan *seeded = make_plan("[scenario]\nseed = 2\n[link]\n" DRAWN);

	(void)state;
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		assert_true(trace(p, 0, (enum sb_dir)dir) == trace(more, 0, (enum sb_dir)dir));
		assert_true(trace(more, 0, (enum sb_dir)dir) != trace(more, 1, (enum sb_dir)dir));
		assert_true(trace(p, 0, (enum sb_dir)dir) != trace(seeded, 0, (enum sb_dir)dir));
	}
	assert_int_equal(p->links[0].dir[0].seed, more->links[0].dir[0].seed);
	sb_plan_free(p);
	sb_plan_free(more);
	sb_plan_free(seeded);
}

/* N(50 ms, 3 ms), 14999 draws: the mean within 5 sigma/sqrt(n) = 0.123 ms (false alarm 6e-7), the
 * standard deviation within 5 sigma/sqrt(2n) = 0.087 ms; constant between the draws. */
static void jitter_is_drawn_around_the_base(void **state)
{
	struct sb_plan *p =
	    make_plan("[scenario]\nduration = 300s\n[link.up]\ndelay = 50ms\njitter = 3ms\n");
	double sum = 0, squares = 0, n = (double)p->step_count;

	(void)state;
	assert_int_equal(p->step_count, 14999);
	for (size_t i = 0; i < p->step_count; i++) {
		double d = (double)(p->steps[i].state.delay_ns - 50 * MS) / 1e6;

		assert_int_equal(p->steps[i].at_ns, (int64_t)(i + 1) * 20 * MS);
		sum += d;
		squares += d * d;
	}
	assert_true(fabs(sum / n - 0) < 0.123);
	assert_true(fabs(sqrt(squares / n - sum / n * sum / n) - 3) < 0.087);
	sb_plan_free(p);
}

static void too_long_a_timeline_is_refused_with_what_to_change(void **state)
{
	static const char *const texts[] = {
	    "[scenario]\nduration = 24h\n[link]\njitter = 1ms\n",
	    "[scenario]\nduration = 24h\n[event.a]\noutage = 1ms\nevery = 10ms\n",
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_scenario *sc = NULL;
		struct sb_plan *plan = NULL;
		struct sb_err err = {0};

		assert_int_equal(
		    sb_scenario_parse("t.ini", texts[i], strlen(texts[i]), NULL, 0, &sc, &err), 0);
		assert_int_equal(sb_plan_make(sc, &plan, &err), -1);
		assert_non_null(
		    strstr(err.msg, i ? "t.ini:3: the events make" : "t.ini:4: jitter: makes"));
		sb_scenario_free(sc);
	}
}

/* A plan made by hand has no index; the answers must not depend on it. */
static void the_index_finds_what_a_walk_finds(void **state)
{
	struct sb_plan *p = make_plan("[testbed]\nclients = 3\n[link.up]\n" DRAWN "client = 1 3\n");
	struct sb_step_index *index = p->index;

	(void)state;
	for (int64_t t = -1; t < p->duration_ns; t += 7 * MS) {
		for (size_t lane = 0; lane < 6; lane++) {
			const struct sb_link_state *with =
						       sb_plan_state_at(p, lane / 2, lane % 2, t),
						   *without;

			p->index = NULL;
			without = sb_plan_state_at(p, lane / 2, lane % 2, t);
			p->index = index;
			assert_ptr_equal(with, without);
		}
	}
	sb_plan_free(p);
}

/* Against libm, which is right to a unit in the last place or two. */
static void exponential_and_logarithm_are_right(void **state)
{
	(void)state;
	for (double x = -20; x <= 20; x += 0.0137)
		assert_true(fabs(sb_exact_exp(x) / exp(x) - 1) < 1e-14);
	for (double x = 1e-9; x < 1e12; x *= 1.093)
		assert_true(fabs(sb_natural_log(x) - log(x)) <= 1e-14 * fmax(1, fabs(log(x))));
	assert_true(sb_exact_exp(0) == 1 && sb_natural_log(1) == 0);
}

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/*
 * Quantiles of 20001 draws: the share of draws below the true quantile q is binomial, so that the
 * empirical quantile lies between those of q -+ 5 sqrt(q(1-q)/n) (false alarm 6e-7).  The normal
 * deviate underneath is the sum of twelve uniforms, whose 90th percentile is 0.1 % of a sigma off.
 */
static void distributions_have_the_quantiles_asked_for(void **state)
{
	static const struct {
		struct sb_draw draw;
		double q50_low, q50_high, q90_low, q90_high;
	} cases[] = {
	    {{SB_DRAW_LOGNORMAL, 93 * MS, 192 * MS}, 90.5, 95.5, 187, 198},
	    {{SB_DRAW_EXPONENTIAL, 100 * MS, 0}, 67, 71.8, 223.5, 237.5},
	    {{SB_DRAW_UNIFORM, 10 * MS, 110 * MS}, 58.2, 61.8, 98.9, 101.1},
	    {{SB_DRAW_NORMAL, 100 * MS, 10 * MS}, 99.5, 100.5, 112.1, 113.5},
	};
	enum { N = 20001 };
	int64_t *v = sb_alloc(N, sizeof(*v));

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_rng rng;
		double q50, q90;

		sb_draw_stream(&rng, 3, "test");
		for (int n = 0; n < N; n++)
			v[n] = sb_draw_value(&rng, &cases[i].draw, 3600 * S);
		qsort(v, N, sizeof(*v), compare_i64);
		q50 = (double)v[N / 2] / 1e6;
		q90 = (double)v[N / 10 * 9] / 1e6;
		assert_true(q50 > cases[i].q50_low && q50 < cases[i].q50_high);
		assert_true(q90 > cases[i].q90_low && q90 < cases[i].q90_high);
	}
	free(v);
}

/* The first draws of a stream, for ever: a plan kept from an older version must come out again. */
static void draws_are_frozen(void **state)
{
	static const struct {
		struct sb_draw draw;
		int64_t expected;
	} cases[] = {
	    {{SB_DRAW_LOGNORMAL, 93 * MS, 192 * MS}, 77865164},
	    {{SB_DRAW_EXPONENTIAL, 100 * MS, 0}, 21357862},
	    {{SB_DRAW_UNIFORM, 10 * MS, 110 * MS}, 29231134},
	    {{SB_DRAW_NORMAL, 100 * MS, 10 * MS}, 96859821},
	    {{SB_DRAW_FIXED, 7, 0}, 7},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_rng rng;

		sb_draw_stream(&rng, 7, "event/reconfigure/client1/outage");
		assert_int_equal(sb_draw_value(&rng, &cases[i].draw, 3600 * S), cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(periodic_events_begin_at_their_phase),
	    cmocka_unit_test(steps_are_relative_to_the_base_and_do_not_add_up),
	    cmocka_unit_test(overlapping_events_compose),
	    cmocka_unit_test(the_loss_of_what_began_last_holds),
	    cmocka_unit_test(what_begins_names_the_step),
	    cmocka_unit_test(outages_are_those_drawn_and_end_with_the_longest),
	    cmocka_unit_test(a_new_occurrence_outlives_the_end_of_the_old),
	    cmocka_unit_test(any_outage_is_an_outage_until_the_last_is_over),
	    cmocka_unit_test(delays_never_fall_below_zero_nor_rates_out_of_range),
	    cmocka_unit_test(simultaneous_changes_are_one_step),
	    cmocka_unit_test(both_directions_share_instants_chance_and_outages),
	    cmocka_unit_test(what_is_added_leaves_other_draws_alone),
	    cmocka_unit_test(jitter_is_drawn_around_the_base),
	    cmocka_unit_test(too_long_a_timeline_is_refused_with_what_to_change),
	    cmocka_unit_test(the_index_finds_what_a_walk_finds),
	    cmocka_unit_test(exponential_and_logarithm_are_right),
	    cmocka_unit_test(distributions_have_the_quantiles_asked_for),
	    cmocka_unit_test(draws_are_frozen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
