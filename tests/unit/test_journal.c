// SPDX-License-Identifier: MIT
/* test_journal.c - what a run writes down is what a cleaner reads, and nothing else is believed */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/journal.h"

static char state_home[] = "/tmp/satbed-test-journal-XXXXXX";

static int set_up(void **state)
{
	(void)state;
	return !mkdtemp(state_home) || setenv("XDG_STATE_HOME", state_home, 1);
}

static int tear_down(void **state)
{
	sb_auto_free char *directory = sb_journal_directory();
	sb_auto_free char *above = sb_asprintf("%s/satbed", state_home);

	(void)state;
	/* Only empty directories can be removed: nothing may be left by any test. */
	return rmdir(directory) || rmdir(above) || rmdir(state_home);
}

static char *path_of(const struct sb_journal *j)
{
	sb_auto_free char *directory = sb_journal_directory();

	return sb_asprintf("%s/%s", directory, sb_journal_owner(j)->run);
}

static size_t file_count(void)
{
	sb_auto_free char *directory = sb_journal_directory();
	DIR *dir = opendir(directory);
	size_t count = 0;

	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));)
		count += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(dir);
	return count;
}

static void test_what_is_noted_can_be_read_and_goes_with_the_run(void **state)
{
	sb_auto_free char *path = NULL, *name = NULL;
	struct sb_journal_file file;
	struct sb_journal *j;
	struct sb_err err = {0};
	struct stat st;

	(void)state;
	assert_int_equal(sb_journal_open("unix:///run/docker.sock", &j, &err), 0);
	path = path_of(j);
	name = sb_asprintf("satbed-%s-server", sb_journal_owner(j)->run);
	assert_int_equal(sb_journal_note(j, SB_THING_CONTAINER, name, &err), 0);
	name[strlen("satbed-") + strlen(sb_journal_owner(j)->run)] = '\0';
	assert_int_equal(sb_journal_note(j, SB_THING_VOLUME, name, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);

	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_true(file.alive);
	assert_int_equal(file.count, 2);
	assert_int_equal(file.entries[0].kind, SB_THING_CONTAINER);
	assert_int_equal(file.entries[1].kind, SB_THING_VOLUME);
	assert_string_equal(file.entries[1].name, name);
	assert_int_equal(file.owner.pid, getpid());
	assert_int_equal(file.owner.start, sb_journal_owner(j)->start);
	assert_string_equal(file.owner.boot, sb_journal_owner(j)->boot);
	assert_string_equal(file.owner.daemon, "unix:///run/docker.sock");
	sb_journal_file_fini(&file, false);

	assert_int_equal(file_count(), 1);
	sb_journal_end(j, true);
	assert_int_equal(file_count(), 0);
}

static void test_a_killed_owner_is_known_as_dead(void **state)
{
	sb_auto_free char *path = NULL;
	struct sb_journal_file file, again;
	struct sb_err err = {0};
	char run[SB_RUN_ID_MAX] = "";
	int pipe_fd[2], status;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	pid = fork();
	if (pid == 0) {
		struct sb_journal *j;

		if (sb_journal_open("tcp://h:1", &j, &err) ||
		    sb_write_all(pipe_fd[1], sb_journal_owner(j)->run, SB_RUN_ID_MAX))
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipe_fd[0], run, sizeof(run)), sizeof(run));
	{
		sb_auto_free char *directory = sb_journal_directory();

		path = sb_asprintf("%s/%s", directory, run);
	}
	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_true(file.alive);
	assert_int_equal(file.owner.pid, pid);
	sb_journal_file_fini(&file, false);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_false(file.alive);
	/* While one cleaner has it, it looks alive to another. */
	assert_int_equal(sb_journal_read(path, &again, &err), 0);
	assert_true(again.alive);
	sb_journal_file_fini(&again, false);
	sb_journal_file_fini(&file, true);
	assert_int_equal(file_count(), 0);
	close(pipe_fd[0]);
	close(pipe_fd[1]);
}

static void test_every_run_has_a_name_of_its_own(void **state)
{
	struct sb_journal *a, *b;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_journal_open("tcp://h:1", &a, &err), 0);
	assert_int_equal(sb_journal_open("tcp://h:1", &b, &err), 0);
	assert_string_not_equal(sb_journal_owner(a)->run, sb_journal_owner(b)->run);
	assert_int_equal(file_count(), 2);
	sb_journal_end(a, true);
	sb_journal_end(b, true);
}

/* What a daemon forgets is known by it. */
static void test_the_id_of_a_container_is_read_with_it(void **state)
{
	static const char id[] = "4461e3c0434f66436faf3a58e696b2a6b618e57fcff2916b6f87c7b20c959af9";
	sb_auto_free char *path = NULL, *name = NULL;
	struct sb_journal_file file;
	struct sb_err err = {0};
	struct sb_journal *j;

	(void)state;
	assert_int_equal(sb_journal_open("unix:///run/docker.sock", &j, &err), 0);
	path = path_of(j);
	name = sb_asprintf("satbed-%s-emulator", sb_journal_owner(j)->run);
	assert_int_equal(sb_journal_note(j, SB_THING_CONTAINER, name, &err), 0);
	assert_int_equal(sb_journal_made(j, name, NULL, &err), -1);
	assert_int_equal(sb_journal_made(j, name, "4461e3c0", &err), -1);
	assert_non_null(strstr(err.msg, "is \"4461e3c0\", not 64 hexadecimal digits"));
	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_int_equal(file.count, 1);
	assert_string_equal(file.entries[0].id, "");
	sb_journal_file_fini(&file, false);
	assert_int_equal(sb_journal_made(j, name, id, &err), 0);
	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_int_equal(file.count, 1);
	assert_string_equal(file.entries[0].name, name);
	assert_string_equal(file.entries[0].id, id);
	sb_journal_file_fini(&file, false);
	sb_journal_end(j, true);
}

static void test_only_networks_of_runs_have_bridges(void **state)
{
	static const char *const no[] = {"",
					 "sat",
					 "satbed-",
					 "satbed-5f0c91a2",
					 "satbed-5f0c91a2-",
					 "satbed-5f0c91a2-x",
					 "satbed-5f0c91a2-1x",
					 "satbed--1",
					 "satbed-5f0c91a2-123456",
					 "docker-5f0c91a2-1"};
	char buf[SB_BRIDGE_MAX];

	(void)state;
	assert_string_equal(sb_journal_bridge(buf, "satbed-5f0c91a2-1"), "sb5f0c91a2-1");
	assert_string_equal(sb_journal_bridge(buf, "satbed-5f0c91a2-64"), "sb5f0c91a2-64");
	for (size_t i = 0; i < SB_ARRAY_LEN(no); i++)
		assert_null(sb_journal_bridge(buf, no[i]));
}

#define ID "4461e3c0434f66436faf3a58e696b2a6b618e57fcff2916b6f87c7b20c959af9"
#define OWNER                                                                                   \
	"{\"run\":\"00c0ffee\",\"pid\":7,\"start\":9,\"boot\":\"b\",\"uid\":0,\"daemon\":\"d\"" \
	"}\n"

static void test_what_no_satbed_wrote_is_refused(void **state)
{
	static const struct {
		const char *text, *part;
	} bad[] = {
	    {"", "not a journal"},
	    {"{\"run\"", "not a journal"},
	    {"[]\n", ":1: not a JSON object"},
	    {"{\"run\":\"../x\",\"pid\":7,\"start\":9,\"boot\":\"b\",\"uid\":0,\"daemon\":\"d\"}\n",
	     "not a valid run name"},
	    {OWNER "{\"kind\":\"container\",\"name\":\"postgres\"}\n", ":2: \"postgres\""},
	    {OWNER "{\"kind\":\"container\",\"name\":\"satbed-00c0ffee1\"}\n",
	     "is not a name of run"},
	    {OWNER "{\"kind\":\"container\",\"name\":\"satbed-00c0ffee-/../x\"}\n",
	     "is not a name of run"},
	    {OWNER "{\"kind\":\"container\",\"name\":\"satbed-00c0ffee\",\"id\":\"1\"}\n",
	     "\"1\" is not a container ID"},
	    {OWNER "{\"kind\":\"container\",\"name\":\"satbed-00c0ffee\",\"id\":\"" ID "\"}\n",
	     "without an entry that announced it"},
	    {OWNER "{\"kind\":\"disk\",\"name\":\"satbed-00c0ffee\"}\n", "resource \"disk\""},
	};
	sb_auto_free char *path = sb_asprintf("%s/damaged", state_home);

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		struct sb_journal_file file;
		struct sb_err err = {0};

		assert_int_equal(sb_replace_file(path, bad[i].text, strlen(bad[i].text), &err), 0);
		assert_int_equal(sb_journal_read(path, &file, &err), -1);
		if (!strstr(err.msg, bad[i].part))
			fail_msg("\"%s\" does not say \"%s\"", err.msg, bad[i].part);
	}
	unlink(path);
}

static void test_a_line_cut_off_was_never_made(void **state)
{
	static const char text[] = OWNER "{\"kind\":\"network\",\"name\":\"satbed-00c0ffee-1\"}\n"
					 "{\"kind\":\"netw";
	sb_auto_free char *path = sb_asprintf("%s/cut", state_home);
	struct sb_journal_file file;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_replace_file(path, text, sizeof(text) - 1, &err), 0);
	assert_int_equal(sb_journal_read(path, &file, &err), 0);
	assert_int_equal(file.count, 1);
	sb_journal_file_fini(&file, true);
	assert_int_not_equal(access(path, F_OK), 0);
}

static void test_labels_tell_whose_a_thing_is(void **state)
{
	struct sb_err err = {0};
	struct sb_owner owner;
	struct sb_journal *j;
	cJSON *labels;

	(void)state;
	assert_int_equal(sb_journal_open("tcp://h:1", &j, &err), 0);
	labels = sb_owner_labels(sb_journal_owner(j));
	for (const cJSON *l = labels->child; l; l = l->next)
		assert_true(cJSON_IsString(l)); /* daemons take no others */
	assert_int_equal(sb_owner_from_labels(labels, &owner, &err), 0);
	assert_string_equal(owner.run, sb_journal_owner(j)->run);
	assert_int_equal(owner.pid, getpid());
	assert_int_equal(owner.uid, getuid());
	assert_int_equal(sb_owner_state(&owner), SB_OWNER_LIVES);
	cJSON_Delete(labels);
	sb_journal_end(j, true);
}

static void test_a_process_that_is_not_the_owner_does_not_count(void **state)
{
	struct sb_owner mine, owner;
	struct sb_err err = {0};
	struct sb_journal *j;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(sb_journal_open("tcp://h:1", &j, &err), 0);
	mine = *sb_journal_owner(j);
	sb_journal_end(j, true);
	owner = mine;
	owner.start--; /* the pid is used again */
	assert_int_equal(sb_owner_state(&owner), SB_OWNER_GONE);
	owner = mine;
	owner.pid = pid;
	assert_int_equal(sb_owner_state(&owner), SB_OWNER_GONE);
	/* Its pid means nothing here, whether there is such a one or not. */
	owner = mine;
	owner.pid_ns++;
	assert_int_equal(sb_owner_state(&owner), SB_OWNER_ELSEWHERE);
	owner = mine;
	owner.boot[0] ^= 1;
	assert_int_equal(sb_owner_state(&owner), SB_OWNER_ELSEWHERE);
}

static void test_labels_that_cannot_be_are_refused(void **state)
{
	static const char *const bad[][2] = {
	    {SB_LABEL_RUN, "../x"},
	    {SB_LABEL_RUN, ""},
	    {SB_LABEL_RUN, "5f0c91a25f0c91a25f0c"},
	    {SB_LABEL_PID, "0"},
	    {SB_LABEL_PID, "-1"},
	    {SB_LABEL_PID, "18446744073709551615"},
	    {SB_LABEL_UID, "me"},
	    {SB_LABEL_UID, "4294967296"},
	    {SB_LABEL_START, ""},
	};
	struct sb_owner owner = {.run = "5f0c91a2", .pid = 1};
	struct sb_err err = {0};

	(void)state;
	for (size_t i = 0; i < SB_ARRAY_LEN(bad); i++) {
		cJSON *labels = sb_owner_labels(&owner);
		struct sb_owner out;

		assert_int_equal(sb_owner_from_labels(labels, &out, &err), 0);
		cJSON_ReplaceItemInObjectCaseSensitive(labels, bad[i][0],
						       cJSON_CreateString(bad[i][1]));
		if (!sb_owner_from_labels(labels, &out, &err))
			fail_msg("%s=\"%s\" was taken", bad[i][0], bad[i][1]);
		cJSON_DeleteItemFromObjectCaseSensitive(labels, bad[i][0]);
		if (!sb_owner_from_labels(labels, &out, &err))
			fail_msg("missing %s was not missed", bad[i][0]);
		cJSON_Delete(labels);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_noted_can_be_read_and_goes_with_the_run),
	    cmocka_unit_test(test_a_killed_owner_is_known_as_dead),
	    cmocka_unit_test(test_every_run_has_a_name_of_its_own),
	    cmocka_unit_test(test_the_id_of_a_container_is_read_with_it),
	    cmocka_unit_test(test_only_networks_of_runs_have_bridges),
	    cmocka_unit_test(test_what_no_satbed_wrote_is_refused),
	    cmocka_unit_test(test_a_line_cut_off_was_never_made),
	    cmocka_unit_test(test_labels_tell_whose_a_thing_is),
	    cmocka_unit_test(test_a_process_that_is_not_the_owner_does_not_count),
	    cmocka_unit_test(test_labels_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
