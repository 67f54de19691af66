// SPDX-License-Identifier: MIT
/* test_link_conformance.c - what every backend does to real frames, the same checks for each */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "link_rig.h"
#include "netns.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/link.h"

#define MS SB_NS_PER_MS
/* Times are judged on the virtual clock alone, where nothing is late but by what a wake-up costs. */
#define SLACK_NS MS
/* Clocks of sender and receiver are the same; a timer may be early by its resolution. */
#define EARLY_NS (100 * SB_NS_PER_US)

struct fixture {
	const struct sb_link_ops *ops;
	struct sb_link_rig *rig;
	struct sb_shaper *shaper;
};

static int set_up(void **state)
{
	const struct sb_link_ops *ops = *state;
	struct fixture *f = sb_alloc(1, sizeof(*f));

	f->ops = ops;
	f->rig = sb_link_rig_open();
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	f->ops->detach(f->shaper);
	sb_link_rig_close(f->rig);
	free(f);
	return 0;
}

/* Once per test, after set_up: a skip inside a set-up counts as an error. */
static struct fixture *begin(void **state)
{
	struct fixture *f = *state;
	struct sb_err err = {0};

	if (f->ops->probe(&err)) {
		print_message("%s\n", err.msg);
		skip();
	}
	return f;
}

/* What depends on when frames come or go: on the real clock a busy machine answers, not the link. */
static struct fixture *begin_timed(void **state)
{
	if (!sb_clock_is_virtual()) {
		print_message("judged on the virtual clock\n");
		skip();
	}
	return begin(state);
}

static void shape(struct fixture *f, struct sb_link_dir dir)
{
	struct sb_err err = {0};

	if (!dir.queue_packets)
		dir.queue_packets = 1000;
	dir.queue_bytes = (uint64_t)dir.queue_packets * (SB_LINK_MTU + 14);
	dir.max_rate_bps = dir.initial.rate_bps;
	dir.max_delay_ns = 500 * MS;
	dir.seed = 20;
	if (f->ops->attach(SB_LINK_IF, &dir, SB_LINK_MTU, &f->shaper, &err))
		fail_msg("%s", err.msg);
}

static void apply(struct fixture *f, const struct sb_link_state *state)
{
	struct sb_err err = {0};

	if (f->ops->apply(f->shaper, state, sb_mono_ns(), &err))
		fail_msg("%s", err.msg);
}

static struct sb_link_counters drain(struct fixture *f)
{
	return sb_link_rig_drain(f->rig, f->ops, f->shaper);
}

/* Sends @n frames, one each @gap_ns, reading meanwhile. */
static void send_paced(struct fixture *f, uint32_t n, uint32_t len, int64_t gap_ns)
{
	int64_t next = sb_mono_ns();

	for (uint32_t i = 0; i < n; i++) {
		sb_link_rig_send(f->rig, len);
		next += gap_ns;
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, next);
	}
}

static int compare_ns(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* One-way delays of what arrived, sorted. */
static int64_t *sorted_delays(const struct sb_link_rig *rig)
{
	int64_t *delays = sb_alloc(rig->got_count + 1, sizeof(*delays));

	for (size_t i = 0; i < rig->got_count; i++)
		delays[i] = rig->got[i].at_ns - rig->sent_ns[rig->got[i].seq];
	qsort(delays, rig->got_count, sizeof(*delays), compare_ns);
	return delays;
}

static void frames_come_after_the_delay_and_in_order(void **state)
{
	struct fixture *f = begin_timed(state);
	int64_t *delays;

	shape(f, (struct sb_link_dir){.initial = {.delay_ns = 20 * MS}});
	send_paced(f, 200, 100, MS);
	assert_int_equal(drain(f).sent, 200);
	delays = sorted_delays(f->rig);
	assert_true(delays[0] >= 20 * MS - EARLY_NS);
	assert_true(delays[100] < 20 * MS + SLACK_NS);
	assert_int_equal(sb_link_rig_inversions(f->rig), 0);
	free(delays);
}

static void a_burst_leaves_at_the_rate(void **state)
{
	struct fixture *f = begin_timed(state);
	const int64_t frame_ns = MS; /* 1000 bytes at 8 Mbit/s */
	int64_t first, last;

	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 8000000, .delay_ns = 10 * MS}});
	for (int i = 0; i < 60; i++)
		sb_link_rig_send(f->rig, 1000);
	assert_int_equal(drain(f).sent, 60);
	first = f->rig->sent_ns[0];
	for (size_t i = 0; i < 60; i++)
		assert_true(f->rig->got[i].at_ns - first >=
			    ((int64_t)i + 1) * frame_ns + 10 * MS - EARLY_NS);
	last = f->rig->got[59].at_ns - first;
	assert_true(last < 60 * frame_ns + 10 * MS + SLACK_NS);
}

static void the_queue_holds_what_it_should(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_counters c;

	/* 120 ms a frame: the burst is in long before the first has left. */
	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 100000}, .queue_packets = 10});
	for (int i = 0; i < 40; i++)
		sb_link_rig_send(f->rig, SB_LINK_MTU + 14);
	c = drain(f);
	/* One on the wire and ten waiting. */
	assert_int_equal(c.sent, 11);
	assert_int_equal(c.queue_dropped, 29);
	assert_int_equal(c.lost, 0);
	for (uint32_t i = 0; i < 11; i++)
		assert_int_equal(f->rig->got[i].seq, i);
}

/* Acknowledgements take the room of their bytes, not that of frames of full size. */
static void small_frames_take_little_room_where_the_rate_changes(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){
		     .initial = {.rate_bps = 100000}, .rate_changes = true, .queue_packets = 10});
	sb_link_rig_send(f->rig, SB_LINK_MTU + 14);
	for (int i = 0; i < 200; i++)
		sb_link_rig_send(f->rig, 100);
	c = drain(f);
	/* The first is on the wire; 15140 bytes wait. */
	assert_int_equal(c.sent, 1 + 151);
	assert_int_equal(c.queue_dropped, 200 - 151);
	assert_int_equal(sb_link_rig_inversions(f->rig), 0);
}

static void what_is_under_way_takes_no_room_in_the_queue(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_counters c;

	/* Fifty frames under way, in bursts of ten that are out of the queue after 1 ms. */
	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 8000000, .delay_ns = 500 * MS},
				      .queue_packets = 19});
	for (int burst = 0; burst < 8; burst++) {
		for (int i = 0; i < 10; i++)
			sb_link_rig_send(f->rig, 100);
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, sb_mono_ns() + 100 * MS);
	}
	c = drain(f);
	assert_int_equal(c.sent, 80);
	assert_int_equal(c.queue_dropped, 0);
}

static void random_loss_has_its_mean(void **state)
{
	struct fixture *f = begin(state);
	const double n = 3000, p = 0.1;
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){
		     .initial = {.loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 100000000}}});
	send_paced(f, (uint32_t)n, 60, 0);
	c = drain(f);
	/* 5 sigma: a false alarm in 1.7 million runs. */
	assert_true(fabs((double)c.lost - n * p) < 5 * sqrt(n * p * (1 - p)));
	assert_int_equal(c.outage, 0);
	assert_int_equal(c.queue_dropped, 0);
}

/* Of the gaps in what arrived: how many, and how many frames in all. */
static void count_bursts(const struct sb_link_rig *rig, double *bursts, double *lost)
{
	uint32_t expected = 0;

	*bursts = *lost = 0;
	for (size_t i = 0; i < rig->got_count; i++) {
		if (rig->got[i].seq != expected) {
			*bursts += 1;
			*lost += rig->got[i].seq - expected;
		}
		expected = rig->got[i].seq + 1;
	}
}

static const struct sb_loss ge_loss = {
    .kind = SB_LOSS_GEMODEL, .bad_ppb = 25000000, .good_ppb = 250000000, .lost_in_bad_ppb = SB_PPB};

/*
 * Gilbert's model with p = 0.025 and r = 0.25: stays in BAD are geometric with mean 4 and standard
 * deviation sqrt(1-r)/r, and begin with probability p at each frame in GOOD.
 */
static void check_bursts(const struct sb_link_rig *rig)
{
	const double n = rig->sent, p = 0.025, r = 0.25, mean = p / (p + r);
	const double spread = 1 + 2 * (1 - p - r) / (p + r); /* of a two-state chain's sum */
	double bursts, lost;

	count_bursts(rig, &bursts, &lost);
	/* 5 sigma each (normal approximation): a false alarm in some 800 thousand runs. */
	assert_true(fabs(lost / n - mean) < 5 * sqrt(mean * (1 - mean) / n * spread));
	assert_true(fabs(lost / bursts - 1 / r) < 5 * sqrt(1 - r) / r / sqrt(bursts));
}

static void bursts_have_their_mean_and_length(void **state)
{
	struct fixture *f = begin(state);

	shape(f, (struct sb_link_dir){.initial = {.loss = ge_loss}});
	send_paced(f, 6000, 60, 0);
	drain(f);
	check_bursts(f->rig);
}

static void bursts_survive_delay_steps(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_state s = {.loss = ge_loss, .delay_ns = MS};

	shape(f, (struct sb_link_dir){.initial = s});
	/* A slow flow under jitter: a step for every other frame. */
	for (int i = 0; i < 3000; i++) {
		s.delay_ns = i % 2 ? 2 * MS : MS;
		apply(f, &s);
		send_paced(f, 2, 60, 0);
	}
	drain(f);
	check_bursts(f->rig);
}

/* --- closed forms over 10^5 packets --- */

#define ROUND_FRAMES 6000u
#define ROUNDS	     17 /* 102000 packets */
#define MAX_RUN	     8	/* longer runs of losses fall into one class */

/* What many rounds of frames found: runs of losses by length, those cut off by a round's ends not
 * among them. */
struct tally {
	double sent, lost, runs, run_packets;
	double of_length[MAX_RUN + 1];
};

static void count_round(const struct sb_link_rig *rig, struct tally *t)
{
	t->sent += rig->sent;
	t->lost += rig->sent - (double)rig->got_count;
	for (size_t i = 1; i < rig->got_count; i++) {
		uint32_t run = rig->got[i].seq - rig->got[i - 1].seq - 1;

		if (!run)
			continue;
		t->runs++;
		t->run_packets += run;
		t->of_length[run < MAX_RUN ? run : MAX_RUN]++;
	}
}

static void drain_or_fail(struct fixture *f, struct sb_link_counters *total)
{
	struct sb_link_counters before = *total;
	int64_t deadline = sb_mono_ns() + 20 * SB_NS_PER_S;

	/* The rig's own drain knows one round; counters go on over all. */
	do {
		assert_true(sb_mono_ns() < deadline);
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, sb_mono_ns() + MS);
		assert_int_equal(f->ops->counters(f->shaper, total, NULL), 0);
	} while (total->arrived - before.arrived < f->rig->sent ||
		 (int64_t)f->rig->got_count < f->rig->sent - (total->lost - before.lost));
	assert_int_equal(total->lost - before.lost, f->rig->sent - f->rig->got_count);
}

/* Until the shaper has taken so many. */
static void await_taken(struct fixture *f, int64_t count)
{
	int64_t deadline = sb_mono_ns() + 20 * SB_NS_PER_S;
	struct sb_link_counters c;

	do {
		assert_true(sb_mono_ns() < deadline);
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, sb_mono_ns());
		assert_int_equal(f->ops->counters(f->shaper, &c, NULL), 0);
	} while (c.arrived < count);
}

/* As fast as it goes; @before: had arrived at the shaper in earlier rounds. */
static void send_many(struct fixture *f, uint32_t n, int64_t before)
{
	for (uint32_t left = n; left;) {
		uint32_t now = left < 64 ? left : 64;

		sb_link_rig_send_many(f->rig, now, 60);
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, sb_mono_ns());
		left -= now;
		/* No faster than the shaper takes them: its ring has an end. */
		if (f->rig->sent % 512 == 0 || !left)
			await_taken(f, before + f->rig->sent);
	}
}

static void tally_model(struct fixture *f, const struct sb_loss *loss, struct tally *t)
{
	struct sb_link_counters total = {0};

	*t = (struct tally){0};
	shape(f, (struct sb_link_dir){.initial = {.loss = *loss}});
	for (int i = 0; i < ROUNDS; i++) {
		sb_link_rig_reset(f->rig);
		send_many(f, ROUND_FRAMES, total.arrived);
		drain_or_fail(f, &total);
		count_round(f->rig, t);
	}
	f->ops->detach(f->shaper);
	f->shaper = NULL;
}

/* Of independent losses and of Gilbert's model runs are geometric: k with (1-q) q^(k-1). */
static double chi_square(const struct tally *t, double q)
{
	double sum = 0, left = 1;

	for (int k = 1; k <= MAX_RUN; k++) {
		double share = k < MAX_RUN ? left * (1 - q) : left;
		double expected = t->runs * share;

		left *= q;
		sum += (t->of_length[k] - expected) * (t->of_length[k] - expected) / expected;
	}
	return sum;
}

/* @spread: of a sum of dependent losses, over that of as many independent ones. */
static void check_tally(struct fixture *f, const char *name, const struct sb_loss *loss,
			const struct tally *t, double spread)
{
	double mean = sb_loss_mean(loss), burst = sb_loss_mean_burst(loss);
	double got = t->lost / t->sent, got_burst = t->run_packets / t->runs;

	print_message("%s, %s: %.0f packets, mean loss %.3f %% (asked %.3f %%), burst %.3f (asked "
		      "%.3f)\n",
		      f->ops->name, name, t->sent, 100 * got, 100 * mean, got_burst, burst);
	assert_true(t->sent >= 100000);
	/* 5 sigma (normal approximation): a false alarm in 1.7 million runs. */
	assert_true(fabs(got - mean) < 5 * sqrt(mean * (1 - mean) / t->sent * spread));
	/* A run's deviation is below its mean for all models here; 5 sigma again. */
	assert_true(fabs(got_burst - burst) < 5 * burst / sqrt(t->runs));
}

static void every_loss_model_has_its_closed_form(void **state)
{
	static const struct sb_loss models[] = {
	    {.kind = SB_LOSS_RANDOM, .random_ppb = 200000000},
	    {.kind = SB_LOSS_GEMODEL,
	     .bad_ppb = 25000000,
	     .good_ppb = 500000000,
	     .lost_in_bad_ppb = SB_PPB},
	    /* With a chance to survive in BAD and to be lost in GOOD: the wire's h is 1 - this. */
	    {.kind = SB_LOSS_GEMODEL,
	     .bad_ppb = 50000000,
	     .good_ppb = 250000000,
	     .lost_in_bad_ppb = 700000000,
	     .lost_in_good_ppb = 10000000},
	};
	struct fixture *f = begin(state);
	double chi2;
	struct tally t;

	tally_model(f, &models[0], &t);
	check_tally(f, "random", &models[0], &t, 1);
	chi2 = chi_square(&t, 0.2);
	tally_model(f, &models[1], &t);
	check_tally(f, "gilbert", &models[1], &t, 1 + 2 * (1 - 0.525) / 0.525);
	print_message("%s: chi-square of run lengths %.1f and %.1f, 7 degrees of freedom\n",
		      f->ops->name, chi2, chi_square(&t, 0.5));
	/* Above 42 once in some two million runs. */
	assert_true(chi2 < 42 && chi_square(&t, 0.5) < 42);
	tally_model(f, &models[2], &t);
	check_tally(f, "gilbert-elliott", &models[2], &t, 1 + 2 * (1 - 0.3) / 0.3);
}

/* ns between one frame and the next, by the line through all that arrived: one that was late at an
 * end bends it little. */
static double spacing_ns(const struct sb_link_rig *rig)
{
	double n = (double)rig->got_count, x = 0, y = 0, xx = 0, xy = 0;

	for (size_t i = 0; i < rig->got_count; i++) {
		double seq = rig->got[i].seq, at = (double)(rig->got[i].at_ns - rig->got[0].at_ns);

		x += seq;
		y += at;
		xx += seq * seq;
		xy += seq * at;
	}
	return (xy - x * y / n) / (xx - x * x / n);
}

static void the_rate_holds_over_ten_seconds(void **state)
{
	enum { FRAMES = 5000, AHEAD = 300 };
	struct fixture *f = begin_timed(state);
	struct sb_link_counters c;
	int64_t next, deadline;
	double error;

	/* 1250 bytes take 2 ms; sent a little faster, so that some always wait. */
	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 5000000}, .queue_packets = 2000});
	for (int i = 0; i < AHEAD; i++)
		sb_link_rig_send(f->rig, 1250);
	next = sb_mono_ns();
	while (f->rig->sent < FRAMES) {
		next += 1900 * SB_NS_PER_US;
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, next);
		sb_link_rig_send(f->rig, 1250);
	}
	deadline = sb_mono_ns() + 30 * SB_NS_PER_S;
	do {
		assert_true(sb_mono_ns() < deadline);
		sb_link_rig_collect(f->rig, FRAMES, sb_mono_ns() + 50 * MS);
		assert_int_equal(f->ops->counters(f->shaper, &c, NULL), 0);
	} while (c.sent < FRAMES);
	assert_int_equal(c.queue_dropped, 0);
	assert_int_equal(f->rig->got_count, FRAMES);
	error = 2e6 / spacing_ns(f->rig) - 1;
	print_message("%s: 5 Mbit/s over %.2f s, off by %.4f %%\n", f->ops->name,
		      (double)(f->rig->got[f->rig->got_count - 1].at_ns - f->rig->got[0].at_ns) /
			  1e9,
		      100 * error);
	assert_true(fabs(error) < 1e-4);
}

/* A falling delay bunches frames together, a rising one leaves a gap; the rate stays what it is. */
static void the_rate_holds_under_jitter(void **state)
{
	enum { FRAMES = 800 };
	const int64_t frame_ns = 2 * MS; /* 125 bytes at 500 kbit/s */
	struct fixture *f = begin_timed(state);
	struct sb_link_state s = {.rate_bps = 500000, .delay_ns = 26 * MS};
	int64_t first, next, took;

	shape(f, (struct sb_link_dir){.initial = s});
	for (int i = 0; i < FRAMES; i++)
		sb_link_rig_send(f->rig, 125);
	next = sb_mono_ns();
	for (int i = 0; f->rig->got_count < FRAMES && i < 500; i++) {
		next += 20 * MS;
		sb_link_rig_collect(f->rig, FRAMES, next);
		s.delay_ns = (i % 2 ? 26 : 20) * MS;
		apply(f, &s);
	}
	assert_int_equal(drain(f).sent, FRAMES);
	assert_int_equal(sb_link_rig_inversions(f->rig), 0);
	first = f->rig->sent_ns[0];
	for (size_t i = 0; i < FRAMES; i++)
		assert_true(f->rig->got[i].at_ns - first >=
			    ((int64_t)i + 1) * frame_ns + 20 * MS - EARLY_NS);
	took = f->rig->got[FRAMES - 1].at_ns - first;
	print_message("%s: %d frames of 2 ms under jitter of 6 ms took %.2f ms\n", f->ops->name,
		      FRAMES, (double)took / 1e6);
	assert_true(took < FRAMES * frame_ns + 26 * MS + SLACK_NS);
	assert_true(fabs(2e6 / spacing_ns(f->rig) - 1) < 0.01);
}

/* --- steps of a timeline --- */

/* Sends a frame every 500 us for @steps steps of @step_ns, each applied in time. */
static int64_t play(struct fixture *f, const struct sb_link_state *states, size_t steps,
		    int64_t step_ns, int64_t *late)
{
	int64_t t0 = sb_mono_ns() + 2 * step_ns + f->ops->lookahead_ns, now;
	int64_t end = t0 + (int64_t)steps * step_ns;
	struct sb_err err = {0};
	size_t next = 0;

	while ((now = sb_mono_ns()) < end || next < steps) {
		while (next < steps && t0 + (int64_t)next * step_ns - f->ops->lookahead_ns <= now) {
			int64_t at = t0 + (int64_t)next * step_ns;

			if (f->ops->apply(f->shaper, &states[next], at, &err))
				fail_msg("%s", err.msg);
			late[next] = sb_mono_ns() - at;
			late[next] = late[next] > 0 ? late[next] : 0;
			next++;
		}
		sb_link_rig_send(f->rig, 60);
		sb_link_rig_collect(f->rig, SB_LINK_FRAMES, now + 500 * SB_NS_PER_US);
	}
	assert_int_equal(next, steps);
	return t0;
}

static int64_t median(int64_t *values, size_t n)
{
	qsort(values, n, sizeof(*values), compare_ns);
	return values[n / 2];
}

static void outages_have_their_edges(void **state)
{
	enum { EDGES = 30 };
	struct fixture *f = begin_timed(state);
	const int64_t step = 40 * MS;
	int64_t off[EDGES] = {0}, late[EDGES], t0, worst;
	struct sb_link_state states[EDGES] = {0};
	bool *arrived = sb_alloc(SB_LINK_FRAMES, sizeof(*arrived));

	for (size_t i = 0; i < EDGES; i++)
		states[i].outage = i % 2 == 0;
	shape(f, (struct sb_link_dir){.initial = {0}});
	t0 = play(f, states, EDGES, step, late) + sb_real_minus_mono_ns();
	drain(f);
	for (size_t i = 0; i < f->rig->got_count; i++)
		arrived[f->rig->got[i].seq] = true;
	/* A frame whose fate is the other state's: how far is it from the nearest edge? */
	for (uint32_t i = 0; i < f->rig->sent; i++) {
		int64_t since = f->rig->sent_ns[i] - t0;
		int64_t edge = since < 0 ? 0 : (since + step / 2) / step;
		bool outage = since >= 0 && since / step % 2 == 0;
		int64_t distance = llabs(since - edge * step);

		if (since >= EDGES * step || edge >= EDGES || arrived[i] != outage)
			continue;
		off[edge] = distance > off[edge] ? distance : off[edge];
	}
	free(arrived);
	worst = 0;
	for (size_t i = 0; i < EDGES; i++)
		worst = off[i] > worst ? off[i] : worst;
	print_message("%s: edges of %d outages off by %.2f ms at most\n", f->ops->name, EDGES,
		      (double)worst / 1e6);
	/* Frames come each 500 us. */
	assert_true(worst <= 500 * SB_NS_PER_US);
}

static void a_hundred_steps_a_second_are_played_within_one(void **state)
{
	enum { STEPS = 200 };
	struct fixture *f = begin_timed(state);
	const int64_t step = 10 * MS;
	int64_t *late = sb_alloc(STEPS, sizeof(*late)), t0, at_most = 0, worst = 0;
	struct sb_link_state *states = sb_alloc(STEPS, sizeof(*states));
	size_t n = 0;

	/* The delay tells which step a frame met: 20 ms and 1 ms more with each. */
	for (size_t i = 0; i < STEPS; i++)
		states[i].delay_ns = (20 + (int64_t)i) * MS;
	shape(f, (struct sb_link_dir){.initial = states[0]});
	t0 = play(f, states, STEPS, step, late) + sb_real_minus_mono_ns();
	drain(f);
	for (size_t i = 0; i < f->rig->got_count; i++) {
		int64_t sent = f->rig->sent_ns[f->rig->got[i].seq];
		int64_t asked = sent < t0 ? 0 : (sent - t0) / step;
		int64_t met = (f->rig->got[i].at_ns - sent - 20 * MS) / MS;

		if (sent >= t0 + STEPS * step)
			continue;
		n++;
		worst = llabs(met - asked) > worst ? llabs(met - asked) : worst;
	}
	for (size_t i = 0; i < STEPS; i++)
		at_most = late[i] > at_most ? late[i] : at_most;
	print_message(
	    "%s: %d steps at 100 a second, applied %.3f ms late in the median, %.2f ms at "
	    "most; frames met their step or one %lld off at most\n",
	    f->ops->name, STEPS, (double)median(late, STEPS) / 1e6, (double)at_most / 1e6,
	    (long long)worst);
	assert_true(n > 100);
	assert_true(worst <= 1);
	free(late);
	free(states);
}

/* When frame @i of 1 ms has been sent: from @slow on frames take 4 ms, from @fast on 1 ms again. */
static int64_t sent_through(int64_t i, int64_t start, int64_t slow, int64_t fast)
{
	int64_t by_slow = (slow - start) / MS, by_fast = by_slow + (fast - slow) / (4 * MS);

	if (i < by_slow)
		return start + (i + 1) * MS;
	return i < by_fast ? slow + (i + 1 - by_slow) * 4 * MS : fast + (i + 1 - by_fast) * MS;
}

/* What a queue of frames that wait does when the rate falls, and rises again. */
static void what_waits_is_served_at_the_rate_of_now(void **state)
{
	enum { FRAMES = 150 };
	struct fixture *f = begin_timed(state);
	struct sb_link_state s = {.rate_bps = 1000000, .delay_ns = 5 * MS};
	int64_t sent, slow[2], fast[2], worst = 0;

	/* 125 bytes: 1 ms each, then 4 ms each for 200 ms, then 1 ms each. */
	shape(f, (struct sb_link_dir){.initial = s, .rate_changes = true});
	for (int i = 0; i < FRAMES; i++)
		sb_link_rig_send(f->rig, 125);
	sent = f->rig->sent_ns[0];
	sb_link_rig_collect(f->rig, FRAMES, sb_mono_ns() + 30 * MS);
	s.rate_bps = 250000;
	slow[0] = sb_real_ns();
	apply(f, &s);
	slow[1] = sb_real_ns();
	sb_link_rig_collect(f->rig, FRAMES, sb_mono_ns() + 200 * MS);
	s.rate_bps = 1000000;
	fast[0] = sb_real_ns();
	apply(f, &s);
	fast[1] = sb_real_ns();
	assert_int_equal(drain(f).sent, FRAMES);
	assert_int_equal(sb_link_rig_inversions(f->rig), 0);
	for (int i = 0; i < FRAMES; i++) {
		int64_t at = f->rig->got[i].at_ns - 5 * MS;
		int64_t early = at - sent_through(i, sent, slow[1], fast[0]);
		int64_t late = at - sent_through(i, sent, slow[0], fast[1]);

		worst = llabs(late) > llabs(worst) ? late : worst;
		/* Two frames' time, at the lower rate. */
		assert_true(early > -8 * MS && late < 8 * MS);
	}
	print_message("%s: frames that wait when the rate changes are off by %.2f ms at most\n",
		      f->ops->name, (double)worst / 1e6);
}

/* The queue is as long as it should be, and the rate exact, where the rate changes in a run. */
static void a_queue_whose_rate_changes_has_its_length(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_state s = {.rate_bps = 100000};
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){.initial = s, .queue_packets = 10, .rate_changes = true});
	for (int i = 0; i < 40; i++)
		sb_link_rig_send(f->rig, SB_LINK_MTU + 14);
	s.rate_bps = 1000000;
	apply(f, &s);
	c = drain(f);
	assert_int_equal(c.sent, 11);
	assert_int_equal(c.queue_dropped, 29);
	assert_int_equal(c.lost, 0);
	for (uint32_t i = 0; i < 11; i++)
		assert_int_equal(f->rig->got[i].seq, i);
}

/* No burst at a speed of its own: the ends of frames come one frame's time apart, small ones too. */
static void a_rate_that_may_change_makes_no_bursts(void **state)
{
	struct fixture *f = begin_timed(state);
	int64_t first;

	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 8000000, .delay_ns = 10 * MS},
				      .rate_changes = true});
	/* 25 of 1000 bytes, and 100 of 100 bytes: a ms each ten. */
	for (int i = 0; i < 125; i++)
		sb_link_rig_send(f->rig, i < 25 ? 1000 : 100);
	assert_int_equal(drain(f).sent, 125);
	first = f->rig->sent_ns[0];
	for (int i = 0; i < 125; i++) {
		int64_t bytes = i < 25 ? (i + 1) * 1000 : 25000 + (i - 24) * 100;

		assert_true(f->rig->got[i].at_ns - first >= bytes * 1000 + 10 * MS - EARLY_NS);
	}
	assert_true(f->rig->got[124].at_ns - first < 45 * MS + SLACK_NS);
}

static void a_falling_delay_does_not_reorder(void **state)
{
	struct fixture *f = begin(state);
	struct sb_link_state s = {.delay_ns = 40 * MS, .rate_bps = 20000000};

	shape(f, (struct sb_link_dir){.initial = s});
	for (int i = 0; i < 6; i++) {
		s.delay_ns = i % 2 ? 5 * MS : 40 * MS;
		apply(f, &s);
		send_paced(f, 60, 100, MS);
	}
	assert_int_equal(drain(f).sent, 360);
	assert_int_equal(sb_link_rig_inversions(f->rig), 0);
}

static void wait_for_arrivals(struct fixture *f)
{
	int64_t deadline = sb_mono_ns() + 5 * SB_NS_PER_S;
	struct sb_link_counters c;

	do {
		assert_true(sb_mono_ns() < deadline);
		assert_int_equal(f->ops->counters(f->shaper, &c, NULL), 0);
	} while (c.arrived < f->rig->sent);
}

static void a_falling_delay_reorders_where_it_may(void **state)
{
	struct fixture *f = begin_timed(state);
	struct sb_link_state s = {.delay_ns = 200 * MS};

	shape(f, (struct sb_link_dir){.initial = s, .may_overtake = true});
	send_paced(f, 50, 100, 0);
	wait_for_arrivals(f);
	s.delay_ns = 5 * MS;
	apply(f, &s);
	send_paced(f, 50, 100, 0);
	assert_int_equal(drain(f).sent, 100);
	/* The second fifty are there before the first. */
	assert_true(f->rig->got[0].seq >= 50);
	assert_true(f->rig->got[99].seq < 50);
	assert_true(sb_link_rig_inversions(f->rig) > 0);
}

static void overhead_counts_for_the_rate(void **state)
{
	struct fixture *f = begin(state);
	int64_t first;

	/* 1000 bytes and 250 at 10 Mbit/s: 1 ms each. */
	shape(f, (struct sb_link_dir){.initial = {.rate_bps = 10000000}, .overhead_bytes = 250});
	for (int i = 0; i < 60; i++)
		sb_link_rig_send(f->rig, 1000);
	assert_int_equal(drain(f).sent, 60);
	first = f->rig->sent_ns[0];
	for (size_t i = 0; i < 60; i++)
		assert_true(f->rig->got[i].at_ns - first >= ((int64_t)i + 1) * MS - EARLY_NS);
}

static void an_outage_takes_all_that_arrives_and_no_more(void **state)
{
	struct fixture *f = begin(state);
	struct sb_link_state s = {.delay_ns = 50 * MS};
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){.initial = s});
	for (int i = 0; i < 4; i++) {
		s.outage = i % 2;
		apply(f, &s);
		for (int k = 0; k < 30; k++)
			sb_link_rig_send(f->rig, 100);
		wait_for_arrivals(f);
	}
	/* The third thirty are under way when the second outage begins. */
	c = drain(f);
	assert_int_equal(c.outage, 60);
	assert_int_equal(c.lost, 0);
	assert_int_equal(c.sent, 60);
	for (uint32_t i = 0; i < 60; i++)
		assert_int_equal(f->rig->got[i].seq, i < 30 ? i : i + 30);
}

static void loss_and_outage_are_told_apart(void **state)
{
	struct fixture *f = begin(state);
	struct sb_link_state s = {.loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 500000000}};
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){.initial = s});
	send_paced(f, 400, 60, 0);
	wait_for_arrivals(f);
	s.outage = true;
	apply(f, &s);
	send_paced(f, 100, 60, 0);
	wait_for_arrivals(f);
	s.outage = false;
	apply(f, &s);
	send_paced(f, 400, 60, 0);
	c = drain(f);
	assert_int_equal(c.outage, 100);
	/* 5 sigma around 400 of 800: a false alarm in 1.7 million runs. */
	assert_in_range(c.lost, 400 - 71, 400 + 71);
}

static void some_frames_come_twice(void **state)
{
	struct fixture *f = begin(state);
	const double n = 2000, p = 0.1;
	struct sb_link_counters c;
	double copies;

	shape(f, (struct sb_link_dir){.initial = {.duplicate_ppb = 100000000}});
	send_paced(f, (uint32_t)n, 60, 0);
	/* Nothing is lost and nothing reordered: the last number ends the waiting, twice maybe. */
	sb_link_rig_collect(f->rig, (size_t)n, sb_mono_ns() + 10 * SB_NS_PER_S);
	while (f->rig->got[f->rig->got_count - 1].seq + 1 < f->rig->sent) {
		size_t before = f->rig->got_count;

		sb_link_rig_collect(f->rig, before + 1, sb_mono_ns() + 5 * SB_NS_PER_S);
		assert_true(f->rig->got_count > before);
	}
	sb_link_rig_collect(f->rig, SB_LINK_FRAMES, sb_mono_ns() + 100 * MS);
	copies = (double)f->rig->got_count - n;
	/* 5 sigma: a false alarm in 1.7 million runs. */
	assert_true(fabs(copies - n * p) < 5 * sqrt(n * p * (1 - p)));
	assert_int_equal(f->ops->counters(f->shaper, &c, NULL), 0);
	assert_int_equal(c.sent, f->rig->got_count);
	if (c.duplicated >= 0)
		assert_int_equal(c.duplicated, (int64_t)copies);
}

static void some_frames_overtake(void **state)
{
	struct fixture *f = begin_timed(state);
	const double n = 400, p = 0.1;
	double early = 0;
	int64_t *delays;
	struct sb_link_counters c;

	shape(f, (struct sb_link_dir){.initial = {.delay_ns = 100 * MS, .reorder_ppb = 100000000}});
	send_paced(f, (uint32_t)n, 60, MS);
	c = drain(f);
	delays = sorted_delays(f->rig);
	while (early < n && delays[(size_t)early] < 100 * MS - EARLY_NS)
		early++;
	free(delays);
	/* 5 sigma: a false alarm in 1.7 million runs. */
	assert_true(fabs((double)c.reordered - n * p) < 5 * sqrt(n * p * (1 - p)));
	assert_true(early > 0 && early <= (double)c.reordered);
	assert_true(sb_link_rig_inversions(f->rig) > 0);
}

static void one_bit_is_flipped(void **state)
{
	enum { LEN = 203 };
	struct fixture *f = begin(state);
	uint8_t frame[2048];
	int64_t at_ns;

	shape(f, (struct sb_link_dir){.initial = {.corrupt_ppb = SB_PPB}});
	for (int i = 0; i < 50; i++) {
		int flipped = 0;

		sb_link_rig_reset(f->rig);
		sb_link_rig_send(f->rig, LEN);
		assert_int_equal(sb_link_rig_receive(f->rig, frame, sizeof(frame), &at_ns,
						     sb_mono_ns() + 5 * SB_NS_PER_S),
				 LEN);
		for (size_t k = 0; k < LEN; k++) {
			uint8_t was = k < 12	? 2
				      : k == 12 ? 0x88
				      : k == 13 ? 0xb5
				      : k < 18	? 0
						: 0x55;

			flipped += __builtin_popcount(frame[k] ^ was);
		}
		assert_int_equal(flipped, 1);
	}
}

static void detach_leaves_the_interface_as_it_was(void **state)
{
	struct fixture *f = begin(state);
	int links = sb_test_count_links();

	/* Twice: what a first shaper left behind would be in the way of the second. */
	for (int i = 0; i < 2; i++) {
		sb_link_rig_reset(f->rig);
		shape(f, (struct sb_link_dir){.initial = {.outage = true}});
		for (int k = 0; k < 10; k++)
			sb_link_rig_send(f->rig, 100);
		assert_int_equal(drain(f).outage, 10);
		f->ops->detach(f->shaper);
		f->shaper = NULL;
		assert_int_equal(sb_test_count_links(), links);
		sb_link_rig_send(f->rig, 100);
		sb_link_rig_collect(f->rig, 1, sb_mono_ns() + 5 * SB_NS_PER_S);
		assert_int_equal(f->rig->got_count, 1);
	}
}

static void a_missing_interface_is_an_error(void **state)
{
	struct fixture *f = begin(state);
	struct sb_link_dir dir = {.queue_packets = 1, .queue_bytes = 1514};
	struct sb_err err = {0};

	assert_int_equal(f->ops->attach("nowhere", &dir, SB_LINK_MTU, &f->shaper, &err), -1);
	assert_non_null(strstr(err.msg, "nowhere"));
	assert_null(f->shaper);
}

static void probing_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	int links = sb_test_count_links();

	f->ops->probe(NULL);
	assert_int_equal(sb_test_count_links(), links);
}

#define CHECKS(X)                                               \
	X(frames_come_after_the_delay_and_in_order)             \
	X(a_burst_leaves_at_the_rate)                           \
	X(the_queue_holds_what_it_should)                       \
	X(small_frames_take_little_room_where_the_rate_changes) \
	X(what_is_under_way_takes_no_room_in_the_queue)         \
	X(random_loss_has_its_mean)                             \
	X(bursts_have_their_mean_and_length)                    \
	X(bursts_survive_delay_steps)                           \
	X(every_loss_model_has_its_closed_form)                 \
	X(the_rate_holds_over_ten_seconds)                      \
	X(the_rate_holds_under_jitter)                          \
	X(outages_have_their_edges)                             \
	X(a_hundred_steps_a_second_are_played_within_one)       \
	X(what_waits_is_served_at_the_rate_of_now)              \
	X(a_queue_whose_rate_changes_has_its_length)            \
	X(a_rate_that_may_change_makes_no_bursts)               \
	X(a_falling_delay_reorders_where_it_may)                \
	X(overhead_counts_for_the_rate)                         \
	X(a_falling_delay_does_not_reorder)                     \
	X(an_outage_takes_all_that_arrives_and_no_more)         \
	X(loss_and_outage_are_told_apart)                       \
	X(some_frames_come_twice)                               \
	X(some_frames_overtake)                                 \
	X(one_bit_is_flipped)                                   \
	X(detach_leaves_the_interface_as_it_was)                \
	X(a_missing_interface_is_an_error)                      \
	X(probing_leaves_nothing)

#define WITH(backend, check) \
	{#backend "_" #check, check, set_up, tear_down, (void *)(uintptr_t)&sb_link_##backend},
#define WITH_NETEM(check) WITH(netem, check)
#define WITH_USER(check)  WITH(user, check)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {CHECKS(WITH_NETEM) CHECKS(WITH_USER)};
	int rc = sb_test_enter_netns();

	if (rc)
		return rc;
	/* For a look at a few of them. */
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
