// SPDX-License-Identifier: MIT
/* test_base_json_writer.c - what is written as it goes is valid JSON, with every value as it was */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/base/json_writer.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

static void values_of_all_kinds(void **state)
{
	char *text = NULL;
	size_t size = 0;
	struct sb_json_writer w = {.to = sb_textstream_open(&text, &size), .first = true};
	cJSON *tree = cJSON_CreateObject();

	(void)state;
	sb_json_write_begin(&w, NULL, '{');
	sb_json_write_num(&w, "num", 0.1);
	sb_json_write_num(&w, "unknown", NAN);
	sb_json_write_short(&w, "short", 1234567.8);
	sb_json_write_short(&w, "endless", INFINITY);
	sb_json_write_u64(&w, "large", UINT64_MAX);
	w.line = true;
	sb_json_write_begin(&w, "list", '[');
	sb_json_write_bool(&w, NULL, true);
	sb_json_write_str(&w, NULL, "plain");
	sb_json_write_str(&w, NULL, "a \"b\" \\ \n\x1b \xc3\xa9");
	sb_json_write_str(&w, NULL, "");
	sb_json_write_str(&w, NULL, NULL);
	sb_json_write_begin(&w, NULL, '[');
	sb_json_write_end(&w, ']');
	sb_json_write_end(&w, ']');
	sb_json_write_tree(&w, "tree", tree);
	sb_json_write_bool(&w, "last", false);
	sb_json_write_end(&w, '}');
	sb_textstream_close(w.to, &text);
	assert_string_equal(text,
			    "{\"num\":0.1,\"unknown\":null,\"short\":1.23457e+06,\"endless\":null,"
			    "\"large\":18446744073709551615,\n\"list\":[true,\"plain\","
			    "\"a \\\"b\\\" \\\\ \\n\\u001b \xc3\xa9\",\"\",null,[]],"
			    "\"tree\":{},\"last\":false}");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_of_all_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
