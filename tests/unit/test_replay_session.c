// SPDX-License-Identifier: MIT
/* test_replay_session.c - captures become sessions: turns, what they wait for, and nothing of the
 * network's own time */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/base/clock.h"
#include "satbed/agent_proto.h"
#include "satbed/pcap.h"
#include "satbed/replay_session.h"

#define FIN 0x01
#define SYN 0x02
#define ACK 0x10
#define MS  SB_NS_PER_MS

/**
 * struct talk - one connection, as a capture point sees it
 * @next:	sequence number by direction; @heard: what the other end knows of it
 */
struct talk {
	struct sb_make *make;
	uint32_t next[2], heard[2];
	uint16_t client_port;
};

static struct sb_world world;

static int set_up(void **state)
{
	(void)state;
	sb_world_init(&world);
	return 0;
}

static void put(struct sb_make *m, double ms, const struct sb_segment_spec *s)
{
	static uint8_t frame[SB_MAKE_FRAME_MAX];
	uint32_t len = sb_make_segment(frame, &world.link, s);
	uint32_t kept = m->snaplen && m->snaplen < len ? m->snaplen : len;

	sb_make_frame(m, SB_WORLD_MS(ms), frame, kept, len);
}

static struct sb_segment_spec segment(const struct talk *t, enum sb_dir dir, uint8_t flags,
				      uint32_t payload)
{
	return (struct sb_segment_spec){.dir = dir,
					.client_port = t->client_port,
					.server_port = 443,
					.flags = flags,
					.seq = t->next[dir],
					.ack = t->heard[!dir],
					.payload = payload,
					.window = 60000,
					.mss = flags & SYN ? 1460 : 0};
}

/* The other end does not know of it yet. */
static void say(struct talk *t, enum sb_dir dir, double ms, uint32_t payload)
{
	struct sb_segment_spec s = segment(t, dir, ACK, payload);

	put(t->make, ms, &s);
	t->next[dir] += payload;
}

/* The end of @dir has heard everything; @answer: and says so by itself */
static void hear(struct talk *t, enum sb_dir dir, double ms, bool answer)
{
	struct sb_segment_spec s;

	t->heard[!dir] = t->next[!dir];
	s = segment(t, dir, ACK, 0);
	if (answer)
		put(t->make, ms, &s);
}

/* @to_server_ms, @to_client_ms: round trips from the capture point */
static void shake_hands(struct talk *t, double ms, double to_server_ms, double to_client_ms)
{
	struct sb_segment_spec s;

	t->next[SB_UP] = 1000;
	t->next[SB_DOWN] = 4294967000u; /* numbers wrap in the first response */
	s = segment(t, SB_UP, SYN, 0);
	put(t->make, ms, &s);
	t->next[SB_UP]++;
	t->heard[SB_UP] = t->next[SB_UP];
	s = segment(t, SB_DOWN, SYN | ACK, 0);
	put(t->make, ms + to_server_ms, &s);
	t->next[SB_DOWN]++;
	hear(t, SB_UP, ms + to_server_ms + to_client_ms, true);
}

static struct sb_session *read_as(struct sb_make *m, const char *client)
{
	struct sb_session *s = NULL;
	struct sb_err err = {0};
	struct sb_pcap *pcap;
	size_t len;
	uint8_t *bytes = sb_make_finish(m, &len);

	assert_int_equal(sb_pcap_open_memory(bytes, len, &pcap, &err), 0);
	if (sb_session_read_pcap(pcap, "made", client, &s, &err))
		fail_msg("%s", err.msg);
	sb_pcap_close(pcap);
	free(bytes);
	return s;
}

static struct sb_session *read_made(struct sb_make *m)
{
	return read_as(m, NULL);
}

static void check_turn(const struct sb_session *s, size_t i, enum sb_dir dir, uint64_t bytes,
		       uint64_t needs, double wait_ms)
{
	const struct sb_session_turn *t = &s->turns[i];

	if (t->dir != dir || t->bytes != bytes || t->needs != needs ||
	    fabs((double)t->wait_ns / 1e6 - wait_ms) > 0.01)
		fail_msg("turn %zu: %s, %llu bytes, needs %llu, waits %.3f ms", i,
			 sb_dir_name((enum sb_dir)t->dir), (unsigned long long)t->bytes,
			 (unsigned long long)t->needs, (double)t->wait_ns / 1e6);
}

/*
 * 1 ms after the handshake 300 bytes up; the server thinks for 25 ms and answers with 5000; the
 * client thinks for 200 ms and asks for more.  Round trip 40 ms, @share of it beyond the point.
 */
static void request_and_response(struct talk *t, double beyond_ms)
{
	double near_ms = 40 - beyond_ms, at = 40 + 1;

	shake_hands(t, 0, beyond_ms, near_ms);
	for (int i = 0; i < 2; i++) {
		say(t, SB_UP, at, 300);
		at += beyond_ms + 25;
		hear(t, SB_DOWN, at, false);
		for (int k = 0; k < 3; k++)
			say(t, SB_DOWN, at + k, k < 2 ? 1460 : 2080);
		at += 2 + near_ms;
		hear(t, SB_UP, at, true);
		at += 200;
	}
}

static void test_turns_are_the_same_wherever_they_were_captured(void **state)
{
	static const double beyond_ms[] = {40, 30, 0};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sb_make m = {0};
		struct talk t = {.make = &m, .client_port = 40000};
		struct sb_session *s;

		request_and_response(&t, beyond_ms[i]);
		s = read_made(&m);
		assert_int_equal(s->flow_count, 1);
		assert_int_equal(s->turn_count, 4);
		assert_false(s->flows[0].concurrent);
		assert_true(s->flows[0].saw_start);
		assert_int_equal(s->flows[0].rtt_ns[1], beyond_ms[i] * 1e6);
		assert_int_equal(s->flows[0].rtt_ns[0], (40 - beyond_ms[i]) * 1e6);
		check_turn(s, 0, SB_UP, 300, 0, 1);
		check_turn(s, 1, SB_DOWN, 5000, 300, 25);
		check_turn(s, 2, SB_UP, 300, 5000, 200);
		check_turn(s, 3, SB_DOWN, 5000, 600, 25);
		assert_int_equal(s->flows[0].bytes[SB_UP], 600);
		assert_int_equal(s->flows[0].bytes[SB_DOWN], 10000);
		sb_session_free(s);
	}
}

/* 600 kB in flights of ten segments, each set free by an acknowledgement: one turn, no pause in it
 * is the application's.  Each thirtieth segment is sent again. */
static void test_a_transfer_is_one_turn_and_what_is_sent_again_counts_once(void **state)
{
	(void)state;
	for (int near = 0; near < 2; near++) {
		double to_server = near ? 0 : 100, at = 101;
		struct sb_make m = {0};
		struct talk t = {.make = &m, .client_port = 40000};
		struct sb_session *s;

		shake_hands(&t, 0, to_server, 100 - to_server);
		say(&t, SB_UP, at, 100);
		at += to_server;
		hear(&t, SB_DOWN, at, false);
		for (int flight = 0; flight < 40; flight++) {
			for (int k = 0; k < 10; k++)
				say(&t, SB_DOWN, at + k * 0.1, 1460);
			if (flight % 3 == 0) {
				t.next[SB_DOWN] -= 1460;
				say(&t, SB_DOWN, at + 2, 1460);
			}
			hear(&t, SB_UP, at + 3 + (100 - to_server), true);
			at += 103;
		}
		s = read_made(&m);
		assert_int_equal(s->turn_count, 2);
		check_turn(s, 1, SB_DOWN, 40 * 14600, 100, 0);
		assert_int_equal(s->flows[0].again[SB_DOWN], 14);
		assert_int_equal(s->flows[0].bytes[SB_DOWN], 40 * 14600);
		sb_session_free(s);
	}
}

/* The last byte left the client when it entered the queue; the server answered once it had it. */
static void test_a_wait_in_a_queue_is_no_thinking(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 40, 0);
	for (int i = 0; i < 100; i++)
		say(&t, SB_UP, 41 + i * 0.1, 1460);
	hear(&t, SB_DOWN, 1500, true);
	say(&t, SB_DOWN, 1505, 200);
	hear(&t, SB_UP, 1506, true);
	s = read_made(&m);
	assert_int_equal(s->turn_count, 2);
	/* The acknowledgement may have been held back for 40 ms. */
	check_turn(s, 1, SB_DOWN, 200, 146000, 45);
	sb_session_free(s);
}

/* Messages every 100 ms over a round trip of 610 ms: always some under way, and none waits. */
static void test_messages_keep_their_pace(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 610, 0);
	for (int i = 0; i < 50; i++) {
		say(&t, SB_UP, 700 + i * 100, 120);
		if (i >= 6) {
			uint32_t next = t.next[SB_UP];

			t.next[SB_UP] -= 6 * 120;
			hear(&t, SB_DOWN, 700 + i * 100 + 10, true);
			t.next[SB_UP] = next;
		}
	}
	s = read_made(&m);
	assert_int_equal(s->turn_count, 50);
	check_turn(s, 0, SB_UP, 120, 0, 90);
	for (size_t i = 1; i < 50; i++)
		check_turn(s, i, SB_UP, 120, 0, 100);
	sb_session_free(s);
}

/* Small writes that Nagle's algorithm holds until all before them is acknowledged: no pause in it.
 */
static void test_bytes_that_wait_for_an_acknowledgement(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 100, 0);
	for (int i = 0; i < 20; i++) {
		say(&t, SB_UP, 100.5 + i * 101, 120);
		hear(&t, SB_DOWN, 201 + i * 101, true);
	}
	s = read_made(&m);
	assert_int_equal(s->turn_count, 1);
	check_turn(s, 0, SB_UP, 20 * 120, 0, 0.5);
	sb_session_free(s);
}

/* At the receiver a full segment may be followed by an outage: only a long silence is a pause. */
static void test_a_silence_far_from_the_sender(void **state)
{
	static const int silence_ms[] = {300, 900};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct sb_make m = {0};
		struct talk t = {.make = &m, .client_port = 40000};
		struct sb_session *s;

		shake_hands(&t, 0, 100, 0);
		say(&t, SB_UP, 101, 50);
		hear(&t, SB_DOWN, 201, false);
		say(&t, SB_DOWN, 201, 1460);
		hear(&t, SB_UP, 202, true);
		say(&t, SB_DOWN, 201 + silence_ms[i], 1460);
		hear(&t, SB_UP, 202 + silence_ms[i], true);
		s = read_made(&m);
		assert_int_equal(s->turn_count, 2 + i);
		if (i)
			check_turn(s, 2, SB_DOWN, 1460, 50, 900);
		sb_session_free(s);
	}
}

/* Both ends send every 50 ms, and neither has heard of the other's when it does. */
static void test_ends_that_do_not_wait_for_each_other(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;
	size_t turns[2] = {0, 0};

	(void)state;
	shake_hands(&t, 0, 200, 0);
	for (int i = 0; i < 40; i++) {
		say(&t, SB_UP, 250 + i * 50, 500);
		say(&t, SB_DOWN, 260 + i * 50, 700);
		if (i % 4 == 3) {
			hear(&t, SB_UP, 270 + i * 50, true);
			hear(&t, SB_DOWN, 275 + i * 50, true);
		}
	}
	s = read_made(&m);
	assert_true(s->flows[0].concurrent);
	for (size_t i = 0; i < s->turn_count; i++) {
		assert_int_equal(s->turns[i].needs, 0);
		turns[s->turns[i].dir]++;
		if (turns[s->turns[i].dir] > 1)
			assert_int_equal(s->turns[i].wait_ns, 50 * MS);
	}
	assert_int_equal(turns[SB_UP], 40);
	assert_int_equal(turns[SB_DOWN], 40);
	sb_session_free(s);
}

/* Two transfers at once are two turns, however their segments mix. */
static void test_two_transfers_at_once(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 20, 0);
	for (int i = 0; i < 300; i++) {
		say(&t, SB_UP, 21 + i, 1460);
		say(&t, SB_DOWN, 21.5 + i, 1460);
		if (i % 10 == 9) {
			hear(&t, SB_UP, 21.7 + i, true);
			hear(&t, SB_DOWN, 21.8 + i, true);
		}
	}
	s = read_made(&m);
	assert_true(s->flows[0].concurrent);
	assert_int_equal(s->turn_count, 2);
	check_turn(s, 0, SB_UP, 300 * 1460, 0, 1);
	check_turn(s, 1, SB_DOWN, 300 * 1460, 0, 0);
	sb_session_free(s);
}

static void test_datagrams_keep_their_times_both_ways(void **state)
{
	struct sb_make m = {0};
	struct sb_session *s;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct sb_segment_spec d = {.dir = i % 3 ? SB_UP : SB_DOWN,
					    .udp = true,
					    .client_port = 5000,
					    .server_port = 5004,
					    .payload = (uint32_t)i};

		put(&m, 10 + i * 20, &d);
	}
	s = read_as(&m, "198.18.1.2");
	assert_int_equal(s->flow_count, 1);
	assert_int_equal(s->flows[0].proto, IPPROTO_UDP);
	assert_int_equal(s->turn_count, 100);
	assert_int_equal(s->duration_ns, 1980 * MS);
	for (size_t i = 0; i < 100; i++)
		check_turn(s, i, i % 3 ? SB_UP : SB_DOWN, i, 0, (double)i * 20);
	sb_session_free(s);
}

static void test_a_capture_begun_in_the_middle_and_cut_short(void **state)
{
	struct sb_make m = {.snaplen = 54};
	struct talk t = {.make = &m, .client_port = 40000, .next = {77, 5000}, .heard = {77, 5000}};
	struct sb_session *s;

	(void)state;
	/* Headers only; the rest of a response, then a whole exchange. */
	say(&t, SB_DOWN, 0, 1460);
	hear(&t, SB_UP, 1, true);
	say(&t, SB_UP, 101, 50);
	hear(&t, SB_DOWN, 131, false);
	say(&t, SB_DOWN, 131, 900);
	hear(&t, SB_UP, 132, true);
	s = read_as(&m, "198.18.1.2");
	assert_false(s->flows[0].saw_start);
	assert_int_equal(s->turn_count, 3);
	check_turn(s, 0, SB_DOWN, 1460, 0, 0);
	check_turn(s, 1, SB_UP, 50, 1460, 100);
	/* Nothing says what of it was the way: the shortest round trip known is this one. */
	check_turn(s, 2, SB_DOWN, 900, 50, 0);
	sb_session_free(s);
}

static void test_what_was_acknowledged_was_sent_though_not_captured(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_segment_spec fin;
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 10, 0);
	say(&t, SB_UP, 11, 100);
	t.next[SB_UP] += 50; /* missed by the capture */
	hear(&t, SB_DOWN, 30, false);
	say(&t, SB_DOWN, 30, 400);
	t.next[SB_DOWN] += 1460;
	say(&t, SB_DOWN, 31, 600);
	hear(&t, SB_UP, 32, true);
	fin = segment(&t, SB_UP, FIN | ACK, 0);
	put(&m, 33, &fin);
	t.next[SB_UP]++;
	hear(&t, SB_DOWN, 43, true);
	/* And a FIN that was missed is no byte. */
	t.next[SB_DOWN]++;
	hear(&t, SB_UP, 44, true);
	s = read_made(&m);
	assert_int_equal(s->turn_count, 2);
	assert_int_equal(s->flows[0].unseen, 50 + 1460);
	assert_int_equal(s->flows[0].bytes[SB_UP], 150);
	assert_int_equal(s->flows[0].bytes[SB_DOWN], 2460);
	assert_int_equal(s->turns[1].needs, 150);
	sb_session_free(s);
}

static void test_ports_used_again_are_another_connection(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	for (int i = 0; i < 2; i++) {
		shake_hands(&t, i * 1000, 10, 0);
		t.next[SB_UP] = 1001;
		say(&t, SB_UP, i * 1000 + 20, 100 + (uint32_t)i);
		hear(&t, SB_DOWN, i * 1000 + 30, true);
		if (!i) {
			/* Another first number, as any stack chooses. */
			struct sb_segment_spec syn = segment(&t, SB_UP, SYN, 0);

			syn.seq = 777000;
			put(&m, 990, &syn);
		}
	}
	/* One without a byte is left out. */
	t.client_port = 40001;
	shake_hands(&t, 3000, 10, 0);
	s = read_made(&m);
	assert_int_equal(s->flow_count, 2);
	assert_int_equal(s->flows[0].bytes[SB_UP], 100);
	assert_int_equal(s->flows[1].bytes[SB_UP], 101);
	assert_int_equal(s->empty, 2);
	sb_session_free(s);
}

static void test_who_is_the_client(void **state)
{
	struct sb_make m = {0};
	struct talk t = {.make = &m, .client_port = 40000};
	struct sb_session *s;

	(void)state;
	shake_hands(&t, 0, 10, 0);
	say(&t, SB_UP, 20, 100);
	hear(&t, SB_DOWN, 30, true);
	s = read_as(&m, "198.18.1.1");
	assert_true(s->flows[0].opened_by_server);
	assert_int_equal(s->flows[0].port[0], 443);
	check_turn(s, 0, SB_DOWN, 100, 0, 10);
	sb_session_free(s);
}

static void test_more_than_can_be_carried_is_refused(void **state)
{
	struct sb_make m = {0};
	struct sb_session *s = NULL;
	struct sb_err err = {0};
	struct sb_pcap *pcap;
	size_t len;
	uint8_t *bytes;

	(void)state;
	for (uint32_t i = 0; i <= SB_SESSION_FLOWS_MAX; i++) {
		struct sb_segment_spec d = {.udp = true,
					    .client_port = (uint16_t)(1000 + i),
					    .server_port = 53,
					    .payload = 40};

		put(&m, i, &d);
	}
	bytes = sb_make_finish(&m, &len);
	assert_int_equal(sb_pcap_open_memory(bytes, len, &pcap, &err), 0);
	assert_int_equal(sb_session_read_pcap(pcap, "many.pcap", NULL, &s, &err), -1);
	assert_null(s);
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "many.pcap: more than 4096 flows"));
	sb_pcap_close(pcap);
	free(bytes);
}

/* Two connections and a UDP flow, which go to different files, and come back from them. */
static struct sb_session *mixed_session(void)
{
	static struct sb_make m;
	struct talk t = {.make = &m, .client_port = 40000};
	struct talk up = {.make = &m, .client_port = 40001};
	struct sb_segment_spec d = {
	    .udp = true, .client_port = 5000, .server_port = 5004, .payload = 160};

	m = (struct sb_make){0};
	request_and_response(&t, 40);
	shake_hands(&up, 10, 40, 0);
	say(&up, SB_UP, 60, 1000);
	hear(&up, SB_DOWN, 100, true);
	put(&m, 20, &d);
	put(&m, 40, &d);
	return read_made(&m);
}

static void test_the_files_of_the_nodes(void **state)
{
	struct sb_session *s = mixed_session();
	const struct sb_node_session_head *head;
	const struct sb_node_session_flow *flows;
	const struct sb_node_session_turn *turns;
	size_t len;
	uint8_t *file = sb_session_file(s, SB_UP, &len);

	(void)state;
	assert_int_equal(s->flow_count, 3);
	head = (void *)file;
	flows = (void *)(head + 1);
	turns = (void *)(flows + 2);
	assert_int_equal(head->flows, 2);
	assert_int_equal(head->turns, 3);
	assert_int_equal(len, sizeof(*head) + 2 * sizeof(*flows) + 3 * sizeof(*turns));
	assert_int_equal(flows[0].start_ns, 10 * MS);
	assert_int_equal(flows[0].is_udp, 0);
	assert_int_equal(flows[1].is_udp, 1);
	assert_int_equal(flows[1].first, 1);
	assert_int_equal(flows[1].count, 2);
	assert_int_equal(turns[0].bytes, 1000);
	assert_int_equal(turns[2].wait_ns, 20 * MS);
	free(file);
	file = sb_session_file(s, SB_DOWN, &len);
	head = (void *)file;
	assert_int_equal(head->flows, 1);
	assert_int_equal(head->turns, 4);
	free(file);
	sb_session_free(s);
}

static void test_what_became_of_it(void **state)
{
	struct sb_session *s = mixed_session();
	struct sb_session_played *p = sb_session_played_new(s);
	struct sb_session_result r[3];
	/* Begun by the client at 500 and 1200 ms, answered in full at 700 and 1700 ms. */
	const int64_t down[] = {500 * MS, 700 * MS, 1200 * MS, 1700 * MS};
	const int64_t sent[] = {100 * MS, 20 * MS, 40 * MS}, came[] = {400 * MS, 50 * MS, -1};
	struct sb_session_played_end whole = {.received = 10000, .retransmits = 2};
	struct sb_session_played_end none = {.received = 400, .error = (char[]){"stalled"}};
	struct sb_session_played_end voice = {.sent = 2, .received = 160, .arrived = 1};

	(void)state;
	sb_session_played_times(p, SB_DOWN, 0, 0, down, 4);
	sb_session_played_times(p, SB_UP, 0, 0, sent, 3);
	sb_session_played_times(p, SB_UP, 1, 0, came, 3);
	/* What is not there is not taken. */
	sb_session_played_times(p, SB_UP, 1, 3, down, 4);
	sb_session_played_times(p, SB_UP, 1, -1, down, 1);
	sb_session_played_flow(p, SB_UP, 1, 2, &whole);
	sb_session_played_flow(p, SB_UP, 1, -1, &whole);

	sb_session_played_flow(p, SB_DOWN, 0, 0, &whole);
	whole.received = 600;
	sb_session_played_flow(p, SB_DOWN, 1, 0, &whole);
	sb_session_played_flow(p, SB_UP, 1, 0, &none);
	sb_session_played_flow(p, SB_UP, 0, 1, &voice);
	voice.sent = 0;
	sb_session_played_flow(p, SB_UP, 1, 1, &voice);
	sb_session_judge(p, r);
	assert_true(r[0].complete);
	assert_int_equal(r[0].arrived[SB_DOWN], 10000);
	assert_int_equal(r[0].replayed_ms.count, 2);
	assert_true(fabs(r[0].replayed_ms.p50 - 350) < 1e-6);
	assert_true(fabs(r[0].replayed_ms.max - 500) < 1e-6);
	/* 40 ms away, 25 to think, 2 until the last segment. */
	assert_true(fabs(r[0].captured_ms.p50 - 67) < 1e-6);
	assert_true(fabs(r[0].replayed_s - 1.7) < 1e-9);
	assert_int_equal(r[0].retransmits[SB_UP], 2);
	assert_false(r[1].complete);
	assert_string_equal(r[1].error, "stalled");
	assert_int_equal(r[1].retransmits[SB_UP], -1);
	assert_true(r[2].complete);
	assert_int_equal(r[2].datagrams[SB_UP], 2);
	assert_int_equal(r[2].came[SB_UP], 1);
	assert_true(fabs(r[2].delay_ms[SB_UP].p50 - 30) < 1e-6);
	sb_session_played_free(p);
	sb_session_free(s);
}

static void test_behind_a_relay_only_what_can_be_told_apart(void **state)
{
	struct sb_session *s = mixed_session();

	(void)state;
	assert_int_equal(sb_session_keep_relayed(s), 1);
	assert_int_equal(s->flow_count, 2);
	assert_int_equal(s->flows[1].proto, IPPROTO_TCP);
	sb_session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_turns_are_the_same_wherever_they_were_captured),
	    cmocka_unit_test(test_a_transfer_is_one_turn_and_what_is_sent_again_counts_once),
	    cmocka_unit_test(test_a_wait_in_a_queue_is_no_thinking),
	    cmocka_unit_test(test_messages_keep_their_pace),
	    cmocka_unit_test(test_bytes_that_wait_for_an_acknowledgement),
	    cmocka_unit_test(test_a_silence_far_from_the_sender),
	    cmocka_unit_test(test_ends_that_do_not_wait_for_each_other),
	    cmocka_unit_test(test_two_transfers_at_once),
	    cmocka_unit_test(test_datagrams_keep_their_times_both_ways),
	    cmocka_unit_test(test_a_capture_begun_in_the_middle_and_cut_short),
	    cmocka_unit_test(test_what_was_acknowledged_was_sent_though_not_captured),
	    cmocka_unit_test(test_ports_used_again_are_another_connection),
	    cmocka_unit_test(test_who_is_the_client),
	    cmocka_unit_test(test_more_than_can_be_carried_is_refused),
	    cmocka_unit_test(test_the_files_of_the_nodes),
	    cmocka_unit_test(test_what_became_of_it),
	    cmocka_unit_test(test_behind_a_relay_only_what_can_be_told_apart),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
