// SPDX-License-Identifier: MIT
/* test_learn_errant.c - tables of ERRANT become scenarios that plan to what the tables say */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/learn_errant.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"

#define S SB_NS_PER_S

#define PROFILES                                                                     \
	"\xef\xbb\xbfoperator,country,rat,signal_quality,download_kbps,upload_kbps," \
	"latency_ms_avg,latency_ms_stdev\r\n"                                        \
	"north,landia,3G,bad,3000.5,900.25,145.5,90.8\r\n"                           \
	"north,landia,4G,good,54000,21000,91.8,45.9\r\n"                             \
	"\"south\",landia,4G,good,28000,4200,104.5,0\r\n"

static struct sb_errant table(const char *text, const char *profile)
{
	struct sb_errant e;
	struct sb_err err = {0};

	if (sb_errant_read("t.csv", text, &e, &err) || sb_errant_choose("t.csv", &e, profile, &err))
		fail_msg("%s", err.msg);
	return e;
}

static struct sb_plan *plan_of(const struct sb_errant *e, int64_t period_ns, unsigned int seed)
{
	sb_auto_free char *text = NULL;
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	size_t len = 0;
	char set[40];
	const char *sets[] = {set};
	FILE *to = open_memstream(&text, &len);

	sb_errant_write(to, e, "t", "t.csv", period_ns, (const char *const[2]){NULL, NULL});
	fclose(to);
	snprintf(set, sizeof(set), "scenario.seed=%u", seed);
	if (sb_scenario_parse("t.ini", text, len, sets, 1, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s\n%s", err.msg, text);
	sb_scenario_free(sc);
	return plan;
}

static void a_profile_is_its_means_and_the_spread_of_its_delay(void **state)
{
	double sum = 0, squares = 0, n = 400;
	struct sb_errant e = table(PROFILES, "NORTH,landia,4g");

	(void)state;
	for (unsigned int seed = 1; seed <= 400; seed++) {
		struct sb_plan *p = plan_of(&e, 0, seed);
		double ms = (double)sb_plan_state_at(p, 0, SB_UP, 10 * S)->delay_ns / 1e6;

		assert_int_equal(p->links[0].dir[SB_DOWN].initial.rate_bps, 54000000);
		assert_int_equal(p->links[0].dir[SB_UP].initial.rate_bps, 21000000);
		assert_int_equal(p->links[0].dir[SB_DOWN].queue_packets, 1000);
		/* Once for the run. */
		assert_int_equal(sb_plan_state_at(p, 0, SB_UP, 29 * S)->delay_ns,
				 sb_plan_state_at(p, 0, SB_UP, 10 * S)->delay_ns);
		sum += ms;
		squares += ms * ms;
		sb_plan_free(p);
	}
	sum /= n;
	/* 5 standard errors of the mean are 11 ms; beyond p1 and p99 nothing is drawn. */
	assert_true(fabs(sum - 91.8) < 11);
	assert_true(fabs(sqrt(squares / n - sum * sum) / 45.9 - 1) < 0.2);
	sb_errant_fini(&e);
	e = table(PROFILES, "south");
	assert_int_equal(e.count, 1);
	sb_errant_fini(&e);
}

static void speed_tests_are_a_distribution(void **state)
{
	sb_auto_free char *text = NULL;
	size_t len = 0;
	struct sb_errant e;
	struct sb_plan *p;
	FILE *to = open_memstream(&text, &len);
	double first = 0;

	(void)state;
	fputs("operator;country;access_technology;rssi;download_mbps;upload_mbps;rtt_ms\n", to);
	for (int i = 0; i <= 100; i++)
		fprintf(to, "a;b;4G;-60.5;%d;%g;%d\n", 20 + i, 5 + i / 100.0, 50 + i);
	fclose(to);
	e = table(text, NULL);
	assert_int_equal(e.kind, SB_ERRANT_TESTS);
	p = plan_of(&e, S, 1);
	for (int s = 0; s < 30; s++) {
		const struct sb_link_state *up = sb_plan_state_at(p, 0, SB_UP, s * S);
		double mbit = (double)sb_plan_state_at(p, 0, SB_DOWN, s * S)->rate_bps / 1e6;

		/* p1 to p99 of 20 to 120 Mbit/s. */
		assert_true(mbit >= 21 && mbit <= 119);
		assert_true(up->rate_bps >= 5000000 && up->rate_bps <= 6000000);
		assert_true(up->delay_ns >= 51000000 && up->delay_ns <= 149000000);
		assert_true(!s || mbit != first);
		first = mbit;
	}
	sb_plan_free(p);
	p = plan_of(&e, 0, 1);
	assert_int_equal(sb_plan_state_at(p, 0, SB_DOWN, 29 * S)->rate_bps,
			 p->links[0].dir[SB_DOWN].initial.rate_bps);
	sb_plan_free(p);
	sb_errant_fini(&e);
}

static void a_log_is_what_was_played(void **state)
{
	sb_auto_free char *up = NULL, *down = NULL;
	size_t len = 0;
	struct sb_errant e = table("time,operator,country,technology,quality,download,upload,rtt\n"
				   "1601642003,a,b,4g,good,17580,14188,82.01\n"
				   "1601642006,a,b,4g,bad,22459,16390,64.167\n"
				   "1601642006,a,b,4g,bad,1,1,1\n",
				   NULL);
	FILE *to = open_memstream(&up, &len);

	(void)state;
	assert_int_equal(e.kind, SB_ERRANT_LOG);
	sb_errant_write_trace(to, &e, true);
	fclose(to);
	to = open_memstream(&down, &len);
	sb_errant_write_trace(to, &e, false);
	fclose(to);
	assert_string_equal(up, "time_s,rate_mbit,delay_ms\n0.000,14.188000,82.010000\n"
				"3.000,16.390000,64.167000\n");
	assert_string_equal(down, "time_s,rate_mbit\n0.000,17.580000\n3.000,22.459000\n");
	sb_errant_fini(&e);
}

static void what_cannot_be_read_or_chosen_is_said(void **state)
{
	static const char head[] = "operator,country,rat,download_mbps,upload_mbps,rtt_ms\n";
	static const struct {
		const char *rows, *says;
	} cases[] = {
	    {"", "names columns, but has no rows"},
	    {"a,b,4G,1,2\n", "t.csv:2: \"\" is not a number"},
	    {"a,b,4G,1,x,2\n", "t.csv:2: \"x\" is not a number"},
	    {"a,b,4G,1,nan,2\n", "t.csv:2: \"nan\" is not a number"},
	    {"a,b,4G,1,-2,2\n", "-2 Mbit/s is out of range"},
	    {"a,b,4G,1,2,60001\n", "60001 ms is out of range"},
	    {"a,,4G,1,2,2\n", "is empty or too long"},
	    {"a,\x1b[2J,4G,1,2,2\n", "control characters"},
	    {"a\n", "fewer fields"},
	};
	struct sb_errant e;
	struct sb_err err = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_asprintf("%s%s", head, cases[i].rows);

		assert_int_equal(sb_errant_read("t.csv", text, &e, &err), -1);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err.msg, cases[i].says);
		assert_null(e.rows);
	}
	assert_false(sb_errant_is("time_s,rate_mbit\n"));
	assert_true(sb_errant_is(head));
	assert_int_equal(sb_errant_read("t.csv", PROFILES, &e, &err), 0);
	assert_int_equal(sb_errant_choose("t.csv", &e, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "--profile:\n  north,landia,3G,bad\n"));
	assert_int_equal(sb_errant_choose("t.csv", &e, "north", &err), -1);
	assert_null(strstr(err.msg, "south"));
	assert_int_equal(sb_errant_choose("t.csv", &e, "west", &err), -1);
	assert_non_null(strstr(err.msg, "south,landia,4G,good"));
	assert_int_equal(sb_errant_choose("t.csv", &e, "north,landia,4G,good,x", &err), -1);
	sb_errant_fini(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_profile_is_its_means_and_the_spread_of_its_delay),
	    cmocka_unit_test(speed_tests_are_a_distribution),
	    cmocka_unit_test(a_log_is_what_was_played),
	    cmocka_unit_test(what_cannot_be_read_or_chosen_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
