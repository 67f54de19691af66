// SPDX-License-Identifier: MIT
/* command_launcher.c - the process that starts the user's commands, outside the agent's confinement */
#include "command_launcher.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/agent.h"

#define DESCRIPTORS 4
#define BODY_MAX    ((size_t)8 << 20) /* more than exec() takes */

enum { RUN, DROP, DROP_NETWORK };

/**
 * struct head - before each job; its strings follow, each with its NUL: work, cwd, user, the words, the
 * environment
 */
struct head {
	uint32_t kind, bytes, words, variables;
	bool tty, has_work;
	struct rlimit files;
};

static size_t length(char *const *list, size_t *count)
{
	size_t bytes = 0;

	for (*count = 0; list && list[*count]; ++*count)
		bytes += strlen(list[*count]) + 1;
	return bytes;
}

static char *put(char *at, const char *text)
{
	size_t len = strlen(text) + 1;

	memcpy(at, text, len);
	return at + len;
}

static char *put_all(char *at, char *const *list)
{
	for (; list && *list; list++)
		at = put(at, *list);
	return at;
}

static int lost(struct sb_err *err)
{
	return sb_fail(err, SB_EENV, errno, "the process that starts commands here has ended");
}

static int send_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_head(int fd, const struct head *head, const int *fds)
{
	union {
		char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = (void *)(uintptr_t)head, .iov_len = sizeof(*head)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fds) {
		struct cmsghdr *c;

		msg.msg_control = control.space;
		msg.msg_controllen = sizeof(control.space);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(DESCRIPTORS * sizeof(int));
		memcpy(CMSG_DATA(c), fds, DESCRIPTORS * sizeof(int));
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == sizeof(*head) ? 0 : -1;
}

int sb_launcher_run(int fd, const struct sb_command_reaper_job *job, struct sb_err *err)
{
	const char *work = job->work ? job->work : "";
	size_t words, own, more;
	size_t bytes = length(job->argv, &words) + length(environ, &own) + length(job->env, &more) +
		       strlen(work) + strlen(job->cwd) + strlen(job->user) + 3;
	struct head head = {.kind = RUN,
			    .bytes = (uint32_t)bytes,
			    .words = (uint32_t)words,
			    .variables = (uint32_t)(own + more),
			    .tty = job->tty,
			    .has_work = job->work,
			    .files = job->files};
	int fds[DESCRIPTORS] = {job->stdio[0], job->stdio[1], job->stdio[2], job->control}, rc;
	char *body, *at;

	if (bytes > BODY_MAX)
		return sb_fail(err, SB_EINPUT, 0, "a command of more than %zu bytes", BODY_MAX);
	body = malloc(bytes);
	if (!body)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	at = put(put(put(body, work), job->cwd), job->user);
	at = put_all(at, job->argv);
	at = put_all(at, environ);
	put_all(at, job->env);
	rc = send_head(fd, &head, fds) || send_all(fd, body, bytes) ? lost(err) : 0;
	free(body);
	return rc;
}

int sb_launcher_drop(int fd, bool keep_users, struct sb_err *err)
{
	struct head head = {.kind = keep_users ? DROP_NETWORK : DROP};

	return send_head(fd, &head, NULL) ? lost(err) : 0;
}

static int receive_head(int fd, struct head *head, int *fds)
{
	union {
		char space[CMSG_SPACE(DESCRIPTORS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = head, .iov_len = sizeof(*head)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.space,
			     .msg_controllen = sizeof(control.space)};
	struct cmsghdr *c;
	ssize_t n;

	for (int i = 0; i < DESCRIPTORS; i++)
		fds[i] = -1;
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*head))
		return -1;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(DESCRIPTORS * sizeof(int)))
		memcpy(fds, CMSG_DATA(c), DESCRIPTORS * sizeof(int));
	return 0;
}

static int receive_all(int fd, char *at, size_t len)
{
	while (len) {
		ssize_t n = recv(fd, at, len, MSG_WAITALL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The next string; NULL when there are no more. */
static char *take(char **at, const char *end)
{
	char *text = *at, *nul = text < end ? memchr(text, '\0', (size_t)(end - text)) : NULL;

	if (!nul)
		return NULL;
	*at = nul + 1;
	return text;
}

static char **take_all(char **at, const char *end, size_t count)
{
	char **list = calloc(count + 1, sizeof(*list));

	for (size_t i = 0; list && i < count; i++)
		if (!(list[i] = take(at, end)))
			break;
	return list;
}

static void run(const struct head *head, char *body, const int *fds)
{
	struct sb_command_reaper_job job = {
	    .tty = head->tty,
	    .stdio = {fds[0], fds[1], fds[2]},
	    .control = fds[3],
	    .files = head->files,
	};
	const char *end = body + head->bytes, *work = take(&body, end);
	struct sb_command_reaper_says failed = {.word = SB_COMMAND_REAPER_FAILED};
	struct sb_err err = {0};

	job.cwd = take(&body, end);
	job.user = take(&body, end);
	job.work = head->has_work ? work : NULL;
	job.argv = take_all(&body, end, head->words);
	job.env = take_all(&body, end, head->variables);
	if (!job.cwd || !job.user || !job.argv || !job.argv[0] || !job.env ||
	    sb_command_reaper_start(&job, &err) < 0) {
		failed.value = err.sys ? err.sys : ENOMEM;
		send(job.control, &failed, sizeof(failed), MSG_NOSIGNAL);
	}
	free(job.argv);
	free(job.env);
}

static bool serve_one(int fd)
{
	struct sb_err err = {0};
	int fds[DESCRIPTORS];
	char *body = NULL;
	struct head head;
	bool whole;

	if (receive_head(fd, &head, fds))
		return false;
	whole = head.bytes <= BODY_MAX && (body = malloc(head.bytes + 1)) &&
		!receive_all(fd, body, head.bytes);
	if (whole && head.kind == RUN)
		run(&head, body, fds);
	else if (whole && head.kind == DROP_NETWORK)
		whole = !sb_privilege_users_only(&err);
	else if (whole)
		whole = !sb_privilege_drop(&err);
	free(body);
	for (int i = 0; i < DESCRIPTORS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return whole;
}

static _Noreturn void become_launcher(int fd)
{
	static const int ignored[] = {SIGINT,  SIGHUP,	SIGTERM, SIGPIPE, SIGQUIT,
				      SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD};
	struct sb_err err = {0};

	prctl(PR_SET_NAME, "satbed-launcher");
	/* A command may signal everybody in its node.  SIGCHLD: its children go without a word. */
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	/* The agent's channel is the agent's: its end must show when that ends. */
	if (dup2(fd, STDIN_FILENO) < 0 || dup2(fd, STDOUT_FILENO) < 0 ||
	    sb_privilege_commands(&err))
		_exit(1);
	while (serve_one(fd))
		;
	/* The agent ends, and has closed the channels of all commands: their reapers end with them. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
	_exit(0);
}

int sb_launcher_start(struct sb_err *err)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return sb_fail(err, SB_EENV, errno, "a socket pair");
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		become_launcher(pair[1]);
	}
	close(pair[1]);
	if (pid > 0)
		return pair[0];
	close(pair[0]);
	return sb_fail(err, SB_EENV, errno, "starting a process");
}
