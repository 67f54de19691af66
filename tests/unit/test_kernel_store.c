// SPDX-License-Identifier: MIT
/* test_kernel_store.c - which kernels there are, which one is meant, and whom they may come from */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/choice.h"
#include "kernel/store.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/kernel.h"

#define PLAIN	"6.12.30-0123456789ab"
#define PATCHED "6.12.30-00ff00ff00ff"
#define NEWER	"6.13.1-aaaaaaaaaaaa"
#define OLD	"6.1.140-bbbbbbbbbbbb"

static char data_home[] = "/tmp/satbed-test-kernels-XXXXXX";
static char kernels[128], system_kernels[128];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(data_home) || setenv("XDG_DATA_HOME", data_home, 1))
		return -1;
	snprintf(kernels, sizeof(kernels), "%s/satbed/kernels", data_home);
	/* Of this machine's packages nothing is seen. */
	snprintf(system_kernels, sizeof(system_kernels), "%s/system", data_home);
	sb_store_system = system_kernels;
	return 0;
}

static int tear_down(void **state)
{
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf '%s'", data_home);
	return system(command);
}

static char *path_of(const char *name, const char *file)
{
	return sb_asprintf("%s/%s%s%s", kernels, name, *file ? "/" : "", file);
}

static void write_file(const char *name, const char *file, const char *text, mode_t mode)
{
	sb_auto_free char *path = path_of(name, file);

	assert_int_equal(sb_replace_file(path, text, strlen(text), NULL), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void make_directories(const char *name)
{
	sb_auto_free char *path = path_of(name, ""), *above = sb_asprintf("%s/satbed", data_home);

	mkdir(above, 0700);
	mkdir(kernels, 0700);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_kernel(const char *name, int built_at_s, const char *patches)
{
	const char *dash = strrchr(name, '-');
	sb_auto_free char *manifest =
	    sb_asprintf("{\"version\":\"%.*s\",\"hash\":\"%s\",\"built_at_s\":%d,\"patches\":[%s],"
			"\"modules\":[]}",
			(int)(dash - name), name, dash + 1, built_at_s, patches);

	make_directories(name);
	write_file(name, "linux", "program", 0755);
	write_file(name, "config", "", 0644);
	write_file(name, "manifest.json", manifest, 0644);
}

static void expect_found(const char *wanted, const char *name)
{
	struct sb_kernel k;
	struct sb_err err = {0};

	if (sb_kernel_find(wanted, &k, &err))
		fail_msg("%s: %s", wanted, err.msg);
	assert_string_equal(k.name, name);
	assert_int_equal(access(k.program, X_OK), 0);
	sb_kernel_fini(&k);
}

static void expect_none(const char *wanted, const char *says)
{
	struct sb_kernel k;
	struct sb_err err = {0};

	assert_int_equal(sb_kernel_find(wanted, &k, &err), -1);
	assert_int_equal(err.code, SB_EENV);
	assert_non_null(strstr(err.msg, says));
}

static void without_any_the_error_says_what_to_type(void **state)
{
	struct sb_kernel *list;
	size_t count;

	(void)state;
	assert_int_equal(sb_kernel_list(&list, &count, NULL), 0);
	assert_int_equal(count, 0);
	expect_none(NULL, "satbed kernel build");
	expect_none("6.12", "satbed kernel build");
}

static void a_word_means_a_version_or_a_hash(void **state)
{
	(void)state;
	make_kernel(PLAIN, 100, "");
	make_kernel(PATCHED, 200, "{\"name\":\"bbr3.patch\"}");
	make_kernel(OLD, 300, "");
	expect_found(NULL, PLAIN);
	expect_found("auto", PLAIN);
	expect_found("6", PLAIN);
	expect_found("6.12", PLAIN);
	expect_found("6.12.30", PLAIN);
	expect_found("6.1", OLD);
	expect_found(PATCHED, PATCHED);
	expect_found("00ff", PATCHED);
	expect_found("6.12.30-00ff0", PATCHED);
	expect_none("6.1.14", OLD);
	expect_none("00f", "satbed kernel build");
	expect_none("5.15", PLAIN);
	expect_none("6.12.30-", PATCHED);
	make_kernel(NEWER, 1, "");
	expect_found(NULL, NEWER);
	expect_found("6.12", PLAIN);
}

static void the_list_has_the_preferred_first(void **state)
{
	static const char *const order[] = {NEWER, PLAIN, OLD, PATCHED};
	struct sb_kernel *list;
	size_t count;

	(void)state;
	assert_int_equal(sb_kernel_list(&list, &count, NULL), 0);
	assert_int_equal(count, 4);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(list[i].name, order[i]);
	assert_string_equal(list[3].changes, "bbr3.patch");
	assert_string_equal(list[3].version, "6.12.30");
	assert_string_equal(list[3].hash, "00ff00ff00ff");
	assert_int_equal(list[3].size_bytes, strlen("program"));
	assert_int_equal(list[3].built_at_s, 200);
	sb_kernel_list_free(list, count);
}

static void what_is_incomplete_is_no_kernel(void **state)
{
	(void)state;
	/* No program, no manifest, one of another kernel, not executable, other names. */
	make_directories("7.1-111111111111");
	write_file("7.1-111111111111", "manifest.json",
		   "{\"version\":\"7.1\",\"hash\":\"111111111111\",\"built_at_s\":1}", 0644);
	make_directories("7.2-222222222222");
	write_file("7.2-222222222222", "linux", "", 0755);
	make_kernel("7.3-333333333333", 1, "");
	write_file("7.3-333333333333", "manifest.json",
		   "{\"version\":\"7.4\",\"hash\":\"333333333333\",\"built_at_s\":1}", 0644);
	make_kernel("7.4-444444444444", 1, "");
	write_file("7.4-444444444444", "linux", "", 0644);
	make_kernel("7.5-55555555555", 1, "");
	make_kernel(".7.6-666666666666", 1, "");
	make_kernel("7.7-77777777777G", 1, "");
	expect_none("7", PLAIN);
	expect_found(NULL, NEWER);
}

static void what_others_can_write_to_is_not_run(void **state)
{
	sb_auto_free char *path = path_of(NEWER, "");
	struct sb_kernel *list;
	struct sb_err err = {0};
	size_t count;

	(void)state;
	assert_int_equal(chmod(path, 0777), 0);
	expect_found(NULL, PLAIN);
	assert_int_equal(chmod(path, 0755), 0);
	write_file(NEWER, "linux", "program", 0775);
	expect_found(NULL, PLAIN);
	write_file(NEWER, "linux", "program", 0755);
	expect_found(NULL, NEWER);

	assert_int_equal(chmod(kernels, 0777), 0);
	assert_int_equal(sb_kernel_list(&list, &count, &err), -1);
	assert_non_null(strstr(err.msg, "chmod go-w"));
	assert_int_equal(chmod(kernels, 0700), 0);
}

static void a_link_to_a_program_elsewhere_is_not_followed(void **state)
{
	sb_auto_free char *program = path_of("8.1-888888888888", "linux");

	(void)state;
	make_kernel("8.1-888888888888", 1, "");
	expect_found("8.1", "8.1-888888888888");
	assert_int_equal(unlink(program), 0);
	assert_int_equal(symlink("/bin/true", program), 0);
	expect_none("8.1", NEWER);
}

static void what_is_removed_is_gone(void **state)
{
	sb_auto_free char *inside = path_of(OLD, "directory"), *file = path_of(OLD, "directory/f");
	sb_auto_free char *link = path_of(OLD, "link"), *outside = path_of("kept", "");
	sb_auto_free char *kept = path_of("kept", "file"), *gone = path_of(OLD, "");
	struct sb_kernel k;
	struct sb_err err = {0};

	(void)state;
	make_directories("kept");
	write_file("kept", "file", "", 0644);
	assert_int_equal(mkdir(inside, 0700), 0);
	assert_int_equal(symlink(outside, link), 0);
	assert_int_equal(symlink("/", file), 0);
	assert_int_equal(sb_kernel_find("6.1", &k, NULL), 0);
	assert_int_equal(sb_kernel_remove(&k, &err), 0);
	assert_int_equal(access(gone, F_OK), -1);
	assert_int_equal(access(kept, F_OK), 0);
	expect_none("6.1", PLAIN);
	assert_int_equal(sb_kernel_remove(&k, &err), -1);
	sb_kernel_fini(&k);
}

/* The user's own becomes the system's. */
static void move_to_system(const char *name)
{
	sb_auto_free char *from = path_of(name, ""),
			  *to = sb_asprintf("%s/%s", system_kernels, name);

	mkdir(system_kernels, 0755);
	assert_int_equal(rename(from, to), 0);
}

static void expect_system(const char *wanted, bool system)
{
	struct sb_kernel k;

	assert_int_equal(sb_kernel_find(wanted, &k, NULL), 0);
	assert_int_equal(k.system, system);
	assert_int_equal(!strncmp(k.program, system_kernels, strlen(system_kernels)), system);
	sb_kernel_fini(&k);
}

static void kernels_of_a_package_are_found_and_not_removed(void **state)
{
	static const char name[] = "9.1-999999999999";
	struct sb_kernel k;
	struct sb_err err = {0};

	(void)state;
	make_kernel(name, 2, "");
	move_to_system(name);
	expect_found(NULL, name);
	expect_system("9.1", true);
	assert_int_equal(sb_kernel_find("9.1", &k, NULL), 0);
	assert_int_equal(sb_kernel_remove(&k, &err), -1);
	assert_non_null(strstr(err.msg, "apt-get remove satbed-kernel"));
	sb_kernel_fini(&k);
	expect_found("9.1", name);

	/* The user's own of the same name is the one that is used and removed. */
	make_kernel(name, 1, "");
	expect_system("9.1", false);
	assert_int_equal(sb_kernel_find("9.1", &k, NULL), 0);
	assert_int_equal(sb_kernel_remove(&k, &err), 0);
	sb_kernel_fini(&k);
	expect_system("9.1", true);

	/* A directory that others can write to counts as empty, and the user's own go on. */
	assert_int_equal(chmod(system_kernels, 0777), 0);
	expect_none("9.1", NEWER);
	expect_found(NULL, NEWER);
	assert_int_equal(chmod(system_kernels, 0755), 0);
	expect_system("9.1", true);
}

static void a_package_is_enough(void **state)
{
	sb_auto_free char *own = sb_asprintf("%s/satbed", data_home);
	sb_auto_free char *aside = sb_asprintf("%s/aside", data_home);

	(void)state;
	assert_int_equal(rename(own, aside), 0);
	expect_system(NULL, true);
	assert_int_equal(rename(aside, own), 0);
}

static void versions_are_in_the_order_of_their_numbers(void **state)
{
	static const char *const order[] = {"5.15.0",	  "6.1.9",  "6.1.10", "6.12.0-rc1",
					    "6.12.0-rc2", "6.12.0", "6.12.1", "6.13.0"};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(order); i++)
		for (size_t j = 0; j < SB_ARRAY_LEN(order); j++) {
			int rc = sb_kernel_version_order(order[i], order[j]);

			assert_int_equal((rc > 0) - (rc < 0), (i > j) - (i < j));
		}
}

static void the_directory_is_where_data_of_users_belong(void **state)
{
	sb_auto_free char *given = sb_kernel_directory(), *home = NULL, *wanted = NULL;

	(void)state;
	assert_string_equal(given, kernels);
	setenv("XDG_DATA_HOME", "relative", 1);
	setenv("HOME", data_home, 1);
	home = sb_kernel_directory();
	wanted = sb_asprintf("%s/.local/share/satbed/kernels", data_home);
	assert_string_equal(home, wanted);
	setenv("XDG_DATA_HOME", data_home, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_any_the_error_says_what_to_type),
	    cmocka_unit_test(a_word_means_a_version_or_a_hash),
	    cmocka_unit_test(the_list_has_the_preferred_first),
	    cmocka_unit_test(what_is_incomplete_is_no_kernel),
	    cmocka_unit_test(what_others_can_write_to_is_not_run),
	    cmocka_unit_test(a_link_to_a_program_elsewhere_is_not_followed),
	    cmocka_unit_test(what_is_removed_is_gone),
	    cmocka_unit_test(kernels_of_a_package_are_found_and_not_removed),
	    cmocka_unit_test(a_package_is_enough),
	    cmocka_unit_test(versions_are_in_the_order_of_their_numbers),
	    cmocka_unit_test(the_directory_is_where_data_of_users_belong),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
