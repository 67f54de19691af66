// SPDX-License-Identifier: MIT
/* test_base_sandbox.c - what a confined process may do, and what becomes of one that tries more */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/sandbox.h"

/* Values that an exit status can tell. */
enum { FINE = 0, NOT_ENTERED = 40, WRONG = 41, FORBIDDEN = 128 + SIGSYS };

static const char *const calls[] = {"openat", "socketpair"};
static const int sockets[] = {AF_INET};
static const struct sb_sandbox_path paths[] = {{"/proc", SB_MAY_READ}, {"/tmp", SB_MAY_MAKE}};
static const struct sb_sandbox sandbox = {
    .who = "the tester",
    .calls = calls,
    .call_count = SB_ARRAY_LEN(calls),
    .threads = true,
    .sockets = sockets,
    .socket_count = SB_ARRAY_LEN(sockets),
    .paths = paths,
    .path_count = SB_ARRAY_LEN(paths),
};

typedef int confined_fn(const struct sb_sandbox_state *state);

/* @errors: what it wrote to standard error, at least 256 bytes, or NULL */
static int in_child(void (*before)(void), confined_fn *run, char *errors)
{
	int status, pipes[2];
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct sb_sandbox_state state;
		struct sb_err err = {0};

		dup2(pipes[1], STDERR_FILENO);
		close(pipes[1]);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (before)
			before();
		if (sb_sandbox_enter(&sandbox, &state, &err)) {
			if (write(STDERR_FILENO, err.msg, strlen(err.msg)) < 0)
				_exit(WRONG);
			_exit(NOT_ENTERED);
		}
		_exit(run(&state));
	}
	close(pipes[1]);
	while (errors && len < 255 && (n = read(pipes[0], errors + len, 255 - len)) > 0)
		len += (size_t)n;
	if (errors)
		errors[len] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void *add_one(void *arg)
{
	++*(int *)arg;
	return arg;
}

static int use_what_is_allowed(const struct sb_sandbox_state *state)
{
	int pair[2], count = 0;
	pthread_t thread;
	void *block = malloc(1 << 20);

	(void)state;
	memset(block, 1, 1 << 20);
	free(block);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || write(pair[0], "x", 1) != 1 ||
	    open("/proc/self/stat", O_RDONLY) < 0 || socket(AF_INET, SOCK_DGRAM, 0) < 0)
		return WRONG;
	if (pthread_create(&thread, NULL, add_one, &count) || pthread_join(thread, NULL))
		return WRONG;
	return count == 1 ? FINE : WRONG;
}

static int exec_something(const struct sb_sandbox_state *state)
{
	if (!state->seccomp)
		_exit(FORBIDDEN); /* a kernel without filters: there is nothing to test */
	execl("/bin/true", "true", NULL);
	return WRONG;
}

static int fork_something(const struct sb_sandbox_state *state)
{
	if (!state->seccomp)
		_exit(FORBIDDEN);
	syscall(SYS_clone, SIGCHLD, 0, NULL, NULL, 0);
	return WRONG;
}

static int other_socket(const struct sb_sandbox_state *state)
{
	if (!state->seccomp)
		_exit(FORBIDDEN);
	socket(AF_PACKET, SOCK_RAW, 0);
	return WRONG;
}

static int open_files(const struct sb_sandbox_state *state)
{
	char path[64];
	int fd;

	if (!state->landlock)
		return FINE;
	if (open("/etc/passwd", O_RDONLY) >= 0 || errno != EACCES)
		return WRONG;
	if (open("/", O_RDONLY | O_DIRECTORY) >= 0 || errno != EACCES)
		return WRONG;
	snprintf(path, sizeof(path), "/tmp/satbed-test-sandbox-%d", (int)getpid());
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return WRONG;
	/* Of another right: what may be read only. */
	if (open("/proc/self/comm", O_WRONLY) >= 0 || errno != EACCES)
		return WRONG;
	return FINE;
}

static void test_what_is_allowed_works(void **state)
{
	char errors[256];

	(void)state;
	if (in_child(NULL, use_what_is_allowed, errors) != FINE)
		fail_msg("%s", errors);
}

static void expect_forbidden(confined_fn *run, long call)
{
	char errors[256], wanted[96];

	assert_int_equal(in_child(NULL, run, errors), FORBIDDEN);
	if (!sb_seccomp_exists())
		return;
	snprintf(wanted, sizeof(wanted),
		 "satbed: the tester ended: system call %ld is not allowed there\n", call);
	assert_string_equal(errors, wanted);
}

static void test_what_is_not_ends_the_process_with_a_word(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__)
	skip(); /* its run-time makes processes of its own */
#endif
	expect_forbidden(exec_something, SYS_execve);
	expect_forbidden(fork_something, SYS_clone);
	expect_forbidden(other_socket, SYS_socket);
}

static void test_files_elsewhere_are_out_of_reach(void **state)
{
	char errors[256], command[96];

	(void)state;
	assert_int_equal(in_child(NULL, open_files, errors), FINE);
	snprintf(command, sizeof(command), "rm -f /tmp/satbed-test-sandbox-*");
	assert_int_equal(system(command), 0);
}

/* As a kernel answers that was built without either, User-Mode Linux for one. */
static void be_an_older_kernel(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int create = seccomp_syscall_resolve_name("landlock_create_ruleset");

	seccomp_rule_add(filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1,
			 SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP));
	if (create != __NR_SCMP_ERROR)
		seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), create, 0);
	if (seccomp_load(filter))
		_exit(WRONG);
	seccomp_release(filter);
}

static int has_neither(const struct sb_sandbox_state *state)
{
	return !state->seccomp && !state->landlock && open("/etc/passwd", O_RDONLY) >= 0 ? FINE
											 : WRONG;
}

static void test_a_kernel_that_has_neither_is_no_failure(void **state)
{
	char errors[256];

	(void)state;
	if (!sb_seccomp_exists())
		return;
	assert_int_equal(in_child(be_an_older_kernel, has_neither, errors), FINE);
}

static int run_a_command(void)
{
	struct sb_err err = {0};
	bool has;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (sb_seccomp_commands(&has, &err) || !has)
		return has ? WRONG : FINE;
	if (unshare(CLONE_NEWUSER) == 0 || errno != EPERM)
		return WRONG;
	if (syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, NULL, NULL, 0) >= 0 || errno != EPERM)
		return WRONG;
	if (syscall(SYS_add_key, "user", "x", "x", 1, -3) >= 0 || errno != EPERM)
		return WRONG;
	/* And what commands do all the time goes on. */
	return system("exit 0") == 0 && socket(AF_INET, SOCK_STREAM, 0) >= 0 ? FINE : WRONG;
}

static void test_commands_lack_what_docker_withholds(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(run_a_command());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_what_is_allowed_works),
	    cmocka_unit_test(test_what_is_not_ends_the_process_with_a_word),
	    cmocka_unit_test(test_files_elsewhere_are_out_of_reach),
	    cmocka_unit_test(test_a_kernel_that_has_neither_is_no_failure),
	    cmocka_unit_test(test_commands_lack_what_docker_withholds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
