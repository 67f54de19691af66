// SPDX-License-Identifier: MIT
/* command_reaper.c - the process between the node and one command */
#include "command_reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"
#include "command_user.h"
#include "satbed/base/sandbox.h"

#define CONTROL_FD 3
#define PASSWD_MAX ((size_t)4 << 20)
/* The kernel's default; the node sets its own, and children would take that over. */
#define USUAL_SLACK_NS 50000

/* The command; the process of one job knows no other. */
static pid_t command;

static int64_t spent_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u))
		return 0;
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * INT64_C(1000000) + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

static void say(enum sb_command_reaper_word word, int value)
{
	struct sb_command_reaper_says says = {.word = word, .value = value, .cpu_us = spent_us()};

	send(CONTROL_FD, &says, sizeof(says), MSG_NOSIGNAL);
}

static void close_from(unsigned int first)
{
	if (!syscall(SYS_close_range, first, ~0u, 0))
		return;
	/* Before Linux 5.9. */
	for (long fd = first, max = sysconf(_SC_OPEN_MAX); fd < max && fd < 65536; fd++)
		close((int)fd);
}

static void usual_signals(void)
{
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void start_somewhere(const struct sb_command_reaper_job *job)
{
	if (job->cwd[0] && !chdir(job->cwd)) {
		setenv("PWD", job->cwd, 1);
		return;
	}
	if (job->work && !chdir(job->work))
		setenv("PWD", job->work, 1);
	else if (chdir("/") == 0)
		setenv("PWD", "/", 1);
}

static _Noreturn void become_command(const struct sb_command_reaper_job *job)
{
	struct rlimit no_core = {0};
	struct sb_err err = {0};
	bool has;

	setsid();
	if (job->tty)
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	usual_signals();
	setrlimit(RLIMIT_NOFILE, &job->files);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_TIMERSLACK, USUAL_SLACK_NS, 0, 0, 0);
	if (job->work)
		setenv("HOME", job->work, 0);
	for (char **v = job->env; v && *v; v++)
		putenv(*v);
	start_somewhere(job);
	if (sb_seccomp_commands(&has, &err)) {
		say(SB_COMMAND_REAPER_FAILED, err.sys);
		_exit(127);
	}
	execvp(job->argv[0], job->argv);
	say(SB_COMMAND_REAPER_FAILED, errno);
	_exit(127);
}

/* What has ended is taken away; false when there is nobody left. */
static bool reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != command)
			continue;
		if (WIFSIGNALED(status))
			say(SB_COMMAND_REAPER_SIGNALLED, WTERMSIG(status));
		else
			say(SB_COMMAND_REAPER_EXITED, WEXITSTATUS(status));
	}
	return pid == 0;
}

/* One order of the node; false at the end of them. */
static bool obey(void)
{
	int32_t sig;

	if (recv(CONTROL_FD, &sig, sizeof(sig), 0) != sizeof(sig))
		return false;
	if (sig != SIGKILL) {
		if (sb_process_tree_signal(sig) < 0)
			kill(-command, sig);
		return true;
	}
	sb_process_tree_kill(command, reap);
	return true;
}

static void watch(int signals)
{
	struct pollfd p[] = {{.fd = CONTROL_FD, .events = POLLIN},
			     {.fd = signals, .events = POLLIN}};
	struct signalfd_siginfo info;

	while (reap()) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			while (read(signals, &info, sizeof(info)) > 0)
				;
		if (p[0].revents && !obey()) {
			sb_process_tree_kill(command, reap);
			break;
		}
	}
}

/* The node's list of users, the caller's to free; NULL: there is none. */
static char *read_passwd(void)
{
	FILE *f = fopen("/etc/passwd", "re");
	char *text = f ? malloc(PASSWD_MAX) : NULL;
	size_t len = 0;

	if (text)
		len = fread(text, 1, PASSWD_MAX - 1, f);
	if (f)
		fclose(f);
	if (text)
		text[len] = '\0';
	return text;
}

static int become_user(const char *word)
{
	char *passwd = read_passwd();
	struct sb_command_user user;
	bool found = sb_command_user_find(word, passwd, &user);
	gid_t only = found ? user.gid : 0;
	int rc;

	free(passwd);
	if (!found) {
		say(SB_COMMAND_REAPER_NO_USER, ENOENT);
		return -1;
	}
	sb_privilege_bound_network();
	/* No group but that one: others could be those of who started satbed. */
	rc = setgroups(1, &only) || setresgid(user.gid, user.gid, user.gid) ||
	     setresuid(user.uid, user.uid, user.uid);
	if (rc && (user.uid != getuid() || user.gid != getgid())) {
		say(SB_COMMAND_REAPER_NO_USER, errno);
		return -1;
	}
	if (user.name[0]) {
		setenv("USER", user.name, 1);
		setenv("LOGNAME", user.name, 1);
	}
	if (user.home[0])
		setenv("HOME", user.home, 1);
	return 0;
}

static _Noreturn void become_command_reaper(const struct sb_command_reaper_job *job)
{
	struct sb_err err = {0};
	sigset_t set;
	int signals;

	setsid();
	prctl(PR_SET_NAME, "satbed-minder");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	for (int i = 0; i < 3; i++)
		dup2(job->stdio[i], i);
	dup2(job->control, CONTROL_FD);
	fcntl(CONTROL_FD, F_SETFD, FD_CLOEXEC);
	close_from(CONTROL_FD + 1);
	/* The reaper, too: it is to signal what the command starts. */
	if (job->user[0] && become_user(job->user))
		_exit(1);
	if (sb_privilege_network_only(&err))
		_exit(1);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGTERM, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	command = fork();
	if (command == 0)
		become_command(job);
	if (command < 0)
		say(SB_COMMAND_REAPER_FAILED, errno);
	/* Held here, the ends of the command's pipes would never show. */
	for (int i = 0; i < 3; i++)
		close(i);
	if (command > 0)
		watch(signals);
	_exit(0);
}

pid_t sb_command_reaper_start(const struct sb_command_reaper_job *job, struct sb_err *err)
{
	pid_t pid = fork();

	if (pid < 0)
		return sb_fail(err, SB_EENV, errno, "starting a process");
	if (pid == 0)
		become_command_reaper(job);
	return pid;
}
