// SPDX-License-Identifier: MIT
/* job.c - children that answer with one JSON object */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define MAX_ANSWER (1u << 20)
#define TICK_MS	   100

static int answer_fd = -1;

void sb_job_answer(cJSON *answer)
{
	char *text = cJSON_PrintUnformatted(answer);

	_exit(!text || sb_write_all(answer_fd, text, strlen(text)));
}

static void start(struct sb_job *j)
{
	int pair[2];

	j->pid = -1;
	j->fd = -1;
	if (pipe2(pair, O_CLOEXEC))
		return;
	j->pid = fork();
	if (j->pid == 0) {
		cJSON *answer;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* A terminal's Ctrl-C is for the parent, which then ends this one. */
		setpgid(0, 0);
		close(pair[0]);
		answer_fd = pair[1];
		answer = j->fn(j->ctx);
		if (!answer)
			_exit(0);
		sb_job_answer(answer);
	}
	close(pair[1]);
	if (j->pid < 0)
		close(pair[0]);
	else
		j->fd = pair[0];
}

static void finish(struct sb_job *j)
{
	sb_close_p(&j->fd);
	if (j->pid > 0) {
		/* It has answered, or it is not to go on. */
		kill(j->pid, SIGKILL);
		while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	j->pid = -1;
	if (j->len && !j->late) {
		j->buf[j->len] = '\0';
		j->answer = cJSON_Parse(j->buf);
	}
	free(j->buf);
	j->buf = NULL;
}

/* One read; ends the job at its end of file. */
static void take(struct sb_job *j)
{
	ssize_t n;

	if (j->room - j->len < 2) {
		j->room = j->room ? j->room * 2 : 8192;
		j->buf = sb_realloc(j->buf, j->room, 1);
	}
	n = read(j->fd, j->buf + j->len, j->room - j->len - 1);
	if (n < 0 && errno == EINTR)
		return;
	if (n > 0 && j->len + (size_t)n <= MAX_ANSWER)
		j->len += (size_t)n;
	else
		finish(j);
}

/* The jobs still running as poll() wants them; the first one's name is what is waited for. */
static size_t running(struct sb_job *jobs, size_t count, struct pollfd *polls, size_t *index)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		if (jobs[i].fd < 0)
			continue;
		polls[used] = (struct pollfd){.fd = jobs[i].fd, .events = POLLIN};
		index[used++] = i;
	}
	return used;
}

int sb_jobs_run(struct sb_job *jobs, size_t count, const struct sb_doctor_request *request,
		struct sb_err *err)
{
	struct pollfd *polls = sb_alloc(count, sizeof(*polls));
	size_t *index = sb_alloc(count, sizeof(*index)), left;
	int64_t start_ns = sb_mono_ns(), next_tick_ns = start_ns;

	for (size_t i = 0; i < count; i++)
		start(&jobs[i]);
	while ((left = running(jobs, count, polls, index)) && !sb_interrupted()) {
		int64_t now_ns;

		poll(polls, left, TICK_MS);
		now_ns = sb_mono_ns();
		for (size_t i = 0; i < left; i++) {
			struct sb_job *j = &jobs[index[i]];

			if (polls[i].revents) {
				take(j);
			} else if (now_ns - start_ns > j->limit_ms * SB_NS_PER_MS) {
				j->late = true;
				finish(j);
			}
		}
		if (request->waiting && now_ns >= next_tick_ns) {
			request->waiting(jobs[index[0]].what,
					 (int)((now_ns - start_ns) / SB_NS_PER_MS), request->ctx);
			next_tick_ns = now_ns + TICK_MS * SB_NS_PER_MS;
		}
	}
	for (size_t i = 0; i < count; i++)
		if (jobs[i].fd >= 0)
			finish(&jobs[i]);
	free(polls);
	free(index);
	return left ? sb_fail(err, SB_EINTERRUPTED, 0, "interrupted") : 0;
}
