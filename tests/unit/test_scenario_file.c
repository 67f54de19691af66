// SPDX-License-Identifier: MIT
/* test_scenario_file.c - scenario files: what is wrong is told with its place, all of it at once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/scenario.h"
#include "satbed/scenario_values.h"

/* Enough of a file to be right. */
#define FLOW "[flow.a]\nkind = bulk\n"

static struct sb_scenario *read_good(const char *text)
{
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err))
		fail_msg("%s", err.msg);
	return sc;
}

/* The whole message of a file that is wrong. */
static void expect_message(const char *text, const char *const *sets, size_t set_count,
			   const char *message)
{
	struct sb_scenario *sc = (struct sb_scenario *)1;
	struct sb_err err = {0};

	if (!sb_scenario_parse("t.ini", text, strlen(text), sets, set_count, &sc, &err))
		fail_msg("taken for right:\n%s", text);
	assert_int_equal(err.code, SB_EINPUT);
	assert_ptr_equal(sc, (struct sb_scenario *)1);
	assert_string_equal(err.msg, message);
}

static void a_file_is_read_with_comments_and_blanks(void **state)
{
	static const char text[] =
	    "\xef\xbb\xbf; comment\n# another\r\n\r\n[scenario]   ; after a header\r\n"
	    "  name=abc\n\tseed =   7 ; after a value\n"
	    "[link.up]\ndelay = 25ms\n" FLOW;
	struct sb_scenario *sc = read_good(text);
	const struct sb_section *run = sb_scenario_section(sc, SB_SEC_SCENARIO, 0);

	(void)state;
	assert_string_equal(sb_value(run, SB_KEY_NAME)->text, "abc");
	assert_int_equal(sb_value(run, SB_KEY_NAME)->place, 5);
	assert_int_equal(sb_value(run, SB_KEY_SEED)->number, 7);
	assert_int_equal(sb_link_value(sc, 1, SB_UP, SB_KEY_DELAY)->time_ns, 25000000);
	assert_int_equal(sb_link_value(sc, 1, SB_UP, SB_KEY_DELAY)->place, 8);
	assert_int_equal(sb_link_value(sc, 1, SB_DOWN, SB_KEY_DELAY)->time_ns, 0);
	assert_int_equal(sb_link_value(sc, 1, SB_DOWN, SB_KEY_DELAY)->state, SB_VALUE_DEFAULT);
	sb_scenario_free(sc);
}

static void an_empty_file_is_all_defaults(void **state)
{
	struct sb_scenario *sc = read_good("");

	(void)state;
	assert_int_equal(sb_clients(sc), 1);
	assert_null(sb_scenario_section(sc, SB_SEC_FLOW, 0));
	sb_scenario_free(sc);
}

static void all_findings_come_at_once_each_with_its_line(void **state)
{
	(void)state;
	expect_message(
	    "key = 1\n"
	    "[scenari]\n"
	    "x = 1\n"
	    "[link.up]\n"
	    "dealy = 5ms\n"
	    "rate = 20Mbps\n"
	    "loss = 2%\n"
	    "[link.client3]\n"
	    "[flow.a]\n"
	    "cc = reno\n"
	    "[oops\n"
	    "delay = 1ms\n"
	    "[event.b\n"
	    "junk\n"
	    "[link.down]\n"
	    "junk\n",
	    NULL, 0,
	    "t.ini:1: key \"key\" is outside any section\n"
	    "t.ini:2: unknown section [scenari]; did you mean \"[scenario]\"?\n"
	    "t.ini:5: unknown key \"dealy\" in [link.up]; did you mean \"delay\"?\n"
	    "t.ini:6: rate: unknown unit \"Mbps\" in \"20Mbps\", expected bit, kbit, mbit or "
	    "gbit (per second); did you mean \"20mbit\"?\n"
	    "t.ini:7: loss: \"2%\" without its model; did you mean \"random 2%\"?\n"
	    "t.ini:8: no client 3; [testbed] clients = 1\n"
	    "t.ini:9: [flow.a] has no kind, expected kind = bulk, stream, file, rr, exec or "
	    "interop\n"
	    "t.ini:11: a section header without its \"]\"\n"
	    "t.ini:13: a section header without its \"]\"\n"
	    "t.ini:14: neither a [section], nor \"key = value\", nor a ; comment\n"
	    "t.ini:16: neither a [section], nor \"key = value\", nor a ; comment");
}

static void the_same_again_is_an_error_that_names_the_first(void **state)
{
	(void)state;
	expect_message("[link]\ndelay = 1ms\ndelay = 2ms\n", NULL, 0,
		       "t.ini:3: \"delay\" again in [link], first at line 2");
	expect_message("[link]\n[flow.a]\nkind = bulk\n[link]\ndelay = 2ms\n", NULL, 0,
		       "t.ini:4: [link] again, first at line 1; put its keys there");
	expect_message(FLOW "[expect]\nloss.up = < 1%\nloss.up = < 2%\n", NULL, 0,
		       "t.ini:5: \"loss.up\" again, first at line 4");
}

static void lines_libinih_would_bend_are_refused(void **state)
{
	static const struct {
		const char *line, *part;
	} cases[] = {
	    {"delay: 5ms", "found \":\""},
	    {"delay =", "has no value"},
	    {"delay = ; nothing", "has no value"},
	    {"= 5ms", "without its key"},
	    {"delay", "neither"},
	    {"my delay = 5ms", "a key is one word"},
	    {"a >= 1", "comparison is written"},
	    {"delay = 5\x01ms", "control character"},
	    {"delay = 5\x7fms", "control character"},
	    {"delay = 5ms \xff", "not UTF-8"},
	    {"delay = \xed\xa0\x80", "not UTF-8"},
	    {"[link up]", "made of letters"},
	    {"[]", "without a name"},
	    {"[link] x", "text after"},
	    {"[aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]", "more than 47"},
	    {"delay = 5ms# no", "begins with \" ;\""},
	    {"delay = 5ms; no", "needs a blank"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_asprintf("[link]\n%s\n", cases[i].line);
		struct sb_scenario *sc = NULL;
		struct sb_err err = {0};

		if (!sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err))
			fail_msg("taken: %s", cases[i].line);
		if (!strstr(err.msg, cases[i].part) || strncmp(err.msg, "t.ini:2: ", 9))
			fail_msg("%s gives %s", cases[i].line, err.msg);
	}
}

/* libinih cuts longer lines in two and takes the rest for a line of its own. */
static void long_lines_are_refused_not_cut(void **state)
{
	char text[512];
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text, "[scenario]\nabout = ", 19);
	/* 190 bytes are allowed, and arrive whole but for the schema's own limit of 180 of them. */
	memcpy(text + 11 + 188, "\n[link]\n", 9);
	sc = read_good(text);
	assert_int_equal(
	    strlen(sb_value(sb_scenario_section(sc, SB_SEC_SCENARIO, 0), SB_KEY_ABOUT)->text), 180);
	sb_scenario_free(sc);
	sc = NULL;
	memset(text + 19, 'x', 300);
	memcpy(text + 11 + 191, "\n", 2);
	assert_int_equal(sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err), -1);
	assert_string_equal(err.msg, "t.ini:2: the line is longer than 190 bytes");
}

static void a_nul_is_seen(void **state)
{
	static const char text[] = "[link]\ndelay = 1ms\0\n";
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_scenario_parse("t.ini", text, sizeof(text) - 1, NULL, 0, &sc, &err),
			 -1);
	assert_string_equal(err.msg, "t.ini:2: a control character");
}

static void overrides_win_and_may_make_sections(void **state)
{
	static const char *const sets[] = {"link.up.delay=9ms", "flow.b.kind=bulk",
					   "link.up.delay=8ms", "expect.goodput.b=>= 1mbit"};
	/* The bad value is overridden, so it does not matter. */
	static const char text[] = "[link.up]\ndelay = wrong\n" FLOW;
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	if (sb_scenario_parse("t.ini", text, strlen(text), sets, SB_ARRAY_LEN(sets), &sc, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(sb_link_value(sc, 1, SB_UP, SB_KEY_DELAY)->time_ns, 8000000);
	assert_string_equal(sb_scenario_section(sc, SB_SEC_FLOW, 1)->name, "b");
	assert_int_equal(sc->expect_count, 1);
	assert_string_equal(sc->expects[0].expect.what, "goodput.b");
	sb_scenario_free(sc);
}

static void wrong_overrides_are_named_as_such(void **state)
{
	static const char *const sets[] = {"link.up.delay=9", "nonsense", "link.delay=", ".a=1",
					   "linc.up.delay=1ms"};

	(void)state;
	expect_message(
	    FLOW, sets, SB_ARRAY_LEN(sets),
	    "--set link.up.delay=9: delay: \"9\" has no unit, expected a time (ns, us, ms, s, min "
	    "or h); did you mean \"9ms\"?\n"
	    "--set nonsense: expected section.key=value\n"
	    "--set link.delay=: expected section.key=value\n"
	    "--set .a=1: expected section.key=value\n"
	    "--set linc.up.delay=1ms: unknown section [linc.up]; did you mean \"[link.up]\"?");
}

static void the_most_specific_link_section_wins(void **state)
{
	static const char text[] =
	    "[testbed]\nclients = 3\n[link.client2.up]\ndelay = 4ms\n[link]\ndelay = 1ms\n"
	    "[link.client2]\ndelay = 3ms\n[link.up]\ndelay = 2ms\n[link.client3]\ndelay = "
	    "5ms\n" FLOW;
	struct sb_scenario *sc = read_good(text);

	(void)state;
	assert_int_equal(sb_link_value(sc, 1, SB_DOWN, SB_KEY_DELAY)->time_ns, 1000000);
	assert_int_equal(sb_link_value(sc, 1, SB_UP, SB_KEY_DELAY)->time_ns, 2000000);
	assert_int_equal(sb_link_value(sc, 2, SB_DOWN, SB_KEY_DELAY)->time_ns, 3000000);
	assert_int_equal(sb_link_value(sc, 2, SB_UP, SB_KEY_DELAY)->time_ns, 4000000);
	/* A client weighs more than a direction, wherever it stands. */
	assert_int_equal(sb_link_value(sc, 3, SB_UP, SB_KEY_DELAY)->time_ns, 5000000);
	sb_scenario_free(sc);
}

static void an_engine_is_a_word_or_an_address(void **state)
{
	static const char *const engines[] = {"docker", "podman-rootless",
					      "unix:///run/user/1000/docker.sock",
					      "tcp://host.example:2376"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(engines); i++) {
		char text[256];
		struct sb_scenario *sc;

		snprintf(text, sizeof(text), "[testbed]\nengine = %s\n" FLOW, engines[i]);
		sc = read_good(text);
		assert_string_equal(
		    sb_value(sb_scenario_section(sc, SB_SEC_TESTBED, 0), SB_KEY_ENGINE)->text,
		    engines[i]);
		sb_scenario_free(sc);
	}
}

static void rules_across_keys_are_checked(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
	    {"[link]\nqueue = 1.0bdp\n", "t.ini:2: queue: without a rate a time or bdp says "
					 "nothing; give [link.up] a rate, or write "
					 "for example queue = 1000packets"},
	    {"[link]\nqueue = 1.0bdp\nrate = 1mbit\n",
	     "t.ini:2: queue: without a delay the bandwidth-delay product is nothing"},
	    {"[event.e]\nevery = 1s\nat = 2s\noutage = 1s\n", "t.ini:3: at: beside every"},
	    {"[event.e]\noutage = 1s\n", "t.ini:1: [event.e] has no time"},
	    {"[event.e]\nat = 1s\n", "t.ini:1: [event.e] changes nothing"},
	    {"[event.e]\nat = 1s\nphase = 1s\noutage = 1s\n", "t.ini:3: phase: needs every"},
	    {"[event.e]\nat = 1s\nfor = 1s\noutage = 1s\n",
	     "t.ini:3: for: an outage has its own length"},
	    {"[event.e]\nat = 1s\nrate_step = 0.5\n",
	     "t.ini:3: rate_step: nothing to step, [link.up] has"},
	    {"[event.e]\nat = 1s\noutage = 1s\nclient = 1 2\n", "t.ini:4: client: no client 2"},
	    {"[flow.a]\nkind = bulk\nrate = 1mbit\n", "t.ini:3: rate: a bulk flow has none"},
	    {"[flow.a]\nkind = stream\n", "t.ini:1: [flow.a] is a stream without a rate"},
	    {"[flow.a]\nkind = stream\nrate = 1mbit\ncc = reno\n",
	     "t.ini:4: cc: a stream flow has none"},
	    {"[flow.a]\nkind = stream\nrate = 1mbit\npacket = 1473B\n",
	     "t.ini:4: packet: 1473B and 28B"},
	    {"[testbed]\nplacement = outside\n",
	     "t.ini:2: placement: path = bridge has one leg only"},
	    {"[testbed]\npath = pasta\nip = 6\n", "t.ini:3: ip: path = pasta carries IPv4 only"},
	    {"[testbed]\nip = 6\n[flow.a]\nkind = stream\nrate = 1mbit\npacket = 1453B\n",
	     "t.ini:6: packet: 1453B and 48B"},
	    {"[flow.a]\nkind = bulk\nstart = 30s\n", "t.ini:3: start: 30s is not before the end"},
	    {"[flow.a]\nkind = bulk\nstart = 20s\nduration = 11s\n",
	     "t.ini:4: duration: the flow ends at 31s"},
	    {"[flow.a]\nkind = ftp\n", "t.ini:2: kind: unknown word \"ftp\""},
	    {"[flow.a]\nkind = file\n", "t.ini:1: [flow.a] is a file without a size"},
	    {"[flow.a]\nkind = file\nsize = 1MB\nstreams = 2\n",
	     "t.ini:4: streams: a file flow has none"},
	    {"[flow.a]\nkind = rr\ndirection = up\n", "t.ini:3: direction: an rr flow has none"},
	    {"[flow.a]\nkind = rr\ntransport = udp\nresponse = 2kB\n",
	     "t.ini:4: response: 2000B and their headers do not fit"},
	    {"[flow.a]\nkind = rr\nserver_command = x\n",
	     "t.ini:3: server_command: an rr flow has none"},
	    {"[flow.a]\nkind = exec\nserver_command = x\n",
	     "t.ini:1: [flow.a] has no client_command"},
	    {"[flow.a]\nkind = exec\nserver_command = x\nclient_command = y {host}\n",
	     "t.ini:4: client_command: unknown \"{host}\", expected one of {server}, "},
	    {"[flow.a]\nkind = exec\nserver_command = x\nclient_command = y {bytes}\n",
	     "t.ini:4: client_command: {bytes} needs a size"},
	    {"[flow.a]\nkind = exec\nserver_command = x\nclient_command = y\ndirection = both\n",
	     "t.ini:5: direction: an exec flow runs once"},
	    {"[flow.a]\nkind = bulk\n[expect]\ncompletion.a = < 5s\n",
	     "t.ini:4: completion.a: only a file flow completes"},
	    {"[flow.a]\nkind = rr\n[expect]\nlatency.a = < 5s\n",
	     "t.ini:4: latency.a: which quantile?"},
	    {"[flow.a]\nkind = rr\n[expect]\nlatency.b.p99 = < 5s\n",
	     "t.ini:4: latency.b.p99: no section [flow.b]"},
	    {"[flow.a]\nkind = bulk\n[expect]\nlatency.a.p99 = < 5s\n",
	     "t.ini:4: latency.a.p99: only an rr flow has latencies"},
	    {"[testbed]\nengine = dokcer\n",
	     "t.ini:2: engine: unknown word \"dokcer\", expected auto|native|docker|"},
	    {"[testbed]\nengine = http://h\n", "t.ini:2: engine: "},
	    {"[expect]\ngoodput.bulk = > 1mbit\n[flow.bolk]\nkind = bulk\n",
	     "t.ini:2: goodput.bulk: no section [flow.bulk]; did you mean \"goodput.bolk\"?"},
	    {"[flow.a]\nkind = stream\nrate = 1mbit\n[expect]\nretransmits.a = < 5\n",
	     "t.ini:5: retransmits.a: a stream flow retransmits nothing"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_scenario *sc = NULL;
		struct sb_err err = {0};

		if (!sb_scenario_parse("t.ini", cases[i].text, strlen(cases[i].text), NULL, 0, &sc,
				       &err))
			fail_msg("taken for right:\n%s", cases[i].text);
		if (strncmp(err.msg, cases[i].message, strlen(cases[i].message)))
			fail_msg("%s\ngives %s", cases[i].text, err.msg);
		if (strchr(err.msg, '\n'))
			fail_msg("%s\ngives more than one finding: %s", cases[i].text, err.msg);
	}
}

static void a_file_of_mistakes_is_told_in_bounds(void **state)
{
	char *text = NULL;
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	fputs("[link]\n", f);
	for (int i = 0; i < 500; i++)
		fprintf(f, "wrong%d = 1\n", i);
	fclose(f);
	assert_int_equal(sb_scenario_parse("t.ini", text, len, NULL, 0, &sc, &err), -1);
	assert_non_null(strstr(err.msg, "t.ini:2: "));
	assert_non_null(strstr(err.msg, "\n... and 475 more"));
	free(text);
}

static void more_sections_than_any_run_needs_are_refused(void **state)
{
	char *text = NULL;
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	for (int i = 0; i < 600; i++)
		fprintf(f, "[flow.f%d]\nkind = bulk\n", i);
	fclose(f);
	assert_int_equal(sb_scenario_parse("t.ini", text, len, NULL, 0, &sc, &err), -1);
	assert_non_null(strstr(err.msg, "t.ini:1025: more than 512 sections"));
	assert_non_null(strstr(err.msg, "t.ini:129: more than 64 flows"));
	free(text);
	text = NULL;
	f = open_memstream(&text, &len);
	fputs("[expect]\n", f);
	for (int i = 0; i < 65; i++)
		fprintf(f, "goodput.f%d = > 1mbit\n", i);
	fclose(f);
	assert_int_equal(sb_scenario_parse("t.ini", text, len, NULL, 0, &sc, &err), -1);
	assert_non_null(strstr(err.msg, "... and 40 more"));
	free(text);
}

static void a_missing_file_is_named(void **state)
{
	struct sb_scenario *sc = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_scenario_load("/nonexistent/a.ini", NULL, 0, &sc, &err), -1);
	assert_non_null(strstr(err.msg, "/nonexistent/a.ini"));
	assert_int_equal(err.code, SB_EINPUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_read_with_comments_and_blanks),
	    cmocka_unit_test(an_empty_file_is_all_defaults),
	    cmocka_unit_test(all_findings_come_at_once_each_with_its_line),
	    cmocka_unit_test(the_same_again_is_an_error_that_names_the_first),
	    cmocka_unit_test(lines_libinih_would_bend_are_refused),
	    cmocka_unit_test(long_lines_are_refused_not_cut),
	    cmocka_unit_test(a_nul_is_seen),
	    cmocka_unit_test(overrides_win_and_may_make_sections),
	    cmocka_unit_test(wrong_overrides_are_named_as_such),
	    cmocka_unit_test(the_most_specific_link_section_wins),
	    cmocka_unit_test(an_engine_is_a_word_or_an_address),
	    cmocka_unit_test(rules_across_keys_are_checked),
	    cmocka_unit_test(a_file_of_mistakes_is_told_in_bounds),
	    cmocka_unit_test(more_sections_than_any_run_needs_are_refused),
	    cmocka_unit_test(a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
