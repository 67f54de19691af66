// SPDX-License-Identifier: MIT
/* test_base_number.c - numbers of users and files are taken whole, or refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdint.h>

#include "satbed/base/number.h"

static void whole_numbers(void **state)
{
	static const char *const refused[] = {"",   " 1",  "1 ", "+1",	 "-1",
					      "1x", "0x1", "1.", "1000", "18446744073709551616"};
	uint64_t n = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(sb_parse_digits(refused[i], 999, &n), -1);
	assert_int_equal(sb_parse_digits("18446744073709551616", UINT64_MAX, &n), -1);
	assert_int_equal(n, 7);
	assert_int_equal(sb_parse_digits("999", 999, &n), 0);
	assert_int_equal(n, 999);
	assert_int_equal(sb_parse_digits("007", 999, &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(sb_parse_digits("18446744073709551615", UINT64_MAX, &n), 0);
	assert_true(n == UINT64_MAX);
}

static void digits_are_read_up_to_what_follows(void **state)
{
	const char *at = "12..x";
	uint64_t n;

	(void)state;
	assert_int_equal(sb_read_digits(&at, UINT64_MAX, &n), 0);
	assert_int_equal(n, 12);
	assert_string_equal(at, "..x");
	assert_int_equal(sb_read_digits(&at, UINT64_MAX, &n), -1);
	assert_string_equal(at, "..x");
}

static void fractions(void **state)
{
	static const char *const refused[] = {"", "x", "1x", "1 ", "inf", "nan", "1e999"};
	const char *at = "0.25 ms";
	double v = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(sb_parse_double(refused[i], &v), -1);
	assert_true(v >= 7 && v <= 7);
	assert_int_equal(sb_parse_double("-1.5e3", &v), 0);
	assert_true(v >= -1500 && v <= -1500);
	assert_int_equal(sb_read_double(&at, &v), 0);
	assert_true(v >= 0.25 && v <= 0.25);
	assert_string_equal(at, " ms");
}

static void an_option_says_what_it_takes(void **state)
{
	struct sb_err err;
	size_t n = 7;

	(void)state;
	assert_int_equal(sb_parse_option("jobs", "64", 1, 64, &n, &err), 0);
	assert_int_equal(n, 64);
	assert_int_equal(sb_parse_option("jobs", "0", 1, 64, &n, &err), -1);
	assert_string_equal(err.msg, "--jobs 0: expected a number from 1 to 64");
	assert_int_equal(sb_parse_option("jobs", "65", 1, 64, &n, &err), -1);
	assert_int_equal(n, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_numbers),
	    cmocka_unit_test(digits_are_read_up_to_what_follows),
	    cmocka_unit_test(fractions),
	    cmocka_unit_test(an_option_says_what_it_takes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
