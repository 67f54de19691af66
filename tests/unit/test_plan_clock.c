// SPDX-License-Identifier: MIT
/* test_plan_clock.c - what a scenario may ask of the virtual clock, and how the plan says it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "satbed/plan.h"
#include "satbed/scenario.h"

#define LINK "[link]\ndelay = 10ms\nrate = 10mbit\n[flow.bulk]\nkind = bulk\ndirection = down\n"

static int plan_with(const char *text, const char *set, struct sb_plan **plan, struct sb_err *err)
{
	struct sb_scenario *sc = NULL;
	int rc = sb_scenario_parse("t.ini", text, strlen(text), &set, set ? 1 : 0, &sc, err);

	if (!rc)
		rc = sb_plan_make(sc, plan, err);
	sb_scenario_free(sc);
	return rc;
}

static int plan_of(const char *text, struct sb_plan **plan, struct sb_err *err)
{
	return plan_with(text, NULL, plan, err);
}

static void plan_keeps_clock_and_kernel(void **state)
{
	struct sb_plan *plan = NULL, *again = NULL;
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	if (plan_of("[testbed]\nclock = virtual\nkernel = 6.12\n" LINK, &plan, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(plan->clock, SB_CLOCK_VIRTUAL);
	assert_string_equal(plan->kernel, "6.12");
	assert_string_equal(plan->engine, "native");
	json = sb_plan_to_json(plan);
	assert_int_equal(sb_plan_from_json(json, &again, &err), 0);
	assert_int_equal(again->clock, SB_CLOCK_VIRTUAL);
	assert_string_equal(again->kernel, "6.12");
	cJSON_ReplaceItemInObject(json, "clock", cJSON_CreateString("sundial"));
	sb_plan_free(again);
	assert_int_equal(sb_plan_from_json(json, &again, &err), -1);
	cJSON_Delete(json);
	sb_plan_free(plan);
}

static void real_clock_is_not_mentioned(void **state)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};
	cJSON *json;

	(void)state;
	if (plan_of(LINK, &plan, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(plan->clock, SB_CLOCK_REAL);
	assert_string_equal(plan->kernel, "");
	json = sb_plan_to_json(plan);
	assert_false(cJSON_HasObjectItem(json, "clock") || cJSON_HasObjectItem(json, "kernel"));
	cJSON_Delete(json);
	sb_plan_free(plan);
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
	    {"[testbed]\nkernel = 6.12\n" LINK, "t.ini:2: kernel: only the virtual clock has"},
	    {"[testbed]\nclock = virtual\nengine = docker\n" LINK, "t.ini:3: engine:"},
	    {"[testbed]\nclock = virtual\n[link]\ndelay = 10ms\n[flow.bulk]\nkind = bulk\n"
	     "direction = up\n",
	     "write [link.up] rate = 1gbit"},
	    /* Only at times without a rate, and only one way. */
	    {"[testbed]\nclock = virtual\n[link.up]\nrate = 10mbit\n[flow.bulk]\nkind = bulk\n"
	     "direction = down\n",
	     "write [link.down] rate = 1gbit"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sb_plan *plan = NULL;
		struct sb_err err = {0};

		assert_int_equal(plan_of(cases[i].text, &plan, &err), -1);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("%s\nsays: %s", cases[i].text, err.msg);
	}
}

static void what_is_not_measured_cannot_be_expected(void **state)
{
	static const char *const sets[] = {"expect./cpu/nodes/seconds=<= 3",
					   "expect./host_baseline/cpu/busy=<= 0.5",
					   "expect./timings/up_ms=<= 500"};

	(void)state;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct sb_plan *plan = NULL;
		struct sb_err err = {0};

		assert_int_equal(
		    plan_with("[testbed]\nclock = virtual\n" LINK, sets[i], &plan, &err), -1);
		if (!strstr(err.msg, "measured on the virtual clock"))
			fail_msg("%s: %s", sets[i], err.msg);
		if (plan_with(LINK, sets[i], &plan, &err))
			fail_msg("%s", err.msg);
		sb_plan_free(plan);
	}
}

static void what_ends_or_waits_needs_no_rate(void **state)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	(void)state;
	if (plan_with("[testbed]\nclock = virtual\n[link]\ndelay = 10ms\n[flow.f]\nkind = file\n"
		      "size = 1MB\ndirection = down\n[flow.s]\nkind = stream\nrate = 1mbit\n",
		      "expect./manifest/cpus=>= 1", &plan, &err))
		fail_msg("%s", err.msg);
	sb_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(plan_keeps_clock_and_kernel),
	    cmocka_unit_test(real_clock_is_not_mentioned),
	    cmocka_unit_test(what_cannot_be_is_refused),
	    cmocka_unit_test(what_is_not_measured_cannot_be_expected),
	    cmocka_unit_test(what_ends_or_waits_needs_no_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
