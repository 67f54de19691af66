// SPDX-License-Identifier: MIT
/* test_analysis_split.c - a relay in the path: two connections, translated addresses, proof of the
 * way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "pcap_make.h"

#define MS INT64_C(1000000)

#define assert_near(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

/* TCP flags, as in RFC 9293. */
#define SYN 2
#define ACK 16

/**
 * struct split - a world whose client is behind masquerading and a relay: the server is published
 * at an address and port of the host
 * @near:	packets as the client's veth has them: the client, and the published address
 * @far:	as the relay's tap has them: another source, MACs of the relay and of the tap
 * @leg:	as the server's veth has them: the relay's host, and the server itself
 */
struct split {
	struct sb_world w;
	struct sb_link near, far, leg;
	struct sb_relay_facts relay;
	uint16_t far_port;
};

static int make_split(void **state)
{
	struct split *t = test_calloc(1, sizeof(*t));

	sb_world_init(&t->w);
	t->w.plan.path = SB_PATH_SLIRP;
	t->w.plan.placement = SB_INSIDE;
	inet_pton(AF_INET, "10.88.0.1", &t->w.link.target4);
	t->w.flows[0].connect_port = 45201;
	t->w.flows[1].connect_port = 45202;
	t->near = t->far = t->leg = t->w.link;
	t->near.server.addr4 = t->far.server.addr4 = t->w.link.target4;
	memcpy(t->near.server.mac, "\x02\x42\x00\x00\x00\x09", 6);
	inet_pton(AF_INET, "10.0.2.100", &t->far.client.addr4);
	memcpy(t->far.client.mac, "\x02\x42\x00\x00\x00\x0a", 6);
	memcpy(t->far.server.mac, "\x52\x55\x0a\x00\x02\x02", 6);
	inet_pton(AF_INET, "10.88.0.2", &t->leg.client.addr4);
	memcpy(t->leg.client.mac, "\x02\x42\x00\x00\x00\x0b", 6);
	t->far_port = 50123;
	t->relay =
	    (struct sb_relay_facts){.counted = true, .tx_bytes = 1u << 30, .rx_bytes = 1u << 30};
	t->w.in.relays = &t->relay;
	*state = t;
	return 0;
}

static int end_split(void **state)
{
	test_free(*state);
	return 0;
}

/* One packet on the satellite leg: translated on its way, one hop further; @delay_ns < 0: lost. */
static void send_translated(struct split *t, int64_t t_ns, int64_t delay_ns,
			    const struct sb_segment_spec *s)
{
	struct sb_segment_spec far = *s;

	far.client_port = t->far_port;
	far.ttl = 63;
	if (s->dir == SB_UP) {
		sb_world_put(&t->w, SB_AT_CLIENT, t_ns, &t->near, s);
		if (delay_ns >= 0)
			sb_world_put(&t->w, SB_AT_SERVER, t_ns + delay_ns, &t->far, &far);
	} else {
		sb_world_put(&t->w, SB_AT_SERVER, t_ns, &t->far, &far);
		if (delay_ns >= 0)
			sb_world_put(&t->w, SB_AT_CLIENT, t_ns + delay_ns, &t->near, s);
	}
}

static struct sb_segment_spec segment(enum sb_dir dir, uint8_t flags, uint32_t seq,
				      uint32_t payload)
{
	return (struct sb_segment_spec){.dir = dir,
					.client_port = 41000,
					.server_port = 45201,
					.flags = flags,
					.seq = seq,
					.payload = payload,
					.window = 65535};
}

/* A handshake on the satellite leg whose answer has the one option libslirp has, and the relay's
 * own towards the server. */
static void open_both(struct split *t)
{
	struct sb_segment_spec syn = segment(SB_UP, SYN, 1000, 0);
	struct sb_segment_spec syn_ack = segment(SB_DOWN, SYN | ACK, 7000, 0);

	syn.mss = syn_ack.mss = 1460;
	syn.window_scale = 10;
	syn.sack = true;
	syn.ts_value = 5;
	syn_ack.ack = 1001;
	send_translated(t, SB_WORLD_MS(10), 20 * MS, &syn);
	send_translated(t, SB_WORLD_MS(31), 20 * MS, &syn_ack);
	syn.server_port = syn_ack.server_port = 5201;
	syn.client_port = syn_ack.client_port = 33333;
	syn.mss = syn_ack.mss = 1400;
	syn_ack.window_scale = 7;
	sb_world_put(&t->w, SB_AT_OTHER_LEG, SB_WORLD_MS(30.1), &t->leg, &syn);
	sb_world_put(&t->w, SB_AT_OTHER_LEG, SB_WORLD_MS(30.2), &t->leg, &syn_ack);
}

static struct sb_result *analyse(struct split *t)
{
	struct sb_result *r = sb_world_analyse(&t->w);

	assert_non_null(r);
	return r;
}

static void packets_are_matched_through_translation(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	open_both(t);
	for (uint32_t i = 0; i < 200; i++) {
		struct sb_segment_spec data = segment(SB_UP, ACK, 1001 + 1000 * i, 1000);
		struct sb_segment_spec ack = segment(SB_DOWN, ACK, 7001, 0);

		data.id = (uint16_t)i;
		ack.id = (uint16_t)i;
		ack.ack = 2001 + 1000 * i;
		send_translated(t, SB_WORLD_MS(100 + i), i == 50 ? -1 : 20 * MS, &data);
		send_translated(t, SB_WORLD_MS(120.5 + i), 20 * MS, &ack);
	}
	r = analyse(t);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_dir_result *d = &r->links[0][dir];

		assert_int_equal(d->sent, 201);
		assert_int_equal(d->arrived, dir == SB_UP ? 200 : 201);
		assert_near(d->delay_ms.p50, 20, 1e-9);
		assert_near(d->delay_ms.max, 20, 1e-9);
		assert_false(sb_has_reason(&d->reasons, "not seen going in"));
	}
	assert_int_equal(r->flows[0].bytes, 199000);
	assert_int_equal(r->flows[0].retransmits, 0);
	assert_near(r->flows[0].handshake_ms, 41, 1e-9);
	sb_result_free(r);
}

static void datagrams_are_matched_through_translation(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++) {
		struct sb_segment_spec s = {.dir = SB_DOWN,
					    .udp = true,
					    .client_port = 42000,
					    .server_port = 45202,
					    .id = (uint16_t)i,
					    .payload = 200};

		send_translated(t, SB_WORLD_MS(10 + i), i % 10 ? 20 * MS : -1, &s);
	}
	r = analyse(t);
	assert_int_equal(r->flows[1].packets, 100);
	assert_int_equal(r->flows[1].lost, 10);
	assert_int_equal(r->links[0][SB_DOWN].arrived, 90);
	sb_result_free(r);
}

/* Two connections to one port differ in nothing but their numbers once ports are left out. */
static void parallel_connections_stay_apart(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++)
		for (uint16_t c = 0; c < 2; c++) {
			struct sb_segment_spec s =
			    segment(SB_UP, ACK, 1001 + 1000 * i + 900000000u * c, 1000);

			s.client_port = (uint16_t)(41000 + c);
			t->far_port = (uint16_t)(50123 - c);
			send_translated(t, SB_WORLD_MS(10 + i + 0.1 * c), (20 + 10 * c) * MS, &s);
		}
	r = analyse(t);
	assert_int_equal(r->links[0][SB_UP].arrived, 200);
	assert_near(r->links[0][SB_UP].owd_ms.max, 30, 1e-9);
	assert_int_equal(r->flows[0].bytes, 200000);
	assert_int_equal(r->flows[0].retransmits, 0);
	sb_result_free(r);
}

static void each_leg_has_its_own_options(void **state)
{
	struct split *t = *state;
	const struct sb_flow_result *f;
	struct sb_result *r;

	open_both(t);
	r = analyse(t);
	f = &r->flows[0];
	assert_true(f->syn.seen && f->syn_ack.seen && f->other_syn.seen && f->other_syn_ack.seen);
	assert_int_equal(f->syn.window_scale, 10);
	assert_true(f->syn.sack && f->syn.timestamps);
	assert_int_equal(f->syn_ack.mss, 1460);
	assert_int_equal(f->syn_ack.window_scale, -1);
	assert_false(f->syn_ack.sack || f->syn_ack.timestamps);
	assert_int_equal(f->other_syn.mss, 1400);
	assert_int_equal(f->other_syn_ack.window_scale, 7);
	/* 65535 bytes for every 40 ms. */
	assert_near(f->window_cap_bps, 65535 * 8 / 0.040, 1);
	sb_result_free(r);
}

static void a_scaled_window_has_no_cap(void **state)
{
	struct split *t = *state;
	struct sb_segment_spec syn = segment(SB_UP, SYN, 1, 0);
	struct sb_segment_spec syn_ack = segment(SB_DOWN, SYN | ACK, 1, 0);
	struct sb_result *r;

	syn.window_scale = syn_ack.window_scale = 8;
	syn_ack.ack = 2;
	send_translated(t, SB_WORLD_MS(10), 20 * MS, &syn);
	send_translated(t, SB_WORLD_MS(31), 20 * MS, &syn_ack);
	r = analyse(t);
	assert_true(isnan(r->flows[0].window_cap_bps));
	sb_result_free(r);
}

/* 100 segments, one of them twice. */
static void send_with_one_again(struct split *t)
{
	open_both(t);
	for (uint32_t i = 0; i < 100; i++) {
		struct sb_segment_spec s = segment(t->w.flows[0].dir, ACK, 1001 + 1000 * i, 1000);

		s.id = (uint16_t)i;
		if (t->w.flows[0].dir == SB_DOWN)
			s.seq += 6000;
		send_translated(t, SB_WORLD_MS(100 + i), 20 * MS, &s);
		s.id = 5000;
		if (i == 7)
			send_translated(t, SB_WORLD_MS(100.5 + i), 20 * MS, &s);
	}
}

static void tcp_info_of_the_other_leg_is_not_compared(void **state)
{
	static const struct {
		enum sb_placement placement;
		enum sb_dir dir;
		bool elsewhere;
	} cases[] = {
	    {SB_INSIDE, SB_UP, false},
	    {SB_INSIDE, SB_DOWN, true},
	    {SB_OUTSIDE, SB_UP, true},
	    {SB_OUTSIDE, SB_DOWN, false},
	};
	struct split *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_result *r;

		t->w.plan.placement = cases[i].placement;
		t->w.flows[0].dir = (uint8_t)cases[i].dir;
		t->w.reports[0].retransmits = 40;
		send_with_one_again(t);
		r = analyse(t);
		assert_int_equal(r->flows[0].retransmits, 1);
		assert_int_equal(r->flows[0].tcp_info_elsewhere, cases[i].elsewhere);
		assert_int_equal(r->flows[0].retransmits_tcp_info, cases[i].elsewhere ? -1 : 40);
		assert_int_equal(sb_has_reason(&r->reasons, "by TCP_INFO"), !cases[i].elsewhere);
		sb_result_free(r);
	}
}

static void the_tap_must_have_carried_it(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	send_with_one_again(t);
	t->w.reports[0].bytes = 100000;
	t->relay.tx_bytes = 99999;
	r = analyse(t);
	assert_int_equal(r->verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->reasons, "client1 up: the flows carried 100000 bytes"));
	assert_true(
	    sb_has_reason(&r->reasons, "slirp4netns carried 99999: the traffic took another path"));
	sb_result_free(r);

	send_with_one_again(t);
	t->relay.tx_bytes = 100000;
	r = analyse(t);
	assert_false(sb_has_reason(&r->reasons, "another way"));
	sb_result_free(r);
}

static void what_is_not_proved_is_said(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	send_with_one_again(t);
	t->relay.counted = false;
	r = analyse(t);
	assert_int_equal(r->verdict, SB_WARN);
	assert_true(sb_has_reason(&r->reasons, "not proven that the traffic went through"));
	sb_result_free(r);

	send_with_one_again(t);
	t->relay = (struct sb_relay_facts){
	    .counted = true, .tx_bytes = 1u << 30, .rx_bytes = 1u << 30, .ended = "out of luck"};
	r = analyse(t);
	assert_int_equal(r->verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->reasons, "slirp4netns ended during the run: out of luck"));
	sb_result_free(r);
}

/* Like pasta: the same bytes again, with neither an identification nor a timestamp. */
static void equal_packets_that_were_overtaken_are_lost(void **state)
{
	struct split *t = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++) {
		struct sb_segment_spec s = segment(SB_UP, ACK, 1001 + 1000 * i, 1000);

		/* Every other one is lost at first, and sent again after the next one. */
		send_translated(t, SB_WORLD_MS(100 + 10 * i), i % 2 ? -1 : 20 * MS, &s);
		if (i % 2)
			send_translated(t, SB_WORLD_MS(100 + 10 * i + 25), 20 * MS, &s);
	}
	r = analyse(t);
	assert_int_equal(r->links[0][SB_UP].sent, 150);
	assert_int_equal(r->links[0][SB_UP].arrived, 100);
	assert_near(r->links[0][SB_UP].owd_ms.max, 20, 1e-9);
	assert_int_equal(r->links[0][SB_UP].reordered, 0);
	sb_result_free(r);
}

static void frames_of_others_are_not_the_links(void **state)
{
	struct split *t = *state;
	struct sb_link unmatched = t->near;
	struct sb_segment_spec s = segment(SB_UP, ACK, 1, 100);
	struct sb_result *r;

	inet_pton(AF_INET, "10.0.2.3", &unmatched.server.addr4);
	for (uint32_t i = 0; i < 30; i++) {
		sb_world_put(&t->w, SB_AT_CLIENT, SB_WORLD_MS(10 + i), &unmatched, &s);
		sb_world_put(&t->w, SB_AT_SERVER, SB_WORLD_MS(30 + i), &unmatched, &s);
	}
	r = analyse(t);
	assert_int_equal(r->links[0][SB_UP].sent, 0);
	assert_int_equal(r->links[0][SB_DOWN].sent, 0);
	sb_result_free(r);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_split, end_split)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(packets_are_matched_through_translation),
	    TEST(datagrams_are_matched_through_translation),
	    TEST(parallel_connections_stay_apart),
	    TEST(each_leg_has_its_own_options),
	    TEST(a_scaled_window_has_no_cap),
	    TEST(tcp_info_of_the_other_leg_is_not_compared),
	    TEST(the_tap_must_have_carried_it),
	    TEST(what_is_not_proved_is_said),
	    TEST(equal_packets_that_were_overtaken_are_lost),
	    TEST(frames_of_others_are_not_the_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
