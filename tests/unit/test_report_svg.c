// SPDX-License-Identifier: MIT
/* test_report_svg.c - a figure is well-formed, escapes what it is given, and shows what the plan
 * has */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/report_svg.h"
#include "satbed/scenario.h"

static char *figure(const char *text)
{
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	char *svg;

	if (sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, &err) ||
	    sb_plan_make(sc, &plan, &err))
		fail_msg("%s", err.msg);
	svg = sb_plan_svg(plan);
	sb_plan_free(plan);
	sb_scenario_free(sc);
	return svg;
}

static size_t count(const char *text, const char *what)
{
	size_t n = 0;

	while ((text = strstr(text, what))) {
		n++;
		text += strlen(what);
	}
	return n;
}

static void steps_are_where_the_plan_has_them(void **state)
{
	/* 810 pixels for 10 s from 70 on; 30 ms of 30 are 150 pixels up from 190. */
	char *svg =
	    figure("[scenario]\nduration = 10s\n[link]\ndelay = 15ms\nrate = 10mbit\n"
		   "[event.a]\nat = 5s\ndirection = down\ndelay_step = 15ms\noutage = 1s\n");

	(void)state;
	assert_non_null(strstr(svg, "d=\"M70.00 115.00H880\""));
	assert_non_null(strstr(svg, "d=\"M70.00 115.00H475.00V40.00H880\""));
	/* One outage, in both panels. */
	assert_int_equal(count(svg, "fill-opacity"), 2);
	assert_non_null(strstr(svg, "<rect x=\"475.00\" y=\"40.0\" width=\"81.00\""));
	free(svg);
}

static void an_unlimited_rate_is_a_gap(void **state)
{
	char *svg = figure("[link]\ndelay = 1ms\n");

	(void)state;
	assert_int_equal(count(svg, "d=\"\""), 2);
	assert_null(strstr(svg, "nan"));
	assert_null(strstr(svg, "inf"));
	free(svg);
}

static void what_it_is_given_stays_text(void **state)
{
	char *svg = figure("[scenario]\nabout = </text><script>\"&\n");

	(void)state;
	assert_null(strstr(svg, "<script"));
	assert_non_null(strstr(svg, "&lt;/text&gt;&lt;script&gt;&quot;&amp;"));
	assert_int_equal(count(svg, "<text"), count(svg, "</text>"));
	assert_int_equal(count(svg, "<svg"), 1);
	assert_string_equal(svg + strlen(svg) - 7, "</svg>\n");
	free(svg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(steps_are_where_the_plan_has_them),
	    cmocka_unit_test(an_unlimited_rate_is_a_gap),
	    cmocka_unit_test(what_it_is_given_stays_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
