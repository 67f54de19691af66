// SPDX-License-Identifier: MIT
/* test_base_clean.c - what a node says reaches terminals and JSON as harmless UTF-8 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/clean.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

static void test_clean(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
	    {"", ""},
	    {"connect: Connection refused", "connect: Connection refused"},
	    {"caf\xc3\xa9 \xe2\x89\xa0 \xf0\x9f\x9b\xb0",
	     "caf\xc3\xa9 \xe2\x89\xa0 \xf0\x9f\x9b\xb0"},
	    /* terminal escapes, as ESC and as the one-byte C1 form */
	    {"\033[2Jgone", "?[2Jgone"},
	    {"\xc2\x9b"
	     "2Jgone",
	     "??2Jgone"},
	    {"a\nb\rc\td\x7f", "a?b?c?d?"},
	    /* overlong, surrogate, beyond U+10FFFF, lone continuation, Latin-1 */
	    {"\xc0\xaf", "??"},
	    {"\xe0\x80\xaf", "???"},
	    {"\xed\xa0\x80", "???"},
	    {"\xf4\x90\x80\x80", "????"},
	    {"\xf0\x80\x80\x80", "????"},
	    {"\x80x", "?x"},
	    {"\xe9t\xe9", "?t?"},
	    /* cut off at the end, at every length */
	    {"x\xc3", "x?"},
	    {"x\xe2\x89", "x??"},
	    {"x\xf0\x9f\x9b", "x???"},
	    /* the first and last of each length */
	    {"\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
	     "\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		char *out = sb_clean(cases[i].in);

		assert_string_equal(out, cases[i].out);
		free(out);
	}
}

static void take_line(void *arg, const char *line)
{
	snprintf(arg, 64, "%s", line);
}

/* Whatever a message quotes: a terminal has only lines of it. */
static void test_log(void **state)
{
	char line[64] = "";

	(void)state;
	sb_log_set_sink(take_line, line);
	sb_warn("server: %s", "\033[2Jgone\r\x80\nnext");
	sb_log_set_sink(NULL, NULL);
	assert_string_equal(line, "satbed: warning: server: ?[2Jgone??\nnext\n");
}

static void test_passwords(void **state)
{
	static const char *const cases[][2] = {
	    {"https://user:pw@nexus.example.com", "https://***@nexus.example.com"},
	    {"a https://u:p@h/x and http://token@h2:5000, end",
	     "a https://***@h/x and http://***@h2:5000, end"},
	    {"https://u:p@ss@h", "https://***@h"},
	    {"https://u@h", "https://*@h"},
	    {"https://@h", "https://@h"},
	    {"https://h/path@2", "https://h/path@2"},
	    {"\"https://u:secret@h\"", "\"https://***@h\""},
	    {"mail a@b, https://h", "mail a@b, https://h"},
	    {"://", "://"},
	};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(cases); i++) {
		sb_auto_free char *text = sb_strdup(cases[i][0]);

		sb_hide_passwords(text);
		assert_string_equal(text, cases[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clean),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_passwords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
