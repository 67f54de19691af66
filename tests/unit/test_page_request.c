// SPDX-License-Identifier: MIT
/* test_page_request.c - what a testbed's page asks for is what satbed link asks for, or is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "supervisor/page_request.h"

static cJSON *read_good(const char *json)
{
	struct sb_err err = {0};
	cJSON *request = NULL;

	if (sb_page_request_read(json, strlen(json), &request, &err))
		fail_msg("%s: %s", json, err.msg);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(request, "op")), "link");
	return request;
}

static void test_settings_are_those_of_link(void **state)
{
	struct sb_link_state s = {.delay_ns = 1, .rate_bps = 7};
	struct sb_err err = {0};
	cJSON *request = read_good(
	    "{\"client\":2,\"dir\":\"down\",\"set\":[\"loss=5%\",\"delay=40ms\",\"outage=on\"]}");

	(void)state;
	assert_int_equal(cJSON_GetObjectItem(request, "link")->valueint, 2);
	assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItem(request, "dir")), "down");
	assert_int_equal(sb_link_state_from_json(cJSON_GetObjectItem(request, "state"), &s, &err),
			 0);
	assert_int_equal(s.delay_ns, 40000000);
	assert_true(s.outage);
	assert_true(sb_loss_mean(&s.loss) > 0.0499 && sb_loss_mean(&s.loss) < 0.0501);
	/* What was not named stays. */
	assert_int_equal(s.rate_bps, 7);
	cJSON_Delete(request);
	request = read_good("{\"reset\":true}");
	assert_true(cJSON_IsTrue(cJSON_GetObjectItem(request, "reset")));
	assert_null(cJSON_GetObjectItem(request, "link"));
	cJSON_Delete(request);
}

static void test_the_rest_is_refused(void **state)
{
	static const char *const bad[] = {
	    "",
	    "x",
	    "[]",
	    "7",
	    "{}",
	    "{\"set\":[]}",
	    "{\"set\":[7]}",
	    "{\"set\":\"loss=5%\"}",
	    "{\"set\":[\"loss=5%\"],\"reset\":true}",
	    "{\"reset\":false}",
	    "{\"set\":[\"mtu=9000\"]}",
	    "{\"set\":[\"delay=40 parsecs\"]}",
	    "{\"set\":[\"loss\"]}",
	    "{\"set\":[\"outage=on\"],\"client\":\"1\"}",
	    "{\"set\":[\"outage=on\"],\"dir\":3}",
	    "{\"set\":[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\","
	    "\"a\","
	    "\"a\",\"a\",\"a\",\"a\"]}",
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_err err = {0};
		cJSON *request = NULL;

		assert_int_equal(sb_page_request_read(bad[i], strlen(bad[i]), &request, &err), -1);
		assert_int_equal(err.code, SB_EINPUT);
		assert_null(request);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings_are_those_of_link),
	    cmocka_unit_test(test_the_rest_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
