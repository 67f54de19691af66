// SPDX-License-Identifier: MIT
/* test_base_expand.c - names in braces */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/expand.h"
#include "satbed/base/mem.h"

static const struct sb_brace braces[] = {
    {"server", "198.18.1.1", NULL},
    {"port", "5201", NULL},
    {"trick", "{port}", NULL},
    {"empty", "", NULL},
    {"bytes", NULL, "{bytes} needs a size"},
    {NULL, NULL, NULL},
};

static void names_become_values(void **state)
{
	static const char *const cases[][2] = {
	    {"", ""},
	    {"plain }", "plain }"},
	    {"nc {server} {port}", "nc 198.18.1.1 5201"},
	    {"{port}{port}", "52015201"},
	    {"a{empty}b", "ab"},
	    {"${{HOME}/{{port}", "${HOME}/{port}"},
	    {"{{{port}}", "{5201}"},
	    {"{trick}", "{port}"}, /* what is put in is not looked at again */
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_err err = {0};
		char *out = NULL;

		if (sb_expand(cases[i][0], braces, &out, &err))
			fail_msg("%s: %s", cases[i][0], err.msg);
		assert_string_equal(out, cases[i][1]);
		free(out);
	}
}

static void what_is_unknown_is_named(void **state)
{
	static const char *const cases[][2] = {
	    {"x {host} y", "unknown \"{host}\", expected one of {server}, {port}, {trick}, "},
	    {"x {server", "unknown \"{server\","},
	    {"{}", "unknown \"{}\","},
	    {"{ port}", "unknown \"{ port}\","},
	    {"{bytes}", "{bytes} needs a size"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_err err = {0};
		char *out = NULL;

		assert_int_equal(sb_expand(cases[i][0], braces, &out, &err), -1);
		assert_null(out);
		assert_int_equal(err.code, SB_EINPUT);
		if (strncmp(err.msg, cases[i][1], strlen(cases[i][1])))
			fail_msg("%s: %s", cases[i][0], err.msg);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_become_values),
	    cmocka_unit_test(what_is_unknown_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
