// SPDX-License-Identifier: MIT
/* test_base_text_table.c - cells stand under their heads, and no line ends in blanks */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#include "satbed/base/text_table.h"
#include "satbed/base/textstream.h"

static void cells_stand_under_their_heads(void **state)
{
	static const struct sb_text_column columns[] = {
	    {"NAME", 0, -6}, {"RATE", 1, 5}, {"WORD", 2, -5}, {"REST", 1, -8}};
	char *text = NULL;
	size_t size = 0;
	struct sb_text_table t = {
	    .to = sb_textstream_open(&text, &size), .columns = columns, .count = 4};

	(void)state;
	sb_text_head(&t, NULL);
	sb_text_cell(&t, "%s", "a");
	sb_text_cell(&t, "%d", 12);
	sb_text_cell(&t, "%s", "b");
	sb_text_cell(&t, "%s", "rest");
	/* characters, not bytes */
	sb_text_cell(&t, "%s", "caf\xc3\xa9");
	sb_text_cell(&t, "%s", "");
	sb_text_cell(&t, "%s", "x");
	sb_text_cell(&t, "%s", "");
	fputs("a line between\n", t.to);
	sb_text_cell(&t, "%s", "too long");
	sb_text_cell(&t, "%d", 1);
	sb_text_end(&t);
	sb_text_head(&t, "OTHER");
	sb_textstream_close(t.to, &text);
	assert_string_equal(text, "NAME    RATE  WORD  REST\n"
				  "a         12  b     rest\n"
				  "caf\xc3\xa9          x\n"
				  "a line between\n"
				  "too long     1\n"
				  "OTHER   RATE  WORD  REST\n");
	free(text);
}

static void wide_cells_go_on_below(void **state)
{
	static const struct sb_text_column columns[] = {
	    {"", 2, -4}, {"ONE", 0, -8}, {"TWO", 2, -6}};
	static const char *const cells[][3] = {{"a", "three words here", "x"},
					       {"b", "short", "/run/user/file"},
					       {"c", "",
						"caf\xc3\xa9"
						"caf\xc3\xa9"}};
	char *text = NULL;
	size_t size = 0;
	struct sb_text_table t = {
	    .to = sb_textstream_open(&text, &size), .columns = columns, .count = 3};

	(void)state;
	sb_text_head(&t, NULL);
	for (size_t i = 0; i < 3; i++)
		sb_text_wrap(&t, cells[i]);
	sb_textstream_close(t.to, &text);
	assert_string_equal(text, "      ONE       TWO\n"
				  "  a   three     x\n"
				  "      words\n"
				  "      here\n"
				  "  b   short     /run/\n"
				  "                user/\n"
				  "                file\n"
				  "  c             caf\xc3\xa9"
				  "ca\n"
				  "                f\xc3\xa9\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cells_stand_under_their_heads),
	    cmocka_unit_test(wide_cells_go_on_below),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
