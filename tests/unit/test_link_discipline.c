// SPDX-License-Identifier: MIT
/* test_link_discipline.c - queue disciplines, queue actions, overhead and overtaking, by arithmetic
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "link/queue/codel.h"
#include "link/queue/pie.h"
#include "link/queue/queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/rng.h"

#define MS	 SB_NS_PER_MS
#define INTERVAL (100 * MS)
#define FRAME	 1500u /* 1 ms at 12 Mbit/s */

static struct sb_queue *new_limited(enum sb_discipline_kind kind, uint32_t queue_frames,
				    int64_t limit_ns)
{
	struct sb_queue_config config = {.initial = {.rate_bps = 12000000},
					 .queue_bytes = (uint64_t)queue_frames * FRAME,
					 .seed = 42,
					 .capacity = 4096,
					 .discipline = {kind, 5 * MS, INTERVAL},
					 .frame_bytes = FRAME};

	if (kind == SB_PIE)
		config.discipline.target_ns = config.discipline.interval_ns = 15 * MS;
	if (kind == SB_DROP_HEAD)
		config.discipline.target_ns = limit_ns;
	return sb_queue_new(&config);
}

static struct sb_queue *new_queue(enum sb_discipline_kind kind, uint32_t queue_frames)
{
	return new_limited(kind, queue_frames, 0);
}

static struct sb_queue_decision arrive(struct sb_queue *q, int64_t at_ns, uint32_t handle)
{
	struct sb_queue_decision v;

	sb_queue_arrive(q, 0, at_ns, FRAME, handle, &v);
	return v;
}

static size_t depart_all(struct sb_queue *q, struct sb_departure *out, size_t max)
{
	int64_t at_ns;
	size_t n = 0;

	while (n < max && (at_ns = sb_queue_next_ns(q)) != SB_QUEUE_NEVER)
		n += sb_queue_depart(q, at_ns, out + n, 1);
	return n;
}

static size_t count_dropped(struct sb_queue *q)
{
	struct sb_departure d;
	size_t n = 0;

	while (sb_queue_take_dropped(q, &d))
		n++;
	return n;
}

static void drop_head_loses_the_oldest_that_waits(void **state)
{
	struct sb_queue *q = new_queue(SB_DROP_HEAD, 3);
	struct sb_departure out[8], d;

	(void)state;
	/* 0 is on the wire; 1, 2, 3 wait; 4 and 5 push 1 and 2 out. */
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(arrive(q, 0, i).fate, SB_FATE_PASSED);
	for (uint32_t i = 1; i <= 2; i++) {
		assert_true(sb_queue_take_dropped(q, &d));
		assert_int_equal(d.handle, i);
	}
	assert_false(sb_queue_take_dropped(q, &d));
	assert_int_equal(depart_all(q, out, 8), 4);
	for (uint32_t i = 0; i < 4; i++) {
		assert_int_equal(out[i].handle, i ? i + 2 : 0);
		assert_int_equal(out[i].depart_ns, (int64_t)(i + 1) * MS);
	}
	assert_int_equal(sb_queue_under_way(q), 0);
	sb_queue_free(q);
}

/*
 * Twelve frames at once, a millisecond each, may wait 5 ms: 0 to 5 go out, then 6 ms have passed for
 * all the others.  What comes at 6 ms finds the link free.
 */
static void drop_head_with_a_limit_loses_what_waited_longer(void **state)
{
	struct sb_queue *q = new_limited(SB_DROP_HEAD, 20, 5 * MS);
	struct sb_departure out[16];

	(void)state;
	for (uint32_t i = 0; i < 12; i++)
		assert_int_equal(arrive(q, 0, i).fate, SB_FATE_PASSED);
	assert_int_equal(sb_queue_depart(q, 6 * MS, out, 16), 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(out[i].handle, i);
	assert_int_equal(count_dropped(q), 6);
	assert_int_equal(arrive(q, 6 * MS, 12).fate, SB_FATE_PASSED);
	assert_int_equal(sb_queue_depart(q, 7 * MS, out, 16), 1);
	assert_true(out[0].handle == 12 && out[0].depart_ns == 7 * MS);
	assert_int_equal(sb_queue_under_way(q), 0);
	sb_queue_free(q);
}

/* --- CoDel --- */

/*
 * A standing queue of @sojourn_ns, a packet each ms: when are packets dropped?  Drop k of a
 * dropping state is due 100 ms / sqrt(k) after the one before (RFC 8289, 5.3).
 */
static void codel_drops_as_its_control_law_says(void **state)
{
	struct sb_codel c = {.target_ns = 5 * MS, .interval_ns = INTERVAL};
	int64_t due = 0;
	uint32_t drops = 0;

	(void)state;
	for (int64_t t = MS; t < 3000 * MS; t += MS) {
		bool dropped = sb_codel_drops(&c, t, 20 * MS, 100 * FRAME, FRAME);

		if (!drops) {
			/* Above since 1 ms: one interval later it begins. */
			assert_int_equal(dropped, t == 101 * MS);
			due = t + INTERVAL;
		} else {
			assert_int_equal(dropped, t >= due);
			if (dropped)
				due += (int64_t)(100e6 / sqrt(drops + 1));
		}
		drops += dropped;
	}
	/* 2.9 s hold as many drops as the sum of 100 ms / sqrt(k) allows. */
	assert_in_range(drops, 205, 240);
}

static void codel_stops_when_the_delay_falls_and_remembers(void **state)
{
	struct sb_codel c = {.target_ns = 5 * MS, .interval_ns = INTERVAL};
	int64_t t = 0;
	uint32_t count;

	(void)state;
	for (; t < 1000 * MS; t += MS)
		sb_codel_drops(&c, t, 20 * MS, 100 * FRAME, FRAME);
	count = c.count;
	assert_true(c.dropping && count > 10);
	assert_false(sb_codel_drops(&c, t, 4 * MS, 100 * FRAME, FRAME));
	assert_false(c.dropping);
	/* Above again within 16 intervals: it begins where it was, less the first. */
	for (; !c.dropping; t += MS)
		sb_codel_drops(&c, t, 20 * MS, 100 * FRAME, FRAME);
	assert_int_equal(c.count, count - 1);
	/* A queue of one frame is never cut. */
	sb_codel_empty(&c);
	for (; t < 4000 * MS; t += MS)
		assert_false(sb_codel_drops(&c, t, 900 * MS, FRAME, FRAME));
}

/* Offered 1.25 times the rate, CoDel holds the delay near its target where drop-tail fills up. */
static int64_t delay_under_load(enum sb_discipline_kind kind, uint64_t *dropped)
{
	struct sb_queue *q = new_queue(kind, 1000);
	static struct sb_departure out[64];
	static int64_t arrived[16384];
	int64_t sum = 0, n = 0;

	*dropped = 0;
	for (uint32_t i = 0; i < 16000; i++) {
		int64_t now = (int64_t)i * 800000;
		uint32_t k;

		arrived[i] = now;
		*dropped += arrive(q, now, i).fate == SB_FATE_QUEUE_FULL;
		k = sb_queue_depart(q, now, out, 64);
		for (uint32_t j = 0; i > 12000 && j < k; j++, n++)
			sum += out[j].depart_ns - arrived[out[j].handle];
		*dropped += count_dropped(q);
	}
	sb_queue_free(q);
	return sum / n;
}

static void aqm_keeps_the_queue_short(void **state)
{
	uint64_t tail, codel, pie;

	(void)state;
	/* 1000 frames are 1 s; the load is 12.8 s long, so 3200 frames do not fit the rate. */
	assert_true(delay_under_load(SB_DROP_TAIL, &tail) > 900 * MS);
	assert_in_range(tail, 3200 - 1100, 3200 - 900);
	/* Nobody answers to the drops: CoDel's law grows until it meets the excess.  PIE converges
	 * to its target. */
	assert_true(delay_under_load(SB_CODEL, &codel) < 900 * MS);
	assert_true(codel > tail);
	assert_true(delay_under_load(SB_PIE, &pie) < 60 * MS);
	assert_in_range(pie, 3000, 3400);
}

static void codel_looks_at_the_queue_of_its_instant(void **state)
{
	struct sb_queue *often = new_queue(SB_CODEL, 1000), *late = new_queue(SB_CODEL, 1000);
	static struct sb_departure a[4096], b[4096];
	size_t n = 0, m = 0;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		arrive(often, (int64_t)i * 800000, i);
		arrive(late, (int64_t)i * 800000, i);
		n += sb_queue_depart(often, (int64_t)i * 800000, a + n, 64);
		count_dropped(often);
	}
	n += depart_all(often, a + n, 4096 - n);
	m = depart_all(late, b, 4096);
	assert_int_equal(n, m);
	assert_true(n < 2000);
	for (size_t i = 0; i < n; i++)
		assert_true(a[i].handle == b[i].handle && a[i].depart_ns == b[i].depart_ns);
	sb_queue_free(often);
	sb_queue_free(late);
}

static void codel_spares_the_last_frame_however_late_it_is_asked(void **state)
{
	struct sb_queue *q = new_queue(SB_CODEL, 1000);
	struct sb_link_state slow = {.rate_bps = 1200000};
	static struct sb_departure out[64];

	(void)state;
	/* 10 ms a frame, one every 10 ms after the first two: each waits 10 ms, above the target
	 * for ever, but none is left behind it.  All are asked for at the end only. */
	assert_int_equal(sb_queue_apply(q, 0, &slow, 0, 0), 0);
	arrive(q, 0, 0);
	for (uint32_t i = 1; i < 60; i++)
		arrive(q, (int64_t)(i - 1) * 10 * MS, i);
	assert_int_equal(depart_all(q, out, 64), 60);
	assert_int_equal(count_dropped(q), 0);
	sb_queue_free(q);
}

/* --- PIE: the arithmetic of section 4.2 --- */

static void assert_near(double a, double b)
{
	assert_true(fabs(a - b) < 1e-12);
}

static void pie_moves_its_probability_as_written(void **state)
{
	struct sb_pie p = {.target_ns = 15 * MS, .update_ns = 15 * MS, .limit_bytes = 90000};
	double prob;

	(void)state;
	/* Asleep below a third of the queue. */
	sb_pie_queued(&p, 30000);
	sb_pie_update(&p, 50 * MS);
	assert_true(!p.active && p.drop_prob <= 0);
	sb_pie_queued(&p, 30001);
	assert_true(p.active);
	assert_int_equal(p.burst_allowance_ns, 150 * MS);
	/* 0.125 (0.050 - 0.015) + 1.25 (0.050 - 0) = 0.066875, a 2048th at the beginning. */
	sb_pie_update(&p, 50 * MS);
	assert_near(p.drop_prob, 0.066875 / 2048);
	assert_int_equal(p.burst_allowance_ns, 135 * MS);
	/* Now above 1e-5: a 128th; the delay has not changed. */
	sb_pie_update(&p, 50 * MS);
	assert_near(p.drop_prob, 0.066875 / 2048 + 0.125 * 0.035 / 128);
	/* Above 10 % a step is 2 % at most. */
	p.drop_prob = 0.2;
	sb_pie_update(&p, 500 * MS);
	assert_near(p.drop_prob, 0.22);
	/* Without any delay it decays, after the proportional part took its share. */
	p.qdelay_old_ns = 0;
	prob = 0.22 - 0.125 * 0.015;
	sb_pie_update(&p, 0);
	assert_near(p.drop_prob, prob * 0.98);
	/* Never below zero. */
	p.drop_prob = 0.0001;
	p.qdelay_old_ns = 900 * MS;
	sb_pie_update(&p, 0);
	assert_true(p.drop_prob >= 0 && p.drop_prob <= 0);
}

static void pie_spreads_its_drops(void **state)
{
	struct sb_pie p = {.target_ns = 15 * MS,
			   .active = true,
			   .drop_prob = 0.1,
			   .qdelay_old_ns = 20 * MS,
			   .limit_bytes = 90000};
	struct sb_rng rng;
	int since = 0, drops = 0;

	(void)state;
	sb_rng_seed(&rng, 9, 0);
	for (int i = 0; i < 100000; i++) {
		since++;
		if (!sb_pie_drops(&p, 60000, FRAME, sb_rng_unit(&rng)))
			continue;
		/* 0.85 / 0.1 and 8.5 / 0.1 (as doubles add up): not two close together, and never
		 * none for long. */
		assert_in_range(since, 9, 86);
		since = 0;
		drops++;
	}
	/* 8 packets pass, then geometric with 10 %: mean 18, deviation 9.5; 5 sigma. */
	assert_true(fabs(100000.0 / drops - 18) < 5 * 9.5 / sqrt(drops));
	/* Hardly anything waits: nothing is dropped. */
	assert_false(sb_pie_drops(&p, 2 * FRAME, FRAME, 0));
}

/* --- actions, overhead, overtaking --- */

static void a_flush_loses_what_waits_and_nothing_else(void **state)
{
	struct sb_queue *q = new_queue(SB_DROP_TAIL, 100);
	struct sb_link_state s = {.rate_bps = 12000000, .queue_action = SB_QUEUE_FLUSH};
	struct sb_departure out[16];
	struct sb_link_counters c = {0};

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		arrive(q, 0, i);
	/* At 3.5 ms frame 3 is on the wire. */
	assert_int_equal(sb_queue_apply(q, 0, &s, 3 * MS + MS / 2, 0), 0);
	arrive(q, 3 * MS + MS / 2, 10);
	assert_int_equal(count_dropped(q), 6);
	assert_int_equal(depart_all(q, out, 16), 5);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(out[i].handle, i);
	assert_int_equal(out[4].handle, 10);
	assert_int_equal(out[4].depart_ns, 5 * MS);
	sb_queue_counters(q, 0, &c);
	assert_int_equal(c.queue_dropped, 6);
	/* Once, not for ever. */
	arrive(q, 10 * MS, 11);
	arrive(q, 10 * MS, 12);
	assert_int_equal(depart_all(q, out, 16), 2);
	assert_int_equal(count_dropped(q), 0);
	sb_queue_free(q);
}

static void drop_front_fits_the_queue_to_the_new_rate(void **state)
{
	struct sb_queue *q = new_queue(SB_DROP_TAIL, 20);
	struct sb_link_state s = {.rate_bps = 3000000, .queue_action = SB_QUEUE_DROP_FRONT};
	struct sb_departure out[32];

	(void)state;
	for (uint32_t i = 0; i < 20; i++)
		arrive(q, 0, i);
	/* A quarter of the rate: of 20 frames five may wait.  At 0.5 ms nineteen do. */
	assert_int_equal(sb_queue_apply(q, 0, &s, MS / 2, 0), 0);
	assert_int_equal(depart_all(q, out, 32), 6);
	assert_int_equal(count_dropped(q), 14);
	for (uint32_t i = 0; i < 6; i++)
		assert_int_equal(out[i].handle, i ? i + 14 : 0);
	assert_int_equal(out[5].depart_ns, MS + 5 * 4 * MS);
	sb_queue_free(q);
}

static void overhead_takes_its_time(void **state)
{
	struct sb_queue_config config = {.initial = {.rate_bps = 12000000},
					 .queue_bytes = 1 << 20,
					 .capacity = 64,
					 .overhead_bytes = 375};
	struct sb_queue *q = sb_queue_new(&config);
	struct sb_departure out[8];

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		arrive(q, 0, i);
	assert_int_equal(depart_all(q, out, 8), 8);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(out[i].depart_ns, (int64_t)(i + 1) * MS * 5 / 4);
	sb_queue_free(q);
}

static void packets_overtake_only_where_they_may(void **state)
{
	(void)state;
	for (int may = 0; may < 2; may++) {
		struct sb_queue_config config = {.initial = {.delay_ns = 60 * MS},
						 .queue_bytes = 1 << 20,
						 .capacity = 256,
						 .may_overtake = may};
		struct sb_queue *q = sb_queue_new(&config);
		struct sb_link_state s = {.delay_ns = 35 * MS};
		struct sb_departure out[128];
		size_t overtaken = 0;

		assert_int_equal(sb_queue_apply(q, 0, &s, 50 * MS, 0), 0);
		for (uint32_t i = 0; i < 100; i++)
			arrive(q, (int64_t)i * MS, i);
		assert_int_equal(depart_all(q, out, 128), 100);
		for (size_t i = 1; i < 100; i++) {
			assert_true(out[i].depart_ns >= out[i - 1].depart_ns);
			overtaken += out[i].handle < out[i - 1].handle;
		}
		/* Sent from 50 ms on they arrive from 85 ms on, where those of 25 to 49 still are
		 * to come: after each of these but the last one of the others. */
		assert_int_equal(overtaken, may ? 24 : 0);
		for (size_t i = 0; may && i < 100; i++)
			assert_int_equal(out[i].depart_ns,
					 out[i].handle * MS + (out[i].handle < 50 ? 60 : 35) * MS);
		sb_queue_free(q);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(drop_head_loses_the_oldest_that_waits),
	    cmocka_unit_test(drop_head_with_a_limit_loses_what_waited_longer),
	    cmocka_unit_test(codel_drops_as_its_control_law_says),
	    cmocka_unit_test(codel_stops_when_the_delay_falls_and_remembers),
	    cmocka_unit_test(aqm_keeps_the_queue_short),
	    cmocka_unit_test(codel_looks_at_the_queue_of_its_instant),
	    cmocka_unit_test(codel_spares_the_last_frame_however_late_it_is_asked),
	    cmocka_unit_test(pie_moves_its_probability_as_written),
	    cmocka_unit_test(pie_spreads_its_drops),
	    cmocka_unit_test(a_flush_loses_what_waits_and_nothing_else),
	    cmocka_unit_test(drop_front_fits_the_queue_to_the_new_rate),
	    cmocka_unit_test(overhead_takes_its_time),
	    cmocka_unit_test(packets_overtake_only_where_they_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
