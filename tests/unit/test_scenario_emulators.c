// SPDX-License-Identifier: MIT
/* test_scenario_emulators.c - files of other emulators in a scenario: LeoReplayer's delays, TheaterQ's tables */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "scenario/tables/trace.h"

#define MS SB_NS_PER_MS
#define S  SB_NS_PER_S

static char dir[64];

static void path_of(char path[96], const char *name)
{
	snprintf(path, 96, "%s/%s", dir, name);
}

static void put(const char *name, const char *text)
{
	struct sb_err err = {0};
	char path[96];

	path_of(path, name);
	if (sb_replace_file(path, text, strlen(text), &err))
		fail_msg("%s", err.msg);
}

/* The plan of a scenario beside which the files are; NULL and why it has none. */
static struct sb_plan *try_plan(const char *scenario, struct sb_err *err)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	char path[96];

	put("s.ini", scenario);
	path_of(path, "s.ini");
	if (!sb_scenario_load(path, NULL, 0, &sc, err))
		(void)sb_plan_make(sc, &plan, err);
	sb_scenario_free(sc);
	return plan;
}

static struct sb_plan *plan_of(const char *scenario)
{
	struct sb_err err = {0};
	struct sb_plan *plan = try_plan(scenario, &err);

	if (!plan)
		fail_msg("%s", err.msg);
	return plan;
}

static void expect_refusal(const char *scenario, const char *says)
{
	struct sb_err err = {0};

	assert_null(try_plan(scenario, &err));
	if (!strstr(err.msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

static const struct sb_link_state *down_at(const struct sb_plan *p, int64_t at_ns)
{
	return sb_plan_state_at(p, 0, SB_DOWN, at_ns);
}

/* --- LeoReplayer --- */

#define DELAYS "[scenario]\nduration = 2s\n[link]\ndelay_trace = d.txt"

static void delays_hold_for_their_interval_and_begin_again(void **state)
{
	struct sb_plan *p;

	(void)state;
	put("d.txt", "24\n24\n18.5\n\n30\n");
	p = plan_of(DELAYS "\n");
	for (int64_t at = 0; at < 2 * S; at += 5 * MS) {
		static const int64_t ns[] = {24000000, 24000000, 18500000, 30000000};

		assert_int_equal(down_at(p, at)->delay_ns, ns[at / (10 * MS) % 4]);
		assert_int_equal(sb_plan_state_at(p, 0, SB_UP, at)->delay_ns,
				 ns[at / (10 * MS) % 4]);
	}
	assert_int_equal(p->links[0].dir[SB_UP].max_delay_ns, 30 * MS);
	sb_plan_free(p);
	p = plan_of(DELAYS " every 100ms hold\n");
	assert_int_equal(down_at(p, 199 * MS)->delay_ns, 24 * MS);
	assert_int_equal(down_at(p, 200 * MS)->delay_ns, 18500000);
	assert_int_equal(down_at(p, 1900 * MS)->delay_ns, 30 * MS);
	sb_plan_free(p);
	put("d.txt", "time_s,delay_ms\n0,20\n1,40\n");
	p = plan_of(DELAYS "\n");
	assert_int_equal(down_at(p, S)->delay_ns, 40 * MS);
	sb_plan_free(p);
}

/* The pair: what the rates' file says and what the delays' file says hold side by side, with events
 * on top, and both files stand in the plan. */
static void a_pair_of_files_is_one_link(void **state)
{
	struct sb_plan *p, *back = NULL;
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	put("d.txt", "20\n30\n");
	put("bw.txt", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
	p = plan_of(DELAYS "\n[link.down]\ntrace = bw.txt\n[event.a]\nat = 1s\ndelay_step = 5ms\n");
	assert_int_equal(down_at(p, 0)->delay_ns, 20 * MS);
	assert_int_equal(down_at(p, 0)->rate_bps, 12112000);
	assert_int_equal(down_at(p, 15 * MS)->delay_ns, 30 * MS);
	assert_int_equal(down_at(p, 15 * MS)->rate_bps, 12112000);
	assert_int_equal(down_at(p, 1011 * MS)->delay_ns, 35 * MS);
	assert_int_equal(sb_plan_state_at(p, 0, SB_UP, 0)->rate_bps, 0);
	json = sb_plan_to_json(p);
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(back->links[0].dir[SB_DOWN].delay_trace, "d.txt");
	assert_true(back->links[0].dir[SB_DOWN].delay_trace_xxh64 ==
		    p->links[0].dir[SB_DOWN].delay_trace_xxh64);
	assert_string_equal(back->links[0].dir[SB_DOWN].trace, "bw.txt");
	cJSON_Delete(json);
	sb_plan_free(back);
	sb_plan_free(p);
}

static void delay_files_of_other_kinds_are_named(void **state)
{
	char many[400] = "";

	(void)state;
	for (int i = 0; i < 40; i++)
		snprintf(many + strlen(many), 8, "%d\n", 40 * i);
	put("d.txt", many);
	expect_refusal(DELAYS "\n", "mahimahi delivery opportunities, not delays: write trace = d");
	put("d.txt", "0 24\n1 25\n");
	expect_refusal(DELAYS "\n", "d.txt:1: more than one value");
	put("d.txt", "24\nx\n");
	expect_refusal(DELAYS "\n", "d.txt:2: \"x\" is not a delay in ms");
	put("d.txt", "24\n-1\n");
	expect_refusal(DELAYS "\n", "d.txt:2: \"-1\" is not a delay in ms");
	put("d.txt", "# nothing\n");
	expect_refusal(DELAYS "\n", "is empty");
	put("d.txt", "24\n");
	expect_refusal(DELAYS " every 20\n", "did you mean \"20ms\"?");
	expect_refusal(DELAYS " every 0ms\n", "is out of range, expected 1ms to 1h");
	put("d.txt", "time_s,rate_mbit\n0,20\n");
	expect_refusal(DELAYS "\n", "has more than delays; write trace = d.txt");
	put("d.txt", "24\n18\n");
	put("t.csv", "time_s,delay_ms\n0,20\n");
	expect_refusal(DELAYS "\ntrace = t.csv\n", "has delays, too; one is enough");
	/* And the other way round. */
	expect_refusal("[link]\ntrace = d.txt\n", "write delay_trace = FILE");
}

/* --- what comes after the end --- */

static void a_trace_ends_as_its_key_says(void **state)
{
	static const struct {
		const char *file, *end;
		uint64_t bps[2]; /* after 1.5 s and 2.5 s */
	} cases[] = {
	    {"time_s,rate_mbit\n0,10\n1,20\n", "", {20000000, 20000000}},
	    {"time_s,rate_mbit\n0,10\n1,20\n", " hold", {20000000, 20000000}},
	    {"time_s,rate_mbit\n0,10\n1,20\n", " loop", {20000000, 10000000}},
	    {"1000000,0,10000000,0,50\n1000000,0,20000000,0,50\n", "", {20000000, 20000000}},
	    {"1000000,0,10000000,0,50\n1000000,0,20000000,0,50\n", " loop", {20000000, 10000000}},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		char scenario[160];
		struct sb_plan *p;

		put("a trace.txt", cases[i].file);
		snprintf(scenario, sizeof(scenario),
			 "[scenario]\nduration = 5s\n[link]\ntrace = a trace.txt%s\n",
			 cases[i].end);
		p = plan_of(scenario);
		assert_int_equal(down_at(p, 1500 * MS)->rate_bps, cases[i].bps[0]);
		assert_int_equal(down_at(p, 2500 * MS)->rate_bps, cases[i].bps[1]);
		sb_plan_free(p);
	}
}

/* --- TheaterQ --- */

#define TABLE "[scenario]\nduration = 20s\n[link]\ntrace = t.raw\n"

static void a_simple_table_is_played_line_by_line(void **state)
{
	struct sb_plan *p;

	(void)state;
	/* 2^32 - 1 is all, 42949673 of it 1 %. */
	put("t.raw",
	    "# a comment\n5000000,25000000,20000000,0,200\n"
	    "2500000,45000000,5000000,42949673,200\n2500000,45000000,999,4294967295,200\n");
	p = plan_of(TABLE);
	assert_int_equal(down_at(p, 0)->delay_ns, 25 * MS);
	assert_int_equal(down_at(p, 0)->rate_bps, 20000000);
	assert_int_equal(down_at(p, 0)->loss.kind, SB_LOSS_NONE);
	assert_int_equal(down_at(p, 4999 * MS)->delay_ns, 25 * MS);
	assert_int_equal(down_at(p, 5 * S)->delay_ns, 45 * MS);
	assert_int_equal(down_at(p, 5 * S)->rate_bps, 5000000);
	assert_in_range(down_at(p, 5 * S)->loss.random_ppb, 9999999, 10000001);
	assert_int_equal(down_at(p, 8 * S)->rate_bps, SB_RATE_STOPPED);
	assert_int_equal(down_at(p, 8 * S)->loss.random_ppb, SB_PPB);
	/* It does not begin again by itself. */
	assert_int_equal(down_at(p, 19 * S)->rate_bps, SB_RATE_STOPPED);
	sb_plan_free(p);
}

/* TheaterQ's LIMIT counts what is delayed; a satbed queue holds what waits.  20 mbit and 25 ms are 41.3
 * frames of 1514 bytes. */
static void the_limit_becomes_a_queue_beside_what_is_under_way(void **state)
{
	struct sb_plan *p;

	(void)state;
	put("t.raw", "5000000,25000000,20000000,0,200\n");
	p = plan_of(TABLE);
	assert_int_equal(p->links[0].dir[SB_DOWN].queue_packets, 159);
	sb_plan_free(p);
	p = plan_of(TABLE "queue = 10packets\n");
	assert_int_equal(p->links[0].dir[SB_DOWN].queue_packets, 10);
	sb_plan_free(p);
	put("t.raw", "5000000,25000000,20000000,0,7\n");
	p = plan_of(TABLE);
	assert_int_equal(p->links[0].dir[SB_DOWN].queue_packets, 1);
	sb_plan_free(p);
	/* Without a rate nothing waits. */
	put("t.raw", "5000000,25000000,0,0,7\n");
	p = plan_of(TABLE);
	assert_int_equal(down_at(p, 0)->rate_bps, 0);
	sb_plan_free(p);
}

/* JITTER is half the width of what is drawn from: its deviation is that over the root of 3. */
static void an_extended_table_has_jitter_and_duplicates(void **state)
{
	double sum = 0, squares = 0, n = 0;
	struct sb_plan *p;

	(void)state;
	put("t.raw", "KEEP,LATENCY,JITTER,RATE,LOSS,LIMIT,DUP_PROB,DUP_DELAY,ROUTE_ID\n"
		     "10000000,25000000,6000000,20000000,0,200,42949673,0,0\n"
		     "10000000,25000000,0,20000000,0,200,0,0,1\n");
	p = plan_of(TABLE "jitter_every = 2ms\n");
	assert_in_range(down_at(p, S)->duplicate_ppb, 9999999, 10000001);
	assert_int_equal(down_at(p, 11 * S)->duplicate_ppb, 0);
	for (int64_t at = 2 * MS; at < 10 * S; at += 2 * MS) {
		double ms = (double)(down_at(p, at)->delay_ns - 25 * MS) / 1e6;

		assert_true(fabs(ms) <= 6);
		sum += ms;
		squares += ms * ms;
		n++;
	}
	/* 5000 draws: 5 standard errors are 0.25 ms of the mean, and 3 % of the deviation. */
	assert_true(fabs(sum / n) < 0.25);
	assert_true(fabs(sqrt(squares / n) / (6 / sqrt(3)) - 1) < 0.03);
	assert_int_equal(down_at(p, 15 * S)->delay_ns, 25 * MS);
	/* Half of the time none. */
	assert_true(fabs((double)p->links[0].dir[SB_DOWN].jitter_ns / 1e6 - 6 / sqrt(6)) < 0.001);
	sb_plan_free(p);
	expect_refusal(TABLE "jitter = 1ms\n", "t.raw, has jitter, too; one is enough");
}

static void tables_that_are_not_theaterqs_are_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"0,0,10000000,0,1000\n", "t.raw:1: KEEP: a line cannot hold for 0 us"},
	    {"1,2,3,4,5\n1,2,3,4\n", "t.raw:2: 4 numbers, the first line has 5"},
	    {"1,2,3,4,5\n1,2,3,4,5,6\n", "t.raw:2: more than 5 numbers"},
	    {"1,2,3,4,5\n1,2,3,4,x\n", "t.raw:2: LIMIT: \"x\" is not a whole number"},
	    {"1,2,3,4,5\n1, 2,3,4,5\n", "LATENCY: \" 2,3,4,5\" is not a whole number"},
	    {"86400000000,2,3,4,5\n1,2,3,4,5\n", "t.raw:2: KEEP: 1 us end after more than 24h"},
	    {"18446744073709551615,2,3,4,5\n", "is not a whole number"},
	    {"1,60000000001,3,4,5\n", "LATENCY: 60000000001 ns is more than 60s"},
	    {"1,2,100000000001,4,5\n", "RATE: 100000000001 bit/s is more than 100gbit"},
	    {"1,2,3,4294967296,5\n", "LOSS: 4294967296 is more than 4294967295, which is 100%"},
	    {"KEEP,LATENCY,RATE,LOSS,LIMIT\n", "has no line of values"},
	    {"1,2,3,4,5,6\n", "6 numbers and no names of columns"},
	    {"1,2,3,4.5,5\n", "a table of TheaterQ has 5, 8 or 9 whole numbers"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		put("t.raw", cases[i].text);
		expect_refusal(TABLE, cases[i].says);
	}
}

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/satbed-emulators-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	static const char *const names[] = {"s.ini", "d.txt", "bw.txt",
					    "t.csv", "t.raw", "a trace.txt"};
	char path[96];

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		path_of(path, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(delays_hold_for_their_interval_and_begin_again),
	    cmocka_unit_test(a_pair_of_files_is_one_link),
	    cmocka_unit_test(delay_files_of_other_kinds_are_named),
	    cmocka_unit_test(a_trace_ends_as_its_key_says),
	    cmocka_unit_test(a_simple_table_is_played_line_by_line),
	    cmocka_unit_test(the_limit_becomes_a_queue_beside_what_is_under_way),
	    cmocka_unit_test(an_extended_table_has_jitter_and_duplicates),
	    cmocka_unit_test(tables_that_are_not_theaterqs_are_refused),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
