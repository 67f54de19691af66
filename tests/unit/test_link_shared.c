// SPDX-License-Identifier: MIT
/* test_link_shared.c - several clients in one queue and one serialiser, by arithmetic */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/queue/queue.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"

#define MS    SB_NS_PER_MS
#define RATE  12000000u /* 1500 bytes take a millisecond */
#define FRAME 1500u
#define MANY  4096u

static const struct sb_link_state plain = {.rate_bps = RATE};

static struct sb_queue *new_shared(const struct sb_link_state *states, uint32_t clients,
				   uint64_t queue_bytes)
{
	struct sb_queue_config config[4] = {0};

	for (uint32_t i = 0; i < clients; i++)
		config[i] = (struct sb_queue_config){.initial = states[i],
						     .queue_bytes = queue_bytes,
						     .seed = 42 + i,
						     .capacity = MANY};
	return sb_queue_new_shared(config, clients);
}

static struct sb_queue_decision arrive(struct sb_queue *q, uint32_t client, int64_t at_ns,
				       uint32_t handle)
{
	struct sb_queue_decision v;

	sb_queue_arrive(q, client, at_ns, FRAME, handle, &v);
	return v;
}

static uint32_t drain(struct sb_queue *q, int64_t until_ns, struct sb_departure *out)
{
	uint32_t n = 0;

	while (n < MANY && sb_queue_depart(q, until_ns, &out[n], 1))
		n++;
	return n;
}

static void two_saturated_clients_get_the_rate_together(void **state)
{
	struct sb_link_state states[2] = {plain, plain};
	struct sb_queue *q = new_shared(states, 2, 1 << 24);
	static struct sb_departure d[MANY];
	uint32_t n;

	(void)state;
	/* Each sends as much as the link can carry: twice the rate. */
	for (uint32_t i = 0; i < 1000; i++) {
		arrive(q, 0, i * MS, 2 * i);
		arrive(q, 1, i * MS, 2 * i + 1);
	}
	n = drain(q, 1000 * MS, d);
	assert_int_equal(n, 1000); /* a frame each millisecond, not 2000 */
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(d[i].depart_ns, (i + 1) * MS);
		assert_int_equal(d[i].handle, i); /* in the order of arrival: half each */
	}
	sb_queue_free(q);
}

static void shares_are_those_of_the_arrivals(void **state)
{
	struct sb_link_state states[2] = {plain, plain};
	struct sb_queue *q = new_shared(states, 2, 1 << 24);
	static struct sb_departure d[MANY];
	uint32_t n, of_first = 0;

	(void)state;
	for (uint32_t i = 0; i < 2000; i++)
		arrive(q, i % 4 == 3, (int64_t)i * MS / 2, i % 4 == 3);
	n = drain(q, 1000 * MS, d);
	for (uint32_t i = 0; i < n; i++)
		of_first += d[i].handle == 0;
	assert_int_equal(n, 1000);
	assert_int_equal(of_first, 750);
	sb_queue_free(q);
}

/* Whoever sends, a frame leaves when it would leave a queue that only one client has. */
static void it_is_one_queue_fed_with_all_packets(void **state)
{
	struct sb_link_state states[3] = {plain, plain, plain};
	struct sb_queue *shared = new_shared(states, 3, 20 * FRAME);
	struct sb_queue *one = new_shared(states, 1, 20 * FRAME);
	static struct sb_departure a[MANY], b[MANY];
	struct sb_rng rng;
	int64_t at_ns = 0;
	uint32_t dropped = 0, n;

	(void)state;
	sb_rng_seed(&rng, 7, 0);
	for (uint32_t i = 0; i < 3000; i++) {
		struct sb_queue_decision v, w;

		at_ns += (int64_t)(sb_rng_u64(&rng) % (9 * MS / 5));
		v = arrive(shared, (uint32_t)(sb_rng_u64(&rng) % 3), at_ns, i);
		w = arrive(one, 0, at_ns, i);
		assert_int_equal(v.fate, w.fate);
		dropped += v.fate == SB_FATE_QUEUE_FULL;
	}
	/* The load is a little more than the rate: there are overflows, and idle times before. */
	assert_true(dropped > 10 && dropped < 1000);
	n = drain(shared, at_ns + 100 * MS, a);
	assert_int_equal(n, drain(one, at_ns + 100 * MS, b));
	for (uint32_t i = 0; i < n; i++)
		assert_true(a[i].depart_ns == b[i].depart_ns && a[i].handle == b[i].handle);
	sb_queue_free(shared);
	sb_queue_free(one);
}

static void a_lone_client_gets_everything(void **state)
{
	struct sb_link_state states[2] = {plain, plain};
	struct sb_queue *q = new_shared(states, 2, 1 << 24);
	static struct sb_departure d[MANY];

	(void)state;
	for (uint32_t i = 0; i < 500; i++)
		arrive(q, 1, 0, i);
	assert_int_equal(drain(q, 500 * MS, d), 500);
	assert_int_equal(d[499].depart_ns, 500 * MS);
	sb_queue_free(q);
}

static void the_queue_is_full_for_all_and_counted_for_whom_it_was(void **state)
{
	struct sb_link_state states[2] = {plain, plain};
	struct sb_queue *q = new_shared(states, 2, 3 * FRAME);
	struct sb_link_counters c;
	static struct sb_departure d[MANY];

	(void)state;
	for (uint32_t i = 0; i < 4; i++) /* one on the wire, three wait */
		assert_int_equal(arrive(q, 0, 0, i).fate, SB_FATE_PASSED);
	assert_int_equal(arrive(q, 1, 0, 4).fate, SB_FATE_QUEUE_FULL);
	assert_int_equal(arrive(q, 1, MS, 5).fate, SB_FATE_PASSED);
	sb_queue_counters(q, 0, &c);
	assert_true(c.arrived == 4 && c.queue_dropped == 0);
	sb_queue_counters(q, 1, &c);
	assert_true(c.arrived == 2 && c.queue_dropped == 1);
	assert_int_equal(drain(q, 100 * MS, d), 5);
	assert_int_equal(sb_queue_under_way(q), 0);
	sb_queue_free(q);
}

static void drop_head_may_take_another_clients_frame(void **state)
{
	struct sb_queue_config config[2] = {{.initial = plain,
					     .queue_bytes = 2 * FRAME,
					     .discipline = {.kind = SB_DROP_HEAD},
					     .capacity = MANY},
					    {.initial = plain, .capacity = MANY}};
	struct sb_queue *q = sb_queue_new_shared(config, 2);
	struct sb_link_counters c;
	struct sb_departure d;

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		arrive(q, 0, 0, i);
	assert_int_equal(arrive(q, 1, 0, 3).fate, SB_FATE_PASSED);
	assert_true(sb_queue_take_dropped(q, &d) && d.handle == 1);
	sb_queue_counters(q, 0, &c);
	assert_int_equal(c.queue_dropped, 1);
	sb_queue_counters(q, 1, &c);
	assert_int_equal(c.queue_dropped, 0);
	sb_queue_free(q);
}

static void delay_outage_and_order_are_each_clients_own(void **state)
{
	struct sb_link_state states[3] = {plain, plain, plain}, nearer;
	struct sb_queue *q;
	static struct sb_departure d[MANY];

	(void)state;
	states[0].delay_ns = 50 * MS;
	states[1].delay_ns = 5 * MS;
	states[2].outage = true;
	q = new_shared(states, 3, 1 << 20);
	arrive(q, 0, 0, 0);
	arrive(q, 1, 0, 1);
	assert_int_equal(arrive(q, 2, 0, 2).fate, SB_FATE_OUTAGE); /* uses no capacity */
	arrive(q, 0, 0, 3);
	/* Client 1's comes second out of the serialiser and first out of the link. */
	assert_int_equal(drain(q, 100 * MS, d), 3);
	assert_true(d[0].handle == 1 && d[0].depart_ns == 7 * MS);
	assert_true(d[1].handle == 0 && d[1].depart_ns == 51 * MS);
	assert_true(d[2].handle == 3 && d[2].depart_ns == 53 * MS);
	/* A step of one is none of the others', and holds only its own packets back. */
	nearer = states[0];
	nearer.delay_ns = 10 * MS;
	assert_int_equal(sb_queue_apply(q, 0, &nearer, 150 * MS, 120 * MS), 0);
	arrive(q, 0, 140 * MS, 4);
	arrive(q, 1, 160 * MS, 5);
	arrive(q, 0, 160 * MS, 6);
	assert_int_equal(drain(q, 300 * MS, d), 3);
	assert_true(d[0].handle == 5 && d[0].depart_ns == 166 * MS);
	assert_true(d[1].handle == 4 && d[1].depart_ns == 191 * MS);
	assert_true(d[2].handle == 6 && d[2].depart_ns == 191 * MS);
	sb_queue_free(q);
}

static void the_rate_is_the_first_clients(void **state)
{
	struct sb_link_state states[2] = {plain, plain}, s = plain;
	struct sb_queue *q = new_shared(states, 2, 1 << 20);
	static struct sb_departure d[MANY];

	(void)state;
	s.rate_bps = RATE / 2;
	assert_int_equal(sb_queue_apply(q, 1, &s, 0, 0), 0);
	arrive(q, 1, 0, 0);
	assert_int_equal(drain(q, 10 * MS, d), 1);
	assert_int_equal(d[0].depart_ns, MS);
	assert_int_equal(sb_queue_apply(q, 0, &s, 20 * MS, 10 * MS), 0);
	arrive(q, 1, 20 * MS, 1);
	assert_int_equal(drain(q, 40 * MS, d), 1);
	assert_int_equal(d[0].depart_ns, 22 * MS);
	sb_queue_free(q);
}

/* Packet n of a client has the fate that it has alone, whatever the others send. */
static void losses_are_by_a_clients_own_packet_number(void **state)
{
	struct sb_link_state lossy = {.loss = {.kind = SB_LOSS_GEMODEL,
					       .bad_ppb = SB_PPB / 50,
					       .good_ppb = SB_PPB / 4,
					       .lost_in_bad_ppb = SB_PPB}};
	struct sb_link_state states[2] = {lossy, lossy};
	struct sb_queue_config alone = {
	    .initial = lossy, .queue_bytes = 1 << 20, .seed = 43, .capacity = MANY};
	struct sb_queue *shared = new_shared(states, 2, 1 << 20), *one = sb_queue_new(&alone);
	static struct sb_departure d[MANY];
	uint32_t lost = 0;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++) {
		int64_t at_ns = (int64_t)i * MS;
		struct sb_queue_decision a, b;

		for (uint32_t k = 0; k < i % 3; k++)
			arrive(shared, 0, at_ns, 0);
		a = arrive(shared, 1, at_ns, 0);
		b = arrive(one, 0, at_ns, 0);
		assert_true(a.fate == b.fate && a.index == b.index);
		lost += a.fate == SB_FATE_LOST;
		drain(shared, at_ns + MS, d);
		drain(one, at_ns + MS, d);
	}
	assert_true(lost > 500);
	sb_queue_free(shared);
	sb_queue_free(one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_saturated_clients_get_the_rate_together),
	    cmocka_unit_test(shares_are_those_of_the_arrivals),
	    cmocka_unit_test(it_is_one_queue_fed_with_all_packets),
	    cmocka_unit_test(a_lone_client_gets_everything),
	    cmocka_unit_test(the_queue_is_full_for_all_and_counted_for_whom_it_was),
	    cmocka_unit_test(drop_head_may_take_another_clients_frame),
	    cmocka_unit_test(delay_outage_and_order_are_each_clients_own),
	    cmocka_unit_test(the_rate_is_the_first_clients),
	    cmocka_unit_test(losses_are_by_a_clients_own_packet_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
