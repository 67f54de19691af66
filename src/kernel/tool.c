// SPDX-License-Identifier: MIT
/* tool.c - run other people's programs: make, patch, apt-get */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define TICK_MS	   200
#define LINE_BYTES 4096 /* what is longer comes in parts */
#define OUTPUT_MAX (1u << 20)

extern char **environ;

/* --- its environment --- */

static bool passes(const char *setting)
{
	static const char *const names[] = {
	    "PATH=",	  "HOME=",	 "TMPDIR=",	    "http_proxy=",  "https_proxy=",
	    "ftp_proxy=", "no_proxy=",	 "HTTP_PROXY=",	    "HTTPS_PROXY=", "NO_PROXY=",
	    "all_proxy=", "APT_CONFIG=", "XDG_CACHE_HOME=", "CCACHE_"};

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++)
		if (!strncmp(setting, names[i], strlen(names[i])))
			return true;
	return false;
}

/* The same kernel from the same source, whoever builds it, and messages that can be read. */
static char **make_environment(void)
{
	static char *const fixed[] = {"LC_ALL=C",
				      "KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
				      "KBUILD_BUILD_USER=satbed",
				      "KBUILD_BUILD_HOST=satbed",
				      "KBUILD_BUILD_VERSION=1",
				      "DEBIAN_FRONTEND=noninteractive"};
	size_t n = 0, room = 0;
	char **list = NULL;

	for (char **e = environ; *e; e++)
		if (passes(*e)) {
			list = sb_grow(list, n, &room, sizeof(*list));
			list[n++] = *e;
		}
	for (size_t i = 0; i < SB_ARRAY_LEN(fixed); i++) {
		list = sb_grow(list, n, &room, sizeof(*list));
		list[n++] = fixed[i];
	}
	list = sb_grow(list, n, &room, sizeof(*list));
	list[n] = NULL;
	return list;
}

/* --- its start --- */

static bool is_program(const char *directory, size_t len, const char *name)
{
	sb_auto_free char *path = sb_asprintf("%.*s/%s", (int)len, directory, name);

	return len && !access(path, X_OK);
}

bool sb_tool_find(const char *name)
{
	const char *path = getenv("PATH");

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (const char *at = path ? path : "/usr/bin:/bin"; *at;) {
		size_t len = strcspn(at, ":");

		if (is_program(at, len, name))
			return true;
		at += len + (at[len] == ':');
	}
	return false;
}

/* In the child: only what may be called between fork() and exec(). */
static void become(const struct sb_tool *t, int out, char **env, pid_t parent)
{
	struct sigaction usual = {.sa_handler = SIG_DFL};
	int null = open("/dev/null", O_RDONLY);

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGPIPE, &usual, NULL);
	if (getppid() != parent || null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 ||
	    dup2(out, 2) < 0 || (t->directory && chdir(t->directory)))
		_exit(126);
	execvpe(t->argv[0], (char *const *)(uintptr_t)t->argv, env);
	_exit(127);
}

static pid_t start(const struct sb_tool *t, int out, struct sb_err *err)
{
	char **env = make_environment();
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(t, out, env, parent);
	free(env);
	if (pid < 0)
		return sb_fail(err, SB_EENV, errno, "cannot start %s", t->argv[0]);
	setpgid(pid, pid);
	return pid;
}

/* --- its output --- */

struct reader {
	const struct sb_tool *tool;
	char text[LINE_BYTES];
	size_t len;
};

static void pass_lines(struct reader *r)
{
	char *at = r->text, *end = r->text + r->len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		*newline = '\0';
		if (r->tool->line)
			r->tool->line(r->tool->ctx, at);
		at = newline + 1;
	}
	r->len = (size_t)(end - at);
	memmove(r->text, at, r->len);
	if (r->len == sizeof(r->text) - 1) {
		r->text[r->len] = '\0';
		if (r->tool->line)
			r->tool->line(r->tool->ctx, r->text);
		r->len = 0;
	}
}

/* 1 there may be more, 0 the end, -1 interrupted. */
static int read_some(struct reader *r, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t n;

	if (sb_interrupted())
		return -1;
	if (poll(&p, 1, TICK_MS) > 0) {
		n = read(fd, r->text + r->len, sizeof(r->text) - 1 - r->len);
		if (n <= 0)
			return n < 0 && errno == EINTR;
		if (r->tool->log_fd >= 0 &&
		    sb_write_all(r->tool->log_fd, r->text + r->len, (size_t)n))
			return 1; /* a log that cannot be written stops nothing */
		r->len += (size_t)n;
		pass_lines(r);
	}
	if (r->tool->tick)
		r->tool->tick(r->tool->ctx);
	return 1;
}

int sb_tool_run(const struct sb_tool *t, struct sb_err *err)
{
	sb_auto_close int in = -1, out = -1;
	struct reader *r;
	int fds[2], status, more;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return sb_fail(err, SB_EENV, errno, "cannot create a pipe");
	in = fds[0];
	out = fds[1];
	pid = start(t, out, err);
	if (pid < 0)
		return -1;
	sb_close_p(&out);
	r = sb_alloc(1, sizeof(*r));
	r->tool = t;
	while ((more = read_some(r, in)) > 0)
		;
	if (more == 0 && r->len && t->line) {
		r->text[r->len] = '\0';
		t->line(t->ctx, r->text);
	}
	free(r);
	if (more < 0)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		if (sb_interrupted())
			kill(-pid, SIGKILL);
	if (sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return sb_fail(err, SB_EENV, 0, "cannot run %s: not found in PATH", t->argv[0]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void keep_line(void *ctx, const char *line)
{
	char **kept = ctx, *more;

	if (*kept && strlen(*kept) > OUTPUT_MAX)
		return;
	more = sb_asprintf("%s%s\n", *kept ? *kept : "", line);
	free(*kept);
	*kept = more;
}

int sb_tool_output(const char *const *argv, char **out, struct sb_err *err)
{
	char *kept = NULL;
	struct sb_tool t = {.argv = argv, .log_fd = -1, .line = keep_line, .ctx = &kept};
	int rc = sb_tool_run(&t, err);

	if (rc == 0)
		*out = kept ? kept : sb_strdup("");
	else
		free(kept);
	return rc;
}
