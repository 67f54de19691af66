// SPDX-License-Identifier: MIT
/* test_analysis_link.c - both ends matched, compared with an ideal link, judged */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "pcap_make.h"
#include "satbed/base/rng.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)

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

/* Datagram @id of the stream flow, down; @delay_ns < 0: lost. */
static struct sb_segment_spec datagram(uint32_t id, uint32_t frame_len)
{
	return (struct sb_segment_spec){.dir = SB_DOWN,
					.udp = true,
					.client_port = 41000,
					.server_port = 5202,
					.id = (uint16_t)id,
					.payload = frame_len - 42};
}

static void send_one(struct sb_world *w, int64_t t_ns, int64_t delay_ns, uint32_t id,
		     uint32_t frame_len)
{
	struct sb_segment_spec s = datagram(id, frame_len);

	sb_world_send(w, t_ns, delay_ns, &s);
}

/* @n datagrams, one each ms, 20 ms under way. */
static void send_steadily(struct sb_world *w, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		send_one(w, SB_WORLD_MS(10 + i), 20 * MS, i, 200);
}

static struct sb_result *analyse(struct sb_world *w)
{
	struct sb_result *r = sb_world_analyse(w);

	assert_non_null(r);
	return r;
}

static void passes_a_faithful_link(void **state)
{
	struct sb_result *r;
	struct sb_dir_result *d;

	send_steadily(*state, 1000);
	r = analyse(*state);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->sent, 1000);
	assert_int_equal(d->arrived, 1000);
	assert_near(d->owd_ms.p50, 20, 1e-9);
	assert_near(d->delay_ms.p50, 20, 1e-9);
	assert_near(d->configured_delay_ms.p99, 20, 1e-9);
	assert_near(d->delay_error_ms.max, 0, 1e-9);
	assert_int_equal(d->verdict, SB_PASS);
	assert_int_equal(d->reasons.count, 0);
	assert_int_equal(r->flows[1].packets, 1000);
	assert_int_equal(r->flows[1].lost, 0);
	assert_int_equal(r->flows[1].bytes, 158000);
	/* The other direction carried nothing. */
	assert_int_equal(r->links[0][SB_UP].verdict, SB_WARN);
	assert_true(sb_has_reason(&r->links[0][SB_UP].reasons, "no packet was sent"));
	sb_result_free(r);
}

static void says_when_there_is_too_little(void **state)
{
	struct sb_result *r;

	send_steadily(*state, 12);
	r = analyse(*state);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_WARN);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "only 12 packets"));
	sb_result_free(r);
}

static void finds_loss_duplicates_and_reordering(void **state)
{
	struct sb_world *w = *state;
	struct sb_segment_spec again = datagram(70, 200);
	struct sb_result *r;
	struct sb_dir_result *d;

	for (uint32_t i = 0; i < 100; i++) {
		int64_t delay = i % 10 == 3 ? -1 : 20 * MS;

		/* Number 50 arrives after 51 and 52: one packet is reordered (RFC 4737), not two.
		 */
		if (i == 50)
			delay = 23 * MS - 500 * US;
		send_one(w, SB_WORLD_MS(10 + i), delay, i, 200);
	}
	sb_world_arrive(w, SB_WORLD_MS(101), &again);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->sent, 100);
	assert_int_equal(d->arrived, 90);
	assert_int_equal(d->lost_link, 10);
	assert_int_equal(d->duplicated, 1);
	assert_int_equal(d->reordered, 1);
	assert_true(sb_has_reason(&d->reasons, "1 packets were reordered"));
	assert_true(sb_has_reason(&d->reasons, "1 packets were duplicated"));
	assert_true(sb_has_reason(&d->reasons, "loss is 10 % of 100 packets, configured 0 %"));
	assert_int_equal(r->flows[1].lost, 10);
	sb_result_free(r);
}

static void gives_packets_sent_at_once_no_order(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	send_steadily(w, 30);
	/* Two processors, 300 ns apart, came to the link the other way round; 30 us apart is order.
	 */
	send_one(w, SB_WORLD_MS(50.0003), 20 * MS, 100, 200);
	send_one(w, SB_WORLD_MS(50), 20 * MS + 5 * US, 101, 200);
	send_one(w, SB_WORLD_MS(60), 20 * MS + 90 * US, 102, 200);
	send_one(w, SB_WORLD_MS(60.03), 20 * MS, 103, 200);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].reordered, 1);
	sb_result_free(r);
}

/* What another stream sends is stamped before it queues, too, and may wait for its processor. */
static void gives_two_streams_that_take_turns_no_order(void **state)
{
	struct sb_world *w = *state;
	struct sb_segment_spec other = datagram(500, 200);
	struct sb_result *r;

	other.client_port = 40001;
	send_steadily(w, 30);
	sb_world_send(w, SB_WORLD_MS(50), 20 * MS + 400 * US, &other);
	send_one(w, SB_WORLD_MS(50.3), 20 * MS, 100, 200);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].reordered, 0);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_PASS);
	sb_result_free(r);
}

/* But a link that holds packets back longer than a delay that passes reorders. */
static void finds_reordering_between_streams(void **state)
{
	struct sb_world *w = *state;
	struct sb_segment_spec other = datagram(500, 200);
	struct sb_result *r;

	other.client_port = 40001;
	send_steadily(w, 30);
	sb_world_send(w, SB_WORLD_MS(50), 20 * MS + 1300 * US, &other);
	send_one(w, SB_WORLD_MS(51.1), 20 * MS, 100, 200);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].reordered, 1);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "1 packets were reordered"));
	sb_result_free(r);
}

static void takes_equal_packets_first_in_first_out(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* All alike, 5 ms apart, four under way at a time. */
	for (uint32_t i = 0; i < 100; i++)
		send_one(w, SB_WORLD_MS(10 + 5 * i), 20 * MS, 7, 200);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->arrived, 100);
	assert_int_equal(d->duplicated + d->reordered, 0);
	assert_near(d->owd_ms.max, 20, 1e-9);
	sb_result_free(r);
}

static void does_not_take_a_late_twin_for_a_lost_one(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* The same bytes ten seconds later are not the lost packet. */
	send_one(w, SB_WORLD_MS(10), -1, 7, 200);
	for (uint32_t i = 0; i < 30; i++)
		send_one(w, SB_WORLD_MS(10000 + 3000 * (i == 29) + i), 20 * MS, 7 + i % 29, 200);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->sent, 31);
	assert_int_equal(d->lost_link, 1);
	assert_near(d->owd_ms.max, 20, 1e-9);
	sb_result_free(r);
}

static void ignores_what_may_change_on_the_way(void **state)
{
	struct sb_world *w = *state;
	struct sb_segment_spec s = datagram(1, 200);
	struct sb_result *r;

	send_steadily(w, 1);
	/* A router between: the TTL is one less. */
	sb_world_send(w, SB_WORLD_MS(50), -1,
		      &(struct sb_segment_spec){.dir = SB_DOWN,
						.udp = true,
						.client_port = 41000,
						.server_port = 5202,
						.id = 2,
						.payload = 158,
						.ttl = 64});
	s.id = 2;
	s.ttl = 63;
	sb_world_arrive(w, SB_WORLD_MS(70), &s);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].arrived, 2);
	sb_result_free(r);
}

static void predicts_serialisation(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* 1500 B at 12 Mbit/s is 1 ms: 200 at once leave 1 ms apart. */
	w->link.dir[SB_DOWN].initial.rate_bps = 12000000;
	for (uint32_t i = 0; i < 200; i++)
		send_one(w, SB_WORLD_MS(10), (21 + i) * MS, i, 1500);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_near(d->delay_error_ms.p50, 0, 1e-6);
	assert_near(d->delay_error_ms.max, 0, 1e-6);
	/* Waiting is not delay. */
	assert_near(d->delay_ms.p99, 20, 1e-6);
	assert_near(d->owd_ms.max, 220, 1e-6);
	assert_near(d->rate_bps, 12e6, 1);
	assert_near(d->configured_rate_bps, 12e6, 1);
	assert_string_equal(d->rate_source, "flows");
	assert_int_equal(d->verdict, SB_PASS);
	sb_result_free(r);
}

static void does_not_know_the_rate_of_an_idle_link(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	w->link.dir[SB_DOWN].initial.rate_bps = 12000000;
	for (uint32_t i = 0; i < 200; i++)
		send_one(w, SB_WORLD_MS(10 + 2 * i), 21 * MS, i, 1500);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_true(isnan(d->rate_bps));
	assert_string_equal(d->rate_source, "");
	assert_int_equal(d->verdict, SB_PASS);
	sb_result_free(r);
}

static void takes_the_rate_from_a_train(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* 5 % slower than asked, seen by 64 packets before the start. */
	w->link.dir[SB_DOWN].initial.rate_bps = 12000000;
	w->in.train_start_real_ns = SB_WORLD_MS(-1000);
	w->in.train_end_real_ns = SB_WORLD_MS(-500);
	for (uint32_t i = 0; i < 64; i++)
		send_one(w, SB_WORLD_MS(-999), 20 * MS + (i + 1) * 1050 * US, i, 1500);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_string_equal(d->rate_source, "train");
	assert_near(d->rate_bps, 12e6 / 1.05, 1);
	assert_true(sb_has_reason(&d->reasons, "the rate is 11.43 Mbit/s, configured 12"));
	assert_int_equal(d->verdict, SB_WARN);
	sb_result_free(r);
}

/* The shaper's thread was kept waiting as the train began: late packets, not another rate. */
static void a_late_start_of_a_train_is_no_other_rate(void **state)
{
	struct sb_world *w = *state;
	struct sb_dir_result *d;
	struct sb_result *r;

	w->link.dir[SB_DOWN].initial.rate_bps = 12000000;
	w->in.train_start_real_ns = SB_WORLD_MS(-1000);
	w->in.train_end_real_ns = SB_WORLD_MS(-500);
	for (uint32_t i = 0; i < 92; i++) {
		int64_t due = 20 * MS + (i + 1) * MS;

		/* From the fifth on for 9 ms nothing went; then all that was due at once. */
		if (i >= 4 && i < 13)
			due = 20 * MS + 13 * MS + 100 * US;
		send_one(w, SB_WORLD_MS(-999), due, i, 1500);
	}
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_string_equal(d->rate_source, "train");
	assert_near(d->rate_bps, 12e6, 12e6 * 0.002);
	sb_result_free(r);
}

static void follows_the_rate_when_it_steps(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state slow;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* Half the rate from 60 ms on: the 50 that had their turn by then took 1 ms, the others 2.
	 */
	w->link.dir[SB_DOWN].initial.rate_bps = 12000000;
	slow = w->link.dir[SB_DOWN].initial;
	slow.rate_bps = 6000000;
	sb_world_step(w, 60 * MS, SB_DOWN, &slow);
	for (uint32_t i = 0; i < 100; i++)
		send_one(w, SB_WORLD_MS(10), 20 * MS + (i < 50 ? i + 1 : 50 + 2 * (i - 49)) * MS, i,
			 1500);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_near(d->delay_error_ms.max, 0, 1e-6);
	assert_near(d->delay_error_ms.p50, 0, 1e-6);
	/* 49 ms and 98 ms of a full link, less one packet where the rate changed. */
	assert_near(d->rate_bps, d->configured_rate_bps, 1);
	sb_result_free(r);
}

/* Jitter on a full link: packets that a falling delay bunches together are not a higher rate. */
static void does_not_take_bunched_packets_for_a_rate(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state s = {.rate_bps = 12000000};
	struct sb_dir_result *d;
	struct sb_result *r;
	int64_t departed = 0;

	w->link.dir[SB_DOWN].initial = s;
	w->link.dir[SB_DOWN].initial.delay_ns = 26 * MS;
	for (int i = 1; i <= 14; i++) {
		s.delay_ns = (i % 2 ? 20 : 26) * MS;
		sb_world_step(w, 20200 * i * US, SB_DOWN, &s);
	}
	/* 1500 bytes take 1 ms; 300 of them, sent at once. */
	for (uint32_t i = 0; i < 300; i++) {
		double done = 1 + i;
		int64_t delay = ((int)(done / 20.2) % 2 ? 20 : 26) * MS;
		int64_t departs = SB_WORLD_MS(done) + delay;

		departed = departs > departed ? departs : departed;
		send_one(w, SB_WORLD_MS(0), departed - SB_WORLD_MS(0), i, 1500);
	}
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_near(d->delay_error_ms.max, 0, 1e-9);
	assert_string_equal(d->rate_source, "flows");
	assert_near(d->rate_bps, 12e6, 1);
	sb_result_free(r);
}

static void keeps_order_when_the_delay_falls(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state near = w->link.dir[SB_DOWN].initial;
	struct sb_result *r;

	near.delay_ns = 5 * MS;
	sb_world_step(w, 100 * MS, SB_DOWN, &near);
	for (uint32_t i = 0; i < 200; i++) {
		/* Sent at 100..115 ms they wait for the last one of before, due at 119. */
		int64_t at = i < 100 ? i + 20 : i < 114 ? 119 : i + 5;

		send_one(w, SB_WORLD_MS(i), (at - i) * MS, i, 200);
	}
	r = analyse(w);
	assert_near(r->links[0][SB_DOWN].delay_error_ms.max, 0, 1e-6);
	assert_near(r->links[0][SB_DOWN].delay_error_ms.p50, 0, 1e-6);
	assert_int_equal(r->links[0][SB_DOWN].reordered, 0);
	sb_result_free(r);
}

static void shows_an_error_of_delay(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;
	struct sb_dir_result *d;

	for (uint32_t i = 0; i < 100; i++)
		send_one(w, SB_WORLD_MS(10 + i), 20 * MS + 400 * US, i, 200);
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_near(d->delay_error_ms.p50, 0.4, 1e-9);
	assert_near(d->delay_ms.p50, 20.4, 1e-9);
	assert_int_equal(d->verdict, SB_WARN);
	assert_true(sb_has_reason(&d->reasons, "differ from the prediction by 0.400 ms (p50)"));
	sb_result_free(r);
}

/* A tail that the shaper itself knows of is explained by it; one that it knows nothing of is not.
 */
static void late_tail(struct sb_world *w, int64_t counted, bool explained)
{
	struct sb_dir_result *d;
	struct sb_result *r;

	for (uint32_t i = 0; i < 200; i++)
		send_one(w, SB_WORLD_MS(10 + 2 * i), i % 50 ? 20 * MS : 21500 * US, i, 200);
	w->files.counters = w->counters;
	w->counters[SB_DOWN] = (struct sb_link_counters){.arrived = 200, .late = counted};
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->verdict, SB_WARN);
	assert_true(sb_has_reason(&d->reasons, "and 1.500 ms (p99); limits are"));
	assert_int_equal(sb_has_reason(&d->reasons, "1.000 ms; 4 packets left more than 1 ms late"),
			 explained);
	sb_result_free(r);
}

static void says_why_a_tail_is_late(void **state)
{
	late_tail(*state, 4, true);
}

static void says_nothing_of_a_tail_that_nobody_knows_of(void **state)
{
	late_tail(*state, 0, false);
}

static void refuses_a_wrong_delay(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	for (uint32_t i = 0; i < 100; i++)
		send_one(w, SB_WORLD_MS(10 + i), 40 * MS, i, 200);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_INVALID);
	assert_int_equal(r->verdict, SB_INVALID);
	/* The worst comes first, with its place. */
	assert_non_null(strstr(r->reasons.text[0], "client1 down: delays differ"));
	assert_string_equal(sb_reason_code_name(r->reasons.code[0]), "delay");
	sb_result_free(r);
}

static void attributes_losses(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_DOWN].initial, back = out;
	struct sb_result *r;
	struct sb_dir_result *d;

	/* Out from 100 to 200 ms; the step came 3 ms late, and ended on time. */
	w->in.step_lateness_ns = w->lateness_ns;
	w->lateness_ns[0] = 3 * MS;
	out.outage = true;
	sb_world_step(w, 100 * MS, SB_DOWN, &out);
	sb_world_step(w, 200 * MS, SB_DOWN, &back);
	w->counters[SB_DOWN].queue_dropped = 4;
	w->counters[SB_DOWN].arrived = 300;
	w->files.counters = w->counters;
	for (uint32_t i = 0; i < 300; i++) {
		bool lost = (i >= 103 && i < 200) || (i >= 20 && i < 27);

		send_one(w, SB_WORLD_MS(i + 0.5), lost ? -1 : 20 * MS, i, 200);
	}
	r = analyse(w);
	d = &r->links[0][SB_DOWN];
	assert_int_equal(d->lost_outage, 97);
	assert_int_equal(d->lost_queue, 4);
	assert_int_equal(d->lost_link, 3);
	/* 300 less those within 1 ms of an edge, the 3 ms of lateness, and the outage. */
	assert_near(d->loss, 3.0 / 198, 1e-9);
	assert_false(sb_has_reason(&d->reasons, "during an outage"));
	sb_result_free(r);
}

/* What waits is counted in bytes, at the rates at which it will be served. */
static void a_queue_is_full_though_its_rate_will_rise(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state fast;
	struct sb_result *r;

	/* 1500 bytes take 10 ms, from 50 ms on 1 ms; 20 of them fit the queue. */
	w->link.dir[SB_DOWN].initial.rate_bps = 1200000;
	w->link.dir[SB_DOWN].queue_bytes = 30000;
	fast = w->link.dir[SB_DOWN].initial;
	fast.rate_bps = 12000000;
	sb_world_step(w, 50 * MS, SB_DOWN, &fast);
	for (uint32_t i = 0; i < 22; i++) {
		int64_t done = i < 5 ? 10 * (i + 1) : 50 + (i - 4);

		send_one(w, SB_WORLD_MS(0), i < 21 ? (20 + done) * MS : -1, i, 1500);
	}
	/* Sent later: the one before was lost, not under way at the end. */
	send_one(w, SB_WORLD_MS(200), 21 * MS, 30, 1500);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].lost_queue, 1);
	assert_int_equal(r->links[0][SB_DOWN].lost_link, 0);
	sb_result_free(r);
}

static void notices_a_leaking_outage(void **state)
{
	struct sb_world *w = *state;
	struct sb_link_state out = w->link.dir[SB_DOWN].initial;
	struct sb_result *r;

	out.outage = true;
	sb_world_step(w, 100 * MS, SB_DOWN, &out);
	for (uint32_t i = 0; i < 200; i++)
		send_one(w, SB_WORLD_MS(i + 0.5), i < 100 || i == 150 ? 20 * MS : -1, i, 200);
	r = analyse(w);
	assert_true(
	    sb_has_reason(&r->links[0][SB_DOWN].reasons, "1 packets passed during an outage"));
	sb_result_free(r);
}

static void does_not_judge_what_was_under_way(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	send_steadily(w, 100);
	/* Ten more within the last 20 ms of the capture. */
	for (uint32_t i = 100; i < 110; i++)
		send_one(w, SB_WORLD_MS(12 + i), -1, i, 200);
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].sent, 100);
	assert_int_equal(r->links[0][SB_DOWN].lost_link, 0);
	sb_result_free(r);
}

/* 199 datagrams at the end never arrive, though the capture of the other direction goes on for 200 ms. */
static void end_late(struct sb_world *w, uint64_t sent, uint64_t lost)
{
	struct sb_segment_spec up = {.dir = SB_UP, .client_port = 41001, .server_port = 5201};
	struct sb_result *r;

	send_steadily(w, 100);
	send_one(w, SB_WORLD_MS(109.5), -1, 500, 200);
	send_one(w, SB_WORLD_MS(110), 20 * MS, 100, 200);
	for (uint32_t i = 101; i < 300; i++)
		send_one(w, SB_WORLD_MS(10 + i), -1, i, 200);
	sb_world_send(w, SB_WORLD_MS(500), 20 * MS, &up);
	w->in.end_real_ns = SB_WORLD_MS(520);
	w->in.cut_off = "killed";
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].sent, sent);
	assert_int_equal(r->links[0][SB_DOWN].lost_link, lost);
	sb_result_free(r);
}

/* The machine had no time for the link, then satbed was killed: nobody knows what became of them. */
static void loses_nothing_that_a_killed_run_was_late_with(void **state)
{
	end_late(*state, 102, 1);
}

/* They would be in captures that were closed. */
static void loses_what_closed_captures_lack(void **state)
{
	((struct sb_world *)*state)->in.captures_closed = true;
	end_late(*state, 301, 200);
}

static void notices_packets_from_nowhere(void **state)
{
	struct sb_world *w = *state;
	struct sb_segment_spec early = datagram(1000, 200), late = datagram(1001, 200);
	struct sb_result *r;

	w->link.dir[SB_DOWN].queue_bytes = 0;
	send_steadily(w, 100);
	/* The first may have been sent before the capture there was open, the second was not. */
	sb_world_arrive(w, SB_WORLD_MS(15), &early);
	sb_world_arrive(w, SB_WORLD_MS(90), &late);
	r = analyse(w);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "1 packets left the link"));
	sb_result_free(r);
}

/* A Gilbert-Elliott chain as sb_loss defines it, from a fixed seed. */
static struct sb_result *lose_in_bursts(struct sb_world *w, const struct sb_loss *really,
					uint32_t n)
{
	struct sb_rng rng;
	bool bad = false;

	sb_rng_seed(&rng, 7, 1);
	for (uint32_t i = 0; i < n; i++) {
		bad = bad ? !sb_rng_chance(&rng, really->good_ppb)
			  : sb_rng_chance(&rng, really->bad_ppb);
		send_one(w, SB_WORLD_MS(10 + i), bad ? -1 : 20 * MS, i, 200);
	}
	return analyse(w);
}

static void accepts_the_bursts_asked_for(void **state)
{
	struct sb_world *w = *state;
	struct sb_loss *asked = &w->link.dir[SB_DOWN].initial.loss;
	struct sb_result *r;
	struct sb_dir_result *d;
	double p = 0.005, q = 0.25, pi = p / (p + q), rho = 1 - p - q, n = 20000;

	*asked = (struct sb_loss){.kind = SB_LOSS_GEMODEL,
				  .bad_ppb = 5000000,
				  .good_ppb = 250000000,
				  .lost_in_bad_ppb = SB_PPB};
	r = lose_in_bursts(w, asked, 20000);
	d = &r->links[0][SB_DOWN];
	assert_near(d->configured_loss, pi, 1e-9);
	/* For large n the variance of the mean is m (1 - m) (1 + rho) / (1 - rho) / n; the bound
	 * for few events (here 98) lies above five of its roots, by less than half. */
	assert_true(d->loss_tolerance > 5 * sqrt(pi * (1 - pi) * (1 + rho) / (1 - rho) / n));
	assert_true(d->loss_tolerance < 7.5 * sqrt(pi * (1 - pi) * (1 + rho) / (1 - rho) / n));
	assert_near(d->loss, pi, d->loss_tolerance);
	assert_near(d->configured_burst, 4, 1e-9);
	/* Mean of some 98 geometric lengths: sigma sqrt(12 / 98) = 0.35; five of them. */
	assert_near(d->measured_burst, 4, 1.75);
	assert_int_equal(d->verdict, SB_PASS);
	sb_result_free(r);
}

static void notices_other_bursts(void **state)
{
	struct sb_world *w = *state;
	struct sb_loss really = {.kind = SB_LOSS_GEMODEL,
				 .bad_ppb = 15000000,
				 .good_ppb = 250000000,
				 .lost_in_bad_ppb = SB_PPB};
	struct sb_result *r;

	w->link.dir[SB_DOWN].initial.loss = really;
	w->link.dir[SB_DOWN].initial.loss.bad_ppb = 5000000;
	r = lose_in_bursts(w, &really, 20000);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_WARN);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "configured 1.961 %"));
	sb_result_free(r);
}

static void reasons_a_shaper_that_failed(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	send_steadily(w, 300);
	w->files.counters = w->counters;
	w->counters[SB_DOWN] = (struct sb_link_counters){.arrived = 100, .failed = 2};
	r = analyse(w);
	assert_int_equal(r->links[0][SB_DOWN].verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "failed to take or send 2"));
	assert_true(sb_has_reason(&r->links[0][SB_DOWN].reasons, "counted 100 packets"));
	sb_result_free(r);
}

static void notices_offloads(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	send_steadily(w, 30);
	send_one(w, SB_WORLD_MS(50.5), 20 * MS, 99, 4000);
	r = analyse(w);
	assert_int_equal(r->verdict, SB_INVALID);
	assert_true(sb_has_reason(&r->reasons, "frames of up to 4000 bytes"));
	sb_result_free(r);
}

static void judges_the_timeline(void **state)
{
	struct sb_world *w = *state;
	struct sb_result *r;

	send_steadily(w, 30);
	for (int i = 0; i < 3; i++)
		sb_world_step(w, 100 * i * MS, SB_DOWN, &w->link.dir[SB_DOWN].initial);
	w->in.step_lateness_ns = w->lateness_ns;
	w->lateness_ns[0] = 1 * MS;
	w->lateness_ns[1] = 9 * MS;
	w->lateness_ns[2] = -1;
	r = analyse(w);
	assert_int_equal(r->step_lateness_ms.count, 2);
	assert_near(r->step_lateness_ms.max, 9, 1e-9);
	assert_true(sb_has_reason(&r->reasons, "1 steps of the timeline were not applied"));
	assert_true(sb_has_reason(&r->reasons, "steps of the timeline were late"));
	assert_int_equal(r->verdict, SB_INVALID);
	sb_result_free(r);
}

#define world_test(f) cmocka_unit_test_setup_teardown(f, make_world, end_world)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    world_test(passes_a_faithful_link),
	    world_test(says_when_there_is_too_little),
	    world_test(finds_loss_duplicates_and_reordering),
	    world_test(gives_packets_sent_at_once_no_order),
	    world_test(gives_two_streams_that_take_turns_no_order),
	    world_test(finds_reordering_between_streams),
	    world_test(takes_equal_packets_first_in_first_out),
	    world_test(does_not_take_a_late_twin_for_a_lost_one),
	    world_test(ignores_what_may_change_on_the_way),
	    world_test(predicts_serialisation),
	    world_test(does_not_know_the_rate_of_an_idle_link),
	    world_test(takes_the_rate_from_a_train),
	    world_test(a_late_start_of_a_train_is_no_other_rate),
	    world_test(follows_the_rate_when_it_steps),
	    world_test(does_not_take_bunched_packets_for_a_rate),
	    world_test(keeps_order_when_the_delay_falls),
	    world_test(shows_an_error_of_delay),
	    world_test(says_why_a_tail_is_late),
	    world_test(says_nothing_of_a_tail_that_nobody_knows_of),
	    world_test(refuses_a_wrong_delay),
	    world_test(attributes_losses),
	    world_test(a_queue_is_full_though_its_rate_will_rise),
	    world_test(notices_a_leaking_outage),
	    world_test(does_not_judge_what_was_under_way),
	    world_test(loses_nothing_that_a_killed_run_was_late_with),
	    world_test(loses_what_closed_captures_lack),
	    world_test(accepts_the_bursts_asked_for),
	    world_test(notices_other_bursts),
	    world_test(notices_packets_from_nowhere),
	    world_test(reasons_a_shaper_that_failed),
	    world_test(notices_offloads),
	    world_test(judges_the_timeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
