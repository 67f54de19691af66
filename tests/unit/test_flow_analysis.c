// SPDX-License-Identifier: MIT
/* test_flow_analysis.c - what a walk through a capture says of its flows, and two captures of each other
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/flow_analysis_pair.h"
#include "flow_analysis/sketch.h"

#define FIN 1
#define SYN 2
#define RST 4
#define ACK 16
#define MS  INT64_C(1000000)
#define T0  INT64_C(1700000000000000000)

/** struct talk - one connection as one capture sees it; the server sends */
struct talk {
	struct sb_world w;
	struct sb_make m;
	uint16_t id;
	uint32_t ms; /* of the server's timestamps */
};

static int make_talk(void **state)
{
	struct talk *t = test_calloc(1, sizeof(*t));

	sb_world_init(&t->w);
	t->m.snaplen = 128;
	*state = t;
	return 0;
}

static int end_talk(void **state)
{
	test_free(*state);
	return 0;
}

static void put(struct talk *t, double ms, struct sb_segment_spec s)
{
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	uint32_t len;

	s.client_port = s.client_port ? s.client_port : 40000;
	s.server_port = 5201;
	if (!s.window)
		s.window = 500;
	if (s.window == UINT16_MAX)
		s.window = 0;
	len = sb_make_segment(frame, &t->w.link, &s);
	sb_make_frame(&t->m, T0 + (int64_t)(ms * 1e6), frame, len < 128 ? len : 128, len);
}

/* A segment of the server's, with the next identification. */
static void data(struct talk *t, double ms, uint32_t seq, uint32_t len)
{
	put(t, ms,
	    (struct sb_segment_spec){.dir = SB_DOWN,
				     .flags = ACK,
				     .seq = seq,
				     .ack = 100,
				     .payload = len,
				     .id = ++t->id});
}

static void ack(struct talk *t, double ms, uint32_t number)
{
	put(t, ms, (struct sb_segment_spec){.flags = ACK, .seq = 100, .ack = number});
}

static void greet(struct talk *t)
{
	put(t, 0,
	    (struct sb_segment_spec){
		.flags = SYN, .seq = 99, .mss = 1460, .window_scale = 7, .sack = true});
	put(t, 1,
	    (struct sb_segment_spec){
		.dir = SB_DOWN, .flags = SYN | ACK, .seq = 999, .ack = 100, .mss = 1400});
	ack(t, 2, 1000);
}

static struct sb_flow_analysis flow_analysis_of(struct talk *t,
						const struct sb_flow_analysis_options *options)
{
	struct sb_flow_analysis s;
	struct sb_err err = {0};
	struct sb_pcap *pcap;
	size_t len;
	uint8_t *file = sb_make_finish(&t->m, &len);

	assert_int_equal(sb_pcap_open_memory(file, len, &pcap, &err), 0);
	sb_flow_analysis_read(pcap, options ? options : &(struct sb_flow_analysis_options){0}, &s);
	sb_pcap_close(pcap);
	free(file);
	return s;
}

static void knows_who_is_who(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;
	char text[SB_FLOW_ANALYSIS_END_MAX];

	greet(t);
	data(t, 10, 1000, 1000);
	ack(t, 40, 2000);
	put(t, 50,
	    (struct sb_segment_spec){.dir = SB_DOWN, .flags = FIN | ACK, .seq = 2000, .ack = 100});
	put(t, 51, (struct sb_segment_spec){.flags = FIN | ACK, .seq = 100, .ack = 2001});
	s = flow_analysis_of(t, NULL);
	assert_int_equal(s.flow_count, 1);
	assert_int_equal(s.packets, 7);
	assert_true(s.flows[0].saw_start);
	sb_flow_analysis_end(&s.flows[0], 0, text);
	assert_string_equal(text, "198.18.1.2:40000");
	assert_int_equal(s.flows[0].dir[1].goodput_bytes, 1000);
	assert_int_equal(s.flows[0].dir[0].goodput_bytes, 0);
	assert_int_equal(s.flows[0].dir[0].packets, 4);
	assert_int_equal(s.flows[0].dir[0].syn.mss, 1460);
	assert_int_equal(s.flows[0].dir[0].syn.window_scale, 7);
	assert_true(s.flows[0].dir[0].syn.sack && !s.flows[0].dir[0].syn.timestamps);
	assert_int_equal(s.flows[0].dir[1].syn.mss, 1400);
	assert_int_equal(s.flows[0].dir[1].syn.window_scale, -1);
	assert_int_equal(s.flows[0].last_ns - s.flows[0].first_ns, 51 * MS);
	assert_int_equal(s.flows[0].handshake_ns, 2 * MS);
	assert_int_equal(s.flows[0].dir[1].rtt.count, 1);
	assert_true(fabs(s.flows[0].dir[1].rtt.p50_ms - 30) < 1e-9);
	sb_flow_analysis_fini(&s);
}

/* At the sender: sent twice.  After the loss: a hole that is filled by something newer. */
static void counts_retransmissions_on_both_sides_of_the_loss(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;

	greet(t);
	data(t, 10, 1000, 1000); /* 1 */
	data(t, 11, 2000, 1000); /* 2 */
	data(t, 50, 1000, 1000); /* 3: again */
	t->id++;		 /* 4: lost before this point, [3000, 4000) */
	data(t, 52, 4000, 1000); /* 5 */
	data(t, 53, 3000, 1000); /* 6: sent again, whatever the clock says */
	s = flow_analysis_of(t, NULL);
	assert_int_equal(s.flows[0].dir[1].retransmits, 2);
	assert_int_equal(s.flows[0].dir[1].lost_before, 1);
	assert_int_equal(s.flows[0].dir[1].reordered, 0);
	assert_int_equal(s.flows[0].dir[1].goodput_bytes, 4000);
	sb_flow_analysis_fini(&s);
}

/* The same bytes in the same places, but sent before: reordered, or copied by the network. */
static void tells_reordering_and_copies_from_retransmissions(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;

	greet(t);
	data(t, 10, 1000, 1000);
	t->id++;
	data(t, 11, 3000, 1000);
	t->id -= 2;
	data(t, 90, 2000, 1000); /* late, with an identification between the two */
	t->id--;
	data(t, 91, 2000, 1000); /* and once more, the very same */
	s = flow_analysis_of(t, NULL);
	assert_int_equal(s.flows[0].dir[1].retransmits, 0);
	assert_int_equal(s.flows[0].dir[1].reordered, 1);
	assert_int_equal(s.flows[0].dir[1].duplicates, 1);
	sb_flow_analysis_fini(&s);
}

/* A segment without payload of the server's, with the next identification. */
static void empty(struct talk *t, double ms, uint32_t seq)
{
	data(t, ms, seq, 0);
}

/* It was sent with the next number to be sent: what lies below was sent before. */
static void empty_segments_reveal_what_was_lost(void **state)
{
	struct talk *t = *state;

	for (int form = 0; form < 4; form++) {
		bool late = form & 1, begun = form & 2;
		struct sb_flow_analysis s;

		t->id = 100;
		if (begun)
			greet(t);
		if (begun)
			data(t, 10, 1000, 1000);
		t->id += 2; /* [2000, 4000), lost before this point */
		empty(t, 11, 4000);
		t->id = late ? 101 : 110;
		data(t, 30, 2000, 1000);
		data(t, 31, 3000, 1000);
		t->id = 120;
		data(t, 32, 4000, 1000);
		ack(t, 60, 5000);
		s = flow_analysis_of(t, NULL);
		assert_int_equal(s.flow_count, 1);
		for (int i = 0; i < 2; i++) {
			if (s.flows[0].port[i] == 5201)
				continue;
			assert_int_equal(s.flows[0].dir[i].retransmits, 0);
			assert_int_equal(s.flows[0].dir[!i].retransmits, late ? 0 : 2);
			assert_int_equal(s.flows[0].dir[!i].lost_before, late ? 0 : 2);
			assert_int_equal(s.flows[0].dir[!i].reordered, late ? 2 : 0);
			assert_int_equal(s.flows[0].dir[!i].unseen, 0);
			assert_int_equal(s.flows[0].dir[!i].goodput_bytes, begun ? 4000 : 3000);
		}
		sb_flow_analysis_fini(&s);
	}
}

/* A number beyond any window is a stray: what comes then in a row is fresh. */
static void strays_reveal_nothing(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;

	greet(t);
	data(t, 10, 1000, 1000);
	empty(t, 11, 2000 + (1u << 30) + 1);
	data(t, 12, 2000, 1000);
	s = flow_analysis_of(t, NULL);
	assert_int_equal(s.flows[0].dir[1].retransmits, 0);
	assert_int_equal(s.flows[0].dir[1].goodput_bytes, 2000);
	sb_flow_analysis_fini(&s);
}

/*
 * With one byte below what was sent last, or with none; seen before its answer, after an
 * acknowledgement, or alone: no payload, nothing sent again, nothing missing.
 */
static void keep_alives_at_the_beginning_are_no_payload(void **state)
{
	struct talk *t = *state;

	for (int form = 0; form < 6; form++) {
		bool acked_before = form % 3 == 1, alone = form % 3 == 2;
		struct sb_flow_analysis s;
		int server;

		if (acked_before)
			ack(t, 0, 5000);
		for (int i = 1; i < 4; i++) {
			data(t, 1000 * i, 4999, form < 3);
			if (!alone)
				ack(t, 1000 * i + 20, 5000);
		}
		data(t, 5000, 5000, 1000);
		ack(t, 5020, 6000);
		s = flow_analysis_of(t, NULL);
		server = s.flows[0].port[0] == 5201 ? 0 : 1;
		assert_int_equal(s.flows[0].dir[server].goodput_bytes, 1000);
		assert_int_equal(s.flows[0].dir[server].retransmits, 0);
		assert_int_equal(s.flows[0].dir[server].reordered, 0);
		assert_int_equal(s.flows[0].dir[server].unseen, 0);
		assert_int_equal(s.flows[0].dir[!server].dup_acks, 0);
		sb_flow_analysis_fini(&s);
	}
}

/* IPv6 has no identification: timestamps tell, and without them the time since the hole opened. */
static void judges_by_timestamps_and_time(void **state)
{
	struct talk *t = *state;

	for (int form = 0; form < 4; form++) {
		bool ts = form & 1, late = form & 2;
		struct sb_segment_spec x = {.v6 = true,
					    .dir = SB_DOWN,
					    .flags = ACK,
					    .ack = 100,
					    .payload = 1000,
					    .seq = 1000,
					    .ts_value = ts ? 500 : 0};
		struct sb_flow_analysis s;

		put(t, 10, x);
		x.seq = 3000;
		x.ts_value = ts ? 510 : 0;
		put(t, 20, x);
		x.seq = 2000;
		/* Against the time where there are timestamps. */
		x.ts_value = !ts ? 0 : late ? 505 : 520;
		put(t, late ? 24 : 22, x);
		s = flow_analysis_of(t, NULL);
		assert_int_equal(s.flows[0].dir[0].retransmits, ts ? !late : late);
		assert_int_equal(s.flows[0].dir[0].reordered, ts ? late : !late);
		sb_flow_analysis_fini(&s);
	}
}

/* 2000 is sent again, the receiver has it twice and says so; 3000 was lost and is not named. */
static void knows_what_was_sent_in_vain(void **state)
{
	struct talk *t = *state;
	static const uint8_t dsack[] = {1, 1, 5, 10, 0, 0, 0x07, 0xd0, 0, 0, 0x0b, 0xb8};
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	struct sb_segment_spec s = {.flags = ACK,
				    .seq = 100,
				    .ack = 5000,
				    .window = 500,
				    .ts_value = 1,
				    .client_port = 40000,
				    .server_port = 5201};
	struct sb_flow_analysis flow_analysis;
	uint32_t len;

	greet(t);
	for (uint32_t i = 1; i < 5; i++)
		data(t, 10 + i, 1000 * i, 1000);
	data(t, 50, 2000, 1000);
	data(t, 51, 3000, 1000);
	/* Its timestamps make room for the block. */
	len = sb_make_segment(frame, &t->w.link, &s);
	memcpy(frame + len - 12, dsack, 12);
	sb_make_frame(&t->m, T0 + 80 * MS, frame, len, len);
	sb_make_frame(&t->m, T0 + 81 * MS, frame, len, len);
	flow_analysis = flow_analysis_of(t, NULL);
	assert_int_equal(flow_analysis.flows[0].dir[1].retransmits, 2);
	assert_int_equal(flow_analysis.flows[0].dir[1].spurious, 1);
	sb_flow_analysis_fini(&flow_analysis);
}

static void counts_what_acknowledgements_say(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;

	greet(t);
	data(t, 10, 1000, 1000);
	data(t, 11, 3000, 1000); /* [2000, 3000) was not captured */
	ack(t, 20, 2000);
	ack(t, 21, 2000);
	ack(t, 22, 2000);
	/* Another window: an update, no duplicate. */
	put(t, 23, (struct sb_segment_spec){.flags = ACK, .seq = 100, .ack = 2000, .window = 501});
	put(t, 24,
	    (struct sb_segment_spec){.flags = ACK, .seq = 100, .ack = 4000, .window = UINT16_MAX});
	put(t, 25,
	    (struct sb_segment_spec){.flags = ACK, .seq = 100, .ack = 4000, .window = UINT16_MAX});
	ack(t, 26, 4000);
	ack(t, 27, 6000); /* and nobody saw what comes before this */
	s = flow_analysis_of(t, NULL);
	assert_int_equal(s.flows[0].dir[0].dup_acks, 2);
	assert_int_equal(s.flows[0].dir[0].zero_windows, 1);
	assert_int_equal(s.flows[0].dir[1].unseen, 1000 + 2000);
	assert_int_equal(s.flows[0].dir[1].retransmits, 0);
	sb_flow_analysis_fini(&s);
}

/* Each interval's row holds what came in it, and the rows add up. */
static void rows_are_of_their_interval(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis_options options = {0};
	char *csv = NULL, *line;
	size_t len, rows = 0, bytes = 0;
	struct sb_flow_analysis s;

	greet(t);
	for (uint32_t i = 0; i < 30; i++)
		data(t, 10 + 20 * i, 1000 + 100 * i, 100);
	options.csv = open_memstream(&csv, &len);
	s = flow_analysis_of(t, &options);
	fclose(options.csv);
	line = strchr(csv, '\n') + 1;
	assert_non_null(strstr(line,
			       "1700000000.100,tcp,198.18.1.2:40000,198.18.1.1:5201,to-client,5,"
			       "500,500,40000,0,\n"));
	for (; *line; line = strchr(line, '\n') + 1) {
		const char *found = strstr(line, "to-client");
		unsigned long packets, payload;

		if (!found || found > strchr(line, '\n') ||
		    sscanf(found, "to-client,%lu,%lu", &packets, &payload) != 2)
			continue;
		rows++;
		bytes += payload;
	}
	assert_int_equal(bytes, 3000);
	assert_int_equal(rows, 6);
	free(csv);
	sb_flow_analysis_fini(&s);
}

/* A scan of 20,000 ports beside one transfer, with room for 64 flows: the transfer is kept, the
 * rest is in the sum. */
static void stays_small_among_many_flows(void **state)
{
	struct talk *t = *state;
	struct sb_flow_analysis s;

	greet(t);
	for (uint32_t i = 0; i < 20000; i++) {
		if (i % 100 == 0)
			data(t, 10 + i, 1000 + 10 * i, 1000);
		put(t, 10 + i,
		    (struct sb_segment_spec){
			.client_port = (uint16_t)(1 + i), .flags = SYN, .seq = i, .mss = 1460});
	}
	s = flow_analysis_of(t, &(struct sb_flow_analysis_options){.max_flows = 64});
	assert_int_equal(s.flow_count, 64);
	assert_int_equal(s.flows[0].dir[1].payload, 200000);
	assert_int_equal(s.other.flows, 20001 - 64);
	assert_int_equal(s.other.packets, 20001 - 64);
	sb_flow_analysis_fini(&s);
}

/* Against the exact quantile: within the stated error, over six decades. */
static void sketches_keep_their_promise(void **state)
{
	enum { COUNT = 20000 };
	static double exact[COUNT];
	struct sb_sketch sketch = {0};
	struct sb_rng rng;
	double q[99], ns[99];
	size_t kept = 0;

	(void)state;
	sb_rng_seed(&rng, 3, 3);
	for (int i = 0; i < COUNT; i++) {
		exact[i] = floor(pow(10, 3 + 6.0 * i / COUNT));
		kept += sb_sketch_add(&sketch, (int64_t)exact[i]);
	}
	for (int i = 0; i < 99; i++)
		q[i] = (i + 1) / 100.0;
	sb_sketch_at(&sketch, 99, q, ns);
	for (int i = 0; i < 99; i++) {
		double value = exact[(int)ceil(q[i] * COUNT) - 1];

		assert_true(fabs(ns[i] / value - 1) <= SB_SKETCH_ERROR);
	}
	assert_true(kept < 16384);
	assert_int_equal(sb_sketch_spread(&sketch).count, COUNT);
	sb_sketch_fini(&sketch);
	/* Small, huge and negative ones. */
	for (int i = 0; i < 62; i++)
		(void)sb_sketch_add(&sketch, INT64_C(1) << i);
	(void)sb_sketch_add(&sketch, -5);
	sb_sketch_at(&sketch, 2, (const double[]){0, 1}, ns);
	assert_true(ns[0] <= 0);
	assert_true(fabs(ns[1] / ldexp(1, 61) - 1) <= SB_SKETCH_ERROR);
	sb_sketch_fini(&sketch);
}

/** struct ends - both captures of one link, with what lies between them */
struct ends {
	struct talk a, b;
	int64_t offset_ns;
	bool nat;
};

/* @ms at the end that sends; the other is @delay_ms away, negative: lost. */
static void cross(struct ends *e, double ms, double delay_ms, struct sb_segment_spec s)
{
	bool down = s.dir == SB_DOWN;
	double at_a = down ? ms + delay_ms : ms, at_b = down ? ms : ms + delay_ms;

	s.id = s.id ? s.id : ++e->a.id;
	if (!down || delay_ms >= 0)
		put(&e->a, at_a, s);
	if (e->nat) {
		s.client_port = 61000;
		s.ttl = 63;
	}
	if (down || delay_ms >= 0)
		put(&e->b, at_b + (double)e->offset_ns / 1e6, s);
}

static struct sb_pair pair_of(struct ends *e)
{
	size_t len_a, len_b;
	uint8_t *a = sb_make_finish(&e->a.m, &len_a), *b = sb_make_finish(&e->b.m, &len_b);
	char *path_a = sb_make_path(a, len_a), *path_b = sb_make_path(b, len_b);
	const char *const paths[2] = {path_a, path_b};
	struct sb_err err = {0};
	struct sb_pair pair;

	assert_int_equal(sb_pair_read(paths, &(struct sb_flow_analysis_options){0}, &pair, &err),
			 0);
	free(a);
	free(b);
	free(path_a);
	free(path_b);
	return pair;
}

/* 400 segments up, 30 ms away, every 40th lost, every 100th overtaken; acknowledgements 20 ms down.
 */
static void talk_across(struct ends *e)
{
	sb_world_init(&e->a.w);
	sb_world_init(&e->b.w);
	e->a.m.snaplen = e->b.m.snaplen = 128;
	if (e->nat) {
		inet_pton(AF_INET, "10.7.7.7", &e->b.w.link.client.addr4);
		inet_pton(AF_INET, "10.7.7.1", &e->b.w.link.server.addr4);
	}
	for (uint32_t i = 0; i < 400; i++) {
		double delay = i % 40 == 5 ? -1 : i % 100 == 50 ? 33 : 30;

		cross(e, i * 2, delay,
		      (struct sb_segment_spec){
			  .flags = ACK, .seq = 1000 + 500 * i, .ack = 77, .payload = 500});
		cross(e, i * 2 + 31, 20,
		      (struct sb_segment_spec){
			  .dir = SB_DOWN, .flags = ACK, .seq = 77, .ack = 1500 + 500 * i});
	}
}

static const struct sb_pair_dir *dir_from(const struct sb_pair *p, bool client)
{
	return &p->flows[0].dir[(p->flows[0].port[0] == 40000) == client ? 0 : 1];
}

static void matches_both_ends(void **state)
{
	(void)state;
	for (int form = 0; form < 4; form++) {
		struct ends *e = test_calloc(1, sizeof(*e));
		struct sb_pair pair;
		const struct sb_pair_dir *up, *down;

		e->nat = form & 1;
		/* Far apart: nothing would arrive before it is sent without a correction. */
		e->offset_ns = form & 2 ? -3000 * MS : 0;
		talk_across(e);
		pair = pair_of(e);
		assert_int_equal(pair.flow_count, 1);
		assert_int_equal(pair.matched, 390 + 400);
		assert_int_equal(pair.translated, e->nat);
		assert_false(sb_pair_is_split(&pair));
		up = dir_from(&pair, true);
		down = dir_from(&pair, false);
		assert_true(up->from_first && !down->from_first);
		assert_int_equal(up->sent, 400);
		assert_int_equal(up->lost, 10);
		assert_int_equal(up->reordered, 4);
		assert_int_equal(down->sent, 400);
		assert_int_equal(down->lost, 0);
		assert_int_equal(up->unmatched + down->unmatched, 0);
		/* 30 and 20 ms; where clocks differ both are taken to be 25. */
		assert_true(fabs(up->delay.p50_ms - (form & 2 ? 25 : 30)) < 30 * SB_SKETCH_ERROR);
		assert_true(fabs(down->delay.p50_ms - (form & 2 ? 25 : 20)) < 30 * SB_SKETCH_ERROR);
		if (form & 2)
			assert_true(llabs(pair.offset_ns - (e->offset_ns + 5 * MS)) <= MS);
		else
			assert_int_equal(pair.offset_ns, 0);
		sb_pair_fini(&pair);
		test_free(e);
	}
}

/* A copy by the network, and a packet that the sender's capture missed. */
static void counts_copies_and_unmatched(void **state)
{
	struct ends *e = test_calloc(1, sizeof(*e));
	struct sb_segment_spec s = {
	    .flags = ACK, .seq = 1000 + 500 * 200, .ack = 77, .payload = 500, .id = 9999};
	struct sb_pair pair;

	(void)state;
	talk_across(e);
	cross(e, 300.5, 30, s);
	put(&e->b, 331, s);
	s.id = 9998;
	put(&e->b, 340, s);
	pair = pair_of(e);
	assert_int_equal(dir_from(&pair, true)->duplicated, 1);
	assert_int_equal(dir_from(&pair, true)->unmatched, 1);
	assert_int_equal(dir_from(&pair, true)->lost, 10);
	sb_pair_fini(&pair);
	test_free(e);
}

/* What one capture has from before or after the other's time is not lost. */
static void judges_the_common_time_only(void **state)
{
	struct ends *e = test_calloc(1, sizeof(*e));
	struct sb_pair pair;

	(void)state;
	talk_across(e);
	for (uint32_t i = 0; i < 100; i++) {
		put(&e->a, -500 + i,
		    (struct sb_segment_spec){.flags = ACK, .seq = i, .payload = 1, .id = 500});
		put(&e->a, 2000 + i,
		    (struct sb_segment_spec){.flags = ACK, .seq = i, .payload = 1, .id = 600});
	}
	pair = pair_of(e);
	assert_int_equal(dir_from(&pair, true)->lost, 10);
	sb_pair_fini(&pair);
	test_free(e);
}

static void says_when_nothing_matches(void **state)
{
	struct ends *e = test_calloc(1, sizeof(*e));
	struct sb_pair pair;

	(void)state;
	talk_across(e);
	free(sb_make_finish(&e->b.m, &(size_t){0}));
	for (uint32_t i = 0; i < 200; i++)
		put(&e->b, i,
		    (struct sb_segment_spec){.flags = ACK, .seq = 7 + i * 900, .payload = 900});
	pair = pair_of(e);
	assert_int_equal(pair.matched, 0);
	assert_true(sb_pair_is_split(&pair));
	sb_pair_fini(&pair);
	test_free(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_TALK(test) cmocka_unit_test_setup_teardown(test, make_talk, end_talk)
	    WITH_TALK(knows_who_is_who),
	    WITH_TALK(counts_retransmissions_on_both_sides_of_the_loss),
	    WITH_TALK(tells_reordering_and_copies_from_retransmissions),
	    WITH_TALK(empty_segments_reveal_what_was_lost),
	    WITH_TALK(strays_reveal_nothing),
	    WITH_TALK(keep_alives_at_the_beginning_are_no_payload),
	    WITH_TALK(judges_by_timestamps_and_time),
	    WITH_TALK(knows_what_was_sent_in_vain),
	    WITH_TALK(counts_what_acknowledgements_say),
	    WITH_TALK(rows_are_of_their_interval),
	    WITH_TALK(stays_small_among_many_flows),
	    cmocka_unit_test(sketches_keep_their_promise),
	    cmocka_unit_test(matches_both_ends),
	    cmocka_unit_test(counts_copies_and_unmatched),
	    cmocka_unit_test(judges_the_common_time_only),
	    cmocka_unit_test(says_when_nothing_matches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
