// SPDX-License-Identifier: MIT
/* test_base_private_dir.c - where satbed's own directories are, and when they are not used */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/private_dir.h"

static char top[] = "/tmp/satbed-test-private-XXXXXX";
static char *state, *satbed, *journal;

static int set_up(void **ctx)
{
	(void)ctx;
	if (!mkdtemp(top))
		return -1;
	state = sb_asprintf("%s/a/state", top);
	satbed = sb_asprintf("%s/satbed", state);
	journal = sb_asprintf("%s/journal", satbed);
	return setenv("XDG_STATE_HOME", state, 1);
}

static int tear_down(void **ctx)
{
	sb_auto_free char *a = sb_asprintf("%s/a", top);

	(void)ctx;
	unlink(journal);
	rmdir(journal);
	unlink(satbed);
	rmdir(satbed);
	rmdir(state);
	rmdir(a);
	free(journal);
	free(satbed);
	free(state);
	return rmdir(top);
}

static void expect_refused(const char *why)
{
	struct sb_err err = {0};

	assert_int_equal(sb_private_dir_open(SB_PRIVATE_STATE, "journal", true, NULL, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	if (!strstr(err.msg, why))
		fail_msg("%s", err.msg);
	err = (struct sb_err){0};
	assert_int_equal(sb_private_dir_open(SB_PRIVATE_STATE, "journal", false, NULL, &err), -1);
	assert_int_equal(err.code, SB_EENV);
}

static void it_is_made_for_this_user_alone(void **ctx)
{
	sb_auto_free char *path = NULL;
	struct sb_err err = {0};
	struct stat st;
	int fd = sb_private_dir_open(SB_PRIVATE_STATE, "journal", false, &path, &err);

	(void)ctx;
	assert_true(fd < 0 && !err.code);
	assert_string_equal(path, journal);
	fd = sb_private_dir_open(SB_PRIVATE_STATE, "journal", true, NULL, &err);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(st.st_uid, geteuid());
	close(fd);
	assert_int_equal(stat(satbed, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void one_that_others_can_use_is_refused(void **ctx)
{
	(void)ctx;
	assert_int_equal(chmod(journal, 0750), 0);
	expect_refused("chmod 700 ");
	assert_int_equal(chmod(journal, 0700) || chmod(satbed, 0777), 0);
	expect_refused("chmod 700 ");
	assert_int_equal(chmod(satbed, 0755), 0);
}

static void a_symbolic_link_is_refused(void **ctx)
{
	(void)ctx;
	assert_int_equal(rmdir(journal) || symlink("/", journal), 0);
	expect_refused(journal);
	assert_int_equal(unlink(journal) || rmdir(satbed) || symlink("/", satbed), 0);
	expect_refused(satbed);
	assert_int_equal(unlink(satbed), 0);
}

/* Only root can make another's directory to look at. */
static void anothers_is_refused(void **ctx)
{
	(void)ctx;
	assert_int_equal(mkdir(satbed, 0700) || mkdir(journal, 0700), 0);
	if (geteuid() == 0 && !chown(journal, 4242, 4242))
		expect_refused("belongs to another user (4242)");
	if (geteuid() == 0 && !chown(journal, 0, 0) && !chown(satbed, 4242, 4242))
		expect_refused("belongs to another user (4242)");
}

static void home_is_this_users_or_that_of_the_password_file(void **ctx)
{
	const struct passwd *pw = getpwuid(geteuid());
	sb_auto_free char *own = NULL, *other = NULL, *none = NULL, *path = NULL, *wanted = NULL;
	struct stat st;

	(void)ctx;
	setenv("HOME", top, 1);
	own = sb_home();
	assert_string_equal(own, top);
	unsetenv("HOME");
	none = sb_home();
	if (pw && !stat(pw->pw_dir, &st) && st.st_uid == geteuid())
		assert_string_equal(none, pw->pw_dir);
	else
		assert_null(none);
	/* As under sudo, where HOME can be the caller's. */
	if (geteuid() == 0 && !chown(top, 4242, 4242)) {
		setenv("HOME", top, 1);
		other = sb_home();
		assert_true(!other || strcmp(other, top) != 0);
		assert_int_equal(chown(top, 0, 0), 0);
	}
	setenv("XDG_STATE_HOME", "relative", 1);
	setenv("HOME", top, 1);
	path = sb_private_dir_path(SB_PRIVATE_STATE, "journal");
	wanted = sb_asprintf("%s/.local/state/satbed/journal", top);
	assert_string_equal(path, wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_made_for_this_user_alone),
	    cmocka_unit_test(one_that_others_can_use_is_refused),
	    cmocka_unit_test(a_symbolic_link_is_refused),
	    cmocka_unit_test(anothers_is_refused),
	    cmocka_unit_test(home_is_this_users_or_that_of_the_password_file),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
