// SPDX-License-Identifier: MIT
/* test_guest_parts.c - a guest's console, its processor, its progress as JSON, and time that stands still */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "guest/console.h"
#include "guest/pin.h"
#include "live/relay.h"
#include "run/guest/watch.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static void add(struct sb_console *c, const char *text)
{
	sb_console_add(c, text, strlen(text));
}

static void console_keeps_the_last_lines(void **state)
{
	struct sb_console c = {0};
	char *text;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char line[32];

		snprintf(line, sizeof(line), "line %d\r\n", i);
		add(&c, line);
	}
	add(&c, "in two ");
	add(&c, "pieces\nbell \a and");
	text = sb_console_text(&c);
	assert_non_null(strstr(text, "\n  line 99\n  in two pieces\n  bell ? and"));
	assert_null(strstr(text, "line 70\n"));
	assert_int_equal(c.count, SB_CONSOLE_LINES);
	free(text);
	sb_console_fini(&c);
}

static void console_tells_the_cause(void **state)
{
	struct sb_console c = {0};

	(void)state;
	add(&c, "Linux version\nall is well\n");
	assert_null(sb_console_cause(&c));
	assert_null(c.victim);
	add(&c, "Out of memory: Killed process 7 (satbed)\nmore\n");
	assert_string_equal(sb_console_cause(&c), "Out of memory: Killed process 7 (satbed)");
	assert_string_equal(c.victim, "Killed process 7 (satbed)");
	add(&c, "Kernel panic - not syncing: No working init found.\nCall Trace:\n");
	assert_non_null(strstr(sb_console_cause(&c), "No working init"));
	sb_console_fini(&c);
}

static void console_takes_lines_without_end(void **state)
{
	struct sb_console c = {0};
	char *text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		add(&c, "0123456789");
	add(&c, "\nend\n");
	text = sb_console_text(&c);
	assert_int_equal(c.count, 2);
	assert_true(strlen(text) < 300);
	free(text);
	sb_console_fini(&c);
}

/* --- progress --- */

static cJSON *kept;

static void keep(void *arg, const cJSON *obj)
{
	(void)arg;
	cJSON_Delete(kept);
	kept = cJSON_Duplicate(obj, true);
}

static void progress_comes_over_whole(void **state)
{
	const struct sb_live_counts flows[2] = {{.bytes = 1 << 30,
						 .retransmits = -1,
						 .rtt_us = 42000,
						 .packets = 7,
						 .lost = 3,
						 .done = true},
						{.bytes = 1}};
	struct sb_relayed r;

	(void)state;
	sb_relay_phase(keep, NULL, "flows end");
	assert_true(sb_relay_read(kept, &r, 2));
	assert_int_equal(r.kind, SB_RELAYED_PHASE);
	assert_string_equal(r.phase, "flows end");
	sb_relay_start(keep, NULL, 123456789);
	assert_true(sb_relay_read(kept, &r, 2));
	assert_int_equal(r.kind, SB_RELAYED_START);
	assert_int_equal(r.clock_ns, 123456789);
	sb_relay_tick(keep, NULL, 5, flows, 2);
	assert_true(sb_relay_read(kept, &r, 2));
	assert_int_equal(r.kind, SB_RELAYED_TICK);
	assert_int_equal(r.clock_ns, 5);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(r.flows[i].bytes, flows[i].bytes);
		assert_int_equal(r.flows[i].retransmits, flows[i].retransmits);
		assert_int_equal(r.flows[i].rtt_us, flows[i].rtt_us);
		assert_int_equal(r.flows[i].packets, flows[i].packets);
		assert_int_equal(r.flows[i].lost, flows[i].lost);
		assert_int_equal(r.flows[i].done, flows[i].done);
	}
	free(r.flows);
	/* Of another number of flows, or damaged, it is none. */
	assert_false(sb_relay_read(kept, &r, 3));
	cJSON_DeleteItemFromObject(cJSON_GetArrayItem(cJSON_GetObjectItem(kept, "flows"), 1),
				   "lost");
	assert_false(sb_relay_read(kept, &r, 2));
	cJSON_Delete(kept);
	kept = cJSON_Parse("{\"ev\":\"other\"}");
	assert_false(sb_relay_read(kept, &r, 2));
	cJSON_Delete(kept);
	kept = NULL;
}

/* --- time that stands still --- */

static void tell(struct sb_guest_watch *w, const char *text)
{
	cJSON *obj = cJSON_Parse(text);

	assert_non_null(obj);
	sb_guest_watch_take(w, obj);
	cJSON_Delete(obj);
}

#define COMPUTING(ns)                                                                         \
	"{\"ev\":\"computing\",\"mono_ns\":" ns ",\"processes\":[{\"name\":\"satbed-agent\"," \
	"\"node\":\"server\"},{\"name\":\"sh\",\"node\":\"client1\"}]}"

static void two_answers_with_one_time_are_a_standstill(void **state)
{
	struct sb_guest_watch w = {0};
	struct sb_err err = {0};

	(void)state;
	tell(&w, "{\"ev\":\"live_start\",\"clock_ns\":1}");
	tell(&w, COMPUTING("5000000000"));
	assert_false(w.stopped);
	/* A slow machine, but time moves. */
	tell(&w, COMPUTING("5001000000"));
	assert_false(w.stopped);
	/* Progress in between: what comes next is a first answer again. */
	tell(&w, "{\"ev\":\"live_tick\",\"clock_ns\":1}");
	tell(&w, COMPUTING("5001000000"));
	assert_false(w.stopped);
	assert_int_equal(sb_guest_watch_verdict(&w, &err), 0);
	tell(&w, COMPUTING("5001000768"));
	assert_true(w.stopped);
	assert_int_equal(sb_guest_watch_verdict(&w, &err), -1);
	assert_non_null(strstr(err.msg, "stands still: \"sh\" on client1 computes"));
}

static void standstill_outside_of_flows_is_none(void **state)
{
	struct sb_guest_watch w = {0};

	(void)state;
	tell(&w, "{\"ev\":\"live_start\",\"clock_ns\":1}");
	assert_true(w.running);
	tell(&w, "{\"ev\":\"live_phase\",\"phase\":\"captures are read\"}");
	assert_false(w.running);
	/* No guest is asked, or this would end the test. */
	assert_int_equal(sb_guest_watch_check(&w, NULL, NULL), 0);
}

static void idle_ticks_are_read_by_processor(void **state)
{
	struct sb_pin_idle idle;

	(void)state;
	sb_pin_read_idle("cpu  9 9 9 9 9 9 9 0 0 0\ncpu0 10 20 30 400 5 0 6 0 0 0\n"
			 "cpu3 1 2 3 77 5 0 6 0 0 0\nintr 12 0\nctxt 9\ncpu999999 1 1 1 1\ncpu4",
			 &idle);
	assert_int_equal(idle.ticks[0], 400);
	assert_int_equal(idle.ticks[1], 0);
	assert_int_equal(idle.ticks[3], 77);
	assert_int_equal(idle.ticks[4], 0);
	sb_pin_read_idle("", &idle);
	assert_int_equal(idle.ticks[0], 0);
}

static void a_guest_in_need_goes_where_it_is_idle(void **state)
{
	struct sb_pin_idle before = {.ticks = {500, 500, 500, 500}}, after = before;
	cpu_set_t allowed;

	(void)state;
	CPU_ZERO(&allowed);
	for (int cpu = 0; cpu < 3; cpu++)
		CPU_SET(cpu, &allowed);
	/* Nobody is idle. */
	after.ticks[1] += 30;
	assert_int_equal(sb_pin_better(0, &allowed, &before, &after, 100), 0);
	/* The most idle one, of those that are allowed. */
	after.ticks[1] += 30;
	after.ticks[2] += 80;
	after.ticks[3] += 100;
	assert_int_equal(sb_pin_better(0, &allowed, &before, &after, 100), 2);
	/* Not in need: its own is idle at times. */
	after.ticks[0] += 20;
	assert_int_equal(sb_pin_better(0, &allowed, &before, &after, 100), 0);
	/* Not on one processor. */
	assert_int_equal(sb_pin_better(-1, &allowed, &before, &after, 100), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(console_keeps_the_last_lines),
	    cmocka_unit_test(console_tells_the_cause),
	    cmocka_unit_test(console_takes_lines_without_end),
	    cmocka_unit_test(progress_comes_over_whole),
	    cmocka_unit_test(two_answers_with_one_time_are_a_standstill),
	    cmocka_unit_test(standstill_outside_of_flows_is_none),
	    cmocka_unit_test(idle_ticks_are_read_by_processor),
	    cmocka_unit_test(a_guest_in_need_goes_where_it_is_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
