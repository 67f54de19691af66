// SPDX-License-Identifier: MIT
/* test_agent_user.c - which user a command's --user means */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "agent/command/command_user.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
			     "broken line\n"
			     "half:x:12\n"
			     "text:x:one:two::/:/bin/sh\n"
			     "\n"
			     "alice:x:1000:100:Alice,,,:/home/alice:/bin/sh\n"
			     "minus:x:4294967295:1::/:/bin/sh\n"
			     "last:x:7:8::/var/last:/bin/false";

static void expect(const char *word, uint32_t uid, uint32_t gid, const char *name, const char *home)
{
	struct sb_command_user u;

	assert_true(sb_command_user_find(word, passwd, &u));
	assert_int_equal(u.uid, uid);
	assert_int_equal(u.gid, gid);
	assert_string_equal(u.name, name);
	assert_string_equal(u.home, home);
}

static void test_names_and_numbers(void **state)
{
	(void)state;
	expect("alice", 1000, 100, "alice", "/home/alice");
	expect("1000", 1000, 100, "alice", "/home/alice");
	expect("1000:5", 1000, 5, "alice", "/home/alice");
	expect("last", 7, 8, "last", "/var/last");
	/* Nobody's. */
	expect("4000", 4000, 4000, "", "");
	expect("4000:1", 4000, 1, "", "");
}

static void test_what_is_no_user(void **state)
{
	static const char *const bad[] = {
	    "",	  "bob",	"alic",	       "alice:100", "1000:", ":5",    "1000:users",
	    "-1", "4294967295", "99999999999", "half",	    "text",  "minus", "broken line"};
	struct sb_command_user u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (sb_command_user_find(bad[i], passwd, &u))
			fail_msg("\"%s\" is uid %u", bad[i], u.uid);
	/* Without a file only numbers are users. */
	assert_false(sb_command_user_find("root", NULL, &u));
	assert_true(sb_command_user_find("0", NULL, &u));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_names_and_numbers),
	    cmocka_unit_test(test_what_is_no_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
