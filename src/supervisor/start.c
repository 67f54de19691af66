// SPDX-License-Identifier: MIT
/* start.c - a supervisor put into the background, and what happens until its testbed is up */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "supervisor_state.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define LOOK_MS 50

/* Nothing of the terminal's, nor of whoever started satbed, is held by the supervisor. */
static void leave_terminal(int keep_fd)
{
	int null_fd = open("/dev/null", O_RDWR);

	setsid();
	dup2(null_fd, STDIN_FILENO);
	dup2(null_fd, STDOUT_FILENO);
	dup2(null_fd, STDERR_FILENO);
	if (keep_fd != 3) {
		dup2(keep_fd, 3);
		keep_fd = 3;
	}
	close_range(4, ~0u, 0);
	fcntl(keep_fd, F_SETFD, FD_CLOEXEC);
}

static void become_supervisor(const struct sb_keep_request *request, int report_fd)
{
	struct sb_lines report;

	leave_terminal(report_fd);
	/* No terminal's signal comes any more: only what is meant for a supervisor. */
	sb_interrupts_start_over();
	sb_interrupts_catch();
	sb_lines_init(&report, 3);
	_exit(sb_keep(request, &report));
}

/* What has come to the log since the last look. */
static void show_log(int *log_fd, const struct sb_keep_request *request)
{
	char buf[4096];
	ssize_t n;

	if (*log_fd < 0) {
		struct sb_supervisor_dir place;
		sb_auto_free char *file = sb_asprintf("%s.log", request->name);

		if (sb_supervisor_dir_open(&place, false, NULL) || place.dir_fd < 0)
			return;
		*log_fd = openat(place.dir_fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		sb_supervisor_dir_close(&place);
	}
	while (*log_fd >= 0 && (n = read(*log_fd, buf, sizeof(buf))) > 0)
		if (write(STDERR_FILENO, buf, (size_t)n) < 0)
			return;
}

static bool is_event(const cJSON *obj, const char *event)
{
	const char *got = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "ev"));

	return got && !strcmp(got, event);
}

/* An interrupted start leaves nothing, though its testbed may come up in that very moment. */
static int watch(struct sb_lines *from, pid_t pid, const struct sb_keep_request *request,
		 cJSON **answer, struct sb_err *err)
{
	bool starting = false, told = false;
	int log_fd = -1, rc;

	for (;;) {
		rc = sb_lines_recv(from, LOOK_MS, answer, err);
		/* The log is this start's from the moment the name was claimed. */
		if (starting)
			show_log(&log_fd, request);
		if (rc < 0)
			break;
		if (rc > 0 && is_event(*answer, "starting")) {
			starting = true;
			cJSON_Delete(*answer);
		} else if (rc > 0) {
			rc = sb_lines_check(*answer, "ps", err);
			break;
		}
		/* Before it starts it does not listen for signals yet. */
		if (starting && sb_interrupted() && !told)
			told = !kill(pid, SIGTERM);
		*answer = NULL;
	}
	if (!rc && sb_interrupted()) {
		if (!told)
			kill(pid, SIGTERM);
		rc = sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	}
	sb_close_p(&log_fd);
	if (rc)
		cJSON_Delete(*answer);
	return rc;
}

int sb_supervisor_start(const struct sb_keep_request *request, cJSON **answer, struct sb_err *err)
{
	struct sb_lines from;
	int pair[2], rc;
	pid_t pid;

	*answer = NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return sb_fail(err, SB_EENV, errno, "cannot create a channel");
	sb_interrupts_hold();
	pid = fork();
	if (pid == 0)
		become_supervisor(request, pair[1]);
	sb_interrupts_release();
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return sb_fail(err, SB_EENV, errno, "cannot start a supervisor");
	}
	sb_lines_init(&from, pair[0]);
	rc = watch(&from, pid, request, answer, err);
	/* A failed one has put everything away when it ends. */
	while (rc && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (rc)
		*answer = NULL;
	sb_lines_fini(&from);
	close(pair[0]);
	return rc;
}
