// SPDX-License-Identifier: MIT
/* test_base_writeback.c - does this machine wait for its disks? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "satbed/base/writeback.h"

#define MEMINFO(dirty, writeback)            \
	"MemTotal:       24684308 kB\n"      \
	"Dirty:          " dirty " kB\n"     \
	"Writeback:      " writeback " kB\n" \
	"WritebackTmp:       77 kB\n"

#define PRESSURE(avg10)                                                    \
	"some avg10=" avg10 " avg60=36.09 avg300=61.75 total=2319669893\n" \
	"full avg10=2.24 avg60=28.67 avg300=52.27 total=1107250968\n"

#define STAT(blocked)                                  \
	"cpu  5 0 5 5 0 0 0 0 0 0\n"                   \
	"intr 7 0 0 0\n"                               \
	"procs_running 3\nprocs_blocked " blocked "\n" \
	"softirq 9 1 2\n"

static void what_is_not_written_is_both(void **state)
{
	struct sb_writeback w;

	(void)state;
	sb_writeback_parse(MEMINFO("2000", "500"), PRESSURE("2.41"), NULL, &w);
	assert_int_equal(w.unwritten_bytes, 2500 * 1024);
	assert_int_equal(w.writing_bytes, 500 * 1024);
	assert_int_equal(w.stalled_percent, 2);
	assert_false(sb_writeback_busy(&w));
}

static void gigabytes_that_nobody_writes_are_not_busy(void **state)
{
	struct sb_writeback w;

	(void)state;
	sb_writeback_parse(MEMINFO("4000000", "8191"), PRESSURE("49.99"), NULL, &w);
	assert_false(sb_writeback_busy(&w));
	sb_writeback_parse(MEMINFO("0", "0"), PRESSURE("50.00"), NULL, &w);
	assert_true(sb_writeback_busy(&w));
}

/* One process that waits all the time, on 64 processors of which the others compute. */
static void pressure_is_a_mean_and_not_the_only_sign(void **state)
{
	struct sb_writeback w;

	(void)state;
	sb_writeback_parse(MEMINFO("0", "8192"), PRESSURE("1.56"), STAT("0"), &w);
	assert_true(sb_writeback_busy(&w));
	sb_writeback_parse(MEMINFO("0", "0"), PRESSURE("1.56"), STAT("1"), &w);
	assert_int_equal(w.waiting, 1);
	assert_true(sb_writeback_busy(&w));
	sb_writeback_parse(MEMINFO("0", "0"), PRESSURE("1.56"), STAT("0"), &w);
	assert_int_equal(w.waiting, 0);
	assert_false(sb_writeback_busy(&w));
}

static void without_pressure_what_is_being_written_counts(void **state)
{
	struct sb_writeback w;

	(void)state;
	sb_writeback_parse(MEMINFO("4000000", "8191"), NULL, STAT("0"), &w);
	assert_int_equal(w.stalled_percent, -1);
	assert_false(sb_writeback_busy(&w));
	sb_writeback_parse(MEMINFO("0", "8192"), NULL, STAT("0"), &w);
	assert_true(sb_writeback_busy(&w));
}

static void nothing_is_known_of_other_files(void **state)
{
	const char *const odd[] = {"",
				   "Dirty",
				   "Dirty:",
				   "Dirty: -5 kB\n",
				   "Dirty: 99999999999999999999 kB\n",
				   "NotDirty: 5 kB\n"};
	struct sb_writeback w;

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		sb_writeback_parse(odd[i], "some avg10=?", NULL, &w);
		assert_int_equal(w.unwritten_bytes, 0);
		assert_int_equal(w.stalled_percent, -1);
		assert_false(sb_writeback_busy(&w));
	}
	sb_writeback_parse(NULL, NULL, NULL, &w);
	assert_false(sb_writeback_busy(&w));
	sb_writeback_parse(NULL, "some avg10=101.00", NULL, &w);
	assert_int_equal(w.stalled_percent, -1);
}

static void it_is_said_in_words(void **state)
{
	struct sb_writeback w;
	char text[128];

	(void)state;
	sb_writeback_parse(MEMINFO("2000000", "345678"), PRESSURE("97.30"), NULL, &w);
	assert_string_equal(sb_writeback_text(&w, text, sizeof(text)),
			    "its disk is busy: 2.4GB are not yet written, and processes waited for "
			    "it at least 97 % of the last 10 s");
	w.stalled_percent = 0;
	w.writing_bytes = 0;
	assert_string_equal(
	    sb_writeback_text(&w, text, sizeof(text)),
	    "a process waits for its disk: 2.4GB are not yet written, and processes waited for "
	    "it at least 0 % of the last 10 s");
	w.stalled_percent = -1;
	w.writing_bytes = 345678 * 1024;
	assert_string_equal(sb_writeback_text(&w, text, sizeof(text)),
			    "its disk is busy: 2.4GB are not yet written");
}

static void this_machine_has_an_answer(void **state)
{
	struct sb_writeback w = {.unwritten_bytes = -1};

	(void)state;
	sb_writeback_read(&w);
	assert_true(w.unwritten_bytes >= w.writing_bytes && w.writing_bytes >= 0);
	assert_in_range(w.stalled_percent + 1, 0, 101);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_written_is_both),
	    cmocka_unit_test(gigabytes_that_nobody_writes_are_not_busy),
	    cmocka_unit_test(pressure_is_a_mean_and_not_the_only_sign),
	    cmocka_unit_test(without_pressure_what_is_being_written_counts),
	    cmocka_unit_test(nothing_is_known_of_other_files),
	    cmocka_unit_test(it_is_said_in_words),
	    cmocka_unit_test(this_machine_has_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
