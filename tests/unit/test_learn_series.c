// SPDX-License-Identifier: MIT
/* test_learn_series.c - series of measurements: what is read, what is fitted, what comes back */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"
#include "satbed/scenario.h"

static struct sb_measured_series read_text(enum sb_series_kind kind, const char *text)
{
	struct sb_measured_series s = {0};
	struct sb_err err = {0};

	if (sb_series_parse("t", text, kind, &s, &err))
		fail_msg("%s", err.msg);
	return s;
}

static void expect_samples(struct sb_measured_series *s, size_t test, size_t count,
			   const struct sb_sample *samples)
{
	assert_true(test < s->count);
	assert_int_equal(s->tests[test].count, count);
	for (size_t i = 0; i < count; i++) {
		const struct sb_sample *got = &s->tests[test].samples[i];

		assert_true(fabs(got->at_s - samples[i].at_s) < 1e-6);
		assert_true(isnan(samples[i].value) ? isnan(got->value)
						    : fabs(got->value - samples[i].value) < 1e-9);
	}
}

/* --- what is read --- */

static void csv_with_several_tests(void **state)
{
	struct sb_measured_series s =
	    read_text(SB_SERIES_RTT, "\xef\xbb\xbftest,t_s,rtt_ms,other\r\n"
				     "a,0,48.2,x\r\n"
				     "a,0.2,lost,x\r\n"
				     "a,0.4,\"49\",x\r\n"
				     "\r\n"
				     "b,7,30,x\r\n"
				     "b,7.2,31,x\r\n"
				     "b,8.0,3.2e1,x\r\n");

	(void)state;
	assert_int_equal(s.count, 2);
	expect_samples(&s, 0, 3, (struct sb_sample[]){{0, 48.2}, {0.2, NAN}, {0.4, 49}});
	/* What a gap has room for was lost. */
	expect_samples(
	    &s, 1, 6,
	    (struct sb_sample[]){{7, 30}, {7.2, 31}, {7.4, NAN}, {7.6, NAN}, {7.8, NAN}, {8, 32}});
	sb_series_fini(&s);
}

static void csv_of_rates(void **state)
{
	struct sb_measured_series s = read_text(
	    SB_SERIES_CAPACITY_UP, "time_ms;bits_per_second\n0;12000000\n500;0\n2000;5e6\n");

	(void)state;
	/* A gap between rates is none: nothing is added. */
	expect_samples(&s, 0, 3, (struct sb_sample[]){{0, 12}, {0.5, 0}, {2, 5}});
	assert_true(isnan(s.tests[0].second));
	sb_series_fini(&s);
	s = read_text(SB_SERIES_CAPACITY_UP, "timestamp\tmbps\n1716812345.5\t3\n1716812346\t4\n");
	assert_true(fabs(s.tests[0].second - 5.5) < 1e-6);
	sb_series_fini(&s);
}

static void ping_with_times_and_without(void **state)
{
	struct sb_measured_series s = read_text(
	    SB_SERIES_RTT, "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n"
			   "64 bytes from 192.0.2.1: icmp_seq=1 ttl=51 time=48.2 ms\n"
			   "no answer yet for icmp_seq=2\n"
			   "64 bytes from 192.0.2.1: icmp_seq=4 ttl=51 time=50 ms\n"
			   "64 bytes from 192.0.2.1: icmp_seq=4 ttl=51 time=51 ms (DUP!)\n"
			   "\n4 packets transmitted, 2 received, 50% packet loss, time 600ms\n");

	(void)state;
	expect_samples(&s, 0, 4,
		       (struct sb_sample[]){{0, 48.2}, {0.2, NAN}, {0.4, NAN}, {0.6, 50}});
	sb_series_fini(&s);
	s = read_text(SB_SERIES_RTT, "[1716812345.25] 64 bytes from ::1: icmp_seq=7 time=1.5 ms\n"
				     "[1716812345.45] 64 bytes from ::1: icmp_seq=8 time=2 ms\n");
	expect_samples(&s, 0, 2, (struct sb_sample[]){{0, 1.5}, {0.2, 2}});
	assert_true(fabs(s.tests[0].second - 5.25) < 1e-6);
	sb_series_fini(&s);
}

#define IRTT                                                                                       \
	"{\"round_trips\":[{\"timestamps\":{\"client\":{\"send\":{\"wall\":1716812345600000000}}}" \
	","                                                                                        \
	"\"delay\":{\"rtt\":48200000,\"send\":30000000,\"receive\":18200000}},"                    \
	"{\"timestamps\":{\"client\":{\"send\":{\"wall\":1716812345800000000}}},\"delay\":{}}]}"

static void irtt_and_iperf3_and_nuttcp(void **state)
{
	struct sb_measured_series s = read_text(SB_SERIES_RTT, IRTT);

	(void)state;
	expect_samples(&s, 0, 2, (struct sb_sample[]){{0, 48.2}, {0.2, NAN}});
	sb_series_fini(&s);
	s = read_text(SB_SERIES_DELAY_DOWN, IRTT);
	expect_samples(&s, 0, 2, (struct sb_sample[]){{0, 18.2}, {0.2, NAN}});
	sb_series_fini(&s);
	s = read_text(SB_SERIES_CAPACITY_DOWN,
		      "{\"start\":{\"test_start\":{\"blksize\":1200}},\"intervals\":["
		      "{\"sum\":{\"start\":0,\"bits_per_second\":1e8}},"
		      "{\"sum\":{\"start\":0.5,\"bits_per_second\":0}}]}");
	expect_samples(&s, 0, 2, (struct sb_sample[]){{0, 100}, {0.5, 0}});
	assert_int_equal(s.payload_bytes, 1200);
	sb_series_fini(&s);
	s = read_text(SB_SERIES_CAPACITY_DOWN,
		      "   10.4375 MB /   0.50 sec =  174.9000 Mbps\n"
		      "    1.0000 MB /   0.50 sec =   16.8000 Mbps     0 retrans    100 KB-cwnd\n"
		      "   11.4375 MB /   1.00 sec =   95.9 Mbps 3 %TX 1 %RX 2 retrans\n");
	expect_samples(&s, 0, 2, (struct sb_sample[]){{0, 174.9}, {0.5, 16.8}});
	sb_series_fini(&s);
}

static void what_is_no_series_is_refused(void **state)
{
	static const struct {
		enum sb_series_kind kind;
		const char *text, *why;
	} cases[] = {
	    {SB_SERIES_RTT, "", "empty"},
	    {SB_SERIES_RTT, "{", "not valid JSON"},
	    {SB_SERIES_RTT, "{}", "neither of irtt"},
	    {SB_SERIES_RTT, "{\"round_trips\":[]}", "no measurements"},
	    {SB_SERIES_CAPACITY_UP, IRTT, "use it as rtt=t"},
	    {SB_SERIES_RTT, "{\"intervals\":[]}", "use it as capacity.up=t"},
	    {SB_SERIES_RTT, "a,b\n1,2\n", "no column of times"},
	    {SB_SERIES_RTT, "t_s,b\n1,2\n", "no column of delays"},
	    {SB_SERIES_CAPACITY_UP, "t_s,rtt_ms\n1,2\n", "no column of rates"},
	    {SB_SERIES_RTT, "t_s,rtt_ms\n", "no values"},
	    {SB_SERIES_RTT, "t_s,rtt_ms\n0,x\n", "t:2: \"x\" is not a number"},
	    {SB_SERIES_RTT, "t_s,rtt_ms\nx,5\n", "t:2: no time"},
	    {SB_SERIES_RTT, "t_s,rtt_ms\n1,5\n0,5\n", "t:3: goes back in time"},
	    {SB_SERIES_RTT, "t_s,rtt_ms\n1,1e9\n", "out of range"},
	    {SB_SERIES_CAPACITY_UP, "t_s,mbps\n1,-1\n", "out of range"},
	    {SB_SERIES_CAPACITY_UP, "64 bytes from ::1: icmp_seq=7 time=1.5 ms\n", "use it as rtt"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_measured_series s = {0};
		struct sb_err err = {0};

		if (!sb_series_parse("t", cases[i].text, cases[i].kind, &s, &err))
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(err.msg, cases[i].why))
			fail_msg("\"%s\" does not say \"%s\"", err.msg, cases[i].why);
		assert_true(!s.count && err.code == SB_EINPUT);
	}
}

/* --- what is fitted --- */

/* Tests of two minutes out of a plan. */
static void make_series(const char *text, size_t tests,
			struct sb_measured_series series[SB_SERIES_KINDS])
{
	for (size_t seed = 1; seed <= tests; seed++) {
		sb_auto_free char *set = sb_asprintf("scenario.seed=%zu", seed);
		const char *sets[] = {set};
		struct sb_scenario *sc;
		struct sb_plan *plan;
		struct sb_err err = {0};

		if (sb_scenario_parse("t.ini", text, strlen(text), sets, 1, &sc, &err) ||
		    sb_plan_make(sc, &plan, &err))
			fail_msg("%s", err.msg);
		sb_series_of_plan(plan, SB_SERIES_RTT, 0.2, 0, &series[SB_SERIES_RTT]);
		sb_series_of_plan(plan, SB_SERIES_CAPACITY_DOWN, 0.5, 0,
				  &series[SB_SERIES_CAPACITY_DOWN]);
		sb_plan_free(plan);
		sb_scenario_free(sc);
	}
}

static const char link_text[] =
    "[scenario]\nduration = 120s\n[link.up]\ndelay = 30ms\n"
    "jitter = quantiles p0 -10ms p50 0ms p100 50ms\njitter_every = 200ms\n"
    "[link.down]\ndelay = 15ms\n"
    "rate = quantiles p1 5mbit p10 70mbit p50 250mbit p90 380mbit p100 500mbit\n"
    "rate_memory = run 20% slot 30% 3s 30%\n"
    "[event.o]\nevery = exponential 15s\noutage = lognormal p50 130ms p90 550ms\n";

/*
 * 200 tests of two minutes, as few measure: what was put in comes back.  The share of the run is
 * that of 200 draws: sqrt(2 / 200) of it, 0.02; the bounds are 0.1.
 */
static void what_was_put_in_comes_back(void **state)
{
	struct sb_measured_series series[SB_SERIES_KINDS] = {{0}}, again[SB_SERIES_KINDS] = {{0}};
	sb_auto_free char *text = NULL;
	sb_auto_free double *a = NULL, *b = NULL;
	struct sb_series_fits f;
	size_t len = 0, na, nb;
	FILE *to;

	(void)state;
	make_series(link_text, 200, series);
	sb_series_fit(series, &f);
	assert_true(f.known[SB_SERIES_RTT] && !f.known[SB_SERIES_CAPACITY_UP]);
	assert_true(fabs(f.fit[SB_SERIES_CAPACITY_DOWN].run - 0.2) < 0.1);
	assert_true(fabs(f.fit[SB_SERIES_CAPACITY_DOWN].slot - 0.3) < 0.1);
	assert_true(fabs(f.fit[SB_SERIES_CAPACITY_DOWN].held - 0.3) < 0.1);
	assert_true(f.fit[SB_SERIES_CAPACITY_DOWN].hold_s > 2 &&
		    f.fit[SB_SERIES_CAPACITY_DOWN].hold_s < 4.5);
	assert_true(f.fit[SB_SERIES_RTT].run + f.fit[SB_SERIES_RTT].slot < 0.05);
	assert_int_equal(f.outages.model, SB_OUTAGE_LOGNORMAL);
	/* 1600 outages: every 15 s to 2.5 %; half of them are too short to lose a ping. */
	assert_true(fabs(f.outages.every_s / 15 - 1) < 0.2);
	assert_true(fabs(f.outages.p50_s / 0.13 - 1) < 0.3);
	assert_true(fabs(f.outages.p90_s / 0.55 - 1) < 0.2);

	/* And the scenario that is written makes the same measurements. */
	to = open_memstream(&text, &len);
	sb_series_write(to, &f, "again", "test");
	fclose(to);
	make_series(text, 200, again);
	for (int k = SB_SERIES_RTT; k <= SB_SERIES_CAPACITY_DOWN; k += 4) {
		a = sb_series_values(&series[k], &na);
		b = sb_series_values(&again[k], &nb);
		assert_true(sb_distance(a, na, b, nb) < 0.06);
		free(sb_steal(&a));
		free(sb_steal(&b));
		for (double lag = 0.6; lag < 20; lag *= 3)
			assert_true(fabs(sb_series_autocorrelation(&series[k], lag) -
					 sb_series_autocorrelation(&again[k], lag)) < 0.1);
		assert_true(
		    sb_series_zero_share(&again[k]) < 1.5 * sb_series_zero_share(&series[k]) &&
		    sb_series_zero_share(&again[k]) * 1.5 > sb_series_zero_share(&series[k]));
	}
	for (int k = 0; k < SB_SERIES_KINDS; k++) {
		sb_series_fini(&series[k]);
		sb_series_fini(&again[k]);
	}
}

static void one_sample_is_enough_to_be_written(void **state)
{
	struct sb_measured_series series[SB_SERIES_KINDS] = {{0}}, again[SB_SERIES_KINDS] = {{0}};
	sb_auto_free char *text = NULL;
	struct sb_series_fits f;
	size_t len = 0;
	FILE *to;

	(void)state;
	series[SB_SERIES_RTT] = read_text(SB_SERIES_RTT, "t_s,rtt_ms\n0,40\n1,40\n2,40\n");
	series[SB_SERIES_CAPACITY_DOWN] =
	    read_text(SB_SERIES_CAPACITY_DOWN, "t_s,mbps\n0,40\n1,40\n");
	sb_series_fit(series, &f);
	to = open_memstream(&text, &len);
	sb_series_write(to, &f, "again", "test");
	fclose(to);
	make_series(text, 1, again);
	assert_true(fabs(again[SB_SERIES_RTT].tests[0].samples[9].value - 40) < 0.01);
	assert_true(fabs(again[SB_SERIES_CAPACITY_DOWN].tests[0].samples[9].value - 40) < 0.1);
	for (int k = 0; k < SB_SERIES_KINDS; k++) {
		sb_series_fini(&series[k]);
		sb_series_fini(&again[k]);
	}
}

/* Runs of one only, 20 s apart: any length up to the interval explains them, and the longest is taken. */
static void of_equal_lengths_the_longest_is_taken(void **state)
{
	struct sb_measured_series s = {0};
	struct sb_outage_fit f;

	(void)state;
	for (int i = 0; i < 1000; i++)
		sb_series_add(&s, "1", i * 0.2, i % 100 == 50 ? NAN : 40);
	sb_outage_fit(&s, &f);
	assert_int_equal(f.count, 10);
	assert_int_equal(f.model, SB_OUTAGE_FIXED);
	assert_true(f.p50_s > 0.15 && f.p50_s <= 0.21);
	assert_true(f.every_s > 15 && f.every_s < 21);
	sb_series_fini(&s);
}

static void distances_are_kolmogorovs(void **state)
{
	const double a[] = {1, 2, 3, 4}, b[] = {3, 4, 5, 6}, c[] = {0, 0, 0, 9};

	(void)state;
	assert_true(sb_distance(a, 4, a, 4) == 0);
	assert_true(fabs(sb_distance(a, 4, b, 4) - 0.5) < 1e-12);
	assert_true(fabs(sb_distance(a, 4, c, 4) - 0.75) < 1e-12);
	assert_true(fabs(sb_distance(c, 4, a, 4) - 0.75) < 1e-12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(csv_with_several_tests),
	    cmocka_unit_test(csv_of_rates),
	    cmocka_unit_test(ping_with_times_and_without),
	    cmocka_unit_test(irtt_and_iperf3_and_nuttcp),
	    cmocka_unit_test(what_is_no_series_is_refused),
	    cmocka_unit_test(what_was_put_in_comes_back),
	    cmocka_unit_test(one_sample_is_enough_to_be_written),
	    cmocka_unit_test(of_equal_lengths_the_longest_is_taken),
	    cmocka_unit_test(distances_are_kolmogorovs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
