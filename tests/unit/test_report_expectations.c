// SPDX-License-Identifier: MIT
/* test_report_expectations.c - [expect] holds exactly when every value it is about holds */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "report/report_priv.h"
#include "satbed/base/mem.h"

#define MAX_EXPECTS 8

/* Two clients, one downward flow each, of the same name: 2 and 1 Mbit/s. */
struct world {
	struct sb_flow flows[3];
	struct sb_expect expects[MAX_EXPECTS];
	struct sb_plan plan;
	struct sb_flow_result flow_results[3];
	struct sb_dir_result dirs[2][2];
	struct sb_result result;
	struct sb_report report;
	struct sb_expect_result out[MAX_EXPECTS];
};

static void make_world(struct world *w)
{
	size_t i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < 3; i++) {
		strcpy(w->flows[i].name, i < 2 ? "bulk" : "pings");
		w->flows[i].client = (uint16_t)(i % 2);
		w->flow_results[i].goodput_bps = i == 0 ? 2e6 : 1e6;
		w->flow_results[i].retransmits = i == 0 ? 7 : i == 1 ? -1 : 3;
	}
	for (i = 0; i < 2; i++) {
		w->dirs[i][SB_UP].loss = 0.02;
		w->dirs[i][SB_DOWN].loss = 0.01;
		w->dirs[i][SB_UP].delay_ms.count = 10;
		w->dirs[i][SB_UP].delay_ms.p50 = 25;
	}
	w->plan.flows = w->flows;
	w->plan.expects = w->expects;
	w->result.flow_count = 3;
	w->result.link_count = 2;
	w->result.flows = w->flow_results;
	w->result.links = w->dirs;
	w->report.plan = &w->plan;
	w->report.result = &w->result;
}

static void expect(struct world *w, const char *what, enum sb_relation relation, double value)
{
	struct sb_expect *e = &w->expects[w->plan.expect_count++];

	strcpy(e->what, what);
	e->relation = relation;
	e->value = value;
}

static void test_relations(void **state)
{
	static const struct {
		enum sb_relation relation;
		bool below, equal, above;
	} cases[] = {
	    {SB_GE, false, true, true},	 {SB_GT, false, false, true}, {SB_LE, true, true, false},
	    {SB_LT, true, false, false}, {SB_EQ, false, true, false},
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		make_world(&w);
		/* measured is 0.02 */
		expect(&w, "loss.up", cases[i].relation, 0.03);
		expect(&w, "loss.up", cases[i].relation, 0.02);
		expect(&w, "loss.up", cases[i].relation, 0.01);
		sb_report_expects(&w.report, w.out);
		assert_int_equal(w.out[0].met, cases[i].below);
		assert_int_equal(w.out[1].met, cases[i].equal);
		assert_int_equal(w.out[2].met, cases[i].above);
		assert_true(w.out[0].known);
	}
}

static void test_every_value_by_name(void **state)
{
	static const struct {
		const char *what;
		double value;
	} cases[] = {
	    {"goodput.pings", 1e6}, {"retransmits.pings", 3}, {"loss.up", 0.02},
	    {"loss.down", 0.01},    {"delay.up", 25},
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		make_world(&w);
		expect(&w, cases[i].what, SB_EQ, cases[i].value);
		assert_true(sb_report_expects(&w.report, w.out));
		assert_true(w.out[0].known);
	}
}

static void test_every_client_must_hold(void **state)
{
	struct world w;

	(void)state;
	make_world(&w);
	expect(&w, "goodput.bulk", SB_GE, 1.5e6);
	expect(&w, "goodput.bulk", SB_GE, 1e6);
	assert_false(sb_report_expects(&w.report, w.out));
	/* What is shown is the one that does not hold, not the first. */
	assert_false(w.out[0].met);
	assert_true(w.out[0].value == 1e6);
	assert_true(w.out[1].met);
	assert_true(w.out[1].value == 2e6);
	/* Nor does a later client make good what an earlier one broke. */
	make_world(&w);
	expect(&w, "goodput.bulk", SB_LE, 1.5e6);
	assert_false(sb_report_expects(&w.report, w.out));
	assert_true(w.out[0].value == 2e6);
}

static void test_unknown_does_not_hold(void **state)
{
	static const char *const whats[] = {
	    "goodput.nobody", "nonsense.bulk", "goodput",	  "goodput.",
	    "loss.sideways",  "delay.down",    "goodput.bulkier", "lossxup",
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(whats); i++) {
		make_world(&w);
		expect(&w, whats[i], SB_GE, 0);
		assert_false(sb_report_expects(&w.report, w.out));
		assert_false(w.out[0].known);
		assert_false(w.out[0].met);
	}
}

static void test_infinite_is_unknown(void **state)
{
	struct world w;

	(void)state;
	make_world(&w);
	w.flow_results[2].goodput_bps = INFINITY;
	expect(&w, "goodput.pings", SB_GE, 0);
	assert_false(sb_report_expects(&w.report, w.out));
	assert_false(w.out[0].known);
}

/* One client's capture lost packets: its retransmits are refused, so the expectation is not met. */
static void test_refused_for_one_client(void **state)
{
	struct world w;

	(void)state;
	make_world(&w);
	expect(&w, "retransmits.bulk", SB_LE, 1000);
	assert_false(sb_report_expects(&w.report, w.out));
	assert_false(w.out[0].known);
}

static void test_fidelity(void **state)
{
	static const struct {
		enum sb_verdict verdict;
		const char *word;
		bool met;
	} cases[] = {
	    {SB_PASS, "pass", true}, {SB_WARN, "pass", false}, {SB_INVALID, "pass", false},
	    {SB_PASS, "warn", true}, {SB_WARN, "warn", true},  {SB_INVALID, "warn", false},
	};
	struct world w;
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		make_world(&w);
		w.result.verdict = cases[i].verdict;
		expect(&w, "fidelity", SB_EQ, 0);
		strcpy(w.expects[0].word, cases[i].word);
		assert_int_equal(sb_report_expects(&w.report, w.out), cases[i].met);
		assert_true(w.out[0].known);
	}
}

static void test_nothing_expected_holds(void **state)
{
	struct world w;

	(void)state;
	make_world(&w);
	assert_true(sb_report_expects(&w.report, w.out));
}

/* A file that arrived and one that did not, and requests; of two clients each. */
static void test_outcomes(void **state)
{
	static const struct {
		const char *what;
		enum sb_relation relation;
		double value;
		bool known, met;
	} cases[] = {
	    {"completion.first", SB_LE, 5000, true, true},
	    {"completion.first", SB_LE, 4000, true, false},  /* one client's took 4.2 s */
	    {"completion.second", SB_LE, 1e9, false, false}, /* the other's never came whole */
	    {"latency.web.p50", SB_LE, 60, true, true},
	    {"latency.web.p99", SB_LE, 60, true, false},
	    {"latency.web.p999", SB_LT, 100, true, true},
	    {"timeouts.web", SB_EQ, 0, true, false},
	    {"latency.we.p50", SB_LE, 60, false, false}, /* a part of a name is none */
	};
	struct sb_flow_outcome outcomes[] = {
	    {.kind = SB_FLOW_FILE, .complete = true, .completion_s = 3},
	    {.kind = SB_FLOW_FILE, .complete = true, .completion_s = 4.2},
	    {.kind = SB_FLOW_FILE, .complete = true, .completion_s = 3},
	    {.kind = SB_FLOW_FILE, .complete = false, .completion_s = NAN},
	    {.kind = SB_FLOW_RR, .answered = 9, .latency_ms = {50, 51, 52, 53, 54, 55}},
	    {.kind = SB_FLOW_RR,
	     .answered = 9,
	     .timeouts = 1,
	     .latency_ms = {55, 56, 58, 70, 80, 90}},
	};
	static const char *const names[] = {"first", "first", "second", "second", "web", "web"};
	struct sb_flow flows[6] = {0};
	struct world w;

	(void)state;
	make_world(&w);
	for (size_t i = 0; i < 6; i++) {
		strcpy(flows[i].name, names[i]);
		flows[i].kind = outcomes[i].kind;
	}
	w.plan.flows = flows;
	w.plan.flow_count = 6;
	w.result.flow_count = 0;
	w.report.outcomes = outcomes;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++)
		expect(&w, cases[i].what, cases[i].relation, cases[i].value);
	assert_false(sb_report_expects(&w.report, w.out));
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++)
		if (w.out[i].known != cases[i].known || w.out[i].met != cases[i].met)
			fail_msg("%s: known %d, held %d, value %g", cases[i].what, w.out[i].known,
				 w.out[i].met, w.out[i].value);
	/* Without outcomes nothing of theirs is known. */
	w.report.outcomes = NULL;
	sb_report_expects(&w.report, w.out);
	assert_false(w.out[0].known || w.out[0].met);
}

static void test_units(void **state)
{
	(void)state;
	assert_int_equal(sb_report_unit("goodput.bulk"), SB_UNIT_RATE);
	assert_int_equal(sb_report_unit("loss.up"), SB_UNIT_FRACTION);
	assert_int_equal(sb_report_unit("delay.up"), SB_UNIT_MS);
	assert_int_equal(sb_report_unit("retransmits.bulk"), SB_UNIT_COUNT);
	assert_int_equal(sb_report_unit("nonsense"), SB_UNIT_COUNT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_relations),
	    cmocka_unit_test(test_every_value_by_name),
	    cmocka_unit_test(test_every_client_must_hold),
	    cmocka_unit_test(test_unknown_does_not_hold),
	    cmocka_unit_test(test_infinite_is_unknown),
	    cmocka_unit_test(test_refused_for_one_client),
	    cmocka_unit_test(test_fidelity),
	    cmocka_unit_test(test_nothing_expected_holds),
	    cmocka_unit_test(test_outcomes),
	    cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
