// SPDX-License-Identifier: MIT
/* test_plan_bursts.c - loss by time and by number: what is written, what is drawn, what is kept */
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
#include "plan/timeline/bursts.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "scenario/grammar.h"

#define MS SB_NS_PER_MS
#define S  SB_NS_PER_S

static void what_is_no_loss_is_refused(void **state)
{
	static const char *const texts[] = {
	    "bursts",
	    "bursts 2%",
	    "bursts 2% burst",
	    "bursts 2% burst 4",
	    "bursts 0% burst 4ms",
	    "bursts 100% burst 4ms",
	    "bursts 2% burst 10ns",
	    "bursts 2% burst 2h",
	    "bursts on 4ms",
	    "bursts on off 4ms",
	    "bursts on 4ms off",
	    "bursts p 1% r 16%",
	    "bursts p 1% r 0% step 1ms",
	    "bursts p 0% r 16% step 1ms",
	    "bursts p 1% r 16% step 1",
	    "bursts 2% burst lognormal p50 9ms",
	    "exact",
	    "exact 0",
	    "exact 5-4",
	    "exact 5 5",
	    "exact 5-8 7",
	    "exact x",
	    "exact 1-",
	    "exact 4294967296",
	    "exact 1 3 5 7 9 11 13 15 17 19 21 23 25 27 29 31 33 35 37 39 41 43 45 47 49 51 53 55 "
	    "57 59 61 63 65",
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_loss_written before, l;
		struct sb_err err = {0};

		memset(&l, 0x5a, sizeof(l));
		before = l;
		if (!sb_read_loss_written(texts[i], &l, &err))
			fail_msg("\"%s\" was accepted", texts[i]);
		assert_true(err.code == SB_EINPUT && err.msg[0]);
		assert_memory_equal(&l, &before, sizeof(l));
	}
}

/* Which form says what about the means; a lognormal's is exp(sigma^2 / 2) times its median. */
static void every_form_has_the_means_it_says(void **state)
{
	const double sigma = log(100.0 / 20) / 1.2815515655446004;
	const double lognormal = 20 * exp(sigma * sigma / 2);
	const struct {
		const char *text;
		double burst_ms, gap_ms;
	} cases[] = {
	    {"bursts 2% burst 80ms", 80, 80 * 49},
	    {"bursts on 80ms off 4s", 80, 4000},
	    {"bursts on uniform 10ms 30ms off exponential 1s", 20, 1000},
	    {"bursts p 1% r 16.7% step 1ms", 1 / 0.167, 100},
	    {"bursts p 100% r 100% step 5ms", 5, 5},
	    {"bursts 50% burst lognormal p50 20ms p90 100ms", lognormal, lognormal},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_loss_written l;
		struct sb_err err = {0};
		struct sb_bursts b;

		if (sb_read_loss_written(cases[i].text, &l, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_int_equal(l.form, SB_LOSS_BURSTS);
		b = sb_bursts_means(&l.bursts);
		assert_true(fabs((double)b.burst_ns / 1e6 - cases[i].burst_ms) < 1e-5);
		assert_true(fabs((double)b.gap_ns / 1e6 - cases[i].gap_ms) < 1e-5);
	}
}

struct lengths {
	double n, sum, squares;
};

static void add_length(struct lengths *l, int64_t ns)
{
	l->n++;
	l->sum += (double)ns;
	l->squares += (double)ns * (double)ns;
}

/* 5 sigma of a mean of n (normal approximation): a false alarm in 1.7 million seeds. */
static void check_mean(const struct lengths *l, double mean, double deviation)
{
	assert_true(fabs(l->sum / l->n - mean) < 5 * deviation / sqrt(l->n));
}

static void draw_many(const char *text, struct lengths *bursts, struct lengths *gaps)
{
	struct sb_loss_written l;
	int64_t from = 0, to = 0, last = 0;
	struct sb_rng rng;

	assert_int_equal(sb_read_loss_written(text, &l, NULL), 0);
	sb_rng_seed(&rng, 11, 0);
	for (int i = 0; i < 100000; i++) {
		sb_bursts_next(&rng, &l.bursts, to, &from, &to);
		assert_true(from > last && to > from);
		add_length(bursts, to - from);
		add_length(gaps, from - last);
		last = to;
	}
}

static void lengths_have_their_distribution(void **state)
{
	struct lengths bursts = {0}, gaps = {0};
	const double r = 0.167, p = 0.01;

	(void)state;
	/* Exponential: the deviation is the mean; E[x^2] = 2 mean^2, of deviation sqrt(20) mean^2.
	 */
	draw_many("bursts 2% burst 80ms", &bursts, &gaps);
	check_mean(&bursts, 80e6, 80e6);
	check_mean(&gaps, 80e6 * 49, 80e6 * 49);
	assert_true(fabs(bursts.squares / bursts.n / (2 * 80e6 * 80e6) - 1) <
		    5 * sqrt(20) / 2 / sqrt(bursts.n));
	/* Geometric in steps: mean 1/r, deviation sqrt(1-r)/r. */
	bursts = gaps = (struct lengths){0};
	draw_many("bursts p 1% r 16.7% step 1ms", &bursts, &gaps);
	check_mean(&bursts, 1e6 / r, 1e6 * sqrt(1 - r) / r);
	check_mean(&gaps, 1e6 / p, 1e6 * sqrt(1 - p) / p);
}

static void a_chain_keeps_to_its_steps_and_its_geometry(void **state)
{
	double seen[6] = {0}, n = 0, chi2 = 0;
	const double r = 0.25;
	struct sb_loss_written l;
	int64_t from = 0, to = 0;
	struct sb_rng rng;

	(void)state;
	assert_int_equal(sb_read_loss_written("bursts p 5% r 25% step 10ms", &l, NULL), 0);
	sb_rng_seed(&rng, 5, 0);
	for (; n < 50000; n++) {
		int64_t steps;

		sb_bursts_next(&rng, &l.bursts, to, &from, &to);
		assert_true(from % (10 * MS) == 0 && to % (10 * MS) == 0);
		steps = (to - from) / (10 * MS);
		seen[steps < 6 ? steps - 1 : 5]++;
	}
	for (int k = 0; k < 6; k++) {
		double share = k < 5 ? pow(1 - r, k) * r : pow(1 - r, 5);

		chi2 += (seen[k] - n * share) * (seen[k] - n * share) / (n * share);
	}
	/* Chi-square with 5 degrees of freedom exceeds 38 for one seed in 2.6 million. */
	assert_true(chi2 < 38);
}

static bool is_burst(const struct sb_link_state *s)
{
	return s->loss.kind == SB_LOSS_RANDOM && s->loss.random_ppb == SB_PPB;
}

static void a_burst_loses_everything_and_is_no_outage(void **state)
{
	struct sb_plan *p = make_plan("[scenario]\nduration = 200s\n"
				      "[link.up]\nloss = bursts on 100ms off 900ms\n");
	int64_t in = 0, began = 0;
	bool burst = false;

	(void)state;
	assert_true(p->step_count > 100);
	for (size_t i = 0; i < p->step_count; i++) {
		const struct sb_step *s = &p->steps[i];

		assert_true(s->cause == SB_CAUSE_BURST && s->event == -1 && s->dir == SB_UP);
		assert_false(s->state.outage);
		assert_true(is_burst(&s->state) != burst);
		assert_true(is_burst(&s->state) || s->state.loss.kind == SB_LOSS_NONE);
		burst = is_burst(&s->state);
		if (burst)
			began = s->at_ns;
		else
			in += s->at_ns - began;
	}
	/* A renewal's share of 200 s, some 200 bursts: 10 % within 5 * 10 % / sqrt(100). */
	assert_true(fabs((double)in / (200.0 * (double)S) - 0.1) < 0.05);
	sb_plan_free(p);
}

static void an_events_loss_holds_over_bursts(void **state)
{
	struct sb_plan *p = make_plan("[link.up]\nloss = bursts 90% burst 1s\n"
				      "[event.a]\nat = 1s\ndirection = up\nloss = random 3%\n");

	(void)state;
	for (int64_t t = S; t < 30 * S; t += 10 * MS)
		assert_int_equal(sb_plan_state_at(p, 0, SB_UP, t)->loss.random_ppb, 30000000);
	sb_plan_free(p);
}

static void each_direction_has_its_own_bursts_and_the_seed_makes_them(void **state)
{
	const char *text = "[scenario]\nseed = 3\n[link]\nloss = bursts 10% burst 50ms\n";
	struct sb_plan *a = make_plan(text), *b = make_plan(text);
	size_t both = 0;

	(void)state;
	assert_int_equal(sb_plan_timeline_hash(a), sb_plan_timeline_hash(b));
	for (size_t i = 1; i < a->step_count; i++)
		both += a->steps[i].at_ns == a->steps[i - 1].at_ns;
	assert_int_equal(both, 0);
	sb_plan_free(a);
	sb_plan_free(b);
}

static void the_plan_comes_back_from_its_json(void **state)
{
	struct sb_plan *p = make_plan("[link.up]\nloss = bursts 5% burst 20ms\n"
				      "[link.down]\nloss = exact 10 20-25\n");
	struct sb_plan *back = NULL;
	struct sb_err err = {0};
	cJSON *json = sb_plan_to_json(p), *down;
	const struct sb_exact *e;

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	assert_memory_equal(&back->links[0].dir[SB_UP].bursts, &p->links[0].dir[SB_UP].bursts,
			    sizeof(struct sb_bursts));
	e = &back->links[0].dir[SB_DOWN].exact;
	assert_int_equal(e->count, 2);
	assert_true(e->range[0].first == 10 && e->range[0].last == 10);
	assert_true(e->range[1].first == 20 && e->range[1].last == 25);
	sb_plan_free(back);
	/* Hostile: not ascending. */
	down =
	    cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(json, "links"), 0), "down");
	cJSON_SetNumberHelper(
	    cJSON_GetObjectItem(cJSON_GetArrayItem(cJSON_GetObjectItem(down, "exact"), 1), "first"),
	    10);
	assert_int_equal(sb_plan_from_json(json, &back, &err), -1);
	assert_non_null(strstr(err.msg, "ascending"));
	cJSON_Delete(json);
	sb_plan_free(p);
}

static void what_netem_cannot_play_is_said(void **state)
{
	struct sb_plan *p = make_plan("[link.down]\nloss = exact 7\n");
	struct sb_err err = {0};
	char why[160];

	(void)state;
	assert_true(sb_plan_needs_user(p, why, sizeof(why)));
	assert_non_null(strstr(why, "client1 down"));
	sb_plan_free(p);
	p = make_plan("[link]\nloss = bursts 5% burst 20ms\n[testbed]\nbackend = netem\n");
	assert_false(sb_plan_needs_user(p, why, sizeof(why)));
	assert_string_equal(why, "");
	sb_plan_free(p);
	assert_int_equal(
	    try_plan("[testbed]\nbackend = netem\n[link.down]\nloss = exact 7\n", &p, &err), -1);
	assert_string_equal(err.msg,
			    "t.ini:4: loss: netem cannot lose packets by their number; write "
			    "backend = user, or backend = auto");
}

static void disciplines_are_read_with_the_standards_of_their_rfcs(void **state)
{
	static const struct {
		const char *text;
		struct sb_discipline d;
	} cases[] = {
	    {"drop-tail", {SB_DROP_TAIL, 0, 0}},
	    {"drop-head", {SB_DROP_HEAD, 0, 0}},
	    {"drop-head limit 200ms", {SB_DROP_HEAD, 200 * MS, 0}},
	    {"codel", {SB_CODEL, 5 * MS, 100 * MS}},
	    {"codel interval 600ms", {SB_CODEL, 5 * MS, 600 * MS}},
	    {"codel target 20ms interval 600ms", {SB_CODEL, 20 * MS, 600 * MS}},
	    {"pie", {SB_PIE, 15 * MS, 15 * MS}},
	    {"pie target 30ms update 20ms", {SB_PIE, 30 * MS, 20 * MS}},
	};
	static const char *const wrong[] = {"",
					    "red",
					    "codel target",
					    "codel target 5",
					    "codel update 5ms",
					    "pie interval 5ms",
					    "drop-head target 5ms",
					    "codel target 0ms",
					    "codel target 11s"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_discipline d;

		assert_int_equal(sb_read_discipline(cases[i].text, &d, NULL), 0);
		assert_int_equal(d.kind, cases[i].d.kind);
		assert_int_equal(d.target_ns, cases[i].d.target_ns);
		assert_int_equal(d.interval_ns, cases[i].d.interval_ns);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(wrong); i++) {
		struct sb_discipline d = {SB_PIE, 1, 2};
		struct sb_err err = {0};

		assert_int_equal(sb_read_discipline(wrong[i], &d, &err), -1);
		assert_true(err.msg[0] && d.kind == SB_PIE && d.target_ns == 1);
	}
}

static void a_queue_and_what_events_do_to_it_come_back_from_json(void **state)
{
	struct sb_plan *p = make_plan(
	    "[link]\ndelay = 20ms\nrate = 10mbit\ndiscipline = codel\noverhead = 24B\nreorder = "
	    "allow\n[link.up]\njitter = 1ms\n"
	    "[event.a]\nat = 1s 2s\nqueue = flush\n[event.b]\nat = 2s\nqueue = drop-front\n");
	struct sb_plan *back = NULL;
	struct sb_err err = {0};
	cJSON *json = sb_plan_to_json(p);
	const struct sb_link_dir *d;
	size_t actions = 0;
	char why[160];

	(void)state;
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	d = &back->links[0].dir[SB_DOWN];
	assert_true(d->discipline.kind == SB_CODEL && d->discipline.interval_ns == 100 * MS);
	assert_true(d->overhead_bytes == 24 && d->may_overtake && !d->initial.reorder_ppb);
	assert_int_equal(back->step_count, p->step_count);
	for (size_t i = 0; i < p->step_count; i++) {
		const struct sb_step *s = &back->steps[i];

		assert_int_equal(s->state.queue_action, p->steps[i].state.queue_action);
		/* Of its instant only, and only where an event begins. */
		assert_int_equal(s->state.queue_action != SB_QUEUE_KEEP,
				 s->cause == SB_CAUSE_EVENT);
		actions += s->state.queue_action != SB_QUEUE_KEEP;
	}
	assert_int_equal(actions, 4);
	assert_true(sb_plan_needs_user(p, why, sizeof(why)));
	assert_non_null(strstr(why, "drop-tail only"));
	cJSON_Delete(json);
	sb_plan_free(back);
	sb_plan_free(p);
	assert_int_equal(
	    try_plan("[testbed]\nbackend = netem\n[event.a]\nat = 1s\nqueue = flush\n", &p, &err),
	    -1);
	assert_non_null(strstr(err.msg, "t.ini:5: queue: netem cannot take frames out"));
	p = make_plan("[event.a]\nat = 1s\nqueue = flush\n");
	assert_true(sb_plan_needs_user(p, why, sizeof(why)));
	assert_non_null(strstr(why, "event a"));
	sb_plan_free(p);
	/* These netem can do. */
	p = make_plan("[testbed]\nbackend = netem\n[link]\nreorder = allow\noverhead = 24B\n");
	assert_false(sb_plan_needs_user(p, why, sizeof(why)));
	sb_plan_free(p);
}

static void what_goes_too_far_is_told_where_it_stands(void **state)
{
	struct sb_plan *p = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(try_plan("[event.a]\nat = 1s\nloss = bursts 2% burst 1ms\n", &p, &err),
			 -1);
	assert_non_null(strstr(err.msg, "t.ini:3: loss: bursts and exact are for [link]"));
	err = (struct sb_err){0};
	assert_int_equal(
	    try_plan("[scenario]\nduration = 1h\n[link]\nloss = bursts 50% burst 1ms\n", &p, &err),
	    -1);
	assert_non_null(strstr(err.msg, "t.ini:4: loss: bursts make a timeline"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_loss_is_refused),
	    cmocka_unit_test(every_form_has_the_means_it_says),
	    cmocka_unit_test(lengths_have_their_distribution),
	    cmocka_unit_test(a_chain_keeps_to_its_steps_and_its_geometry),
	    cmocka_unit_test(a_burst_loses_everything_and_is_no_outage),
	    cmocka_unit_test(an_events_loss_holds_over_bursts),
	    cmocka_unit_test(each_direction_has_its_own_bursts_and_the_seed_makes_them),
	    cmocka_unit_test(the_plan_comes_back_from_its_json),
	    cmocka_unit_test(what_netem_cannot_play_is_said),
	    cmocka_unit_test(disciplines_are_read_with_the_standards_of_their_rfcs),
	    cmocka_unit_test(a_queue_and_what_events_do_to_it_come_back_from_json),
	    cmocka_unit_test(what_goes_too_far_is_told_where_it_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
