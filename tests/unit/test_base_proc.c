// SPDX-License-Identifier: MIT
/* test_base_proc.c - what /proc says of processes and mounts is read as it stands there */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/proc.h"

#define AFTER_NAME " S 12 17 9 0 -1 4194304 100 0 0 0 30 12 0 0 20 0 1 0 4711 2703360 200\n"

static void a_name_may_hold_anything(void **state)
{
	struct sb_proc_stat stat;

	(void)state;
	assert_int_equal(sb_proc_parse_stat("17 (a) R 1 (b)" AFTER_NAME, &stat), 0);
	assert_int_equal(stat.pid, 17);
	assert_string_equal(stat.name, "a) R 1 (b");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.parent, 12);
	assert_int_equal(stat.session, 9);
	assert_int_equal(stat.ticks, 42);
	assert_int_equal(stat.start, 4711);
}

static void what_is_cut_off_is_refused(void **state)
{
	const char whole[] = "17 (name)" AFTER_NAME;
	struct sb_proc_stat stat = {.pid = 5};

	(void)state;
	for (size_t len = 0; len < strlen(whole) - strlen("4711 2703360 200\n"); len++) {
		sb_auto_free char *text = sb_strdup(whole);

		text[len] = '\0';
		assert_int_equal(sb_proc_parse_stat(text, &stat), -1);
	}
	assert_int_equal(sb_proc_parse_stat(") 17 (" AFTER_NAME, &stat), -1);
	assert_int_equal(stat.pid, 5);
}

static void this_process_is_found(void **state)
{
	struct sb_proc_stat stat;
	struct sb_err err;

	(void)state;
	assert_int_equal(sb_proc_read_stat(getpid(), &stat, &err), 0);
	assert_int_equal(stat.pid, getpid());
	assert_int_equal(stat.parent, getppid());
	assert_int_equal(stat.session, getsid(0));
	assert_int_equal(sb_proc_read_stat(0x7fffffff, &stat, &err), -1);
	assert_string_equal(err.msg,
			    "cannot read /proc/2147483647/stat: No such file or directory");
}

struct wanted {
	pid_t pid;
	int found, after;
};

static bool look(void *arg, pid_t pid)
{
	struct wanted *w = arg;

	w->after += w->found;
	w->found += pid == w->pid;
	return !w->found;
}

static void the_walk_ends_where_it_is_told_to(void **state)
{
	struct wanted w = {.pid = getpid()};

	(void)state;
	sb_proc_each(look, &w);
	assert_int_equal(w.found, 1);
	assert_int_equal(w.after, 0);
	assert_int_equal(sb_proc_next(NULL), 0);
}

static void a_key_is_a_whole_word_at_the_begin_of_a_line(void **state)
{
	const char text[] = "Name:\tUid:\nNSUid:\t1\nUid:\t1000\t1001\nPPid: 7\n";

	(void)state;
	assert_memory_equal(sb_proc_status(text, "Uid"), "1000\t1001", 9);
	assert_memory_equal(sb_proc_status(text, "PPid"), "7", 1);
	assert_null(sb_proc_status(text, "Pid"));
	assert_null(sb_proc_status("", "Pid"));
}

static void mounts_of_namespaces_are_named(void **state)
{
	sb_auto_free char *text =
	    sb_strdup("21 1 0:5 / /proc rw - proc proc rw\n"
		      "broken line\n"
		      "\n"
		      "30 1 0:4 net:[4026532000] /run/netns/a rw - nsfs nsfs rw\n");
	struct sb_proc_mount mount;
	char *rest = text;

	(void)state;
	assert_true(sb_proc_next_mount(&rest, &mount));
	assert_string_equal(mount.root, "/");
	assert_string_equal(mount.path, "/proc");
	assert_true(sb_proc_next_mount(&rest, &mount));
	assert_string_equal(mount.root, "net:[4026532000]");
	assert_string_equal(mount.path, "/run/netns/a");
	assert_false(sb_proc_next_mount(&rest, &mount));
	rest = NULL;
	assert_false(sb_proc_next_mount(&rest, &mount));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_name_may_hold_anything),
	    cmocka_unit_test(what_is_cut_off_is_refused),
	    cmocka_unit_test(this_process_is_found),
	    cmocka_unit_test(the_walk_ends_where_it_is_told_to),
	    cmocka_unit_test(a_key_is_a_whole_word_at_the_begin_of_a_line),
	    cmocka_unit_test(mounts_of_namespaces_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
