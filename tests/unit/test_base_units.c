// SPDX-License-Identifier: MIT
/* test_base_units.c - quantities: every accepted form, every rejected one, and back */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "satbed/base/mem.h"
#include "satbed/base/rng.h"
#include "satbed/base/units.h"

static void times_are_read_exactly(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} cases[] = {
	    {"45ms", 45000000},
	    {"0.1ms", 100000},
	    {"  7us ", 7000},
	    {"1ns", 1},
	    {"0ms", 0},
	    {"1.5s", 1500000000},
	    {"2min", 120000000000},
	    {"24h", 86400000000000},
	    {"0.000000001s", 1},
	    {".5s", 500000000},
	    {"+3ms", 3000000},
	    {"0.05min", 3000000000},
	    {"9223372036s", 9223372036000000000},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_err err = {0};
		int64_t ns = -1;

		if (sb_parse_time(cases[i].text, &ns, &err))
			fail_msg("%s: %s", cases[i].text, err.msg);
		assert_int_equal(ns, cases[i].ns);
	}
}

static void what_is_no_time_leaves_the_output_alone(void **state)
{
	static const struct {
		const char *text, *part; /* the message must contain @part */
	} cases[] = {
	    {"45", "did you mean \"45ms\"?"},
	    {"0", "no unit"},
	    {"45 ms", "did you mean \"45ms\"?"},
	    {"45msec", "did you mean \"45ms\"?"},
	    {"45MS", "did you mean \"45ms\"?"},
	    {"45furlongs", "unknown unit \"furlongs\""},
	    {"", "nothing"},
	    {"ms", "not a time"},
	    {".ms", "not a time"},
	    {"1.2.3ms", "unknown unit"},
	    {"-1ms", "below zero"},
	    {"0.5ns", "finer"},
	    {"1e3ms", "unknown unit"},
	    {"0x10ms", "unknown unit"},
	    {"9223372037s", "too large"},
	    {"9999999999999999999ms", "not a time"},
	    {"infs", "not a time"},
	    {"5ms5", "unknown unit"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_err err = {0};
		int64_t ns = 77;

		if (!sb_parse_time(cases[i].text, &ns, &err))
			fail_msg("\"%s\" was taken for a time", cases[i].text);
		assert_int_equal(ns, 77);
		assert_int_equal(err.code, SB_EINPUT);
		if (!strstr(err.msg, cases[i].part))
			fail_msg("\"%s\" gives \"%s\", expected \"%s\"", cases[i].text, err.msg,
				 cases[i].part);
	}
}

static void signed_times_take_either_sign(void **state)
{
	int64_t ns = 0;

	(void)state;
	assert_int_equal(sb_parse_signed_time("-5.5ms", &ns, NULL), 0);
	assert_int_equal(ns, -5500000);
	assert_int_equal(sb_parse_signed_time("5.5ms", &ns, NULL), 0);
	assert_int_equal(ns, 5500000);
	assert_int_equal(sb_parse_signed_time("--5ms", &ns, NULL), -1);
	assert_int_equal(ns, 5500000);
}

static void rates_are_bits_in_decimal_steps(void **state)
{
	struct sb_err err = {0};
	uint64_t bps = 77;

	(void)state;
	assert_int_equal(sb_parse_rate("20mbit", &bps, NULL), 0);
	assert_int_equal(bps, 20000000);
	assert_int_equal(sb_parse_rate("2.5gbit", &bps, NULL), 0);
	assert_int_equal(bps, 2500000000);
	assert_int_equal(sb_parse_rate("9600bit", &bps, NULL), 0);
	assert_int_equal(bps, 9600);
	/* Upper-case M, bps, bytes: each has been taken for something else by some tool. */
	assert_int_equal(sb_parse_rate("20Mbps", &bps, &err), -1);
	assert_non_null(strstr(err.msg, "did you mean \"20mbit\"?"));
	assert_int_equal(sb_parse_rate("20Mbit", &bps, &err), -1);
	assert_non_null(strstr(err.msg, "did you mean \"20mbit\"?"));
	assert_int_equal(sb_parse_rate("20", &bps, &err), -1);
	assert_non_null(strstr(err.msg, "did you mean \"20mbit\"?"));
	assert_int_equal(sb_parse_rate("-1mbit", &bps, &err), -1);
	assert_int_equal(bps, 9600);
}

static void sizes_know_decimal_and_binary_steps(void **state)
{
	struct sb_err err = {0};
	uint64_t bytes = 77;

	(void)state;
	assert_int_equal(sb_parse_bytes("1.5kB", &bytes, NULL), 0);
	assert_int_equal(bytes, 1500);
	assert_int_equal(sb_parse_bytes("0.5KiB", &bytes, NULL), 0);
	assert_int_equal(bytes, 512);
	assert_int_equal(sb_parse_bytes("0.0005KiB", &bytes, &err), -1);
	assert_int_equal(sb_parse_bytes("64KB", &bytes, &err), -1);
	assert_non_null(strstr(err.msg, "did you mean \"64kB\"?"));
	assert_int_equal(bytes, 512);
}

static void shares_end_at_a_hundred_percent(void **state)
{
	struct sb_err err = {0};
	uint32_t ppb = 77;

	(void)state;
	assert_int_equal(sb_parse_percent("1.5%", &ppb, NULL), 0);
	assert_int_equal(ppb, 15000000);
	assert_int_equal(sb_parse_percent("100%", &ppb, NULL), 0);
	assert_int_equal(ppb, 1000000000);
	assert_int_equal(sb_parse_percent("0.0000001%", &ppb, NULL), 0);
	assert_int_equal(ppb, 1);
	assert_int_equal(sb_parse_percent("100.0000001%", &ppb, &err), -1);
	assert_non_null(strstr(err.msg, "more than 100%"));
	assert_int_equal(sb_parse_percent("0.02", &ppb, &err), -1);
	assert_int_equal(ppb, 1);
}

static void quantities_are_written_the_way_people_do(void **state)
{
	char buf[SB_UNIT_BUF];

	(void)state;
	assert_string_equal(sb_format_time(buf, 45000000), "45ms");
	assert_string_equal(sb_format_time(buf, 1500000000), "1.5s");
	assert_string_equal(sb_format_time(buf, -5500000), "-5.5ms");
	assert_string_equal(sb_format_time(buf, 0), "0ms");
	assert_string_equal(sb_format_time(buf, 90000000000), "90s");
	assert_string_equal(sb_format_time(buf, 3600000000000), "1h");
	assert_string_equal(sb_format_rate(buf, 1500000), "1.5mbit");
	assert_string_equal(sb_format_bytes(buf, 125000), "125kB");
	assert_string_equal(sb_format_bytes(buf, 4 << 20), "4MiB");
	assert_string_equal(sb_format_estimate(buf, 2, 1234567890.0), "1.2GB");
	assert_string_equal(sb_format_estimate(buf, 3, 999.9), "999B");
	assert_string_equal(sb_format_estimate(buf, 3, 1e30), "1000000000GB");
	assert_string_equal(sb_format_percent(buf, 2500000), "0.25%");
}

/* Every value survives being written and read; 5 x 2000 random ones of all sizes, fixed seed. */
static void writing_and_reading_gives_the_same_value(void **state)
{
	struct sb_rng rng;
	char buf[SB_UNIT_BUF];

	(void)state;
	sb_rng_seed(&rng, 1, 0);
	for (int i = 0; i < 2000; i++) {
		/* Within the digits the readers take, and anywhere in them. */
		uint64_t v = (sb_rng_u64(&rng) >> (sb_rng_u64(&rng) % 64)) % 1000000000000000000u,
			 u;
		uint32_t ppb = (uint32_t)(v % 1000000001u), p;
		int64_t ns = i % 2 ? (int64_t)v : -(int64_t)v, t;

		assert_int_equal(sb_parse_signed_time(sb_format_time(buf, ns), &t, NULL), 0);
		assert_int_equal(t, ns);
		assert_int_equal(sb_parse_rate(sb_format_rate(buf, v), &u, NULL), 0);
		assert_int_equal(u, v);
		assert_int_equal(sb_parse_bytes(sb_format_bytes(buf, v), &u, NULL), 0);
		assert_int_equal(u, v);
		assert_int_equal(sb_parse_percent(sb_format_percent(buf, ppb), &p, NULL), 0);
		assert_int_equal(p, ppb);
	}
}

static void the_extremes_are_written_without_overflow(void **state)
{
	char buf[SB_UNIT_BUF];

	(void)state;
	assert_string_equal(sb_format_time(buf, INT64_MIN), "-9223372036.854775808s");
	assert_string_equal(sb_format_rate(buf, UINT64_MAX), "18446744073.709551615gbit");
	assert_string_equal(sb_format_bytes(buf, UINT64_MAX), "18446744073.709551615GB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_are_read_exactly),
	    cmocka_unit_test(what_is_no_time_leaves_the_output_alone),
	    cmocka_unit_test(signed_times_take_either_sign),
	    cmocka_unit_test(rates_are_bits_in_decimal_steps),
	    cmocka_unit_test(sizes_know_decimal_and_binary_steps),
	    cmocka_unit_test(shares_end_at_a_hundred_percent),
	    cmocka_unit_test(quantities_are_written_the_way_people_do),
	    cmocka_unit_test(writing_and_reading_gives_the_same_value),
	    cmocka_unit_test(the_extremes_are_written_without_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
