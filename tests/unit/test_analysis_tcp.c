// SPDX-License-Identifier: MIT
/* test_analysis_tcp.c - what counts as a retransmission, round-trip times, distinct bytes */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "pcap_make.h"

#define PORT 5201
#define ACK  16
#define SYN  2
#define FIN  1

struct talk {
	struct sb_world w;
	bool v6;
	double at_ms;
};

static int make_talk(void **state)
{
	struct talk *t = test_calloc(1, sizeof(*t));

	sb_world_init(&t->w);
	*state = t;
	return 0;
}

static int end_talk(void **state)
{
	test_free(*state);
	return 0;
}

/* A segment of the flow at @ms, seen at the other end 20 ms later; lost when @lost. */
static void say(struct talk *t, double ms, struct sb_segment_spec s, bool lost)
{
	s.client_port = s.client_port ? s.client_port : 40000;
	s.server_port = PORT;
	s.v6 = t->v6;
	s.id = (uint16_t)(ms * 100);
	if (!s.window)
		s.window = 500;
	if (s.window == UINT16_MAX)
		s.window = 0;
	sb_world_send(&t->w, SB_WORLD_MS(ms), lost ? -1 : 20000000, &s);
}

static void data(struct talk *t, double ms, uint32_t seq, uint32_t len)
{
	say(t, ms, (struct sb_segment_spec){.flags = ACK, .seq = seq, .payload = len}, false);
}

/* An acknowledgement that the client sees at @ms. */
static void ack(struct talk *t, double ms, uint32_t number)
{
	say(t, ms - 20,
	    (struct sb_segment_spec){.dir = SB_DOWN, .flags = ACK, .seq = 900, .ack = number},
	    false);
}

static void open_connection(struct talk *t, uint32_t seq)
{
	say(t, 0, (struct sb_segment_spec){.flags = SYN, .seq = seq, .mss = 1460}, false);
	say(t, 21,
	    (struct sb_segment_spec){
		.dir = SB_DOWN, .flags = SYN | ACK, .seq = 899, .ack = seq + 1, .mss = 1460},
	    false);
	say(t, 41, (struct sb_segment_spec){.flags = ACK, .seq = seq + 1, .ack = 900}, false);
}

static struct sb_flow_result analyse(struct talk *t, struct sb_result **keep)
{
	*keep = sb_world_analyse(&t->w);
	assert_non_null(*keep);
	return (*keep)->flows[0];
}

static void expect(struct talk *t, int64_t retransmits, uint64_t bytes)
{
	struct sb_result *r;
	struct sb_flow_result f = analyse(t, &r);

	assert_int_equal(f.retransmits, retransmits);
	assert_int_equal(f.bytes, bytes);
	sb_result_free(r);
}

static void sends_each_byte_once(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	for (uint32_t i = 0; i < 50; i++)
		data(t, 50 + i, 1001 + 1000 * i, 1000);
	expect(t, 0, 50000);
}

static void counts_a_repeated_segment(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	say(t, 50, (struct sb_segment_spec){.flags = ACK, .seq = 1001, .payload = 1000}, true);
	data(t, 51, 2001, 1000);
	data(t, 99, 1001, 1000);
	data(t, 100, 3001, 1000);
	data(t, 300, 1001, 1000);
	expect(t, 2, 3000);
}

static void counts_partial_overlap_once(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	data(t, 51, 1501, 1000);
	data(t, 52, 2501, 100);
	expect(t, 1, 1600);
}

static void forgives_a_sender_out_of_order(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	data(t, 51, 3001, 1000);
	data(t, 52, 2001, 1000);
	data(t, 53, 4001, 1000);
	expect(t, 0, 4000);
}

static void leaves_keep_alives_out(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	ack(t, 95, 2001);
	/* One byte of rubbish, and none, below snd_nxt. */
	data(t, 5000, 2000, 1);
	data(t, 10000, 2000, 0);
	expect(t, 0, 1000);
}

static void counts_a_lost_byte_sent_again(void **state)
{
	struct talk *t = *state;

	/* As a keep-alive looks, but the byte was not acknowledged. */
	open_connection(t, 1000);
	say(t, 50, (struct sb_segment_spec){.flags = ACK, .seq = 1001, .payload = 1}, true);
	data(t, 300, 1001, 1);
	expect(t, 1, 1);
}

static void leaves_window_probes_out(void **state)
{
	struct talk *t = *state;
	struct sb_segment_spec closed = {
	    .dir = SB_DOWN, .flags = ACK, .seq = 900, .ack = 2001, .window = UINT16_MAX};

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	say(t, 75, closed, false);
	/* The first byte behind the window, refused twice; then the window opens. */
	say(t, 300, (struct sb_segment_spec){.flags = ACK, .seq = 2001, .payload = 1}, true);
	say(t, 700, (struct sb_segment_spec){.flags = ACK, .seq = 2001, .payload = 1}, true);
	ack(t, 800, 2001);
	data(t, 801, 2001, 1000);
	expect(t, 0, 2000);
}

static void counts_syn_again(void **state)
{
	struct talk *t = *state;

	say(t, 0, (struct sb_segment_spec){.flags = SYN, .seq = 1000, .mss = 1460}, true);
	say(t, 1000, (struct sb_segment_spec){.flags = SYN, .seq = 1000, .mss = 1460}, false);
	data(t, 1050, 1001, 100);
	expect(t, 1, 100);
}

static void counts_syn_ack_again_for_the_server(void **state)
{
	struct talk *t = *state;
	struct sb_segment_spec syn_ack = {
	    .dir = SB_DOWN, .flags = SYN | ACK, .seq = 899, .ack = 1001, .mss = 1460};

	t->w.flows[0].dir = SB_DOWN;
	say(t, 0, (struct sb_segment_spec){.flags = SYN, .seq = 1000, .mss = 1460}, false);
	say(t, 21, syn_ack, true);
	say(t, 1021, syn_ack, false);
	say(t, 1100,
	    (struct sb_segment_spec){.dir = SB_DOWN, .flags = ACK, .seq = 900, .payload = 700},
	    false);
	expect(t, 1, 700);
}

static void counts_fin_again(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	say(t, 50, (struct sb_segment_spec){.flags = ACK | FIN, .seq = 1001, .payload = 10}, true);
	say(t, 250, (struct sb_segment_spec){.flags = ACK | FIN, .seq = 1001, .payload = 10},
	    false);
	/* The FIN alone, too. */
	say(t, 450, (struct sb_segment_spec){.flags = ACK | FIN, .seq = 1011}, false);
	expect(t, 2, 10);
}

static void follows_sequence_numbers_around(void **state)
{
	struct talk *t = *state;
	uint32_t start = UINT32_MAX - 20000;

	open_connection(t, start);
	for (uint32_t i = 0; i < 50; i++)
		data(t, 50 + i, start + 1 + 1000 * i, 1000);
	data(t, 200, start + 1 + 1000 * 19, 1000);
	data(t, 201, start + 1 + 1000 * 21, 1000);
	expect(t, 2, 50000);
}

static void counts_a_tail_loss_probe(void **state)
{
	struct talk *t = *state;

	/* The last segment again, once all is sent: with new data it would be no retransmission. */
	open_connection(t, 1000);
	for (uint32_t i = 0; i < 10; i++)
		data(t, 50 + i / 10.0, 1001 + 1000 * i, 1000);
	ack(t, 92, 10001);
	data(t, 140, 10001, 1000);
	expect(t, 1, 10000);
}

static void counts_unsegmented_frames_by_segment(void **state)
{
	struct talk *t = *state;

	open_connection(t, 1000);
	data(t, 50, 1001, 10 * 1460);
	data(t, 51, 1001, 10 * 1460);
	/* The first 3 of these 5 were sent. */
	data(t, 52, 1001 + 7 * 1460, 5 * 1460);
	expect(t, 13, 12 * 1460);
}

static void follows_ipv6(void **state)
{
	struct talk *t = *state;

	t->v6 = true;
	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	say(t, 60,
	    (struct sb_segment_spec){.extension = true, .flags = ACK, .seq = 1001, .payload = 1000},
	    false);
	expect(t, 1, 1000);
}

static void tells_connections_apart(void **state)
{
	struct talk *t = *state;

	/* Two at once with equal numbers, then one port again with new numbers. */
	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	say(t, 60, (struct sb_segment_spec){.client_port = 40001, .flags = SYN, .seq = 1000},
	    false);
	say(t, 61,
	    (struct sb_segment_spec){
		.client_port = 40001, .flags = ACK, .seq = 1001, .payload = 1000},
	    false);
	say(t, 500, (struct sb_segment_spec){.flags = SYN, .seq = 500}, false);
	data(t, 550, 501, 1000);
	expect(t, 0, 3000);
}

static void refuses_after_capture_drops(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	t->w.files.stats[SB_AT_CLIENT] =
	    (struct sb_capture_stats){.received = 100000, .dropped = 1};
	assert_int_equal(analyse(t, &r).retransmits, -1);
	assert_int_equal(r->capture_dropped, 1);
	assert_int_equal(r->verdict, SB_WARN);
	assert_true(sb_has_reason(&r->reasons, "lost 1 of 100000"));
	sb_result_free(r);
}

static void warns_when_tcp_info_differs(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	data(t, 90, 1001, 1000);
	t->w.reports[0].retransmits = 3;
	assert_int_equal(analyse(t, &r).retransmits_tcp_info, 3);
	assert_true(sb_has_reason(&r->reasons, "1 retransmits in the capture, 3 by TCP_INFO"));
	sb_result_free(r);
}

static void measures_round_trips(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;
	struct sb_flow_result f;

	open_connection(t, 1000);
	data(t, 50, 1001, 1000);
	data(t, 60, 2001, 1000);
	/* Both by one: the newer was what triggered it. */
	ack(t, 101, 3001);
	/* Sent twice: which one is acknowledged is unknown (Karn). */
	data(t, 110, 3001, 1000);
	data(t, 150, 3001, 1000);
	ack(t, 152, 4001);
	data(t, 160, 4001, 1000);
	ack(t, 203, 5001);
	f = analyse(t, &r);
	assert_int_equal(f.rtt_ms.count, 2);
	assert_true(fabs(f.rtt_ms.p50 - 42) < 1e-6);
	assert_true(fabs(f.rtt_ms.max - 43) < 1e-6);
	assert_true(fabs(f.handshake_ms - 41) < 1e-6);
	sb_result_free(r);
}

static void measures_repeated_segments_by_timestamp(void **state)
{
	struct talk *t = *state;
	struct sb_segment_spec s = {.flags = ACK, .seq = 1001, .payload = 1000, .ts_value = 100};
	struct sb_segment_spec a = {
	    .dir = SB_DOWN, .flags = ACK, .seq = 900, .ack = 2001, .ts_value = 7, .ts_echo = 140};
	struct sb_result *r;
	struct sb_flow_result f;

	open_connection(t, 1000);
	say(t, 50, s, true);
	s.ts_value = 140;
	say(t, 90, s, false);
	say(t, 111, a, false);
	f = analyse(t, &r);
	assert_int_equal(f.rtt_ms.count, 1);
	assert_true(fabs(f.rtt_ms.p50 - 41) < 1e-6);
	sb_result_free(r);
}

static void reads_syn_options(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;
	struct sb_flow_result f;

	say(t, 0,
	    (struct sb_segment_spec){.flags = SYN | 64 | 128,
				     .seq = 1000,
				     .mss = 1460,
				     .window_scale = 7,
				     .sack = true,
				     .ts_value = 5},
	    false);
	say(t, 21,
	    (struct sb_segment_spec){.dir = SB_DOWN, .flags = SYN | ACK, .ack = 1001, .mss = 65480},
	    false);
	f = analyse(t, &r);
	assert_true(f.syn.seen && f.syn.sack && f.syn.timestamps && f.syn.ecn);
	assert_int_equal(f.syn.mss, 1460);
	assert_int_equal(f.syn.window_scale, 7);
	assert_true(f.syn_ack.seen && !f.syn_ack.sack && !f.syn_ack.timestamps && !f.syn_ack.ecn);
	assert_int_equal(f.syn_ack.mss, 65480);
	assert_int_equal(f.syn_ack.window_scale, -1);
	sb_result_free(r);
}

static void bins_what_arrives(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;
	struct sb_flow_result f;

	open_connection(t, 1000);
	data(t, 70, 1001, 1000);
	data(t, 85, 2001, 500);
	data(t, 190, 1001, 1000);
	f = analyse(t, &r);
	assert_int_equal(f.bin_count, 600);
	assert_int_equal(f.bins[0], 1000);
	assert_int_equal(f.bins[1], 500);
	assert_int_equal(f.bin_retransmits[0], 0);
	assert_int_equal(f.bin_retransmits[1], 1);
	sb_result_free(r);
}

static void stops_goodput_at_the_end_of_measuring(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;
	struct sb_flow_result f;

	t->w.reports[0].end_real_ns = SB_WORLD_MS(1000);
	open_connection(t, 1000);
	data(t, 70, 1001, 1000);
	data(t, 990, 2001, 1000);
	f = analyse(t, &r);
	assert_int_equal(f.bytes, 1000);
	assert_true(fabs(f.seconds - 1) < 1e-9);
	assert_true(fabs(f.goodput_bps - 8000) < 1e-6);
	sb_result_free(r);
}

/* Twelve round trips of 40 ms fit into the second half of a second. */
static void gives_the_goodput_after_slow_start(void **state)
{
	struct talk *t = *state;
	struct sb_result *r;
	struct sb_flow_result f;

	t->w.reports[0].end_real_ns = SB_WORLD_MS(1000);
	open_connection(t, 1000);
	data(t, 70, 1001, 1000);
	data(t, 499, 2001, 1000);
	data(t, 501, 3001, 1000);
	data(t, 979, 4001, 1000);
	f = analyse(t, &r);
	assert_int_equal(f.bytes, 4000);
	assert_true(fabs(f.settled_bps - 2000 * 8 / 0.48) < 1e-6);
	sb_result_free(r);
}

#define talk_test(f) cmocka_unit_test_setup_teardown(f, make_talk, end_talk)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    talk_test(sends_each_byte_once),
	    talk_test(counts_a_repeated_segment),
	    talk_test(counts_partial_overlap_once),
	    talk_test(forgives_a_sender_out_of_order),
	    talk_test(leaves_keep_alives_out),
	    talk_test(counts_a_lost_byte_sent_again),
	    talk_test(leaves_window_probes_out),
	    talk_test(counts_syn_again),
	    talk_test(counts_syn_ack_again_for_the_server),
	    talk_test(counts_fin_again),
	    talk_test(follows_sequence_numbers_around),
	    talk_test(counts_a_tail_loss_probe),
	    talk_test(counts_unsegmented_frames_by_segment),
	    talk_test(follows_ipv6),
	    talk_test(tells_connections_apart),
	    talk_test(refuses_after_capture_drops),
	    talk_test(warns_when_tcp_info_differs),
	    talk_test(measures_round_trips),
	    talk_test(measures_repeated_segments_by_timestamp),
	    talk_test(reads_syn_options),
	    talk_test(bins_what_arrives),
	    talk_test(stops_goodput_at_the_end_of_measuring),
	    talk_test(gives_the_goodput_after_slow_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
