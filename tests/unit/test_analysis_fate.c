// SPDX-License-Identifier: MIT
/* test_analysis_fate.c - one cause for each range sent again, and how flows come back from outages
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "pcap_make.h"

#define MS  INT64_C(1000000)
#define ACK 16
#define SYN 2

#define assert_near(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

static int make_world(void **state)
{
	struct sb_world *w = test_calloc(1, sizeof(*w));

	sb_world_init(w);
	*state = w;
	return 0;
}

static int end_world(void **state)
{
	test_free(*state);
	return 0;
}

/* A segment of the bulk flow up, @delay_ms under way; lost when negative. */
static void put(struct sb_world *w, double ms, uint32_t seq, uint32_t len, double delay_ms)
{
	struct sb_segment_spec s = {.flags = ACK,
				    .client_port = 40000,
				    .server_port = 5201,
				    .window = 500,
				    .id = (uint16_t)(ms * 50),
				    .seq = seq,
				    .payload = len};

	if (!len) {
		s.flags = SYN;
		s.mss = 1460;
	}
	sb_world_send(w, SB_WORLD_MS(ms), delay_ms < 0 ? -1 : (int64_t)(delay_ms * 1e6), &s);
}

/* What the client hears at @ms. */
static void ack(struct sb_world *w, double ms, uint32_t number)
{
	struct sb_segment_spec s = {.dir = SB_DOWN,
				    .flags = ACK,
				    .client_port = 40000,
				    .server_port = 5201,
				    .window = 500,
				    .id = (uint16_t)(ms * 50),
				    .seq = 900,
				    .ack = number};

	sb_world_send(w, SB_WORLD_MS(ms - 20), 20 * MS, &s);
}

static struct sb_result *analyse(struct sb_world *w, uint64_t link, uint64_t queue, uint64_t outage,
				 uint64_t spurious, uint64_t unknown)
{
	struct sb_result *r = sb_world_analyse(w);
	const uint64_t *c;

	assert_non_null(r);
	c = r->flows[0].causes;
	assert_int_equal(c[SB_RETRANSMIT_LINK], link);
	assert_int_equal(c[SB_RETRANSMIT_QUEUE], queue);
	assert_int_equal(c[SB_RETRANSMIT_OUTAGE], outage);
	assert_int_equal(c[SB_RETRANSMIT_SPURIOUS], spurious);
	assert_int_equal(c[SB_RETRANSMIT_UNKNOWN], unknown);
	if (r->flows[0].retransmits >= 0)
		assert_int_equal(r->flows[0].retransmits,
				 link + queue + outage + spurious + unknown);
	return r;
}

static void names_what_the_link_lost(void **state)
{
	put(*state, 0, 1000, 0, 20);
	put(*state, 50, 1001, 1000, -1);
	put(*state, 51, 2001, 1000, 20);
	put(*state, 120, 1001, 1000, 20);
	put(*state, 121, 3001, 1000, 20);
	sb_result_free(analyse(*state, 1, 0, 0, 0, 0));
}

static void calls_it_spurious_when_the_original_arrived(void **state)
{
	put(*state, 0, 1000, 0, 20);
	/* Late or not; and what a second sending brought makes the third one spurious. */
	put(*state, 50, 1001, 1000, 20);
	put(*state, 60, 1001, 1000, 20);
	put(*state, 70, 2001, 1000, -1);
	put(*state, 80, 2001, 1000, 20);
	put(*state, 90, 2001, 1000, -1);
	put(*state, 95, 2001, 1000, 20);
	put(*state, 96, 3001, 1000, 20);
	sb_result_free(analyse(*state, 1, 0, 0, 3, 0));
}

static void blames_the_latest_sending(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_UP].initial;

	out.outage = true;
	sb_world_step(w, 100 * MS, SB_UP, &out);
	sb_world_step(w, 400 * MS, SB_UP, &w->link.dir[SB_UP].initial);
	put(w, 0, 1000, 0, 20);
	put(w, 50, 1001, 1000, -1);  /* on the link */
	put(w, 200, 1001, 1000, -1); /* that one; lost in the outage */
	put(w, 500, 1001, 1000, 20); /* this one for the outage */
	put(w, 501, 2001, 1000, 20);
	sb_result_free(analyse(w, 1, 0, 1, 0, 0));
}

/* One segment repeats two, of which the link lost only the second. */
static void looks_at_the_bytes_that_are_missing(void **state)
{
	put(*state, 0, 1000, 0, 20);
	put(*state, 50, 1001, 700, 20);
	put(*state, 51, 1701, 700, -1);
	put(*state, 52, 2401, 700, 20);
	put(*state, 120, 1001, 1400, 20);
	put(*state, 121, 3101, 700, 20);
	sb_result_free(analyse(*state, 1, 0, 0, 0, 0));
}

/* 8 Mbit/s: 1054 bytes a frame take 1.054 ms; room for four.  Ten at once: the last ones are lost
 * to the queue, and one more to the link while it is empty. */
static void overflow(struct sb_world *w)
{
	w->link.dir[SB_UP].initial.rate_bps = 8000000;
	w->link.dir[SB_UP].queue_bytes = 4 * 1054;
	put(w, 0, 1000, 0, 20.054);
	for (uint32_t i = 0; i < 10; i++)
		put(w, 50 + 0.03 * i, 1001 + 1000 * i, 1000,
		    i < 5 ? 20 + 1.054 * (i + 1) - 0.03 * i : -1);
	put(w, 80, 11001, 1000, -1);
	for (uint32_t i = 5; i < 11; i++)
		put(w, 100 + 2 * i, 1001 + 1000 * i, 1000, 21.054);
	put(w, 140, 12001, 1000, 21.054);
}

static void tells_a_full_queue_by_the_ideal_link(void **state)
{
	struct sb_result *r;

	overflow(*state);
	r = analyse(*state, 1, 5, 0, 0, 0);
	assert_int_equal(r->links[0][SB_UP].lost_queue, 5);
	assert_int_equal(r->links[0][SB_UP].lost_link, 1);
	sb_result_free(r);
}

/* The shaper counted four: those that found the least room, so the first of the five was the
 * link's. */
static void believes_the_shaper_how_many(void **state)
{
	struct sb_world *w = *state;

	overflow(w);
	w->files.counters = w->counters;
	w->counters[SB_UP] = (struct sb_link_counters){.arrived = 19, .queue_dropped = 4};
	sb_result_free(analyse(w, 2, 4, 0, 0, 0));
}

static void does_not_guess_when_a_capture_lost_packets(void **state)
{
	struct sb_world *w = *state;

	put(w, 0, 1000, 0, 20);
	put(w, 50, 1001, 1000, -1);
	put(w, 51, 2001, 1000, 20);
	put(w, 120, 1001, 1000, 20);
	put(w, 130, 2001, 1000, 20);
	/* At the receiving end: "lost" may have been there all the same. */
	w->files.stats[SB_AT_SERVER] = (struct sb_capture_stats){.received = 1000, .dropped = 1};
	sb_result_free(analyse(w, 0, 0, 0, 1, 1));
}

static void counts_timeouts(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	put(w, 0, 1000, 0, 20);
	ack(w, 41, 1001);
	put(w, 50, 1001, 1000, -1);
	put(w, 51, 2001, 1000, 20);
	ack(w, 92, 1001);	     /* duplicate: somebody is there */
	put(w, 93, 1001, 1000, -1);  /* fast */
	put(w, 310, 1001, 1000, 20); /* 218 ms of silence */
	put(w, 330, 2001, 1000, 20); /* follows it */
	ack(w, 351, 3001);
	put(w, 360, 3001, 1000, 20);
	put(w, 570, 3001, 1000, 20); /* the acknowledgement was late: spurious */
	ack(w, 571, 4001);
	r = analyse(w, 2, 0, 0, 2, 0);
	assert_int_equal(r->flows[0].timeouts, 2);
	assert_int_equal(r->flows[0].spurious_timeouts, 1);
	sb_result_free(r);
}

/*
 * 1000 bytes each 10 ms until an outage of 300 ms at 1 s; the first sending after it at 1.4 s, five
 * more 50 ms apart, then each 10 ms again.  A window of 100 ms has 90 % of ten segments with the
 * ninth of those: 1.65 + 0.08 s.
 */
static void measures_recovery(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_UP].initial;
	const struct sb_recovery *v;
	struct sb_result *r;
	uint32_t n = 0;

	out.outage = true;
	sb_world_step(w, 1000 * MS, SB_UP, &out);
	sb_world_step(w, 1300 * MS, SB_UP, &w->link.dir[SB_UP].initial);
	put(w, 0, 1000, 0, 20);
	for (; n < 100; n++)
		put(w, 5 + 10 * n, 1001 + 1000 * n, 1000, 20);
	ack(w, 1040, 1001 + 1000 * n);
	put(w, 1205, 1001 + 1000 * n, 1000, -1);
	for (uint32_t i = 0; i < 5; i++, n++)
		put(w, 1400 + 50 * i, 1001 + 1000 * n, 1000, 20);
	for (uint32_t i = 0; i < 50; i++, n++)
		put(w, 1650 + 10 * i, 1001 + 1000 * n, 1000, 20);
	/* What was lost at 1205 was sent again at 1400, after 360 ms of silence. */
	r = analyse(w, 0, 0, 1, 0, 0);
	assert_int_equal(r->flows[0].recovery_count, 1);
	v = &r->flows[0].recoveries[0];
	assert_near(v->at_s, 1, 1e-9);
	assert_near(v->outage_ms, 300, 1e-9);
	assert_true(v->dir[SB_UP] && !v->dir[SB_DOWN]);
	assert_near(v->first_byte_ms, 1420 - 1300, 1e-6);
	assert_near(v->before_bps, 800000, 10000);
	assert_near(v->recovered_ms, 1750 - 1300, 10.001);
	assert_int_equal(v->timeouts, 1);
	assert_int_equal(v->spurious_timeouts, 0);
	sb_result_free(r);
}

static void says_when_it_does_not_come_back(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_UP].initial;
	struct sb_result *r;

	out.outage = true;
	sb_world_step(w, 1000 * MS, SB_UP, &out);
	sb_world_step(w, 1300 * MS, SB_UP, &w->link.dir[SB_UP].initial);
	put(w, 0, 1000, 0, 20);
	for (uint32_t n = 0; n < 100; n++)
		put(w, 5 + 10 * n, 1001 + 1000 * n, 1000, 20);
	r = analyse(w, 0, 0, 0, 0, 0);
	assert_int_equal(r->flows[0].recovery_count, 1);
	assert_true(isnan(r->flows[0].recoveries[0].first_byte_ms));
	assert_true(isnan(r->flows[0].recoveries[0].recovered_ms));
	sb_result_free(r);
}

static void tells_what_a_stream_lost(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_DOWN].initial;
	struct sb_result *r;

	out.outage = true;
	sb_world_step(w, 400 * MS, SB_DOWN, &out);
	sb_world_step(w, 600 * MS, SB_DOWN, &w->link.dir[SB_DOWN].initial);
	for (uint32_t i = 0; i < 100; i++) {
		struct sb_segment_spec s = {.dir = SB_DOWN,
					    .udp = true,
					    .client_port = 41000,
					    .server_port = 5202,
					    .id = (uint16_t)i,
					    .payload = 100};
		bool lost = i == 7 || (i >= 40 && i < 60);

		sb_world_send(w, SB_WORLD_MS(10 * i + 2), lost ? -1 : 20 * MS, &s);
	}
	r = sb_world_analyse(w);
	assert_non_null(r);
	assert_int_equal(r->flows[1].lost, 21);
	assert_int_equal(r->flows[1].causes[SB_RETRANSMIT_LINK], 1);
	assert_int_equal(r->flows[1].causes[SB_RETRANSMIT_OUTAGE], 20);
	assert_near(r->flows[1].recoveries[0].first_byte_ms, 22, 1e-6);
	sb_result_free(r);
}

static void says_what_held_a_flow_up(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	put(w, 0, 1000, 0, 20);
	put(w, 50, 1001, 1000, 20);
	w->reports[0].end_real_ns = SB_WORLD_START_NS + 10000 * MS;
	w->reports[0].busy_us = 9900000;
	w->reports[0].rwnd_us = 6200000;
	w->reports[0].sndbuf_us = 100000;
	r = analyse(w, 0, 0, 0, 0, 0);
	assert_near(r->flows[0].limits.window, 0.62, 1e-6);
	assert_near(r->flows[0].limits.application, 0.01, 1e-6);
	assert_string_equal(r->flows[0].limits.text,
			    "not limited by the link: the receive window limited it for 62 % of "
			    "the time");
	sb_result_free(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(names_what_the_link_lost),
	    TEST(calls_it_spurious_when_the_original_arrived),
	    TEST(blames_the_latest_sending),
	    TEST(looks_at_the_bytes_that_are_missing),
	    TEST(tells_a_full_queue_by_the_ideal_link),
	    TEST(believes_the_shaper_how_many),
	    TEST(does_not_guess_when_a_capture_lost_packets),
	    TEST(counts_timeouts),
	    TEST(measures_recovery),
	    TEST(says_when_it_does_not_come_back),
	    TEST(tells_what_a_stream_lost),
	    TEST(says_what_held_a_flow_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
