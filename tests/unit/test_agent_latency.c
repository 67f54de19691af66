// SPDX-License-Identifier: MIT
/* test_agent_latency.c - payload patterns, latency histograms, requests on their way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/harness/histogram.h"
#include "agent/harness/pattern.h"
#include "agent/harness/pending.h"
#include "satbed/base/rng.h"

#define MS INT64_C(1000000)

static void a_pattern_is_the_same_from_any_byte_on(void **state)
{
	/* SplitMix64's first words from this seed, as published with it. */
	static const uint64_t words[] = {UINT64_C(6457827717110365317),
					 UINT64_C(3203168211198807973)};
	unsigned char whole[2000], part[2000];

	(void)state;
	sb_pattern_fill(77, 0, whole, sizeof(whole));
	for (size_t from = 0; from < 40; from++)
		for (size_t len = 0; len < 40; len++) {
			sb_pattern_fill(77, 1000 + from, part, len);
			assert_memory_equal(part, whole + 1000 + from, len);
		}
	sb_pattern_fill(78, 0, part, sizeof(part));
	assert_memory_not_equal(part, whole, sizeof(part));
	sb_pattern_fill(1234567, 0, whole, 16);
	for (size_t i = 0; i < 16; i++)
		assert_int_equal(whole[i], words[i / 8] >> i % 8 * 8 & 0xff);
}

static void a_pattern_that_is_not_right_is_found(void **state)
{
	unsigned char buf[3000];

	(void)state;
	for (size_t at = 0; at < sizeof(buf); at += 7) {
		sb_pattern_fill(5, 123456789, buf, sizeof(buf));
		assert_int_equal(sb_pattern_check(5, 123456789, buf, sizeof(buf)), sizeof(buf));
		buf[at] ^= 1;
		assert_int_equal(sb_pattern_check(5, 123456789, buf, sizeof(buf)), at);
	}
	/* Data that is right, but from elsewhere, as after a wrong resume. */
	sb_pattern_fill(5, 100, buf, sizeof(buf));
	assert_true(sb_pattern_check(5, 101, buf, sizeof(buf)) < 16);
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* @shape: 0 uniform, 1 spread over nine decades, 2 two far clusters. */
static int64_t draw(struct sb_rng *rng, int shape)
{
	double u = (double)(sb_rng_u64(rng) >> 11) / 9007199254740992.0;

	switch (shape) {
	case 0:
		return (int64_t)(u * 3e8);
	case 1:
		return (int64_t)pow(10, 9 * u);
	default:
		return u < 0.985 ? 50 * MS + (int64_t)(u * 1e6) : 3000 * MS;
	}
}

static void quantiles_are_within_their_resolution(void **state)
{
	static const unsigned int per_mille[] = {1, 10, 500, 900, 950, 990, 999, 1000};
	static const size_t counts[] = {1, 2, 3, 10, 999, 1000, 20000};

	(void)state;
	for (int shape = 0; shape < 3; shape++)
		for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
			struct sb_histogram *h = calloc(1, sizeof(*h));
			int64_t *all = calloc(counts[c], sizeof(*all));
			struct sb_rng rng;

			assert_non_null(h);
			assert_non_null(all);
			sb_rng_seed(&rng, 42, (uint64_t)shape);
			for (size_t i = 0; i < counts[c]; i++)
				sb_histogram_add(h, all[i] = draw(&rng, shape));
			qsort(all, counts[c], sizeof(*all), compare);
			for (size_t q = 0; q < sizeof(per_mille) / sizeof(per_mille[0]); q++) {
				/* Nearest rank: the ceil(q n)-th smallest. */
				size_t rank = (counts[c] * per_mille[q] + 999) / 1000;
				int64_t exact = all[rank - 1],
					got = sb_histogram_quantile(h, per_mille[q]);

				if (got < exact || got > exact + exact / 256)
					fail_msg(
					    "shape %d, %zu values, %u per mille: %lld for %lld",
					    shape, counts[c], per_mille[q], (long long)got,
					    (long long)exact);
			}
			assert_int_equal(sb_histogram_quantile(h, 1000), all[counts[c] - 1]);
			free(all);
			free(h);
		}
}

static void extremes_do_not_leave_the_histogram(void **state)
{
	static struct sb_histogram h;

	(void)state;
	assert_int_equal(sb_histogram_quantile(&h, 500), 0);
	sb_histogram_add(&h, -5);
	sb_histogram_add(&h, 0);
	sb_histogram_add(&h, INT64_MAX);
	assert_int_equal(h.count, 3);
	assert_int_equal(sb_histogram_quantile(&h, 500), 0);
	assert_int_equal(h.max, INT64_MAX);
}

static struct sb_pending *new_pending(int64_t timeout_ns)
{
	struct sb_pending *p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p->timeout_ns = timeout_ns;
	return p;
}

static void answers_count_from_when_they_were_due(void **state)
{
	struct sb_pending *p = new_pending(100 * MS);

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(sb_pending_ask(p, i * 10 * MS));
	assert_int_equal(sb_pending_next_ns(p), 100 * MS + 1);
	/* All answered at once, after a stall: each waited for its own time. */
	for (uint64_t i = 0; i < 10; i++)
		assert_true(sb_pending_answer(p, i, 95 * MS));
	assert_int_equal(p->answered, 10);
	assert_int_equal(p->timeouts, 0);
	assert_int_equal(p->latencies.max, 95 * MS);
	assert_true(sb_histogram_quantile(&p->latencies, 1) >= 5 * MS);
	assert_true(sb_histogram_quantile(&p->latencies, 1) < 6 * MS);
	assert_int_equal(sb_pending_next_ns(p), 0);
	/* Once only, and nobody's else. */
	assert_false(sb_pending_answer(p, 3, 96 * MS));
	assert_false(sb_pending_answer(p, 10, 96 * MS));
	assert_int_equal(p->answered, 10);
	free(p);
}

static void a_timeout_is_counted_once_and_a_late_answer_too(void **state)
{
	struct sb_pending *p = new_pending(100 * MS);

	(void)state;
	for (int i = 0; i < 3; i++)
		sb_pending_ask(p, i * 10 * MS);
	sb_pending_expire(p, 100 * MS);
	assert_int_equal(p->timeouts, 0); /* just in time is in time */
	sb_pending_expire(p, 105 * MS);
	assert_int_equal(p->timeouts, 1);
	assert_true(sb_pending_answer(p, 0, 300 * MS)); /* late, counted already */
	assert_true(sb_pending_answer(p, 1, 300 * MS)); /* late, not counted yet */
	assert_true(sb_pending_answer(p, 2, 120 * MS)); /* in time: due at 20, came at 120 */
	sb_pending_expire(p, 1000 * MS);
	assert_int_equal(p->timeouts, 2);
	assert_int_equal(p->answered, 3);
	assert_int_equal(p->latencies.max, 300 * MS);
	free(p);
}

static void what_is_forgotten_has_timed_out(void **state)
{
	struct sb_pending *p = new_pending(100 * MS);

	(void)state;
	for (int i = 0; i < 5; i++)
		sb_pending_ask(p, i);
	sb_pending_answer(p, 2, 10);
	sb_pending_forget(p);
	assert_int_equal(p->timeouts, 4);
	assert_false(sb_pending_answer(p, 0, 20));
	assert_int_equal(sb_pending_next_ns(p), 0);
	sb_pending_expire(p, 1000 * MS);
	assert_int_equal(p->timeouts, 4);
	free(p);
}

static void too_many_wait(void **state)
{
	struct sb_pending *p = new_pending(100 * MS);

	(void)state;
	for (uint64_t i = 0; i < SB_PENDING_MAX; i++)
		assert_true(sb_pending_ask(p, 0));
	assert_false(sb_pending_ask(p, 0));
	assert_int_equal(p->asked, SB_PENDING_MAX);
	sb_pending_expire(p, 101 * MS);
	assert_int_equal(p->timeouts, SB_PENDING_MAX);
	/* Their slots are taken by others: an answer to the first is too old to be told from
	 * theirs. */
	assert_true(sb_pending_ask(p, 200 * MS));
	assert_false(sb_pending_answer(p, 0, 201 * MS));
	assert_true(sb_pending_answer(p, SB_PENDING_MAX, 201 * MS));
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_pattern_is_the_same_from_any_byte_on),
	    cmocka_unit_test(a_pattern_that_is_not_right_is_found),
	    cmocka_unit_test(quantiles_are_within_their_resolution),
	    cmocka_unit_test(extremes_do_not_leave_the_histogram),
	    cmocka_unit_test(answers_count_from_when_they_were_due),
	    cmocka_unit_test(a_timeout_is_counted_once_and_a_late_answer_too),
	    cmocka_unit_test(what_is_forgotten_has_timed_out),
	    cmocka_unit_test(too_many_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
