// SPDX-License-Identifier: MIT
/* test_analysis_long.c - a run of any length in little memory: arrays in files, quantiles in bins */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "analysis/match/match.h"
#include "analysis/match/nearly_sort.h"
#include "analysis/quantile.h"
#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/base/spill.h"
#include "satbed/base/spill_sort.h"

static int compare_i64(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static double exact_at(const int64_t *sorted, size_t count, double q)
{
	return (double)sorted[(size_t)(q * (double)(count - 1) + 0.5)];
}

/* What is in bins is off by no more than is promised, of either sign and over nine decades. */
static void quantiles_beyond_the_exact_ones(void **state)
{
	static const double qs[] = {0, 0.01, 0.25, 0.5, 0.95, 0.99, 1};
	size_t count = 3 * (size_t)SB_TIMES_EXACT;
	int64_t *all = sb_alloc(count, sizeof(*all));
	struct sb_times t = {0};
	struct sb_quantiles q;
	struct sb_rng rng;
	double sum = 0;

	(void)state;
	sb_rng_seed(&rng, 3, 0);
	for (size_t i = 0; i < count; i++) {
		uint64_t r = sb_rng_u64(&rng);

		all[i] = (int64_t)((r >> 8) % (UINT64_C(1) << (1 + r % 33)));
		if (i % 3 == 0)
			all[i] = -all[i];
		sum += (double)all[i];
		sb_times_add(&t, all[i]);
	}
	q = sb_times_quantiles(&t);
	qsort(all, count, sizeof(*all), compare_i64);
	assert_int_equal(q.count, count);
	assert_null(t.ns);
	for (size_t i = 0; i < SB_ARRAY_LEN(qs); i++) {
		double wanted = exact_at(all, count, qs[i]), got = sb_times_at(&t, qs[i]);

		assert_true(fabs(got - wanted) <= 0.0005 * fabs(wanted));
	}
	assert_true(q.max == (double)all[count - 1] / 1e6);
	assert_true(fabs(q.mean - sum / (double)count / 1e6) < 1e-9 * fabs(q.mean));
	sb_times_fini(&t);
	free(all);
}

/* 40 MiB of elements: read, changed and read again, while little of it is in memory. */
static void an_array_in_a_file(void **state)
{
	char dir[] = "/tmp/satbed-spill.XXXXXX";
	struct sb_spill s = {.dir = mkdtemp(dir)};
	size_t count = 5u << 20, room = 0, gone = 0;
	uint64_t *list = NULL;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		list = sb_spill_grow(&s, list, i, &room, sizeof(*list));
		list[i] = i * 3;
	}
	assert_non_null(s.base);
	assert_int_equal(rmdir(dir), 0); /* it has no name there */
	for (size_t i = 0; i < count; i++) {
		sb_spill_pass(&s, &gone, i * sizeof(*list));
		assert_int_equal(list[i], i * 3);
		list[i]++;
		/* What was given back is still there. */
		if (i % 100000 == 0)
			assert_int_equal(list[i / 2], i / 2 * 3 + 1);
	}
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i], i * 3 + 1);
	sb_spill_free(&s, list);
}

/* A disk that is full, or a directory that is not there: on the heap, and nothing is lost. */
static void no_room_for_the_file(void **state)
{
	struct rlimit before, small = {.rlim_cur = 24u << 20};
	char dir[] = "/tmp/satbed-spill.XXXXXX";
	const char *const dirs[] = {"/nowhere/at/all", mkdtemp(dir)};

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	small.rlim_max = before.rlim_max;
	for (size_t d = 0; d < 2; d++) {
		struct sb_spill s = {.dir = dirs[d]};
		size_t count = 6u << 20, room = 0;
		uint64_t *list = NULL;

		for (size_t i = 0; i < count; i++) {
			if (d && s.base)
				setrlimit(RLIMIT_FSIZE, &small);
			list = sb_spill_grow(&s, list, i, &room, sizeof(*list));
			list[i] = ~i;
		}
		assert_null(s.base);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(list[i], ~i);
		sb_spill_free(&s, list);
	}
	setrlimit(RLIMIT_FSIZE, &before);
	rmdir(dir);
}

static void nearly_sorted(void **state)
{
	const size_t count = 20000;
	int64_t *a = sb_alloc(count, sizeof(*a)), *b = sb_alloc(count, sizeof(*b));
	const struct sb_spill heap = {0};
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	/* In order; neighbours apart; bursts held back; backwards, which is for qsort(). */
	for (int kind = 0; kind < 4; kind++) {
		for (size_t i = 0; i < count; i++) {
			int64_t off = kind == 1	  ? (int64_t)(sb_rng_u64(&rng) % 40)
				      : kind == 2 ? (i / 500 % 2 ? 4000 : 0)
						  : 0;

			a[i] = kind == 3 ? (int64_t)(count - i) : (int64_t)i * 10 + off;
		}
		memcpy(b, a, count * sizeof(*a));
		sb_nearly_sort(a, count, sizeof(*a), compare_i64, &heap);
		qsort(b, count, sizeof(*b), compare_i64);
		assert_memory_equal(a, b, count * sizeof(*a));
	}
	free(a);
	free(b);
}

static size_t status_kb(const char *what)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t kb = 0, len = strlen(what);
	char line[256];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, what, len))
			kb = strtoul(line + len + 1, NULL, 10);
	fclose(f);
	return kb;
}

/* From here on VmHWM is counted anew (proc(5), clear_refs). */
static void forget_peak(void)
{
	FILE *f = fopen("/proc/self/clear_refs", "we");

	assert_non_null(f);
	assert_int_equal(fputs("5", f) < 0 || fclose(f), 0);
}

/* 112 MB in no order at all: sorted, with the same elements, and a fraction of it in memory. */
static void sorted_beyond_memory(void **state)
{
	char dir[] = "/tmp/satbed-spill.XXXXXX";
	const size_t count = 14000003;
	struct sb_spill s = {.dir = mkdtemp(dir)};
	int64_t *a = NULL;
	uint64_t sum = 0, sorted_sum = 0;
	size_t room = 0, gone = 0, before_kb;
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (size_t i = 0; i < count; i++) {
		a = sb_spill_grow(&s, a, i, &room, sizeof(*a));
		a[i] = (int64_t)(sb_rng_u64(&rng) >> 1);
		sum += (uint64_t)a[i];
	}
	assert_non_null(s.base);
	forget_peak();
	before_kb = status_kb("VmRSS:");
	sb_spill_sort(&s, a, count, sizeof(*a), compare_i64);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	assert_in_range(status_kb("VmHWM:"), 1, before_kb + (64 << 10));
#endif
	for (size_t i = 0; i < count; i++) {
		sb_spill_pass(&s, &gone, i * sizeof(*a));
		sorted_sum += (uint64_t)a[i];
		if (i && a[i - 1] > a[i])
			fail_msg("%zu is out of order", i);
	}
	assert_true(sum == sorted_sum);
	sb_spill_free(&s, a);
	rmdir(dir);
}

/* 400,000 packets, keys used again and again, losses and copies: each meets its own, whatever the table
 * forgets on the way. */
static void matching_with_a_window(void **state)
{
	char dir[] = "/tmp/satbed-spill.XXXXXX";
	const size_t count = 400000;
	struct sb_packet_match t = {0};
	struct sb_rng rng;
	size_t lost = 0, copied = 0;

	(void)state;
	sb_packet_match_spill(&t, mkdtemp(dir));
	sb_rng_seed(&rng, 9, 0);
	for (size_t i = 0; i < count; i++) {
		struct sb_sent s = {.t_ns = (int64_t)i * 10000,
				    .key = i % 30000,
				    .wire_len = (uint32_t)i,
				    .flow = -1,
				    .sending = SB_NO_SENDING};

		sb_packet_match_add_sent(&t, &s);
	}
	/* 5 ms later; a key comes again after 300 ms. */
	for (size_t i = 0; i < count; i++) {
		if (i % 7 == 3) {
			lost++;
			continue;
		}
		sb_packet_match_add_seen(&t, (int64_t)i * 10000 + 5000000, i % 30000);
		if (i % 11 == 5) {
			sb_packet_match_add_seen(&t, (int64_t)i * 10000 + 5000001, i % 30000);
			copied++;
		}
	}
	sb_packet_match_add_seen(&t, (int64_t)count * 10000 + 5000000, 12345678);
	sb_match(&t, 20000000, true);
	assert_int_equal(t.unmatched_count, 1);
	for (size_t i = 0; i < count; i++) {
		bool is_lost = i % 7 == 3;

		assert_int_equal(t.sent[i].wire_len, i);
		assert_true(is_lost == (t.sent[i].arrived_ns == SB_NEVER));
		lost -= is_lost;
		copied -= t.sent[i].copies == 2;
		if (!is_lost)
			assert_int_equal(t.sent[i].arrived_ns, t.sent[i].t_ns + 5000000);
	}
	assert_int_equal(lost, 0);
	assert_int_equal(copied, 0);
	sb_packet_match_fini(&t);
	rmdir(dir);
}

/* Three equal packets, the last one sent when the capture before the link had ended; and one that the link copied. */
static void equal_packets_at_the_end(void **state)
{
	/* The link's copy came with the original, so that its sending was still captured. */
	struct sb_packet_match t = {.sent_until_ns = 20000100};
	const int64_t sent_ns[] = {10000000, 20000000},
		      seen_ns[] = {15000000, 25000000, 25000010, 31000000};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(sent_ns); i++)
		sb_packet_match_add_sent(
		    &t, &(struct sb_sent){
			    .t_ns = sent_ns[i], .key = 7, .flow = -1, .sending = SB_NO_SENDING});
	for (size_t i = 0; i < SB_ARRAY_LEN(seen_ns); i++)
		sb_packet_match_add_seen(&t, seen_ns[i], 7);
	sb_match(&t, 1000000000, true);
	assert_int_equal(t.sent[0].copies, 1);
	assert_int_equal(t.sent[1].copies, 2);
	assert_int_equal(t.unmatched_count, 1);
	assert_true(t.unmatched_ns[0] == 31000000);
	sb_packet_match_fini(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(quantiles_beyond_the_exact_ones),
	    cmocka_unit_test(an_array_in_a_file),
	    cmocka_unit_test(no_room_for_the_file),
	    cmocka_unit_test(nearly_sorted),
	    cmocka_unit_test(sorted_beyond_memory),
	    cmocka_unit_test(equal_packets_at_the_end),
	    cmocka_unit_test(matching_with_a_window),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
