// SPDX-License-Identifier: MIT
/* test_plan_needs.c - which backend a plan should have where netem could play it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan_make.h"
#include "satbed/plan.h"

#define NARROW                                                                                \
	"[link]\ndelay = 325ms\nqueue = 1bdp\n[link.down]\nrate = 50mbit\n[link.up]\nrate = " \
	"0.5mbit\n"
#define WIDE                                                                                  \
	"[link]\ndelay = 325ms\nqueue = 1bdp\n[link.down]\nrate = 50mbit\n[link.up]\nrate = " \
	"5mbit\n"

static void prefers_user(const char *text, const char *whom)
{
	struct sb_plan *plan = make_plan(text);
	char why[160] = "";

	assert_false(sb_plan_needs_user(plan, why, sizeof(why)));
	assert_int_equal(sb_plan_prefers_user(plan, why, sizeof(why)), whom != NULL);
	if (whom)
		assert_non_null(strstr(why, whom));
	sb_plan_free(plan);
}

/* 50 Mbit/s of full frames make 1.1 Mbit/s of acknowledgements. */
static void acknowledgements_that_may_fill_a_queue_are_not_for_netem(void **state)
{
	(void)state;
	prefers_user(NARROW "[flow.a]\nkind = bulk\n", "(client1 up)");
	prefers_user(NARROW "[flow.a]\nkind = file\nsize = 1MB\n", "(client1 up)");
	prefers_user(NARROW "[flow.a]\nkind = exec\nserver_command = a\nclient_command = b\n",
		     "(client1 up)");
	prefers_user("[testbed]\nclients = 2\n" NARROW "[flow.a]\nkind = bulk\nclient = 2\n",
		     "(client2 up)");
}

static void where_they_cannot_netem_will_do(void **state)
{
	(void)state;
	prefers_user(WIDE "[flow.a]\nkind = bulk\n", NULL);
	prefers_user(NARROW "[flow.a]\nkind = bulk\ndirection = up\n", NULL);
	prefers_user(NARROW "[flow.a]\nkind = stream\nrate = 100kbit\n", NULL);
	prefers_user("[link]\ndelay = 5ms\n[flow.a]\nkind = bulk\n", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(acknowledgements_that_may_fill_a_queue_are_not_for_netem),
	    cmocka_unit_test(where_they_cannot_netem_will_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
