// SPDX-License-Identifier: MIT
/* test_cleanup_owner.c - whose word `satbed clean --all-users` takes, and whose processes it ends
 *
 * A daemon of user 4242 listens in /run/user; a process of each of two users bears the id of a
 * container.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api_fake.h"
#include "netns.h"
#include "satbed/base/mem.h"
#include "satbed/cleanup.h"
#include "satbed/journal.h"

#define ID     "4461e3c0434f66436faf3a58e696b2a6b618e57fcff2916b6f87c7b20c959af9"
#define PERSON 4242
#define SOCKET "/run/user/4242/docker.sock"

static char told[4096];

static void take(const struct sb_cleanup_item *item, void *ctx)
{
	size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%d %s %s\n", item->fate, item->kind, item->name);
}

static int put(int fd, const char *text)
{
	return write(fd, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : -1;
}

/* A container of a run that is over; gone when it has been removed. */
static volatile sig_atomic_t removed;

static void play_list(int fd)
{
	put(fd, removed ? API_JSON("[]")
			: API_JSON("[{\"Names\":[\"/satbed-5f0c91a2-server\"],\"Id\":\"" ID
				   "\",\"Created\":77,\"State\":\"exited\",\"Labels\":{"
				   "\"satbed.run\":\"5f0c91a2\",\"satbed.boot\":\"b\","
				   "\"satbed.pid\":\"4711\",\"satbed.start\":\"9\","
				   "\"satbed.pidns\":\"8\",\"satbed.uid\":\"4242\"}}]"));
}

static void play_delete(int fd)
{
	removed = 1;
	put(fd, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

static const struct api_answer answers[] = {
    {.request = "GET /containers/json", .play = play_list},
    {.request = "DELETE /containers/" ID, .play = play_delete},
    {.request = "GET /images", .bytes = API_JSON("[]")},
    {.request = "GET /networks", .bytes = API_JSON("[]")},
    {.request = "GET /volumes", .bytes = API_JSON("{\"Volumes\":[]}")},
    {.request = NULL},
};

/* A daemon that runs as @uid, at the socket where --all-users looks. */
static pid_t start_daemon(uid_t uid)
{
	int ready[2];
	char path[256] = "";
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct sb_daemon_address a;

		/* In this order: with another user the kernel forgets it. */
		if (setresuid(uid, uid, uid) || prctl(PR_SET_PDEATHSIG, SIGKILL))
			_exit(1);
		a = api_fake_address(api_fake_start(answers, false));
		put(ready[1], a.url + strlen("unix://"));
		for (;;)
			pause();
	}
	close(ready[1]);
	n = read(ready[0], path, sizeof(path) - 1);
	close(ready[0]);
	assert_true(n > 0);
	unlink(SOCKET);
	assert_int_equal(symlink(path, SOCKET), 0);
	return pid;
}

/* This program as "crun ... ID", waiting, as user @uid. */
static pid_t start_runtime(uid_t uid)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		char fd[16];

		snprintf(fd, sizeof(fd), "%d", ready[1]);
		if (setresuid(uid, uid, uid))
			_exit(1);
		execl("/proc/self/exe", "crun", "start", ID, "wait", fd, (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return pid;
}

static bool lives(pid_t pid)
{
	return !waitpid(pid, NULL, WNOHANG);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void clean(void)
{
	struct sb_cleanup_request rq = {.told = take, .all_users = true};
	struct sb_err err = {0};

	told[0] = '\0';
	if (sb_cleanup(&rq, &err))
		fail_msg("%s", err.msg);
}

static void the_word_of_anybodys_daemon_ends_no_process(void **state)
{
	pid_t daemon = start_daemon(PERSON), of_root = start_runtime(0),
	      of_person = start_runtime(PERSON);

	(void)state;
	clean();
	/* Its own API is its own matter. */
	assert_non_null(strstr(told, "0 container satbed-5f0c91a2-server\n"));
	assert_null(strstr(told, "process"));
	assert_true(lives(of_root) && lives(of_person));
	end(daemon);
	end(of_root);
	end(of_person);
}

static void the_word_of_roots_daemon_does(void **state)
{
	pid_t daemon = start_daemon(0), of_root = start_runtime(0),
	      of_person = start_runtime(PERSON);

	(void)state;
	clean();
	assert_non_null(strstr(told, "0 process crun "));
	assert_false(lives(of_root));
	assert_true(lives(of_person));
	end(daemon);
	end(of_person);
}

/* Our own journal names that daemon: the id may be any, but the processes are those of its owner.
 */
static void of_a_journal_only_processes_of_the_daemons_owner(void **state)
{
	pid_t daemon = start_daemon(PERSON), of_root = start_runtime(0),
	      of_person = start_runtime(PERSON);
	sb_auto_free char *name = NULL;
	struct sb_journal *j;
	struct sb_err err = {0};

	(void)state;
	assert_int_equal(sb_journal_open("unix://" SOCKET, &j, &err), 0);
	name = sb_asprintf("satbed-%s-server", sb_journal_owner(j)->run);
	assert_int_equal(sb_journal_note(j, SB_THING_CONTAINER, name, &err), 0);
	assert_int_equal(sb_journal_made(j, name, ID, &err), 0);
	sb_journal_end(j, false);
	clean();
	assert_non_null(strstr(told, "0 process crun "));
	assert_true(lives(of_root));
	assert_false(lives(of_person));
	end(daemon);
	end(of_root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_word_of_anybodys_daemon_ends_no_process),
	    cmocka_unit_test(the_word_of_roots_daemon_does),
	    cmocka_unit_test(of_a_journal_only_processes_of_the_daemons_owner),
	};

	if (argc == 5 && !strcmp(argv[3], "wait")) {
		prctl(PR_SET_NAME, "crun");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (put(atoi(argv[4]), "x"))
			return 1;
		for (;;)
			pause();
	}
	if (geteuid() != 0 || unshare(CLONE_NEWNS | CLONE_NEWNET)) {
		fprintf(stderr, "needs root: processes and daemons of two users\n");
		return SB_TEST_SKIP;
	}
	/* Nothing that is on this machine is looked at. */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/run", "tmpfs", 0, "mode=0755") ||
	    mount("none", "/tmp", "tmpfs", 0, "mode=1777") || mkdir("/run/user", 0755) ||
	    mkdir("/run/user/4242", 0755) || mkdir("/tmp/state", 0700)) {
		perror("test_cleanup_owner");
		return 1;
	}
	setenv("XDG_STATE_HOME", "/tmp/state", 1);
	setenv("HOME", "/nowhere", 1);
	unsetenv("XDG_RUNTIME_DIR");
	unsetenv("DOCKER_HOST");
	unsetenv("DOCKER_CONFIG");
	unsetenv("CONTAINER_HOST");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
