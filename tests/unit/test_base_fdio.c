// SPDX-License-Identifier: MIT
/* test_base_fdio.c - files are replaced whole, on the disk before they have their name */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

/* In place of the C library's: what was called, in its order, and an error to answer with. */
static char calls[64];
static int fsync_error;

int fsync(int fd)
{
	struct stat st;

	strcat(calls, !fstat(fd, &st) && S_ISDIR(st.st_mode) ? "directory " : "file ");
	if (fsync_error) {
		errno = fsync_error;
		return -1;
	}
	return (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	strcat(calls, "rename ");
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

static void a_file_is_on_the_disk_before_it_has_its_name(void **state)
{
	char dir[] = "/tmp/satbed-test-fdio-XXXXXX";
	sb_auto_free char *path = NULL, *text = NULL;
	struct sb_err err = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	path = sb_asprintf("%s/run.json", dir);
	calls[0] = '\0';
	assert_int_equal(sb_replace_file(path, "{}\n", 3, &err), 0);
	assert_string_equal(calls, "file rename directory ");
	/* A file that did not get there does not take the old one's place, and leaves nothing. */
	fsync_error = EIO;
	assert_int_equal(sb_replace_file(path, "[1]\n", 4, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, path));
	/* Some file systems cannot. */
	fsync_error = EINVAL;
	err = (struct sb_err){0};
	assert_int_equal(sb_replace_file(path, "{}\n", 3, &err), 0);
	fsync_error = 0;
	assert_int_equal(sb_read_file(path, 100, &text, NULL, &err), 0);
	assert_string_equal(text, "{}\n");
	assert_int_equal(unlink(path) || rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_file_is_on_the_disk_before_it_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
