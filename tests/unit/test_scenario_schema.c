// SPDX-License-Identifier: MIT
/* test_scenario_schema.c - the schema agrees with itself; the values of more than one word */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/plan.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"
#include "scenario/grammar.h"
#include "scenario/schema.h"
#include "scenario/sweep_section.h"

static void free_parsed(const struct sb_key_row *row, struct sb_value *v)
{
	if (row->type == SB_TYPE_NAME || row->type == SB_TYPE_TEXT || row->type == SB_TYPE_ENGINE ||
	    row->type == SB_TYPE_TLE)
		free(v->text);
	if (row->type == SB_TYPE_INSTANTS)
		free(v->instants.ns);
	if (row->type == SB_TYPE_JITTER)
		free(v->jitter.path);
	if (row->type == SB_TYPE_TRACE || row->type == SB_TYPE_DELAY_TRACE)
		free(v->file.path);
}

static void every_row_is_whole_and_its_own_words_parse(void **state)
{
	(void)state;
	for (int key = 0; key < SB_KEY_COUNT; key++) {
		const struct sb_key_row *row = &sb_key_rows[key];
		const char *texts[] = {row->example, row->standard};

		assert_non_null(row->name);
		assert_non_null(row->help);
		assert_non_null(row->example);
		assert_non_null(sb_type_rows[row->type].parse);
		assert_true(key == 0 || row->section >= sb_key_rows[key - 1].section);
		assert_int_equal(sb_find_key(row->section, row->name), key);
		for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
			struct sb_value v = {0};
			struct sb_err err = {0};

			if (texts[i] && sb_type_rows[row->type].parse(row, texts[i], &v, &err))
				fail_msg("%s = %s: %s", row->name, texts[i], err.msg);
			if (texts[i])
				free_parsed(row, &v);
		}
	}
}

static void words_stand_in_the_order_of_their_enums(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    sb_word_index(sb_key_rows[SB_KEY_PATH].words, sb_path_name((enum sb_path)i)),
		    i);
		assert_int_equal(sb_word_index(sb_key_rows[SB_KEY_BACKEND].words,
					       sb_backend_name((enum sb_backend)i)),
				 i);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sb_word_index(sb_key_rows[SB_KEY_KIND].words,
					       sb_flow_kind_name((enum sb_flow_kind)i)),
				 i);
		assert_int_equal(sb_word_index(sb_key_rows[SB_KEY_EVENT_DIRECTION].words,
					       sb_dir_name((enum sb_dir)i)),
				 i);
	}
}

static void ranges_hold_at_both_ends(void **state)
{
	static const struct {
		enum sb_key key;
		const char *text;
		bool good;
	} cases[] = {
	    {SB_KEY_DELAY, "60s", true},
	    {SB_KEY_DELAY, "60.000000001s", false},
	    {SB_KEY_CLIENTS, "64", true},
	    {SB_KEY_CLIENTS, "65", false},
	    {SB_KEY_CLIENTS, "0", false},
	    {SB_KEY_CLIENTS, "-1", false},
	    {SB_KEY_CLIENTS, "1.5", false},
	    {SB_KEY_CLIENTS, "18446744073709551617", false},
	    {SB_KEY_RATE, "1kbit", true},
	    {SB_KEY_RATE, "999bit", false},
	    {SB_KEY_RATE, "unlimited", true},
	    {SB_KEY_RATE, "unlimitted", false},
	    {SB_KEY_FLOW_RATE, "unlimited", false},
	    {SB_KEY_MTU, "1280B", true},
	    {SB_KEY_MTU, "1279B", false},
	    {SB_KEY_SEED, "18446744073709551615", true},
	    {SB_KEY_RATE_STEP, "0", false},
	    {SB_KEY_RATE_STEP, "0.001", true},
	    {SB_KEY_RATE_STEP, "1001", false},
	    {SB_KEY_RATE_STEP, "uniform 0.0001 1", false},
	    {SB_KEY_DELAY_STEP, "-10s", true},
	    {SB_KEY_DELAY_STEP, "-10.1s", false},
	    {SB_KEY_DELAY_STEP, "uniform 2ms 1ms", false},
	    {SB_KEY_DELAY_STEP, "normal 0ms -1ms", false},
	    {SB_KEY_OUTAGE, "-1s", false},
	    {SB_KEY_OUTAGE, "normal 1s 1s", false},
	    {SB_KEY_OUTAGE, "lognormal p50 9ms p90 8ms", false},
	    {SB_KEY_OUTAGE, "lognormal 9ms 8ms", false},
	    {SB_KEY_OUTAGE, "exponential 1s 2s", false},
	    {SB_KEY_OUTAGE, "1s 2s", false},
	    {SB_KEY_AT, "1s, 2s 3s", true},
	    {SB_KEY_AT, "2s 1s", false},
	    {SB_KEY_AT, "1s 1s", false},
	    {SB_KEY_EVENT_CLIENT, "1, 64", true},
	    {SB_KEY_EVENT_CLIENT, "65", false},
	    {SB_KEY_EVENT_CLIENT, "client1", false},
	    {SB_KEY_NAME, "a b", false},
	    {SB_KEY_NAME, "../a", false},
	    {SB_KEY_QUEUE, "0packets", false},
	    {SB_KEY_QUEUE, "100", false},
	    {SB_KEY_QUEUE, "-1bdp", false},
	    {SB_KEY_QUEUE, "1packet", true},
	    {SB_KEY_QUEUE, "61s", false},
	    {SB_KEY_QUEUE, "5GB", false},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		const struct sb_key_row *row = &sb_key_rows[cases[i].key];
		struct sb_value v = {.place = 77};
		struct sb_err err = {0};
		int rc = sb_type_rows[row->type].parse(row, cases[i].text, &v, &err);

		if ((rc == 0) != cases[i].good)
			fail_msg("%s = %s: %s", row->name, cases[i].text, rc ? err.msg : "taken");
		if (rc)
			assert_true(err.code == SB_EINPUT && err.msg[0] && v.number == 0);
		else
			free_parsed(row, &v);
	}
}

static void queues_keep_what_they_are_measured_in(void **state)
{
	struct sb_queue_written q;

	(void)state;
	assert_int_equal(sb_read_queue("100ms", &q, NULL), 0);
	assert_true(q.kind == SB_QUEUE_TIME && q.amount == 100000000);
	assert_int_equal(sb_read_queue("80 packets", &q, NULL), 0);
	assert_true(q.kind == SB_QUEUE_PACKETS && q.amount == 80);
	assert_int_equal(sb_read_queue("250packets", &q, NULL), 0);
	assert_true(q.kind == SB_QUEUE_PACKETS && q.amount == 250);
	assert_int_equal(sb_read_queue("64kB", &q, NULL), 0);
	assert_true(q.kind == SB_QUEUE_BYTES && q.amount == 64000);
	assert_int_equal(sb_read_queue("1.5bdp", &q, NULL), 0);
	assert_true(q.kind == SB_QUEUE_BDP && q.amount == 1500000);
}

/* p = r L/(1-L), r = 1/B: the mean and the burst come back within the rounding to 1e-9. */
static void gemodel_gives_the_mean_and_burst_asked_for(void **state)
{
	static const struct {
		const char *text;
		double mean, burst;
	} cases[] = {
	    {"gemodel 2% burst 4", 0.02, 4},
	    {"gemodel 1.6% burst 4", 0.016, 4},
	    {"gemodel 0.1% burst 1", 0.001, 1},
	    {"gemodel 50% burst 1.5", 0.5, 1.5},
	    {"gemodel 90% burst 100", 0.9, 100},
	    {"gemodel p 1% r 25%", 1.0 / 26, 4},
	    {"gemodel r 25% p 1% good 0% bad 100%", 1.0 / 26, 4},
	    {"gemodel p 20% r 20% bad 50% good 10%", 0.3, 0},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_loss loss;
		struct sb_err err = {0};

		if (sb_read_loss(cases[i].text, &loss, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_int_equal(loss.kind, SB_LOSS_GEMODEL);
		assert_true(sb_loss_mean(&loss) > cases[i].mean - 1e-6);
		assert_true(sb_loss_mean(&loss) < cases[i].mean + 1e-6);
		if (cases[i].burst > 0) {
			assert_true(sb_loss_mean_burst(&loss) > cases[i].burst * (1 - 1e-6));
			assert_true(sb_loss_mean_burst(&loss) < cases[i].burst * (1 + 1e-6));
		}
	}
}

static void losses_that_cannot_be_are_refused(void **state)
{
	static const char *const texts[] = {
	    "",
	    "2%",
	    "random",
	    "random 1% 2%",
	    "random 101%",
	    "none 1%",
	    "gemodel",
	    "gemodel 2%",
	    "gemodel 2% burst",
	    "gemodel 2% burst 0.5",
	    "gemodel 100% burst 4",
	    "gemodel 80% burst 2",
	    "gemodel p 1%",
	    "gemodel p 1% r 0%",
	    "gemodel p 1% p 2%",
	    "gemodel p 1% r 2% h 3%",
	    "gemodel p 1% r",
	    "bernoulli 1%",
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++) {
		struct sb_loss loss = {.random_ppb = 77};
		struct sb_err err = {0};

		if (!sb_read_loss(texts[i], &loss, &err))
			fail_msg("\"%s\" was taken", texts[i]);
		assert_true(err.code == SB_EINPUT && err.msg[0]);
		assert_int_equal(loss.random_ppb, 77);
	}
}

static void comparisons_carry_their_units(void **state)
{
	struct sb_expect e;

	(void)state;
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_GOODPUT], ">=1mbit", &e, NULL), 0);
	assert_true(e.relation == SB_GE && e.value == 1e6);
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_LOSS_UP], "< 2.5%", &e, NULL), 0);
	assert_true(e.relation == SB_LT && e.value == 0.025);
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_DELAY_UP], "<= 30ms", &e, NULL), 0);
	assert_true(e.relation == SB_LE && e.value == 30);
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_RETRANSMITS], "= 0", &e, NULL), 0);
	assert_true(e.relation == SB_EQ && e.value == 0);
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_GOODPUT], "1mbit", &e, NULL), -1);
	assert_int_equal(sb_read_expect(&sb_key_rows[SB_KEY_GOODPUT], "> 1", &e, NULL), -1);
}

/* Whatever form of a key one types, its description comes. */
static void explain_finds_keys_in_every_form(void **state)
{
	static const struct {
		const char *key, *part;
	} cases[] = {
	    {"link.queue", "link.queue = "},
	    {"queue", "link.queue = "},
	    {"link.client2.up.delay", "One-way"},
	    {"event.outage", "event.NAME.outage = "},
	    {"event.x.outage", "event.NAME.outage = "},
	    {"expect.goodput.FLOW", "Payload rate"},
	    {"goodput.bulk", "Payload rate"},
	    {"[flow]", "flow.NAME.kind = "},
	    {"flow.bulk", "flow.NAME.kind = "},
	    {"link.up", "link.delay = "},
	    {NULL, "expect.fidelity = "},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		char *text = NULL;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		assert_int_equal(sb_scenario_explain(f, cases[i].key, NULL), 0);
		fclose(f);
		if (!strstr(text, cases[i].part))
			fail_msg("explain %s says\n%s", cases[i].key, text);
		free(text);
	}
}

static void explain_suggests_what_is_close(void **state)
{
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_scenario_explain(stdout, "link.dealy", &err), -1);
	assert_non_null(strstr(err.msg, "did you mean \"delay\"?"));
}

/* Requests of mdoc stand at the start of a line: none may come from a text of the table. */
static void the_manual_names_every_key_and_nothing_else_begins_a_request(void **state)
{
	static const char *const requests[] = {".Ss ", ".Bl ", ".It ", ".El", ".Dl "};
	char *text = NULL, *rest;
	size_t len, items = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	sb_scenario_explain_man(f);
	fclose(f);
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		bool known = line[0] != '.' && line[0] != '\'';

		for (size_t i = 0; i < SB_ARRAY_LEN(requests); i++)
			known |= !strncmp(line, requests[i], strlen(requests[i]));
		if (!known)
			fail_msg("a request: %s", line);
		items += !strncmp(line, ".It ", 4);
	}
	assert_int_equal(items, SB_KEY_COUNT + sb_sweep_forms());
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_is_whole_and_its_own_words_parse),
	    cmocka_unit_test(words_stand_in_the_order_of_their_enums),
	    cmocka_unit_test(ranges_hold_at_both_ends),
	    cmocka_unit_test(queues_keep_what_they_are_measured_in),
	    cmocka_unit_test(gemodel_gives_the_mean_and_burst_asked_for),
	    cmocka_unit_test(losses_that_cannot_be_are_refused),
	    cmocka_unit_test(comparisons_carry_their_units),
	    cmocka_unit_test(explain_finds_keys_in_every_form),
	    cmocka_unit_test(explain_suggests_what_is_close),
	    cmocka_unit_test(the_manual_names_every_key_and_nothing_else_begins_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
