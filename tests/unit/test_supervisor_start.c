// SPDX-License-Identifier: MIT
/* test_supervisor_start.c - a supervisor is started, or interrupted at the worst moments */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "supervisor/supervisor_state.h"

static void report(struct sb_lines *to, const char *event)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", event);
	sb_lines_send(to, obj, NULL);
	cJSON_Delete(obj);
}

/* In place of a real one: its testbed comes up in the moment in which it is told to end. */
int sb_keep(const struct sb_keep_request *request, struct sb_lines *to)
{
	report(to, "starting");
	for (int i = 0; request->events && !sb_interrupted() && i < 5000; i++)
		usleep(1000);
	report(to, "ps");
	return 0;
}

static void reports_what_is_up(void **ctx)
{
	struct sb_keep_request request = {.name = "up"};
	struct sb_err err = {0};
	cJSON *ps;

	(void)ctx;
	assert_int_equal(sb_supervisor_start(&request, &ps, &err), 0);
	assert_non_null(ps);
	cJSON_Delete(ps);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

/* Ctrl-C came before the fork: the order to end is the supervisor's first signal, not its second. */
static void nothing_is_up_after_an_interrupt(void **ctx)
{
	struct sb_keep_request request = {.name = "up", .events = true};
	struct sb_err err = {0};
	cJSON *ps;

	(void)ctx;
	raise(SIGINT);
	assert_true(sb_interrupted());
	assert_int_equal(sb_supervisor_start(&request, &ps, &err), -1);
	assert_int_equal(err.code, SB_EINTERRUPTED);
	assert_null(ps);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reports_what_is_up),
	    cmocka_unit_test(nothing_is_up_after_an_interrupt),
	};

	sb_interrupts_catch();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
