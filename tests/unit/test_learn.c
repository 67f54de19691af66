// SPDX-License-Identifier: MIT
/* test_learn.c - known links, played in virtual time by the model of the user backend, are learned
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_make.h"
#include "link/queue/queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/learn.h"
#include "satbed/scenario.h"

#define START_NS INT64_C(1700000000000000000)
#define FRAME	 1514u
#define CAPACITY (1u << 16)

/** struct played - a direction of a plan after traffic has crossed it */
struct played {
	const struct sb_plan *plan;
	enum sb_dir dir;
	struct sb_learn_trace trace;
	struct sb_link_counters counters;
};

/* Every second: quiet, then packets now and then, then more than the link carries. */
static double load_at(int64_t t_ns)
{
	int64_t ms = t_ns / SB_NS_PER_MS % 1000;

	return ms < 100 ? 0.02 : ms < 700 ? 0.3 : ms < 760 + t_ns / SB_NS_PER_S % 5 * 20 ? 3 : 0.05;
}

static void depart(struct played *p, struct sb_queue *q, int64_t now_ns)
{
	struct sb_departure d[64];
	uint32_t n;

	do {
		n = sb_queue_depart(q, now_ns, d, 64);
		for (uint32_t i = 0; i < n; i++)
			p->trace.packets[d[i].handle].arrived_ns = START_NS + d[i].depart_ns;
	} while (n == 64);
}

static void play(struct played *p, const struct sb_plan *plan, enum sb_dir dir)
{
	const struct sb_link_dir *link = &plan->links[0].dir[dir];
	struct sb_queue_config config = {.initial = link->initial,
					 .queue_bytes = link->queue_bytes,
					 .seed = link->seed,
					 .capacity = CAPACITY};
	struct sb_queue *q = sb_queue_new(&config);
	double rate = (double)(link->initial.rate_bps ? link->initial.rate_bps : 50000000);
	struct sb_rng rng;
	size_t step = 0;
	int64_t t = 0;

	*p = (struct played){.plan = plan, .dir = dir};
	sb_rng_seed(&rng, 1, dir);
	while (t < plan->duration_ns) {
		struct sb_learn_trace *tr = &p->trace;
		struct sb_queue_decision queue_decision;
		double u = (double)(sb_rng_u64(&rng) >> 11) / 9007199254740992.0;

		for (; step < plan->step_count && plan->steps[step].at_ns <= t; step++)
			if (plan->steps[step].dir == dir && plan->steps[step].link == 0)
				assert_int_equal(sb_queue_apply(q, 0, &plan->steps[step].state,
								plan->steps[step].at_ns, t),
						 0);
		depart(p, q, t);
		tr->packets = sb_grow(tr->packets, tr->count, &tr->room, sizeof(*tr->packets));
		tr->packets[tr->count] = (struct sb_learn_packet){
		    .sent_ns = START_NS + t, .arrived_ns = SB_LEARN_LOST, .len = FRAME};
		sb_queue_arrive(q, 0, t, FRAME, (uint32_t)tr->count, &queue_decision);
		tr->count++;
		/* Poisson. */
		t += (int64_t)(-log(1 - u) * FRAME * 8 * 1e9 / (rate * load_at(t))) + 1;
	}
	depart(p, q, INT64_MAX - 1);
	sb_queue_counters(q, 0, &p->counters);
	sb_queue_free(q);
}

static double level_at(const struct sb_learn_step *s, size_t n, int64_t t_ns)
{
	double v = n ? s[0].value : NAN;

	for (size_t i = 0; i < n && s[i].at_ns <= t_ns; i++)
		v = s[i].value;
	return v;
}

static void check_levels(const struct played *p, const struct sb_learned_dir *d, const char *name)
{
	const struct sb_link_dir *link = &p->plan->links[0].dir[p->dir];
	double slack = 1e5 + 3.0 * (double)link->jitter_ns;
	int good_delay = 0, good_rate = 0, all = 0;

	for (int64_t t = 0; t < p->plan->duration_ns; t += SB_LEARN_WINDOW_NS, all++) {
		const struct sb_link_state *s = sb_plan_state_at(p->plan, 0, p->dir, t);
		double delay = level_at(d->delays, d->delay_count, t);
		double rate = level_at(d->rates, d->rate_count, t);

		good_delay += fabs(delay - (double)s->delay_ns) < slack;
		good_rate += !s->rate_bps || fabs(rate / (double)s->rate_bps - 1) < 0.02;
	}
	if (good_delay < all * 0.9)
		fail_msg("%s %s: the delay is right in %d of %d windows (%.3f ms first)", name,
			 sb_dir_name(p->dir), good_delay, all, d->delays[0].value / 1e6);
	if (good_rate < all * 0.9)
		fail_msg("%s %s: the rate is right in %d of %d windows (%.0f first)", name,
			 sb_dir_name(p->dir), good_rate, all,
			 d->rate_count ? d->rates[0].value : 0);
}

static void check_queue(const struct played *p, const struct sb_learned_dir *d, const char *name)
{
	double asked = (double)p->plan->links[0].dir[p->dir].queue_bytes;

	/* Jitter looks like a longer wait. */
	double jitter =
	    4e-9 * (double)p->plan->links[0].dir[p->dir].jitter_ns * d->rate_high_bps / 8;

	/* Two frames: the one being sent, and the one that did not fit.  Where the rate changes
	 * while packets wait, how many bytes they are is not known so well. */
	if (d->queue_full && d->rate_count == 1 &&
	    fabs(d->queue_bytes - asked) > 2.0 * FRAME + 0.05 * asked + jitter)
		fail_msg("%s %s: a queue of %.0f bytes, not %.0f", name, sb_dir_name(p->dir),
			 d->queue_bytes, asked);
	/* One rate all the time: then it must be seen. */
	if (!d->queue_full && p->counters.queue_dropped > 100 && d->rate_count == 1)
		fail_msg("%s %s: %lld were lost at a full queue, which was not seen", name,
			 sb_dir_name(p->dir), (long long)p->counters.queue_dropped);
}

static void check_outages(const struct played *p, const struct sb_learned_dir *d, const char *name)
{
	size_t asked = 0, found = 0;
	const struct sb_plan *plan = p->plan;
	int64_t begun = -1;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->dir != p->dir || s->link)
			continue;
		if (s->state.outage && begun < 0)
			begun = s->at_ns;
		if (s->state.outage || begun < 0)
			continue;
		/* Long enough to hit packets while little is sent. */
		if (s->at_ns - begun >= 200 * SB_NS_PER_MS) {
			asked++;
			for (size_t k = 0; k < d->outage_count; k++)
				found += d->outages[k].from_ns >= begun &&
					 d->outages[k].to_ns <= s->at_ns &&
					 d->outages[k].to_ns - d->outages[k].from_ns >
					     (s->at_ns - begun) * 6 / 10;
		}
		begun = -1;
	}
	if (found < asked)
		fail_msg("%s %s: %zu of %zu long outages were found", name, sb_dir_name(p->dir),
			 found, asked);
}

/* What the link did to the packets that met no outage, or with @outages to all: bursts by time are part of the
 * timeline. */
static double configured_loss(const struct played *p, bool outages)
{
	double sum = 0, n = 0;

	for (size_t i = 0; i < p->trace.count; i++) {
		const struct sb_link_state *s =
		    sb_plan_state_at(p->plan, 0, p->dir, p->trace.packets[i].sent_ns - START_NS);

		if (s->outage && !outages)
			continue;
		sum += s->outage ? 1 : sb_loss_mean(&s->loss);
		n++;
	}
	return n > 0 ? sum / n : 0;
}

/* Within five standard deviations, which bursts widen, and 3 % of it for what is not told apart. */
static void check_loss(const struct played *p, const struct sb_learned_dir *d, const char *name)
{
	const struct sb_loss *asked = &p->plan->links[0].dir[p->dir].initial.loss;
	bool by_time = p->plan->links[0].dir[p->dir].bursts.burst_ns > 0;
	double mean = configured_loss(p, by_time), n = (double)d->loss.packets,
	       lost = (double)d->loss.lost;
	double burst = sb_loss_mean_burst(asked), got = d->loss.mean;

	/* The longest bursts by time cannot be told from short outages. */
	if (by_time)
		got = (double)(d->lost - d->lost_queue) / (double)d->packets;
	/* An outage that met a handful of packets is taken for loss. */
	else if ((uint64_t)p->counters.outage > d->lost_outage)
		mean += (double)((uint64_t)p->counters.outage - d->lost_outage) / n;
	/* What a burst takes while the queue is full looks like what a full queue drops. */
	if (by_time && got < mean && (uint64_t)p->counters.queue_dropped < d->lost_queue)
		got += (double)(d->lost_queue - (uint64_t)p->counters.queue_dropped) /
		       (double)d->packets;
	if (fabs(got - mean) >
	    5 * sqrt(mean * (1 - mean) * (burst > 1 ? 2 * burst : 1) / n) + 0.03 * mean + 3 / n)
		fail_msg("%s %s: a loss of %.3f %% of %.0f, not %.3f %%", name, sb_dir_name(p->dir),
			 100 * got, n, 100 * mean);
	if (lost < 300)
		return;
	if (asked->kind == SB_LOSS_RANDOM && d->loss.kind != SB_LEARN_RANDOM)
		fail_msg("%s %s: random loss was not seen as such", name, sb_dir_name(p->dir));
	if (asked->kind == SB_LOSS_GEMODEL) {
		assert_int_equal(d->loss.kind, SB_LEARN_GEMODEL);
		if (fabs(1 / d->loss.good / burst - 1) > 5 / sqrt((double)d->loss.runs))
			fail_msg("%s %s: bursts of %.2f packets, not %.2f", name,
				 sb_dir_name(p->dir), 1 / d->loss.good, burst);
	}
}

static void check_plan(const struct sb_plan *plan, const char *name)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sb_learned_dir d;
		struct sb_learned l = {.known = {true, false}};
		struct played p;

		play(&p, plan, dir);
		sb_learn_dir(&p.trace, START_NS, &d);
		assert_int_equal(d.packets, p.counters.arrived);
		assert_int_equal(d.lost,
				 p.counters.lost + p.counters.outage + p.counters.queue_dropped);
		check_outages(&p, &d, name);
		/* A rate drawn twice a second, and what is lost in its fades, is a process that one
		 * capture has no levels of: that is for series of measurements. */
		if (!plan->links[0].dir[dir].drawn_every_ns) {
			check_levels(&p, &d, name);
			check_queue(&p, &d, name);
			check_loss(&p, &d, name);
		}
		l.dir[0] = d;
		sb_learned_fini(&l);
		free(p.trace.packets);
	}
}

#define LINK(keys) "[scenario]\nname = made\nduration = 60s\nseed = 3\n[link]\n" keys

static void test_each_parameter_comes_back(void **state)
{
	static const char *const texts[] = {
	    LINK("delay = 20ms\nrate = 10mbit\nqueue = 100ms\n"),
	    LINK("delay = 300ms\nrate = 3mbit\nqueue = 1bdp\nloss = random 1%\n"),
	    LINK("delay = 25ms\nrate = 20mbit\nqueue = 64kB\nloss = gemodel 2% burst 4\n"),
	    LINK("delay = 25ms\nrate = 20mbit\nqueue = 100ms\njitter = 3ms\n"),
	    LINK("delay = 25ms\nrate = 20mbit\nqueue = 100ms\n[event.g]\nat = 20s\nfor = 15s\n"
		 "delay_step = 12ms\nrate_step = 0.6\n"),
	    LINK("delay = 25ms\nrate = 20mbit\nqueue = 100ms\nloss = gemodel 1% burst 3\n"
		 "[event.o]\nat = 5s 22s 41s\noutage = 600ms\n"),
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_plan *plan = make_plan(texts[i]);
		char name[16];

		snprintf(name, sizeof(name), "text %zu", i);
		check_plan(plan, name);
		sb_plan_free(plan);
	}
}

/* Every link that is shipped, with traffic that fills it now and then and leaves it idle, too. */
static void test_every_profile_comes_back(void **state)
{
	static const char *const sets[] = {"scenario.duration=40s"};
	glob_t found;

	(void)state;
	assert_int_equal(glob("scenarios/*.ini", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct sb_scenario *sc;
		struct sb_plan *plan;
		struct sb_err err = {0};

		if (sb_scenario_load(found.gl_pathv[i], sets, 1, &sc, &err) ||
		    sb_plan_make(sc, &plan, &err))
			fail_msg("%s: %s", found.gl_pathv[i], err.msg);
		check_plan(plan, found.gl_pathv[i]);
		sb_plan_free(plan);
		sb_scenario_free(sc);
	}
	globfree(&found);
}

/** struct plain_link - packets in, one after the other: a serialiser and then a delay */
struct plain_link {
	struct sb_learn_trace trace;
	int64_t delay_ns, free_ns;
	double rate_bps;
};

static void cross(struct plain_link *l, int64_t t_ns, uint32_t len)
{
	struct sb_learn_trace *t = &l->trace;

	if (l->free_ns < t_ns)
		l->free_ns = t_ns;
	l->free_ns += (int64_t)(len * 8e9 / l->rate_bps);
	t->packets = sb_grow(t->packets, t->count, &t->room, sizeof(*t->packets));
	t->packets[t->count++] =
	    (struct sb_learn_packet){.sent_ns = START_NS + t_ns,
				     .arrived_ns = START_NS + l->free_ns + l->delay_ns,
				     .len = len};
}

static struct sb_learned_dir learn(struct plain_link *l)
{
	struct sb_learned_dir d;

	sb_learn_dir(&l->trace, START_NS, &d);
	free(l->trace.packets);
	return d;
}

static void free_learned(struct sb_learned_dir *d)
{
	struct sb_learned l = {.known = {true, false}, .dir = {*d}};

	sb_learned_fini(&l);
}

/* A link that a short train fills once, and nothing after it: how long the train waited is no
 * delay. */
static void test_a_train_is_no_delay(void **state)
{
	struct plain_link l = {.delay_ns = 40 * SB_NS_PER_MS, .rate_bps = 500e3};
	struct sb_learned_dir d;

	(void)state;
	for (int i = 0; i < 12; i++)
		cross(&l, i * 100000, FRAME);
	for (int i = 0; i < 250; i++)
		cross(&l, SB_NS_PER_S + i * 20 * SB_NS_PER_MS, 250);
	d = learn(&l);
	assert_int_equal(d.rate_count, 0);
	assert_int_equal(d.delay_count, 1);
	/* Without a rate the time that a packet itself takes is not known: 4 ms of 250 bytes. */
	assert_true(d.delays[0].value >= 40e6 && d.delays[0].value <= 44.1e6);
	free_learned(&d);
}

/* A link that begins badly: what is usual is what it did most of the time. */
static void test_the_usual_level_is_the_longest(void **state)
{
	struct plain_link l = {.delay_ns = 90 * SB_NS_PER_MS, .rate_bps = 10e6};
	struct sb_learned_dir d;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		if (i == 100)
			l.delay_ns = 30 * SB_NS_PER_MS;
		cross(&l, i * 10 * SB_NS_PER_MS, 250);
	}
	d = learn(&l);
	assert_int_equal(d.delay_count, 2);
	assert_int_equal(d.usual_delay, 1);
	assert_true(fabs(d.delays[0].value - 90e6) < 0.3e6);
	assert_true(fabs(d.delays[1].value - 30e6) < 0.3e6);
	assert_int_equal(d.delays[1].at_ns, SB_NS_PER_S);
	free_learned(&d);
}

/* Packets that jitter spaces say nothing of a rate. */
static void test_jitter_is_no_rate(void **state)
{
	struct plain_link l = {.delay_ns = 0, .rate_bps = 1e12};
	struct sb_learned_dir d;
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 5000; i++) {
		l.delay_ns = 20 * SB_NS_PER_MS + (int64_t)(sb_rng_u64(&rng) % 5000000);
		cross(&l, i * 2 * SB_NS_PER_MS, 200);
	}
	d = learn(&l);
	assert_int_equal(d.rate_count, 0);
	assert_true(d.fastest_bps >= 800e3 * 0.9);
	free_learned(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_parameter_comes_back),
	    cmocka_unit_test(test_every_profile_comes_back),
	    cmocka_unit_test(test_a_train_is_no_delay),
	    cmocka_unit_test(test_the_usual_level_is_the_longest),
	    cmocka_unit_test(test_jitter_is_no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
