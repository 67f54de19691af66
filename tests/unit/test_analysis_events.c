// SPDX-License-Identifier: MIT
/* test_analysis_events.c - every event asked against measured; planted faults are called by name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "pcap_make.h"

#define MS INT64_C(1000000)

#define assert_near(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

struct scene {
	struct sb_world w;
	struct sb_event event;
};

static int make_scene(void **state)
{
	struct scene *s = test_calloc(1, sizeof(*s));

	sb_world_init(&s->w);
	memcpy(s->event.name, "handover", 9);
	s->event.count = 1;
	s->w.plan.events = &s->event;
	s->w.plan.event_count = 1;
	*state = s;
	return 0;
}

static int end_scene(void **state)
{
	test_free(*state);
	return 0;
}

/* Datagram @i down, @frame bytes. */
static void send_one(struct scene *s, double ms, double delay_ms, uint32_t i, uint32_t frame)
{
	struct sb_segment_spec spec = {.dir = SB_DOWN,
				       .udp = true,
				       .client_port = 41000,
				       .server_port = 5202,
				       .id = (uint16_t)i,
				       .payload = frame - 42};

	sb_world_send(&s->w, SB_WORLD_MS(ms), delay_ms < 0 ? -1 : (int64_t)(delay_ms * 1e6), &spec);
}

/* From 1 s to 1.3 s out, then 35 ms instead of 20. */
static void plan_handover(struct scene *s)
{
	struct sb_link_state state = s->w.link.dir[SB_DOWN].initial;

	state.outage = true;
	state.delay_ns = 35 * MS;
	sb_world_step(&s->w, 1000 * MS, SB_DOWN, &state);
	state.outage = false;
	sb_world_step(&s->w, 1300 * MS, SB_DOWN, &state);
	s->w.steps[1].cause = SB_CAUSE_OUTAGE_END;
}

/* A datagram each 10 ms for 3 s on a link that is out from @from_ms to @to_ms. */
static struct sb_result *play(struct scene *s, double from_ms, double to_ms, double late_ms)
{
	struct sb_result *r;

	for (uint32_t i = 0; i < 300; i++) {
		double ms = 5 + 10 * i;

		send_one(s, ms,
			 ms >= from_ms && ms < to_ms ? -1
			 : ms < 1000		     ? 20
						     : 35 + late_ms,
			 i, 200);
	}
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	return r;
}

static const struct sb_event_occurrence *only(const struct sb_result *r)
{
	assert_int_equal(r->event_occurrence_count, 1);
	return r->event_occurrences;
}

static void holds_a_faithful_event(void **state)
{
	const struct sb_event_occurrence *h;
	struct sb_result *r;

	plan_handover(*state);
	r = play(*state, 1000, 1300, 0);
	h = only(r);
	assert_true(h->outage && h->delay && !h->rate);
	assert_near(h->at_s, 1, 1e-9);
	assert_near(h->outage_ms, 300, 1e-9);
	assert_int_equal(h->begin.check, SB_MET);
	assert_int_equal(h->end.check, SB_MET);
	assert_near(h->begin.error_ms, 0, 1e-9);
	assert_near(h->begin.gap_ms, 10, 1e-6);
	assert_near(h->end.gap_ms, 10, 1e-6);
	assert_near(h->begin.limit_ms, 2, 1e-9);
	/* Nothing is lost by chance on this link: a lost packet is the outage's. */
	assert_true(h->begin.false_alarm == 0 && h->end.false_alarm == 0);
	assert_near(h->delay_limit_ms, 0.35, 1e-9);
	assert_int_equal(h->delay_check, SB_MET);
	assert_near(h->delay_ms, 35, 1e-6);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_PASS);
	sb_result_free(r);
}

/* A drawn rate changes in the middle of the outage: it ends where it ends all the same. */
static void a_rate_within_an_outage_does_not_end_it(void **state)
{
	struct scene *s = *state;
	struct sb_link_state out = s->w.link.dir[SB_DOWN].initial, back;
	const struct sb_event_occurrence *h;
	struct sb_result *r;

	out.outage = true;
	out.delay_ns = 35 * MS;
	sb_world_step(&s->w, 1000 * MS, SB_DOWN, &out);
	out.rate_bps = 400000000;
	sb_world_step(&s->w, 1100 * MS, SB_DOWN, &out);
	s->w.steps[1].cause = SB_CAUSE_RATE;
	s->w.steps[1].event = -1;
	back = out;
	back.outage = false;
	sb_world_step(&s->w, 1300 * MS, SB_DOWN, &back);
	s->w.steps[2].cause = SB_CAUSE_OUTAGE_END;
	r = play(s, 1000, 1300, 0);
	h = only(r);
	assert_near(h->outage_ms, 300, 1e-9);
	assert_int_equal(h->begin.check, SB_MET);
	assert_int_equal(h->end.check, SB_MET);
	sb_result_free(r);
}

/* A burst of loss begins 2 ms after the outage, before anything was sent: the first packet that arrives
 * says nothing of when the outage ended. */
static void a_burst_after_an_outage_is_not_part_of_it(void **state)
{
	struct scene *s = *state;
	struct sb_link_state burst = s->w.link.dir[SB_DOWN].initial, back;
	const struct sb_event_occurrence *h;
	struct sb_result *r;

	plan_handover(s);
	burst.delay_ns = 35 * MS;
	back = burst;
	burst.loss = (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB};
	sb_world_step(&s->w, 1302 * MS, SB_DOWN, &burst);
	sb_world_step(&s->w, 1330 * MS, SB_DOWN, &back);
	for (size_t i = 2; i < 4; i++) {
		s->w.steps[i].cause = SB_CAUSE_BURST;
		s->w.steps[i].event = -1;
	}
	r = play(s, 1000, 1330, 0);
	h = only(r);
	assert_near(h->outage_ms, 300, 1e-9);
	assert_int_equal(h->begin.check, SB_MET);
	assert_int_not_equal(h->end.check, SB_MISSED);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_PASS);
	sb_result_free(r);
}

/* The other way round: a burst is over 2 ms before the outage, and nothing was sent in between. */
static void a_burst_before_an_outage_is_not_part_of_it(void **state)
{
	struct scene *s = *state;
	struct sb_link_state initial = s->w.link.dir[SB_DOWN].initial, burst = initial,
			     out = initial;
	const struct sb_event_occurrence *h;
	struct sb_result *r;

	burst.loss = (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB};
	sb_world_step(&s->w, 970 * MS, SB_DOWN, &burst);
	sb_world_step(&s->w, 998 * MS, SB_DOWN, &initial);
	out.outage = true;
	sb_world_step(&s->w, 1000 * MS, SB_DOWN, &out);
	sb_world_step(&s->w, 1300 * MS, SB_DOWN, &initial);
	for (size_t i = 0; i < 2; i++) {
		s->w.steps[i].cause = SB_CAUSE_BURST;
		s->w.steps[i].event = -1;
	}
	s->w.steps[3].cause = SB_CAUSE_OUTAGE_END;
	r = play(s, 970, 1300, 0);
	h = only(r);
	assert_near(h->outage_ms, 300, 1e-9);
	assert_int_not_equal(h->begin.check, SB_MISSED);
	assert_int_equal(h->end.check, SB_MET);
	assert_false(sb_has_reason(&r->links[0][SB_DOWN].reasons, "the outage began"));
	sb_result_free(r);
}

static void sees_edges_that_are_off(void **state)
{
	static const struct {
		double from_ms, to_ms, begin_ms, end_ms;
		const char *text;
	} rows[] = {
	    {1020, 1300, 15, 0, "handover at 1.000 s: the outage began 15.0 ms too late"},
	    {980, 1300, -15, 0, "the outage began 15.0 ms too early"},
	    {1000, 1280, 0, -15, "the outage ended 15.0 ms too early"},
	    {1000, 1330, 0, 25, "the outage ended 25.0 ms too late"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct sb_event_occurrence *h;
		struct scene *s;
		struct sb_result *r;

		make_scene((void **)&s);
		plan_handover(s);
		r = play(s, rows[i].from_ms, rows[i].to_ms, 0);
		h = only(r);
		assert_near(h->begin.error_ms, rows[i].begin_ms, 1e-6);
		assert_near(h->end.error_ms, rows[i].end_ms, 1e-6);
		assert_int_equal(h->begin.check, rows[i].begin_ms != 0 ? SB_MISSED : SB_MET);
		assert_int_equal(h->end.check, rows[i].end_ms != 0 ? SB_MISSED : SB_MET);
		assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, rows[i].text));
		sb_result_free(r);
		end_scene((void **)&s);
	}
	(void)state;
}

/* Two packets lost before the outage: at 10 % that happens once in a hundred times, and is no
 * fault. */
static void lets_the_loss_process_lose(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	s->w.link.dir[SB_DOWN].initial.loss =
	    (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB / 10};
	plan_handover(s);
	r = play(s, 980, 1320, 0);
	assert_int_equal(only(r)->begin.check, SB_MET);
	assert_int_equal(only(r)->end.check, SB_MET);
	sb_result_free(r);
}

static void sees_a_delay_step_that_is_off(void **state)
{
	struct sb_result *r;

	plan_handover(*state);
	r = play(*state, 1000, 1300, 1.2);
	assert_int_equal(only(r)->delay_check, SB_MISSED);
	assert_near(only(r)->delay_ms, 36.2, 1e-6);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons,
				  "the delay after it is 36.20 ms, configured 35.00 ms"));
	sb_result_free(r);
}

static void does_not_pass_what_nobody_tried(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	plan_handover(s);
	/* Nothing was sent between 0.9 and 2.9 s. */
	for (uint32_t i = 0; i < 100; i++)
		send_one(s, i < 90 ? 5 + 10 * i : 2005 + 10 * i, i < 90 ? 20 : 35, i, 200);
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	assert_int_equal(only(r)->begin.check, SB_NOT_EXERCISED);
	assert_int_equal(only(r)->end.check, SB_NOT_EXERCISED);
	assert_true(isnan(only(r)->begin.error_ms));
	assert_string_equal(sb_check_name(only(r)->begin.check), "not exercised");
	sb_result_free(r);
}

/* 12 Mbit/s, from 1 s on asked 6: 1500-byte frames each 1 ms, then each @ms. */
static struct sb_result *play_rate(struct scene *s, double ms)
{
	struct sb_link_dir *dir = &s->w.link.dir[SB_DOWN];
	struct sb_link_state state;
	double free_at = 0;
	struct sb_result *r;

	dir->initial.rate_bps = 12000000;
	dir->queue_bytes = 1 << 22;
	state = dir->initial;
	state.rate_bps = 6000000;
	sb_world_step(&s->w, 1000 * MS, SB_DOWN, &state);
	for (uint32_t i = 0; i < 1300; i++) {
		/* Always faster than the link, which so is full whatever its rate. */
		double at = 0.9 * i;
		double turn = free_at > at ? free_at : at;

		free_at = turn + (turn < 1000 ? 1 : ms);
		send_one(s, at, free_at + 20 - at, i, 1500);
	}
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	return r;
}

static void measures_a_rate_step(void **state)
{
	struct sb_result *r = play_rate(*state, 2);

	assert_true(only(r)->rate);
	assert_int_equal(only(r)->rate_check, SB_MET);
	assert_near(only(r)->rate_bps, 6e6, 6e3);
	sb_result_free(r);
}

static void sees_a_rate_step_that_is_off(void **state)
{
	struct sb_result *r = play_rate(*state, 2.2);

	assert_int_equal(only(r)->rate_check, SB_MISSED);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "the rate after it is 5.45"));
	sb_result_free(r);
}

/* What a run that never filled the link, and lost nothing of a little, has shown. */
static void tells_not_exercised_from_held(void **state)
{
	struct scene *s = *state;
	const struct sb_dir_result *d;
	struct sb_result *r;

	s->w.link.dir[SB_DOWN].initial.rate_bps = 100000000;
	s->w.link.dir[SB_DOWN].initial.loss =
	    (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB / 100};
	for (uint32_t i = 0; i < 100; i++)
		send_one(s, 5 + 10 * i, 20 + 200 * 8 / 1e5, i, 200);
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->verdict, SB_PASS);
	assert_int_equal(d->delay_check, SB_MET);
	assert_int_equal(d->order_check, SB_MET);
	assert_int_equal(d->loss_check, SB_NOT_EXERCISED);
	assert_int_equal(d->rate_check, SB_NOT_EXERCISED);
	assert_int_equal(r->links[0][SB_UP].delay_check, SB_NOT_EXERCISED);
	sb_result_free(r);
}

/*
 * Planted: netem's default limit of 1000 packets at 50 Mbit/s and 325 ms, whose delay line alone
 * holds 1342.  A full link loses all that comes while 1000 are inside.
 */
static struct sb_result *drop_in_flight(struct scene *s)
{
	struct sb_link_dir *dir = &s->w.link.dir[SB_DOWN];
	static double leaves[1000];
	double free_at = 0;
	size_t first = 0, inside = 0;
	int64_t dropped = 0;

	dir->initial.rate_bps = 50000000;
	dir->initial.delay_ns = 325 * MS;
	dir->queue_bytes = 2031250; /* 1 BDP */
	for (uint32_t i = 0; i < 6000; i++) {
		double at = 0.2422 * i;

		while (inside && leaves[first % 1000] <= at) {
			first++;
			inside--;
		}
		if (inside == 1000) {
			send_one(s, at, -1, i, 1514);
			dropped++;
			continue;
		}
		free_at = (free_at > at ? free_at : at) + 1514 * 8 / 50e3;
		leaves[(first + inside++) % 1000] = free_at + 325;
		send_one(s, at, free_at + 325 - at, i, 1514);
	}
	assert_true(dropped > 500);
	s->w.files.counters = s->w.counters;
	s->w.counters[SB_DOWN] =
	    (struct sb_link_counters){.arrived = 6000, .queue_dropped = dropped};
	return sb_world_analyse(&s->w);
}

static void names_the_default_limit_on_a_geo_link(void **state)
{
	struct sb_result *r = drop_in_flight(*state);

	assert_non_null(r);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons,
				  "the shaper's limit, which includes packets in flight, is "
				  "too small"));
	sb_result_free(r);
}

/* The same drops: of a queue that is limited in time, or managed, they say nothing of its room. */
static void a_managed_queue_may_drop_before_it_is_full(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	s->w.link.dir[SB_DOWN].discipline = (struct sb_discipline){SB_DROP_HEAD, 200 * MS, 0};
	r = drop_in_flight(s);
	assert_non_null(r);
	assert_false(sb_has_reason(&r->links[0][SB_DOWN].reasons, "too small"));
	sb_result_free(r);
}

/* Planted: the delay is on the sender's own egress, before the first capture. */
static void names_an_impairment_on_the_senders_own_egress(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++)
		send_one(s, 5 + 10 * i, 0.03, i, 200);
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "sender's own egress"));
	sb_result_free(r);
}

/* Planted: a delay drawn for each packet, as netem does without a rate. */
static void names_jitter_without_a_rate(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	s->w.link.dir[SB_DOWN].jitter_ns = 5 * MS;
	for (uint32_t i = 0; i < 500; i++)
		send_one(s, 5 + i, 20 + 5 * sin(i * 2.4), i, 200);
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	assert_true(r->links[0][SB_DOWN].reordered > 100);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons,
				  "a delay drawn for each packet, without a rate, does that"));
	sb_result_free(r);
}

/* Planted: segmentation offload left on. */
static void names_offloads(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++)
		send_one(s, 5 + 10 * i, 20, i, i % 10 ? 200 : 2962);
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	assert_int_equal(r->verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->reasons, "segmentation offload is on, so one loss is many"));
	sb_result_free(r);
}

/* Planted: a capture that drops, and a processor that is taken away for 300 ms. */
static void names_a_capture_that_drops_and_a_stolen_processor(void **state)
{
	struct scene *s = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 500; i++) {
		double at = 5 + 4 * i, due = at + 20;

		send_one(s, at, (due >= 1000 && due < 1300 ? 1300 : due) - at, i, 200);
	}
	s->w.files.counters = s->w.counters;
	s->w.counters[SB_DOWN] = (struct sb_link_counters){.arrived = 500, .late = 75};
	s->w.files.stats[SB_AT_CLIENT] = (struct sb_capture_stats){.received = 500, .dropped = 3};
	r = sb_world_analyse(&s->w);
	assert_non_null(r);
	assert_int_equal(r->verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->reasons, "the capture client1 lost 3 of 500 packets"));
	assert_true(sb_has_reason(&r->reasons, "75 packets left more than 1 ms late"));
	assert_int_equal(r->flows[0].retransmits, -1); /* not counted from half a capture */
	sb_result_free(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_scene, end_scene)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(holds_a_faithful_event),
	    TEST(a_rate_within_an_outage_does_not_end_it),
	    TEST(a_burst_after_an_outage_is_not_part_of_it),
	    TEST(a_burst_before_an_outage_is_not_part_of_it),
	    TEST(sees_edges_that_are_off),
	    TEST(lets_the_loss_process_lose),
	    TEST(sees_a_delay_step_that_is_off),
	    TEST(does_not_pass_what_nobody_tried),
	    TEST(measures_a_rate_step),
	    TEST(sees_a_rate_step_that_is_off),
	    TEST(tells_not_exercised_from_held),
	    TEST(names_the_default_limit_on_a_geo_link),
	    TEST(a_managed_queue_may_drop_before_it_is_full),
	    TEST(names_an_impairment_on_the_senders_own_egress),
	    TEST(names_jitter_without_a_rate),
	    TEST(names_offloads),
	    TEST(names_a_capture_that_drops_and_a_stolen_processor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
