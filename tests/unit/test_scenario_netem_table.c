// SPDX-License-Identifier: MIT
/* test_scenario_netem_table.c - netem's .dist tables as jitter: the values netem would take */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "plan/timeline/draw.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "scenario/files.h"

static struct sb_jitter read_table(const char *text, int64_t deviation_ns)
{
	struct sb_jitter j = {.kind = SB_JITTER_TABLE, .deviation_ns = deviation_ns};
	struct sb_err err = {0};

	if (sb_jitter_table_read("t.dist", text, strlen(text), &j, &err))
		fail_msg("%s", err.msg);
	return j;
}

/* Of 10 ms, 8192 is 10 ms; the rest is rounded as the kernel does: the part of the deviation below 8192
 * ns to halves away from zero. */
static void values_are_scaled_as_netem_scales_them(void **state)
{
	static const int64_t wanted[] = {-10000000, -1221, 1221, 3662, 5000000, 10000000};
	struct sb_jitter j =
	    read_table("# a comment\n 8192 -8192\t4096\r\n\n#x y\n-1 1\n3", 10 * SB_NS_PER_MS);

	(void)state;
	assert_int_equal(j.sample_count, SB_ARRAY_LEN(wanted));
	for (size_t i = 0; i < j.sample_count; i++)
		assert_int_equal(j.samples_ns[i], wanted[i]);
	free(j.samples_ns);
}

static void a_table_is_drawn_value_by_value(void **state)
{
	struct sb_jitter j = read_table("-8192 8192", SB_NS_PER_MS);
	struct sb_rng rng;
	int up = 0;

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 10000; i++) {
		int64_t x = sb_draw_jitter(&rng, &j, SB_NS_PER_S);

		assert_true(x == SB_NS_PER_MS || x == -SB_NS_PER_MS);
		up += x > 0;
	}
	/* 5 sigma of 10^4 throws. */
	assert_in_range(up, 4750, 5250);
	free(j.samples_ns);
}

static void what_is_not_a_table_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"delay_ms\n1\n2\n", "t.dist:1: \"delay_ms\" is not a whole number"},
	    {"1 2\n3 1.5\n", "t.dist:2: \"1.5\" is not a whole number"},
	    {"1 32768\n", "\"32768\" is not a whole number from -32768 to 32767"},
	    {"# nothing\n7\n", "a table of 1 values"},
	    {"", "a table of 0 values"},
	};
	sb_auto_free char *many = sb_alloc(2, 16385 * 2 + 1);

	(void)state;
	for (size_t i = 0; i <= SB_ARRAY_LEN(cases); i++) {
		struct sb_jitter j = {.kind = SB_JITTER_TABLE, .deviation_ns = 1000};
		struct sb_err err = {0};
		const char *text = i < SB_ARRAY_LEN(cases) ? cases[i].text : many;

		for (size_t k = 0; text == many && k < 16385; k++)
			memcpy(many + 2 * k, "1 ", 3);
		assert_int_equal(sb_jitter_table_read("t.dist", text, strlen(text), &j, &err), -1);
		if (!strstr(err.msg, text == many ? "more than 16384" : cases[i].says))
			fail_msg("%s", err.msg);
		assert_null(j.samples_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_are_scaled_as_netem_scales_them),
	    cmocka_unit_test(a_table_is_drawn_value_by_value),
	    cmocka_unit_test(what_is_not_a_table_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
