// SPDX-License-Identifier: MIT
/* test_link_queue.c - the link's model against arithmetic: every time and every count is known */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "link/queue/queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define MS SB_NS_PER_MS

static struct sb_queue *new_queue(struct sb_link_state state, uint64_t queue_bytes)
{
	struct sb_queue_config config = {
	    .initial = state, .queue_bytes = queue_bytes, .seed = 42, .capacity = 4096};

	return sb_queue_new(&config);
}

static struct sb_queue_decision arrive(struct sb_queue *q, int64_t at_ns, uint32_t len,
				       uint32_t handle)
{
	struct sb_queue_decision v;

	sb_queue_arrive(q, 0, at_ns, len, handle, &v);
	return v;
}

/* The next departure however far away it is. */
static struct sb_departure next(struct sb_queue *q)
{
	struct sb_departure d = {.depart_ns = -1};
	int64_t at_ns;

	/* next_ns is a lower bound: planning a start may move it on. */
	while ((at_ns = sb_queue_next_ns(q)) != SB_QUEUE_NEVER)
		if (sb_queue_depart(q, at_ns, &d, 1))
			return d;
	return d;
}

static struct sb_link_counters counters(struct sb_queue *q)
{
	struct sb_link_counters c = {0};

	sb_queue_counters(q, 0, &c);
	return c;
}

static void serialiser_keeps_the_rate_exactly(void **state)
{
	struct sb_queue *q = new_queue((struct sb_link_state){.rate_bps = 12000000}, 1 << 20);

	(void)state;
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(arrive(q, 5, 1500, i).fate, SB_FATE_PASSED);
	for (uint32_t i = 0; i < 100; i++) {
		struct sb_departure d = next(q);

		assert_int_equal(d.handle, i);
		assert_int_equal(d.depart_ns, 5 + (int64_t)(i + 1) * MS);
	}
	assert_int_equal(sb_queue_under_way(q), 0);
	sb_queue_free(q);
}

/* While the link is stopped frames wait, whether the end of that is known or not; the first bit of
 * the first goes out when there is a rate again. */
static void a_stopped_link_lets_frames_wait(void **state)
{
	(void)state;
	for (int known = 0; known < 2; known++) {
		struct sb_queue *q = new_queue((struct sb_link_state){.rate_bps = 12000000}, 4000);
		struct sb_link_state stop = {.rate_bps = SB_RATE_STOPPED},
				     go = {.rate_bps = 24000000};

		assert_int_equal(sb_queue_apply(q, 0, &stop, 10 * MS, 0), 0);
		if (known)
			assert_int_equal(sb_queue_apply(q, 0, &go, 4000 * MS, 0), 0);
		/* Begun before the stop it goes out. */
		arrive(q, 9 * MS, 1500, 0);
		assert_int_equal(next(q).depart_ns, 10 * MS);
		arrive(q, 20 * MS, 1500, 1);
		arrive(q, 3000 * MS, 1500, 2);
		assert_int_equal(arrive(q, 3000 * MS, 1500, 3).queue_dropped, 1);
		if (known)
			assert_true(sb_queue_next_ns(q) >= 4000 * MS);
		else
			assert_int_equal(sb_queue_next_ns(q), SB_QUEUE_NEVER);
		if (!known)
			assert_int_equal(sb_queue_apply(q, 0, &go, 4000 * MS, 4001 * MS), 0);
		assert_int_equal(next(q).depart_ns, 4000 * MS + MS / 2);
		assert_int_equal(next(q).depart_ns, 4001 * MS);
		assert_int_equal(counters(q).outage, 0);
		sb_queue_free(q);
	}
}

static void serialiser_carries_the_remainder(void **state)
{
	/* 1514 bytes at 7 Mbit/s are 1730285 + 5/7 ns: rounding each would lose 5/7 us in 1000. */
	struct sb_queue *q = new_queue((struct sb_link_state){.rate_bps = 7000000}, 2 << 20);

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		arrive(q, 0, 1514, i);
	for (uint64_t i = 1; i <= 1000; i++)
		assert_int_equal(next(q).depart_ns, i * 1514 * 8 * (uint64_t)SB_NS_PER_S / 7000000);
	sb_queue_free(q);
}

static void an_idle_link_starts_afresh(void **state)
{
	struct sb_queue *q =
	    new_queue((struct sb_link_state){.rate_bps = 12000000, .delay_ns = 10 * MS}, 1 << 20);

	(void)state;
	arrive(q, 0, 1500, 1);
	assert_int_equal(next(q).depart_ns, 11 * MS);
	arrive(q, 20 * MS, 1500, 2);
	assert_int_equal(next(q).depart_ns, 31 * MS);
	assert_int_equal(sb_queue_next_ns(q), SB_QUEUE_NEVER);
	sb_queue_free(q);
}

static void queue_limit_is_exact_to_the_byte(void **state)
{
	struct sb_queue *q = new_queue((struct sb_link_state){.rate_bps = 12000000}, 3000);

	(void)state;
	assert_int_equal(arrive(q, 0, 1500, 0).fate, SB_FATE_PASSED); /* on the wire, not waiting */
	assert_int_equal(arrive(q, 0, 1500, 1).fate, SB_FATE_PASSED);
	assert_int_equal(arrive(q, 0, 1401, 2).fate, SB_FATE_PASSED);
	assert_int_equal(arrive(q, 0, 100, 3).fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(arrive(q, 0, 99, 4).fate, SB_FATE_PASSED);
	/* Packet 1 begins at 1 ms sharp: its room is free from then on, not before. */
	assert_int_equal(arrive(q, MS - 1, 60, 5).fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(arrive(q, MS, 1500, 6).fate, SB_FATE_PASSED);
	assert_int_equal(arrive(q, MS, 60, 7).fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(counters(q).queue_dropped, 3);
	assert_int_equal(counters(q).arrived, 8);
	sb_queue_free(q);
}

static void the_queue_is_as_it_was_at_the_arrival(void **state)
{
	struct sb_queue *q = new_queue((struct sb_link_state){.rate_bps = 12000000}, 1500);
	struct sb_departure out[8];

	(void)state;
	arrive(q, 0, 1500, 0);
	arrive(q, 0, 1500, 1);
	/* The caller looks at 5 ms, all has gone; a packet stamped 0.5 ms turns up only now. */
	assert_int_equal(sb_queue_depart(q, 5 * MS, out, 8), 2);
	assert_int_equal(arrive(q, MS / 2, 60, 2).fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(arrive(q, MS + 1, 1500, 3).fate, SB_FATE_PASSED);
	assert_int_equal(next(q).depart_ns, 3 * MS);
	sb_queue_free(q);
}

static void exactly_the_named_packets_are_lost(void **state)
{
	struct sb_queue_config config = {
	    .queue_bytes = 1 << 20,
	    .seed = 42,
	    .capacity = 4096,
	    .exact = {.count = 3, .range = {{1, 1}, {10, 12}, {99, 99}}}};
	struct sb_queue *q = sb_queue_new(&config);

	(void)state;
	for (uint32_t n = 1; n <= 200; n++) {
		bool named = n == 1 || (n >= 10 && n <= 12) || n == 99;

		assert_int_equal(arrive(q, n * MS, 100, n).fate,
				 named ? SB_FATE_LOST : SB_FATE_PASSED);
		next(q);
	}
	assert_int_equal(counters(q).lost, 5);
	sb_queue_free(q);
}

static void looking_late_changes_nothing(void **state)
{
	struct sb_link_state s = {.rate_bps = 3000000, .delay_ns = 7 * MS};
	struct sb_queue *often = new_queue(s, 20000), *once = new_queue(s, 20000);
	struct sb_link_state faster = s;
	size_t n = 0, m = 0;
	struct sb_departure a[4096], b[4096];

	(void)state;
	faster.rate_bps = 9000000;
	sb_queue_apply(often, 0, &faster, 40 * MS, 0);
	sb_queue_apply(once, 0, &faster, 40 * MS, 0);
	for (uint32_t i = 0; i < 200; i++) {
		int64_t at_ns = i * (MS / 2);

		n += sb_queue_depart(often, at_ns, a + n, (uint32_t)(4096 - n));
		assert_int_equal(arrive(often, at_ns, 500 + i, i).fate,
				 arrive(once, at_ns, 500 + i, i).fate);
	}
	n += sb_queue_depart(often, SB_NS_PER_S, a + n, (uint32_t)(4096 - n));
	m = sb_queue_depart(once, SB_NS_PER_S, b, 4096);
	assert_int_equal(n, m);
	assert_true(n > 100);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(a[i].handle, b[i].handle);
		assert_int_equal(a[i].depart_ns, b[i].depart_ns);
	}
	sb_queue_free(often);
	sb_queue_free(once);
}

/* The same frames with the same times, only told earlier, across a step of rate and delay. */
static void looking_ahead_changes_nothing(void **state)
{
	struct sb_link_state s = {.rate_bps = 3000000, .delay_ns = 7 * MS};
	struct sb_queue *ahead = new_queue(s, 20000), *later = new_queue(s, 20000);
	struct sb_link_state faster = s;
	int64_t depart_ns[200] = {0};
	struct sb_departure d[64];
	size_t n = 0, early = 0;
	uint32_t got;

	(void)state;
	faster.rate_bps = 9000000;
	faster.delay_ns = 6 * MS;
	for (uint32_t i = 0; i < 400; i++) {
		int64_t at_ns = i * (MS / 2), until_ns = at_ns + sb_queue_transit_ns(ahead);

		/* Nobody knows of it before: what waits for the wire must not have been looked at. */
		if (at_ns == 39 * MS) {
			sb_queue_apply(ahead, 0, &faster, 40 * MS, at_ns);
			sb_queue_apply(later, 0, &faster, 40 * MS, at_ns);
		}
		if (i < 200)
			assert_int_equal(arrive(ahead, at_ns, 300 + i, i).fate,
					 arrive(later, at_ns, 300 + i, i).fate);
		while ((got = sb_queue_depart_ahead(ahead, at_ns, until_ns, d, 64)))
			for (uint32_t k = 0; k < got; k++) {
				assert_int_equal(depart_ns[d[k].handle], 0);
				depart_ns[d[k].handle] = d[k].depart_ns;
				/* Never after its time, which is what looking ahead is for. */
				assert_true(d[k].depart_ns >= at_ns);
				early += d[k].depart_ns > at_ns;
			}
	}
	while ((got = sb_queue_depart(later, SB_NS_PER_S, d, 64)))
		for (uint32_t k = 0; k < got; k++, n++)
			assert_int_equal(depart_ns[d[k].handle], d[k].depart_ns);
	assert_true(n > 100 && early > 100);
	assert_int_equal(sb_queue_under_way(ahead), 0);
	sb_queue_free(ahead);
	sb_queue_free(later);
}

static void a_rate_step_spares_the_frame_on_the_wire(void **state)
{
	struct sb_link_state s = {.rate_bps = 12000000};
	struct sb_queue *q = new_queue(s, 1 << 20);

	(void)state;
	for (uint32_t i = 0; i < 4; i++)
		arrive(q, 0, 1500, i);
	s.rate_bps = 6000000;
	assert_int_equal(sb_queue_apply(q, 0, &s, MS + MS / 2, 0), 0);
	assert_int_equal(next(q).depart_ns, MS);
	assert_int_equal(next(q).depart_ns, 2 * MS);
	assert_int_equal(next(q).depart_ns, 4 * MS);
	assert_int_equal(next(q).depart_ns, 6 * MS);
	sb_queue_free(q);
}

static void a_falling_delay_keeps_the_order(void **state)
{
	struct sb_link_state s = {.delay_ns = 60 * MS};
	struct sb_queue *q = new_queue(s, 1 << 20);
	struct sb_departure d;

	(void)state;
	arrive(q, 0, 100, 0);
	s.delay_ns = 35 * MS;
	sb_queue_apply(q, 0, &s, 10 * MS, 0);
	arrive(q, 10 * MS, 100, 1);
	arrive(q, 40 * MS, 100, 2);
	d = next(q);
	assert_int_equal(d.handle, 0);
	assert_int_equal(d.depart_ns, 60 * MS);
	d = next(q);
	assert_int_equal(d.handle, 1);
	assert_int_equal(d.depart_ns, 60 * MS); /* held, not 45 ms */
	assert_int_equal(next(q).depart_ns, 75 * MS);
	sb_queue_free(q);
}

static void the_delay_is_that_of_the_end_of_serialisation(void **state)
{
	struct sb_link_state s = {.rate_bps = 12000000, .delay_ns = 10 * MS};
	struct sb_queue *q = new_queue(s, 1 << 20);

	(void)state;
	/* Three frames arrive together and are serialised at 1, 2 and 3 ms. */
	for (uint32_t i = 0; i < 3; i++)
		arrive(q, 0, 1500, i);
	s.delay_ns = 20 * MS;
	sb_queue_apply(q, 0, &s, 3 * MS / 2, 0);
	assert_int_equal(next(q).depart_ns, 11 * MS);
	assert_int_equal(next(q).depart_ns, 22 * MS);
	assert_int_equal(next(q).depart_ns, 23 * MS);
	sb_queue_free(q);
}

static void a_backlog_is_woken_in_time_for_a_delay_that_falls(void **state)
{
	struct sb_link_state s = {.rate_bps = 120000, .delay_ns = 500 * MS};
	struct sb_queue *q = new_queue(s, 1 << 20);
	struct sb_departure d;
	int64_t now_ns;

	(void)state;
	/* 100 ms each: the second is serialised at 200 ms, when the delay has fallen. */
	arrive(q, 0, 1500, 0);
	arrive(q, 0, 1500, 1);
	s.delay_ns = 10 * MS;
	now_ns = sb_queue_next_ns(q);
	assert_true(now_ns <= 150 * MS);
	sb_queue_apply(q, 0, &s, 190 * MS, 150 * MS);
	assert_true(sb_queue_next_ns(q) <= 210 * MS);
	/* It must not overtake the first, which left under the old delay. */
	d = next(q);
	assert_int_equal(d.depart_ns, 600 * MS);
	d = next(q);
	assert_int_equal(d.depart_ns, 600 * MS);
	arrive(q, 610 * MS, 1500, 2);
	assert_int_equal(next(q).depart_ns, 720 * MS);
	sb_queue_free(q);
}

static void an_outage_goes_by_the_arrival(void **state)
{
	struct sb_link_state s = {.delay_ns = 20 * MS};
	struct sb_queue *q = new_queue(s, 1 << 20);

	(void)state;
	s.outage = true;
	sb_queue_apply(q, 0, &s, 10 * MS, 0);
	s.outage = false;
	sb_queue_apply(q, 0, &s, 30 * MS, 0);
	assert_int_equal(arrive(q, 10 * MS - 1, 100, 0).fate, SB_FATE_PASSED);
	assert_int_equal(arrive(q, 10 * MS, 100, 1).fate, SB_FATE_OUTAGE);
	assert_int_equal(arrive(q, 30 * MS - 1, 100, 2).fate, SB_FATE_OUTAGE);
	assert_int_equal(arrive(q, 30 * MS, 100, 3).fate, SB_FATE_PASSED);
	/* What was under way arrives in the middle of the outage. */
	assert_int_equal(next(q).depart_ns, 30 * MS - 1);
	assert_int_equal(counters(q).outage, 2);
	sb_queue_free(q);
}

static void reordering_skips_the_delay_only(void **state)
{
	struct sb_link_state s = {.delay_ns = 50 * MS, .rate_bps = 12000000};
	struct sb_queue *q = new_queue(s, 1 << 20);
	struct sb_departure d;

	(void)state;
	arrive(q, 0, 1500, 0);
	s.reorder_ppb = SB_PPB;
	sb_queue_apply(q, 0, &s, 1, 0);
	assert_int_equal(arrive(q, 1, 1500, 1).reordered, 1);
	/* It waits behind one that has 51 ms to go, and the caller must look sooner. */
	assert_true(sb_queue_next_ns(q) <= 2 * MS);
	d = next(q);
	assert_int_equal(d.handle, 1);
	assert_int_equal(d.depart_ns, 2 * MS); /* it waited for the wire like everybody */
	d = next(q);
	assert_int_equal(d.handle, 0);
	assert_int_equal(d.depart_ns, 51 * MS);
	assert_int_equal(counters(q).reordered, 1);
	sb_queue_free(q);
}

static void a_copy_uses_the_link_like_a_packet(void **state)
{
	struct sb_link_state s = {.rate_bps = 12000000, .duplicate_ppb = SB_PPB};
	struct sb_queue *q = new_queue(s, 1500);
	struct sb_queue_decision v = arrive(q, 0, 1500, 9);

	(void)state;
	assert_int_equal(v.copies, 2);
	v = arrive(q, 0, 1500, 10); /* the first one's copy fills the queue */
	assert_int_equal(v.fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(v.queue_dropped, 2);
	assert_int_equal(next(q).depart_ns, MS);
	assert_int_equal(next(q).depart_ns, 2 * MS);
	assert_int_equal(counters(q).duplicated, 2);
	assert_int_equal(counters(q).queue_dropped, 2);
	assert_int_equal(counters(q).arrived, 2);
	sb_queue_free(q);
}

static void corruption_spares_the_ethernet_header(void **state)
{
	struct sb_queue *q = new_queue((struct sb_link_state){.corrupt_ppb = SB_PPB}, 1 << 20);
	struct sb_departure d;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		uint32_t len = 15 + i % 100;
		struct sb_queue_decision v = arrive(q, i, len, i);

		assert_in_range(v.corrupt_bit, 14 * 8, len * 8 - 1);
		sb_queue_depart(q, i, &d, 1);
	}
	assert_int_equal(arrive(q, 3000, 14, 0).corrupt_bit, 0);
	assert_int_equal(counters(q).corrupted, 2000);
	sb_queue_free(q);
}

static void stamps_never_go_back(void **state)
{
	struct sb_queue *q = new_queue((struct sb_link_state){.delay_ns = MS}, 1 << 20);

	(void)state;
	arrive(q, 10, 60, 0);
	assert_int_equal(arrive(q, 7, 60, 1).arrival_ns, 10);
	assert_int_equal(next(q).handle, 0);
	assert_int_equal(next(q).depart_ns, 10 + MS);
	sb_queue_free(q);
}

static void a_full_pool_is_counted(void **state)
{
	struct sb_queue_config config = {.initial = {.delay_ns = SB_NS_PER_S}, .capacity = 100};
	struct sb_queue *q = sb_queue_new(&config);

	(void)state;
	for (uint32_t i = 0; i < 103; i++)
		assert_int_equal(arrive(q, i, 60, i).fate,
				 i < 100 ? SB_FATE_PASSED : SB_FATE_NO_ROOM);
	assert_int_equal(counters(q).failed, 3);
	assert_int_equal(sb_queue_under_way(q), 100);
	sb_queue_free(q);
}

static void an_idle_link_follows_its_timeline(void **state)
{
	struct sb_link_state s = {0};
	struct sb_queue *q = new_queue(s, 1 << 20);

	(void)state;
	for (int64_t i = 1; i <= 20000; i++) {
		s.delay_ns = i;
		assert_int_equal(sb_queue_apply(q, 0, &s, i * MS, i * MS), 0);
	}
	arrive(q, 20000 * MS, 60, 0);
	assert_int_equal(next(q).depart_ns, 20000 * MS + 20000);
	/* Thousands of steps still to come cannot be kept, and are refused rather than applied
	 * early. */
	for (int64_t i = 0; i < 4096; i++)
		sb_queue_apply(q, 0, &s, 30000 * MS, 20001 * MS);
	s.delay_ns = 1;
	assert_int_equal(sb_queue_apply(q, 0, &s, 30000 * MS, 20001 * MS), -1);
	sb_queue_free(q);
}

static void the_same_index_has_the_same_fate(void **state)
{
	struct sb_link_state s = {.loss = {.kind = SB_LOSS_GEMODEL,
					   .bad_ppb = 10000000,
					   .good_ppb = 250000000,
					   .lost_in_bad_ppb = 900000000,
					   .lost_in_good_ppb = 1000000},
				  .duplicate_ppb = 50000000,
				  .corrupt_ppb = 20000000,
				  .reorder_ppb = 30000000};
	struct sb_queue *a = new_queue(s, 1 << 30), *b = new_queue(s, 1 << 30);
	struct sb_departure out[8];

	(void)state;
	s.rate_bps = 1000000000;
	sb_queue_apply(b, 0, &s, 0, 0);
	/* Other sizes, times and a rate: the decisions on packet n are the same. */
	for (uint32_t i = 0; i < 50000; i++) {
		struct sb_queue_decision x = arrive(a, i * 1000, 1000, i);
		struct sb_queue_decision y = arrive(b, i * 77000, 60 + i % 1400, i);

		assert_int_equal(x.fate, y.fate);
		assert_int_equal(x.copies, y.copies);
		assert_int_equal(x.reordered, y.reordered);
		assert_int_equal(!x.corrupt_bit, !y.corrupt_bit);
		while (sb_queue_depart(a, i * 1000, out, 8))
			;
		while (sb_queue_depart(b, i * 77000 + MS, out, 8))
			;
	}
	assert_true(counters(a).lost > 1000);
	sb_queue_free(a);
	sb_queue_free(b);
}

/*
 * Loss of a two-state chain over n packets: variance of the mean is
 * (m (1 - m) + 2 sum over k of cov(k)) / n, with cov(k) = (hb - hg)^2 pi_b pi_g lambda^k and
 * lambda = 1 - p - r.  Beyond 5 sigma by chance: once in 1.7 million seeds.
 */
static void gilbert_elliott_has_its_mean_and_bursts(void **state)
{
	const double p = 0.005, r = 0.25, hb = 1, hg = 0, n = 1000000;
	const double pib = p / (p + r), pig = 1 - pib, lambda = 1 - p - r;
	const double mean = pib * hb + pig * hg;
	const double cov = (hb - hg) * (hb - hg) * pib * pig * lambda / (1 - lambda);
	const double sigma = sqrt((mean * (1 - mean) + 2 * cov) / n);
	struct sb_queue *q = new_queue((struct sb_link_state){.loss = {.kind = SB_LOSS_GEMODEL,
								       .bad_ppb = 5000000,
								       .good_ppb = 250000000,
								       .lost_in_bad_ppb = SB_PPB}},
				       1 << 20);
	struct sb_departure out[4];
	double bursts = 0, lost = 0;
	bool before = false;

	(void)state;
	for (uint32_t i = 0; i < (uint32_t)n; i++) {
		bool gone = arrive(q, i, 100, i).fate == SB_FATE_LOST;

		lost += gone;
		bursts += gone && !before;
		before = gone;
		sb_queue_depart(q, i, out, 4);
	}
	assert_true(fabs(lost / n - mean) < 5 * sigma);
	/* A burst's length is geometric with mean 1/r, variance (1-r)/r^2. */
	assert_true(fabs(lost / bursts - 1 / r) < 5 * sqrt((1 - r) / (r * r) / bursts));
	assert_int_equal(counters(q).lost, (int64_t)lost);
	sb_queue_free(q);
}

static void random_loss_has_its_mean(void **state)
{
	const double p = 0.02, n = 500000;
	struct sb_queue *q = new_queue(
	    (struct sb_link_state){.loss = {.kind = SB_LOSS_RANDOM, .random_ppb = 20000000}},
	    1 << 20);
	struct sb_departure out[4];

	(void)state;
	for (uint32_t i = 0; i < (uint32_t)n; i++) {
		arrive(q, i, 100, i);
		sb_queue_depart(q, i, out, 4);
	}
	/* Beyond 5 sigma by chance: once in 1.7 million seeds. */
	assert_true(fabs((double)counters(q).lost / n - p) < 5 * sqrt(p * (1 - p) / n));
	sb_queue_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(serialiser_keeps_the_rate_exactly),
	    cmocka_unit_test(a_stopped_link_lets_frames_wait),
	    cmocka_unit_test(serialiser_carries_the_remainder),
	    cmocka_unit_test(an_idle_link_starts_afresh),
	    cmocka_unit_test(queue_limit_is_exact_to_the_byte),
	    cmocka_unit_test(the_queue_is_as_it_was_at_the_arrival),
	    cmocka_unit_test(exactly_the_named_packets_are_lost),
	    cmocka_unit_test(looking_late_changes_nothing),
	    cmocka_unit_test(looking_ahead_changes_nothing),
	    cmocka_unit_test(a_rate_step_spares_the_frame_on_the_wire),
	    cmocka_unit_test(a_falling_delay_keeps_the_order),
	    cmocka_unit_test(the_delay_is_that_of_the_end_of_serialisation),
	    cmocka_unit_test(a_backlog_is_woken_in_time_for_a_delay_that_falls),
	    cmocka_unit_test(an_outage_goes_by_the_arrival),
	    cmocka_unit_test(reordering_skips_the_delay_only),
	    cmocka_unit_test(a_copy_uses_the_link_like_a_packet),
	    cmocka_unit_test(corruption_spares_the_ethernet_header),
	    cmocka_unit_test(stamps_never_go_back),
	    cmocka_unit_test(a_full_pool_is_counted),
	    cmocka_unit_test(an_idle_link_follows_its_timeline),
	    cmocka_unit_test(the_same_index_has_the_same_fate),
	    cmocka_unit_test(gilbert_elliott_has_its_mean_and_bursts),
	    cmocka_unit_test(random_loss_has_its_mean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
