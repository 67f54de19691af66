// SPDX-License-Identifier: MIT
/* machine_here.c - this machine: who asks, and programs run with a time limit */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "machine.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define MAX_OUTPUT 65536u
#define MAX_GROUPS 256

static void become(const char *const argv[], int out_fd)
{
	sb_auto_close int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	/* pasta 2023 refuses to start where it is ignored. */
	signal(SIGPIPE, SIG_DFL);
	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(out_fd, STDOUT_FILENO) < 0 ||
	    dup2(out_fd, STDERR_FILENO) < 0)
		_exit(127);
	setenv("LC_ALL", "C", 1);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

/* Reads until the program closes its outputs; 0, or -1 when the time is up. */
static int read_output(int fd, int64_t deadline_ns, char *buf, size_t *len)
{
	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int64_t left_ns = deadline_ns - sb_mono_ns();
		char dropped[4096];
		ssize_t n;

		if (left_ns <= 0)
			return -1;
		if (poll(&p, 1, (int)(left_ns / SB_NS_PER_MS) + 1) <= 0)
			continue;
		n = *len < MAX_OUTPUT ? read(fd, buf + *len, MAX_OUTPUT - *len)
				      : read(fd, dropped, sizeof(dropped));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return 0;
		if (*len < MAX_OUTPUT)
			*len += (size_t)n;
	}
}

static int run_here(const char *const argv[], int timeout_ms, char **out)
{
	int64_t deadline_ns = sb_mono_ns() + timeout_ms * SB_NS_PER_MS;
	int pair[2], status, late;
	size_t len = 0;
	char *buf;
	pid_t pid;

	*out = NULL;
	if (pipe2(pair, O_CLOEXEC))
		return -1;
	pid = fork();
	if (pid == 0)
		become(argv, pair[1]);
	close(pair[1]);
	buf = sb_alloc(MAX_OUTPUT + 1, 1);
	late = pid < 0 ? -1 : read_output(pair[0], deadline_ns, buf, &len);
	close(pair[0]);
	if (pid > 0) {
		if (late)
			kill(pid, SIGKILL);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	if (pid < 0 || late || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
		free(buf);
		return -1;
	}
	*out = buf;
	return WEXITSTATUS(status);
}

static const char *const *group_names(const gid_t *ids, int count)
{
	const char **names = sb_alloc((size_t)count + 1, sizeof(*names));
	int used = 0;

	for (int i = 0; i < count; i++) {
		const struct group *g = getgrgid(ids[i]);

		if (g)
			names[used++] = sb_strdup(g->gr_name);
	}
	return names;
}

static const char *const *database_groups(const struct passwd *pw)
{
	gid_t ids[MAX_GROUPS];
	int count = MAX_GROUPS;

	if (!pw || getgrouplist(pw->pw_name, pw->pw_gid, ids, &count) < 0)
		count = 0;
	return group_names(ids, count);
}

static const char *const *own_groups(void)
{
	gid_t ids[MAX_GROUPS + 1];
	int count = getgroups(MAX_GROUPS, ids);

	count = count < 0 ? 0 : count;
	ids[count++] = getegid();
	return group_names(ids, count);
}

const struct sb_machine *sb_machine_here(void)
{
	static struct sb_machine m;
	const char *sudo = getenv("SUDO_UID"), *home = getenv("HOME");
	const struct passwd *pw;

	if (m.run)
		return &m;
	m.root = "";
	m.env = (const char *const *)environ;
	m.uid = m.person_uid = geteuid();
	if (m.uid == 0 && sudo && atoi(sudo) > 0) {
		m.person_uid = (unsigned int)atoi(sudo);
		home = NULL; /* sudo may have left either */
	}
	pw = getpwuid(m.person_uid);
	m.person = pw ? sb_strdup(pw->pw_name) : sb_asprintf("%u", m.person_uid);
	m.home = home ? home : pw ? sb_strdup(pw->pw_dir) : "/";
	m.groups = database_groups(getpwuid(m.person_uid));
	m.session_groups = own_groups();
	m.run = run_here;
	return &m;
}
