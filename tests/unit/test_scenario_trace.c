// SPDX-License-Identifier: MIT
/* test_scenario_trace.c - traces and tables from files: what they become, what is refused and how
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "plan/timeline/draw.h"
#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "scenario/files.h"
#include "scenario/tables/trace.h"

#define MS SB_NS_PER_MS
#define S  SB_NS_PER_S

static struct sb_trace *read_trace(const char *text)
{
	struct sb_trace *t = NULL;
	struct sb_err err = {0};

	if (sb_trace_read("t.trace", text, strlen(text), &t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static void opportunities_become_the_rate_that_sends_as_many_packets(void **state)
{
	/* Two packets in 10 ms, none for 30 ms and then one, one more by the end at 45 ms. */
	struct sb_trace *t = read_trace("# a comment\n1\n10\n40\n45\n");

	(void)state;
	assert_int_equal(t->count, 3);
	assert_int_equal(t->period_ns, 45 * MS);
	assert_int_equal(t->rows[0].at_ns, 0);
	assert_int_equal(t->rows[0].rate_bps, 2 * 1514 * 8 * 100);
	assert_int_equal(t->rows[1].at_ns, 10 * MS);
	assert_int_equal(t->rows[1].rate_bps, (1514 * 8 * 1000 + 15) / 30);
	assert_int_equal(t->rows[2].at_ns, 40 * MS);
	assert_int_equal(t->rows[2].rate_bps, 1514 * 8 * 200);
	sb_trace_free(t);
}

/* Where there are none for 100 ms, nothing is sent from the last to the very next; also before the
 * first one, and before the last one, whose packet then has the 10 ms before it. */
static void gaps_without_opportunities_stop_the_link(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		struct {
			int64_t at_ms;
			uint64_t bps;
		} rows[5];
	} cases[] = {
	    {"10\n4015\n4015\n4020\n", 4, {{0, 1211200}, {10, SB_RATE_STOPPED}, {4015, 7267200}}},
	    {"300\n305\n", 2, {{0, SB_RATE_STOPPED}, {300, 2 * 1514 * 8 * 200}}},
	    {"5\n200\n", 3, {{0, 1211200}, {10, SB_RATE_STOPPED}, {190, 1211200}}},
	    {"10\n109\n", 2, {{0, 1211200}, {10, (1514 * 8 * 1000 + 49) / 99}}},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_trace *t = read_trace(cases[i].text);

		for (size_t k = 0; k < 5 && cases[i].rows[k].bps; k++) {
			assert_true(k < t->count);
			assert_int_equal(t->rows[k].at_ns, cases[i].rows[k].at_ms * MS);
			assert_int_equal(t->rows[k].rate_bps, cases[i].rows[k].bps);
		}
		sb_trace_free(t);
	}
}

static void a_constant_rate_is_one_row(void **state)
{
	struct sb_trace *t = read_trace("1\r\n2\r\n3\r\n4\r\n5\r\n6\r\n7\r\n8\r\n9\r\n10\r\n");

	(void)state;
	/* One packet each ms: mahimahi's 12 mbit. */
	assert_int_equal(t->count, 1);
	assert_int_equal(t->rows[0].rate_bps, 12112000);
	assert_int_equal(t->period_ns, 10 * MS);
	sb_trace_free(t);
}

/*
 * Property over random traces: what the rate has carried and what the opportunities allowed, in
 * packets, meet at each step and never differ by more than what one step holds.
 */
static void no_packet_is_gained_or_lost(void **state)
{
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 4, 0);
	for (int round = 0; round < 50; round++) {
		char text[20000];
		size_t len = 0, count = 0;
		int64_t ms = 0;
		double carried = 0;
		struct sb_trace *t;

		while (count < 2000) {
			ms += (int64_t)(sb_rng_u64(&rng) % (round % 5 ? 3 : 60));
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%lld\n",
						(long long)ms);
			count++;
		}
		t = read_trace(text);
		for (size_t i = 0; i < t->count; i++) {
			int64_t end = i + 1 < t->count ? t->rows[i + 1].at_ns : t->period_ns;

			assert_true(t->rows[i].at_ns % (10 * MS) == 0);
			carried += (double)t->rows[i].rate_bps * (double)(end - t->rows[i].at_ns) /
				   1e9 / (1514 * 8);
		}
		/* Rates are whole bits per second: half a bit for each second is the error. */
		assert_true(fabs(carried - (double)count) <
			    0.5 * (double)t->period_ns / 1e9 / (1514 * 8) + 1e-6);
		sb_trace_free(t);
	}
}

static void columns_are_any_of_delay_rate_and_loss(void **state)
{
	struct sb_trace *t = read_trace("time_s, delay_ms ,rate_mbit,loss_percent\r\n"
					"0,25.1234567891,80,1.5\n"
					"0.01,,,\n"
					"1.5,30,,0\n");
	const struct sb_trace_row *r = t->rows;

	(void)state;
	assert_int_equal(t->count, 3);
	assert_int_equal(t->period_ns, 0);
	assert_int_equal(r[0].has, SB_TRACE_DELAY | SB_TRACE_RATE | SB_TRACE_LOSS);
	assert_int_equal(r[0].delay_ns, 25123456);
	assert_int_equal(r[0].rate_bps, 80000000);
	assert_int_equal(r[0].loss_ppb, 15000000);
	assert_true(r[1].at_ns == 10 * MS && !r[1].has);
	assert_int_equal(r[2].has, SB_TRACE_DELAY | SB_TRACE_LOSS);
	sb_trace_free(t);
	t = read_trace("loss_fraction,time_us\n0.25,0\n");
	assert_int_equal(t->rows[0].loss_ppb, 250000000);
	sb_trace_free(t);
}

/* As pandas, spreadsheets in two languages, and R write them: always 100 mbit, and 50 from 1.5 s. */
static void columns_are_read_as_programs_write_them(void **state)
{
	static const struct {
		const char *text, *note;
	} cases[] = {
	    {"time_s,rate_mbit\n0,1e2\n1.5,5.0E+01\n", ""},
	    {"\xef\xbb\xbftime_s,rate_mbit\n0,100\n1.5,50\n", ""},
	    {"time_s\trate_mbit\n0\t100\n1,5\t50\n", ""},
	    {"time_s;rate_mbit\r\n0;100,0\r\n1,5;50\r\n", ""},
	    {"\"time_s\",\"rate_mbit\"\n\"0\",\"100\"\n\"1.5\",\"50\"\n", ""},
	    {"\"\",\"time_s\",\"rate_mbit\"\n\"1\",0,100\n\"2\",1.5,50\n", ""},
	    {"time_s,rate_mbit,\n0,100,\n1.5,50,\n", ""},
	    {"time_s,comment,rate_mbit,RSRP\n0,\"a, b\",100,-90\n1.5,,50,x\n",
	     "columns that are not used: \"comment\", \"RSRP\""},
	    {"time_us,rate_kbit\n0,1e+05\n15e5,.5e5\n", ""},
	    {"0.0 100.0\n1.5 50.0\n", "no names of columns: taken for time_s,rate_mbit"},
	    {"0,1.0e2\n1.5,50\n", "no names of columns: taken for time_s,rate_mbit"},
	    {"0.0\t100\n1.5\t50\n", "no names of columns: taken for time_s,rate_mbit"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_trace *t = read_trace(cases[i].text);

		if (t->count != 2 || t->rows[0].rate_bps != 100000000 ||
		    t->rows[1].rate_bps != 50000000 || t->rows[1].at_ns != 3 * S / 2)
			fail_msg("case %zu is read wrongly", i);
		assert_string_equal(t->note, cases[i].note);
		sb_trace_free(t);
	}
}

/* A rate of nothing, or as good as nothing: packets wait. */
static void no_rate_lets_packets_wait(void **state)
{
	struct sb_trace *t = read_trace("time_s,rate_mbit\n0,100\n1,5e-05\n2,0\n3,0.001\n");

	(void)state;
	assert_int_equal(t->rows[1].rate_bps, SB_RATE_STOPPED);
	assert_int_equal(t->rows[2].rate_bps, SB_RATE_STOPPED);
	assert_int_equal(t->rows[3].rate_bps, 1000);
	sb_trace_free(t);
}

static void what_is_wrong_is_said_with_its_line(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"", "t.trace: is empty"},
	    {"# only a comment\n\n", "t.trace: is empty"},
	    {"0\n0\n", "has no opportunity after 0 ms"},
	    {"5\n4\n", "t.trace:2: 4 ms comes after 5 ms"},
	    {"5\n# x\n-6\n", "t.trace:3: \"-6\" is not a time in ms"},
	    {"5\n6.5\n", "t.trace:2: \"6.5\" is not a time"},
	    {"5\n9999999999\n", "t.trace:2: \"9999999999\" is not a time"},
	    {"5\n999999999\n", "is more than 24h"},
	    {"time_ms\n1\n", "t.trace:1: needs a column of time and one of"},
	    {"delay_ms\n1\n", "t.trace:1: needs a column of time and one of"},
	    {"time,delay_ms\n", "t.trace:1: unknown column \"time\""},
	    {"time_ms,delay\n", "did you mean \"delay_"},
	    {"time_ms,rate_mbit,rate_kbit\n", "is a second column"},
	    {"time_ms,delay_ms\n", "has no line of values"},
	    {"time_ms,delay_ms\n1,2\n1,3\n", "t.trace:3: its time does not come after"},
	    {"time_ms,delay_ms\n1\n", "t.trace:2: 1 fields for 2 columns"},
	    {"time_ms,delay_ms\n1,2,3\n", "t.trace:2: more fields"},
	    {"time_ms,delay_ms\n,2\n", "t.trace:2: without a time"},
	    {"time_ms,delay_ms\n1,-2\n", "t.trace:2: delay_ms: \"-2\" is not a decimal number"},
	    {"time_ms,delay_ms\n1,2ms\n", "its unit is in the column's name"},
	    {"time_ms,delay_ms\n1,1e\n", "not a decimal number"},
	    {"time_ms,delay_ms\n1,1e1000\n", "not a decimal number"},
	    {"time_ms,delay_ms\n1,1.2.3\n", "not a decimal number"},
	    {"time_ms,comment\n1,x\n", "needs a column of time and one of"},
	    {"a,b,c\n1,2,3\n", "unknown column \"a\""},
	    {"Delay,time_ms\n", "unknown column \"Delay\""},
	    /* files of other kinds */
	    {"25\n25\n25\n25\n", "4 times the same 25 are not mahimahi delivery opportunities"},
	    {"25\n24\n", "a file of one value a line says not when and what"},
	    {"25.5\n24.5\n", "a file of one value a line says not when and what"},
	    {"-1 2 3 4 5\n", "5 numbers and no names of columns"},
	    {"{\"a\": 1}\n", "looks like JSON"},
	    {"time_ms,delay_s\n1,61\n", "more than 60s"},
	    {"time_ms,rate_gbit\n1,101\n", "out of range"},
	    {"time_ms,loss_percent\n1,101\n", "t.trace:2: loss_percent: "},
	    {"time_ms,loss_fraction\n1,1.5\n", "more than 1"},
	    {"time_ms,delay_ms\n1,99999999999999999999999999999999999999999999999999999999999\n",
	     "t.trace:2: "},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_trace *t = NULL;
		struct sb_err err = {0};

		assert_int_equal(
		    sb_trace_read("t.trace", cases[i].text, strlen(cases[i].text), &t, &err), -1);
		assert_null(t);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%zu: \"%s\" does not say \"%s\"", i, err.msg, cases[i].says);
	}
}

/* Bytes of every kind: an answer or a message, never more; under the sanitizers this looks for
 * overruns. */
static void random_bytes_do_no_harm(void **state)
{
	static const char alphabet[] = "0123456789.,\n\r\t #-+etime_ms,delay_ratbip%\0\xff";
	struct sb_rng rng;

	(void)state;
	sb_rng_seed(&rng, 5, 0);
	for (int round = 0; round < 20000; round++) {
		char text[200], *copy;
		size_t len = sb_rng_u64(&rng) % sizeof(text);
		struct sb_trace *t = NULL;
		struct sb_jitter j = {0};
		struct sb_err err = {0};

		for (size_t i = 0; i < len; i++)
			text[i] = alphabet[sb_rng_u64(&rng) % sizeof(alphabet)];
		if (round % 2 && len > 20)
			memcpy(text, "time_ms,delay_ms\n", 17);
		copy = sb_alloc(len + 1, 1);
		memcpy(copy, text, len);
		if (!sb_trace_read("t", copy, len, &t, &err))
			assert_true(t->count > 0);
		sb_trace_free(t);
		if (!sb_jitter_table_read("t", copy, len, &j, &err))
			assert_true(j.sample_count > 1);
		free(j.samples_ns);
		free(copy);
	}
}

/* --- with a scenario --- */

struct place {
	char dir[64], scenario[96], other[96];
};

static void put(struct place *p, const char *scenario, const char *other)
{
	struct sb_err err = {0};

	snprintf(p->dir, sizeof(p->dir), "/tmp/satbed-trace-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	snprintf(p->scenario, sizeof(p->scenario), "%s/t.ini", p->dir);
	snprintf(p->other, sizeof(p->other), "%s/beside.txt", p->dir);
	if (sb_replace_file(p->scenario, scenario, strlen(scenario), &err) ||
	    (other && sb_replace_file(p->other, other, strlen(other), &err)))
		fail_msg("%s", err.msg);
}

static void clear(const struct place *p)
{
	unlink(p->scenario);
	unlink(p->other);
	rmdir(p->dir);
}

static struct sb_plan *plan_of(const char *scenario, const char *other)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	struct place p;

	put(&p, scenario, other);
	if (sb_scenario_load(p.scenario, NULL, 0, &sc, &err) || sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	sb_scenario_free(sc);
	clear(&p);
	return plan;
}

static void a_trace_is_played_step_by_step_with_events_on_top(void **state)
{
	struct sb_plan *p = plan_of(
	    "[scenario]\nduration = 10s\n[link]\ndelay = 20ms\n"
	    "[link.down]\ntrace = beside.txt\nqueue = 100ms\n"
	    "[event.a]\nat = 4s\nfor = 1s\ndirection = down\ndelay_step = 5ms\nrate_step = 0.5\n",
	    "time_s,delay_ms,rate_mbit,loss_percent\n0,30,10,\n2,,20,1\n4,40,,\n");
	const struct sb_link_dir *d = &p->links[0].dir[SB_DOWN];
	const struct sb_link_state *s;

	(void)state;
	assert_int_equal(d->initial.delay_ns, 30 * MS);
	assert_int_equal(d->initial.rate_bps, 10000000);
	/* The mean of 10 mbit for 2 s and 20 mbit for 8 s, for 100 ms. */
	assert_int_equal(d->queue_bytes, 18000000 / 8 / 10);
	assert_int_equal(d->max_rate_bps, 20000000);
	assert_int_equal(d->max_delay_ns, 45 * MS);
	s = sb_plan_state_at(p, 0, SB_DOWN, 3 * S);
	assert_true(s->rate_bps == 20000000 && s->delay_ns == 30 * MS &&
		    s->loss.random_ppb == 10000000);
	s = sb_plan_state_at(p, 0, SB_DOWN, 4 * S);
	assert_true(s->rate_bps == 10000000 && s->delay_ns == 45 * MS);
	s = sb_plan_state_at(p, 0, SB_DOWN, 5 * S);
	assert_true(s->rate_bps == 20000000 && s->delay_ns == 40 * MS);
	assert_int_equal(p->links[0].dir[SB_UP].initial.rate_bps, 0);
	assert_int_equal(p->links[0].dir[SB_UP].trace[0], 0);
	sb_plan_free(p);
}

static void a_mahimahi_trace_repeats_at_a_hundred_steps_a_second(void **state)
{
	char text[4096];
	size_t len = 0;
	struct sb_plan *p;

	(void)state;
	/* One packet and three packets in turn every 10 ms, over one second. */
	for (int bin = 0; bin < 100; bin++)
		for (int i = 0; i < (bin % 2 ? 3 : 1); i++)
			len +=
			    (size_t)snprintf(text + len, sizeof(text) - len, "%d\n", bin * 10 + 10);
	p = plan_of("[scenario]\nduration = 5s\n[link.up]\ntrace = beside.txt\n", text);
	assert_int_equal(p->step_count, 499);
	for (size_t i = 0; i < p->step_count; i++) {
		assert_int_equal(p->steps[i].at_ns, (int64_t)(i + 1) * 10 * MS);
		assert_int_equal(p->steps[i].cause, SB_CAUSE_TRACE);
		assert_int_equal(p->steps[i].state.rate_bps, (i % 2 ? 1 : 3) * 1514 * 800);
	}
	sb_plan_free(p);
}

static void the_plan_needs_the_file_no_more(void **state)
{
	struct sb_plan *p =
	    plan_of("[scenario]\nduration = 3s\n[link]\ntrace = beside.txt\n", "7\n20\n22\n");
	cJSON *json = sb_plan_to_json(p);
	struct sb_plan *back = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_string_equal(p->links[0].dir[SB_UP].trace, "beside.txt");
	assert_true(p->links[0].dir[SB_UP].trace_xxh64 != 0);
	if (sb_plan_from_json(json, &back, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(sb_plan_timeline_hash(back), sb_plan_timeline_hash(p));
	assert_string_equal(back->links[0].dir[SB_DOWN].trace, "beside.txt");
	assert_true(back->links[0].dir[SB_UP].trace_xxh64 == p->links[0].dir[SB_UP].trace_xxh64);
	cJSON_Delete(json);
	sb_plan_free(back);
	sb_plan_free(p);
}

static void expect_failure(const char *scenario, const char *other, const char *says)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	struct place p;

	put(&p, scenario, other);
	if (!sb_scenario_load(p.scenario, NULL, 0, &sc, &err))
		assert_int_equal(sb_plan_make(sc, &plan, &err), -1);
	clear(&p);
	sb_scenario_free(sc);
	if (!strstr(err.msg, says))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, says);
}

static void both_places_are_said(void **state)
{
	static const char memory[] = "[link]\ntrace = x\n";
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	expect_failure("[link]\ntrace = beside.txt\n", "1\nx\n",
		       "t.ini:2: trace: beside.txt:2: \"x\" is not a time in ms");
	expect_failure("[link]\ntrace = gone.txt\n", NULL, "t.ini:2: trace: cannot read");
	expect_failure("[link]\njitter = table beside.txt\n", "delay_ms\n1\nx\n",
		       "t.ini:2: jitter: beside.txt:3: \"x\" is not a decimal number");
	expect_failure("[link]\njitter = table beside.txt\n", "1\n2\n", "names no column");
	expect_failure("[link]\njitter = table beside.txt\n", "# x\n -32768 -28307 3\n",
		       "beside.txt:2: this looks like a distribution table of netem (.dist)");
	expect_failure("[scenario]\nduration = 24h\n[link]\ntrace = beside.txt\n", "1\n25\n",
		       "the maximum is 250000");
	/* From memory no file is read, whatever it is called. */
	assert_int_equal(sb_scenario_parse("m.ini", memory, strlen(memory), NULL, 0, &sc, &err),
			 -1);
	assert_non_null(strstr(err.msg, "m.ini:2: trace: x: files are read for"));
}

/* --- jitter --- */

/*
 * Over 10^5 draws the mean of a distribution of deviation 1 lies within 5 / sqrt(10^5) = 0.016 (a
 * false alarm in 1.7 million seeds, and the seed is fixed).  The deviation converges more slowly
 * where the tail is heavy: pareto's of shape 3 has no fourth moment, so there only 15 % are asked.
 * Medians are closed forms: 0, (2^(1/3) - 3/2) / sqrt(3/4), (1 - e^(1/8)) / deviation.
 */
static void jitter_has_the_moments_and_the_median_of_its_distribution(void **state)
{
	static const struct {
		enum sb_jitter_kind kind;
		double median, slack;
	} cases[] = {
	    {SB_JITTER_NORMAL, 0, 0.02},	 {SB_JITTER_UNIFORM, 0, 0.02},
	    {SB_JITTER_PARETO, -0.27722, 0.15},	 {SB_JITTER_LOGNORMAL, -0.22050, 0.05},
	    {SB_JITTER_PARETONORMAL, NAN, 0.15},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_jitter j = {.kind = cases[i].kind, .deviation_ns = 10 * MS};
		double sum = 0, squares = 0, n = 100000, below = 0;
		struct sb_rng rng;

		sb_rng_seed(&rng, 11, i);
		for (int k = 0; k < 100000; k++) {
			double x = (double)sb_draw_jitter(&rng, &j, 3600 * S) / (10e6);

			sum += x;
			squares += x * x;
			below += x < cases[i].median;
		}
		assert_true(fabs(sum / n) < 0.016);
		assert_true(fabs(sqrt(squares / n) - 1) < cases[i].slack);
		/* 5 sqrt(1/4 / 10^5) */
		if (!isnan(cases[i].median))
			assert_true(fabs(below / n - 0.5) < 0.008);
	}
}

static void a_table_is_drawn_from_within_its_values(void **state)
{
	struct sb_plan *p = plan_of("[scenario]\nduration = 60s\n[link]\ndelay = 50ms\n"
				    "jitter = table beside.txt\njitter_every = 10ms\n",
				    "delay_ms\n-10\n20\n0\n0\n");
	double below = 0, n = 0;

	(void)state;
	for (size_t i = 0; i < p->step_count; i++) {
		int64_t d = p->steps[i].state.delay_ns;

		assert_true(d >= 40 * MS && d <= 70 * MS);
		below += d < 50 * MS;
		n++;
	}
	/* Sorted -10 0 0 20: a third each below zero, at zero, above; zero after zero is no step,
	 * so of 9 draws 8 are steps, of which 3 are below.  Five standard deviations of a share. */
	assert_true(n > 10000 && fabs(below / n - 0.375) < 5 * sqrt(0.25 / n));
	/* sqrt of the mean square about 2.5 ms */
	assert_int_equal(p->links[0].dir[SB_UP].jitter_ns, 10897247);
	sb_plan_free(p);
}

static void load(const char *path, struct sb_err *err)
{
	struct sb_scenario *sc = NULL;

	assert_int_equal(sb_scenario_load(path, NULL, 0, &sc, err), -1);
}

/* Whoever has root run a scenario must not be told what only root may read. */
static void words_of_a_file_that_is_not_theirs_are_not_shown(void **state)
{
	static const char *const lines[] = {
	    "trace = secret", "delay = 50ms\njitter = table secret\njitter_every = 10ms"};
	char dir[] = "/tmp/satbed-test-quote-XXXXXX";
	sb_auto_free char *scenario = NULL, *secret = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	scenario = sb_asprintf("%s/s.ini", dir);
	secret = sb_asprintf("%s/secret", dir);
	for (size_t i = 0; i < SB_ARRAY_LEN(lines); i++) {
		sb_auto_free char *text =
		    sb_asprintf("[scenario]\nname = x\n[link]\n%s\n", lines[i]);
		const char *content = i ? "delay_ms\nroot:hash:1\n" : "1\nroot:hash:1\n";
		struct sb_err open_err = {0}, err = {0};

		assert_int_equal(sb_replace_file(scenario, text, strlen(text), NULL), 0);
		assert_int_equal(sb_replace_file(secret, content, strlen(content), NULL), 0);
		assert_int_equal(chmod(secret, 0644), 0);
		load(scenario, &open_err);
		assert_non_null(strstr(open_err.msg, "root:hash"));
		assert_int_equal(chmod(secret, 0640), 0);
		load(scenario, &err);
		if (geteuid() == 0) {
			assert_null(strstr(err.msg, "hash"));
			assert_non_null(strstr(err.msg, "chmod o+r"));
		} else {
			assert_non_null(strstr(err.msg, "root:hash"));
		}
	}
	/* By sudo, of the scenario itself too. */
	if (geteuid() == 0) {
		struct sb_err err = {0}, typed = {0}, own = {0};

		assert_int_equal(sb_replace_file(secret, "hash = 1\n", 9, NULL), 0);
		assert_int_equal(chmod(secret, 0640), 0);
		load(secret, &typed);
		assert_non_null(strstr(typed.msg, "hash"));
		setenv("SUDO_UID", "4242", 1);
		load(secret, &err);
		assert_null(strstr(err.msg, "hash"));
		assert_int_equal(chown(secret, 4242, 4242), 0);
		load(secret, &own);
		assert_non_null(strstr(own.msg, "hash"));
		unsetenv("SUDO_UID");
	}
	assert_int_equal(unlink(secret) || unlink(scenario) || rmdir(dir), 0);
}

static void a_fifo_is_refused_at_once(void **state)
{
	char dir[] = "/tmp/satbed-test-fifo-XXXXXX";
	sb_auto_free char *fifo = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	fifo = sb_asprintf("%s/s.ini", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	alarm(5);
	load(fifo, &err);
	alarm(0);
	assert_non_null(strstr(err.msg, "not a regular file"));
	assert_int_equal(unlink(fifo) || rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opportunities_become_the_rate_that_sends_as_many_packets),
	    cmocka_unit_test(gaps_without_opportunities_stop_the_link),
	    cmocka_unit_test(a_constant_rate_is_one_row),
	    cmocka_unit_test(no_packet_is_gained_or_lost),
	    cmocka_unit_test(columns_are_any_of_delay_rate_and_loss),
	    cmocka_unit_test(columns_are_read_as_programs_write_them),
	    cmocka_unit_test(no_rate_lets_packets_wait),
	    cmocka_unit_test(what_is_wrong_is_said_with_its_line),
	    cmocka_unit_test(random_bytes_do_no_harm),
	    cmocka_unit_test(a_trace_is_played_step_by_step_with_events_on_top),
	    cmocka_unit_test(a_mahimahi_trace_repeats_at_a_hundred_steps_a_second),
	    cmocka_unit_test(the_plan_needs_the_file_no_more),
	    cmocka_unit_test(both_places_are_said),
	    cmocka_unit_test(jitter_has_the_moments_and_the_median_of_its_distribution),
	    cmocka_unit_test(a_table_is_drawn_from_within_its_values),
	    cmocka_unit_test(words_of_a_file_that_is_not_theirs_are_not_shown),
	    cmocka_unit_test(a_fifo_is_refused_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
