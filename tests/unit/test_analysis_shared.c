// SPDX-License-Identifier: MIT
/* test_analysis_shared.c - two clients in one beam: judged by what the beam carried for both */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "link/queue/queue.h"
#include "pcap_make.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"

#define MS    SB_NS_PER_MS
#define RATE  20000000u
#define FRAME 1000u /* 0.4 ms at the rate */
#define N     12000u

#define assert_near(a, b, within) assert_true(fabs((double)(a) - (double)(b)) <= (within))

/* A packet on its way through the link's own model, and what it is in the captures. */
struct sent {
	int64_t t_ns;
	uint16_t id;
	uint8_t client;
};

struct beam {
	struct sb_world *worlds[2];
	struct sent *sent;
	int64_t *arrived_ns;
	struct sb_link_counters counters[2][2];
};

static struct sb_queue *make_queue(const struct beam *b)
{
	struct sb_queue_config config[2];

	for (int i = 0; i < 2; i++) {
		const struct sb_link_dir *d = &b->worlds[i]->link.dir[SB_DOWN];

		config[i] = (struct sb_queue_config){.initial = d->initial,
						     .queue_bytes = d->queue_bytes,
						     .seed = 7 + (uint64_t)i,
						     .capacity = 4096};
	}
	return sb_queue_new_shared(config, 2);
}

static void take(struct beam *b, struct sb_queue *q, int64_t until_ns)
{
	struct sb_departure d;

	while (sb_queue_depart(q, until_ns, &d, 1))
		b->arrived_ns[d.handle] = d.depart_ns;
	while (sb_queue_take_dropped(q, &d))
		;
}

/* @load_of: how much of the rate each client sends, in random gaps. */
static void setup(struct beam *b, const double load_of[2])
{
	int64_t at_ns[2] = {10 * MS, 10 * MS};
	uint16_t id[2] = {0};
	struct sb_queue *q;
	struct sb_rng rng;

	sb_rng_seed(&rng, 3, 0);
	for (int i = 0; i < 2; i++) {
		struct sb_link_dir *d;

		b->worlds[i] = test_calloc(1, sizeof(struct sb_world));
		sb_world_init(b->worlds[i]);
		d = &b->worlds[i]->link.dir[SB_DOWN];
		d->initial.rate_bps = RATE;
		d->initial.delay_ns = i ? 50 * MS : 20 * MS;
		d->queue_bytes = 40 * FRAME;
		d->shared = true;
		b->worlds[i]->files.counters = b->counters[i];
	}
	b->worlds[1]->link.dir[SB_DOWN].initial.loss =
	    (struct sb_loss){.kind = SB_LOSS_RANDOM, .random_ppb = SB_PPB / 50};
	b->sent = test_calloc(N, sizeof(*b->sent));
	b->arrived_ns = test_calloc(N, sizeof(*b->arrived_ns));
	q = make_queue(b);
	for (uint32_t i = 0; i < N; i++) {
		/* The last of each comes to an idle link: the fate of all before it is known. */
		bool last = i >= N - 2;
		uint8_t c = last ? (uint8_t)(i % 2) : at_ns[1] < at_ns[0];
		struct sb_queue_decision v;

		if (last)
			at_ns[c] = at_ns[0] + 500 * MS;
		b->sent[i] = (struct sent){at_ns[c], id[c]++, c};
		b->arrived_ns[i] = -1;
		sb_queue_arrive(q, c, at_ns[c], FRAME, i, &v);
		take(b, q, at_ns[c]);
		at_ns[c] +=
		    (int64_t)(-log(1 - sb_rng_unit(&rng)) * FRAME * 8e9 / RATE / load_of[c]);
	}
	take(b, q, b->sent[N - 1].t_ns + 1000 * MS);
	for (uint32_t c = 0; c < 2; c++)
		sb_queue_counters(q, c, &b->counters[c][SB_DOWN]);
	sb_queue_free(q);
	for (uint32_t i = 0; i < N; i++) {
		const struct sent *s = &b->sent[i];
		struct sb_segment_spec spec = {.dir = SB_DOWN,
					       .udp = true,
					       .client_port = 41000,
					       .server_port = 5202,
					       .id = s->id,
					       .payload = FRAME - 42};

		sb_world_send(b->worlds[s->client], SB_WORLD_START_NS + s->t_ns,
			      b->arrived_ns[i] < 0 ? -1 : b->arrived_ns[i] - s->t_ns, &spec);
	}
}

static void end(struct beam *b)
{
	test_free(b->worlds[0]);
	test_free(b->worlds[1]);
	test_free(b->sent);
	test_free(b->arrived_ns);
}

static void a_saturated_beam_passes_for_both(void **state)
{
	const double load_of[2] = {0.9, 0.3};
	struct beam b = {0};
	struct sb_result *r;

	(void)state;
	setup(&b, load_of);
	r = sb_worlds_analyse(b.worlds, 2);
	assert_non_null(r);
	for (int c = 0; c < 2; c++) {
		const struct sb_dir_result *d = &r->links[c][SB_DOWN];

		assert_int_equal(d->sharers, 2);
		assert_int_equal(d->verdict, SB_PASS);
		assert_near(d->delay_error_ms.max, 0, 1e-3);
		assert_near(d->configured_rate_bps, RATE, 1);
		assert_near(d->rate_bps, RATE, 0.001 * RATE);
		assert_int_equal(d->lost_queue, b.counters[c][SB_DOWN].queue_dropped);
		assert_int_equal(d->lost_link, b.counters[c][SB_DOWN].lost);
		assert_true(d->lost_queue > 20);
	}
	assert_int_equal(r->links[0][SB_DOWN].lost_link, 0);
	assert_true(r->links[1][SB_DOWN].lost_link > 20);
	/* A queue drops from each what it sends of the whole; the lossy one comes with 2 % less. */
	assert_near(r->links[0][SB_DOWN].share, 0.9 / (0.9 + 0.3 * 0.98), 0.02);
	assert_near(r->links[0][SB_DOWN].share + r->links[1][SB_DOWN].share, 1, 1e-9);
	sb_result_free(r);
	end(&b);
}

/* The same packets, looked at as if each client had the rate for itself. */
static void without_the_others_packets_it_would_not(void **state)
{
	const double load_of[2] = {0.6, 0.3};
	struct beam b = {0};
	struct sb_result *r;

	(void)state;
	setup(&b, load_of);
	b.worlds[0]->link.dir[SB_DOWN].shared = b.worlds[1]->link.dir[SB_DOWN].shared = false;
	r = sb_worlds_analyse(b.worlds, 2);
	assert_non_null(r);
	for (int c = 0; c < 2; c++) {
		assert_int_equal(r->links[c][SB_DOWN].sharers, 1);
		assert_true(isnan(r->links[c][SB_DOWN].share));
		assert_true(r->links[c][SB_DOWN].verdict != SB_PASS);
		assert_true(sb_has_reason(&r->links[c][SB_DOWN].reasons, "delays differ"));
	}
	sb_result_free(r);
	end(&b);
}

/* A link that is faster than the beam it was asked to be part of. */
static void a_client_that_is_served_too_fast_is_found(void **state)
{
	const double load_of[2] = {0.9, 0.3};
	struct beam b = {0};
	struct sb_result *r;

	(void)state;
	setup(&b, load_of);
	b.worlds[0]->link.dir[SB_DOWN].initial.rate_bps = RATE / 4 * 3;
	b.worlds[1]->link.dir[SB_DOWN].initial.rate_bps = RATE / 4 * 3;
	r = sb_worlds_analyse(b.worlds, 2);
	assert_non_null(r);
	for (int c = 0; c < 2; c++) {
		assert_true(r->links[c][SB_DOWN].verdict != SB_PASS);
		assert_true(sb_has_reason(&r->links[c][SB_DOWN].reasons, "Mbit/s, configured 15"));
	}
	sb_result_free(r);
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_saturated_beam_passes_for_both),
	    cmocka_unit_test(without_the_others_packets_it_would_not),
	    cmocka_unit_test(a_client_that_is_served_too_fast_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
