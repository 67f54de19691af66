// SPDX-License-Identifier: MIT
/* test_learn_end.c - one capture of a transfer: which end it is of, and clocks that hide the order */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pcap_make.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/learn.h"
#include "satbed/scenario.h"

#define SYN	  2
#define ACK	  16
#define SEGMENT	  1448u
#define COUNT	  400u
#define ANSWER_NS 30000 /* what a host takes */
#define FIRST	  UINT32_C(4294900000)

/**
 * struct transfer - from the server to the client, of COUNT segments
 * @delay_ns:	one way; @rate_bps of data
 * @window:	segments under way
 * @tick_ns:	of the capturing clock, 0 = 1 ns
 * @at_sender:	where it is captured
 * @acks_first:	ACKs are recorded before what else has their time
 */
struct transfer {
	int64_t delay_ns;
	double rate_bps;
	uint32_t window;
	int64_t tick_ns;
	bool at_sender, syn, timestamps, acks_first;
	/* what comes of it */
	struct sb_world w;
	struct sb_make m;
};

static void put(struct transfer *t, int64_t at_ns, struct sb_segment_spec s)
{
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	uint32_t len;

	s.client_port = 40000;
	s.server_port = 5201;
	s.window = 500;
	if (!t->timestamps)
		s.ts_value = s.ts_echo = 0;
	len = sb_make_segment(frame, &t->w.link, &s);
	if (t->tick_ns)
		at_ns = at_ns / t->tick_ns * t->tick_ns;
	sb_make_frame(&t->m, SB_WORLD_START_NS + at_ns, frame, len < 128 ? len : 128, len);
}

static uint32_t ms_of(int64_t t_ns)
{
	return 1000 + (uint32_t)(t_ns / SB_NS_PER_MS);
}

static void handshake(struct transfer *t)
{
	int64_t seen_ns = t->at_sender ? t->delay_ns : 0, trip_ns = 2 * t->delay_ns;
	int64_t answer_ns = t->at_sender ? ANSWER_NS : trip_ns;

	put(t, seen_ns, (struct sb_segment_spec){.flags = SYN, .seq = 99, .mss = 1460});
	put(t, seen_ns + answer_ns,
	    (struct sb_segment_spec){
		.dir = SB_DOWN, .flags = SYN | ACK, .seq = FIRST - 1, .ack = 100, .mss = 1460});
	put(t, seen_ns + answer_ns + (t->at_sender ? trip_ns : ANSWER_NS),
	    (struct sb_segment_spec){.flags = ACK, .seq = 100, .ack = FIRST});
}

/* Segment @i left at @sent_ns with the timestamp of an ACK that had come by then. */
static void put_data(struct transfer *t, uint32_t i, int64_t sent_ns, int64_t arrived_ns,
		     int64_t echo_ns)
{
	put(t, t->at_sender ? sent_ns : arrived_ns,
	    (struct sb_segment_spec){.dir = SB_DOWN,
				     .flags = ACK,
				     .seq = FIRST + i * SEGMENT,
				     .ack = 100,
				     .payload = SEGMENT,
				     .ts_value = ms_of(sent_ns),
				     .ts_echo = ms_of(echo_ns)});
}

static void put_ack(struct transfer *t, uint32_t next, int64_t made_ns, int64_t sent_ns)
{
	put(t, t->at_sender ? made_ns + t->delay_ns : made_ns,
	    (struct sb_segment_spec){.flags = ACK,
				     .seq = 100,
				     .ack = FIRST + next * SEGMENT,
				     .ts_value = ms_of(made_ns),
				     .ts_echo = ms_of(sent_ns)});
}

/* Every second segment is acknowledged, and each acknowledgement lets as many out. */
static void transfer(struct transfer *t)
{
	int64_t sent[COUNT], arrived[COUNT], free_ns = 0;
	int64_t begin_ns = 10 * t->delay_ns + SB_NS_PER_S;

	sb_world_init(&t->w);
	t->m = (struct sb_make){.snaplen = 128};
	if (t->syn)
		handshake(t);
	for (uint32_t i = 0; i < COUNT; i++) {
		uint32_t by = (i - t->window) | 1;

		sent[i] = i < t->window ? begin_ns + i : arrived[by] + t->delay_ns + 2 * ANSWER_NS;
		if (free_ns < sent[i])
			free_ns = sent[i];
		free_ns += (int64_t)(1514 * 8e9 / t->rate_bps);
		arrived[i] = free_ns + t->delay_ns;
	}
	for (int pass = 0; pass < 2; pass++)
		for (uint32_t i = 0; i < COUNT; i++) {
			if (pass == t->acks_first)
				put_data(t, i, sent[i], arrived[i],
					 i < t->window ? 0
						       : arrived[(i - t->window) | 1] + ANSWER_NS);
			else if (i % 2)
				put_ack(t, i + 1, arrived[i] + ANSWER_NS, sent[i - 1]);
		}
}

static int learn(struct transfer *t, struct sb_learned *l, struct sb_err *err)
{
	size_t len;
	uint8_t *bytes;
	char *path;
	int rc;

	transfer(t);
	bytes = sb_make_finish(&t->m, &len);
	path = sb_make_path(bytes, len);
	rc = sb_learn_read(path, NULL, l, err);
	close(atoi(path + strlen("/proc/self/fd/")));
	free(path);
	free(bytes);
	return rc;
}

#define SATELLITE .delay_ns = 25 * SB_NS_PER_MS, .rate_bps = 20e6, .window = 64

static void check_written(const struct sb_learned *l, const char *expected)
{
	struct sb_scenario *sc;
	struct sb_err err = {0};
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	sb_learned_write(to, l, "learned", "a capture");
	fclose(to);
	if (!strstr(text, expected))
		fail_msg("\"%s\" is not in:\n%s", expected, text);
	if (sb_scenario_parse("learned", text, len, NULL, 0, &sc, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	free(text);
}

/* Of the sender, by the best evidence there is, which the file names. */
static void test_the_senders_capture_is_known(void **state)
{
	static const char *const how[] = {"known by data in flight: ", "known by timestamps: ",
					  "known by the handshake: 50.0", "known by the handshake"};

	(void)state;
	for (int form = 0; form < 4; form++) {
		struct transfer t = {SATELLITE, .at_sender = true, .timestamps = form & 1,
				     .syn = form & 2};
		struct sb_learned l;
		struct sb_err err = {0};

		if (learn(&t, &l, &err))
			fail_msg("form %d: %s", form, err.msg);
		assert_int_equal(l.data, SB_DOWN);
		assert_int_equal(l.dir[SB_DOWN].lost, 0);
		if (fabs(l.dir[SB_DOWN].delays[0].value / 2 - 25e6) > 1e6)
			fail_msg("form %d: %.3f ms", form, l.dir[SB_DOWN].delays[0].value / 2e6);
		check_written(&l, how[form]);
		sb_learned_fini(&l);
	}
}

/* Of the receiver: refused for what is known, or for not being known. */
static void test_the_receivers_capture_is_refused(void **state)
{
	(void)state;
	for (int form = 0; form < 4; form++) {
		struct transfer t = {SATELLITE, .timestamps = form & 1, .syn = form & 2};
		struct sb_learned l;
		struct sb_err err = {0};

		assert_int_equal(learn(&t, &l, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, form ? "captured at the receiver" : "cannot tell whether"))
			fail_msg("form %d: %s", form, err.msg);
	}
}

/* A fast link between both ends and the capture: nothing says which end it is of. */
static void test_short_ways_are_not_told_apart(void **state)
{
	(void)state;
	for (int at_sender = 0; at_sender < 2; at_sender++) {
		struct transfer t = {
		    .delay_ns = 50000, .rate_bps = 1e9, .window = 2, .at_sender = at_sender};
		struct sb_learned l;
		struct sb_err err = {0};

		assert_int_equal(learn(&t, &l, &err), -1);
		assert_non_null(strstr(err.msg, "cannot tell whether"));
	}
}

/* Data and its acknowledgement at one instant, in either order: nothing was lost. */
static void test_a_coarse_clock_loses_nothing(void **state)
{
	(void)state;
	for (int form = 0; form < 8; form++) {
		struct transfer t = {.delay_ns = form & 4 ? 12 * SB_NS_PER_MS : 100000,
				     .rate_bps = 100e6,
				     .window = form & 4 ? 64 : 4,
				     .tick_ns = 10 * SB_NS_PER_MS,
				     .at_sender = true,
				     .syn = true,
				     .timestamps = form & 2,
				     .acks_first = form & 1};
		struct sb_learned l;
		struct sb_err err = {0};

		if (learn(&t, &l, &err))
			fail_msg("form %d: %s", form, err.msg);
		assert_int_equal(l.dir[SB_DOWN].lost, 0);
		assert_int_equal(l.tick_ns, t.tick_ns);
		if (fabs(l.dir[SB_DOWN].delays[0].value / 2 - (double)t.delay_ns) > 10e6)
			fail_msg("form %d: %.3f ms", form, l.dir[SB_DOWN].delays[0].value / 2e6);
		check_written(&l, "the captures' clock has ticks of 10ms");
		sb_learned_fini(&l);
	}
}

/* Equal microseconds, without anything idle between: acknowledged at once. */
static void test_equal_times_are_no_loss(void **state)
{
	struct transfer t = {.delay_ns = 0,
			     .rate_bps = 1e12,
			     .window = 2,
			     .tick_ns = SB_NS_PER_MS,
			     .at_sender = true,
			     .syn = true,
			     .acks_first = true};
	struct sb_learned l;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(learn(&t, &l, &err), 0);
	assert_int_equal(l.dir[SB_DOWN].lost, 0);
	assert_true(l.dir[SB_DOWN].delays[0].value <= 1e6);
	assert_true(l.between);
	check_written(&l, "taken for captured at the sender, which it may not be");
	sb_learned_fini(&l);
}

/* What a scenario can say is a day. */
static void test_more_than_a_day_is_cut(void **state)
{
	struct sb_learn_packet packets[100];
	struct sb_learn_trace trace = {.packets = packets, .count = 100};
	struct sb_learned l = {.known = {true, false}};

	(void)state;
	for (int i = 0; i < 100; i++)
		packets[i] = (struct sb_learn_packet){.sent_ns = i * 1000 * SB_NS_PER_S,
						      .arrived_ns = i * 1000 * SB_NS_PER_S +
								    20 * SB_NS_PER_MS,
						      .len = 100};
	sb_learn_dir(&trace, 0, &l.dir[0]);
	l.span_ns = l.dir[0].span_ns;
	sb_learn_grid(&l);
	check_written(&l, "a scenario at most a day\n\n[scenario]\nname = learned\nduration = 24h");
	sb_learned_fini(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_senders_capture_is_known),
	    cmocka_unit_test(test_the_receivers_capture_is_refused),
	    cmocka_unit_test(test_short_ways_are_not_told_apart),
	    cmocka_unit_test(test_a_coarse_clock_loses_nothing),
	    cmocka_unit_test(test_equal_times_are_no_loss),
	    cmocka_unit_test(test_more_than_a_day_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
