// SPDX-License-Identifier: MIT
/* test_report_format.c - results of older formats are read with the names of today */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/report_priv.h"
#include "satbed/report_format.h"

static const char first[] =
    "{\"format\":1,\"links\":[{\"client\":\"client1\",\"up\":{\"asked\":{\"loss\":0.1},"
    "\"measured\":{\"loss\":0.2},\"checks\":{\"loss\":\"held\",\"rate\":\"not "
    "exercised\"}}}],\"flows\":[{\"name\":\"asked\",\"rr\":{\"asked\":7,"
    "\"answered\":6}}],"
    "\"cpu\":{\"sky\":{\"seconds\":2}},\"substrate\":{\"cpu\":{\"busy\":0.5}},"
    "\"expects\":[{\"what\":\"x\",\"held\":true}],\"expects_held\":true,"
    "\"values\":[{\"name\":\"cpu.sky\"},{\"name\":\"goodput\"}]}";
static const char today[] =
    "{\"format\":2,\"links\":[{\"client\":\"client1\",\"up\":{\"configured\":{\"loss\":0.1},"
    "\"measured\":{\"loss\":0.2},\"checks\":{\"loss\":\"met\",\"rate\":\"not "
    "exercised\"}}}],\"flows\":[{\"name\":\"asked\",\"rr\":{\"requests\":7,"
    "\"answered\":6}}],"
    "\"cpu\":{\"emulator\":{\"seconds\":2}},\"host_baseline\":{\"cpu\":{\"busy\":0.5}},"
    "\"expects\":[{\"what\":\"x\",\"met\":true}],\"expects_met\":true,"
    "\"values\":[{\"name\":\"cpu.emulator\"},{\"name\":\"goodput\"}]}";

static void an_older_format_gets_the_names_of_today(void **state)
{
	const char *const texts[] = {first, today};
	struct sb_err err = {0};
	cJSON *want = cJSON_Parse(today);

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		cJSON *json = cJSON_Parse(texts[i]);

		assert_int_equal(sb_results_upgrade(json, "run.json", &err), 0);
		assert_true(cJSON_Compare(json, want, true));
		cJSON_Delete(json);
	}
	cJSON_Delete(want);
}

static void a_newer_format_is_refused_by_name(void **state)
{
	struct sb_err err = {0};
	cJSON *json = cJSON_Parse("{\"format\":3}");

	(void)state;
	assert_int_equal(sb_results_upgrade(json, "d/run.json", &err), -1);
	assert_int_equal(err.code, SB_EINPUT);
	assert_non_null(strstr(err.msg, "d/run.json has format 3"));
	cJSON_Delete(json);
}

/* Scenarios name places of run.json; those written for an older format mean the same value. */
static void places_of_an_older_format_are_found(void **state)
{
	cJSON *json = cJSON_Parse(today);

	(void)state;
	assert_true(sb_report_at(json, "/links/client1/up/configured/loss") == 0.1);
	assert_true(sb_report_at(json, "/links/client1/up/asked/loss") == 0.1);
	assert_true(sb_report_at(json, "/links/client1/up/measured/loss") == 0.2);
	assert_true(sb_report_at(json, "/flows/asked/rr/asked") == 7);
	assert_true(sb_report_at(json, "/substrate/cpu/busy") == 0.5);
	cJSON_Delete(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_older_format_gets_the_names_of_today),
	    cmocka_unit_test(a_newer_format_is_refused_by_name),
	    cmocka_unit_test(places_of_an_older_format_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
