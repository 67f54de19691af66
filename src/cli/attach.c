// SPDX-License-Identifier: MIT
/*
 * attach.c - standard input, output and error of a command in a node, as if it ran here
 *
 * Both ways only so much is under way as the windows allow: what the reader of our output does not
 * take, the command cannot write, and what the command does not take, we do not read.
 */
#include "attach.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/base64.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/supervisor.h"
#include "satbed/agent_proto.h"
#include "terminal.h"

#define INPUT_PIECE  (32u << 10)
#define ACK_AT_BYTES (32u << 10)
#define NOT_RUN	     127

/**
 * struct stream - standard output or error
 * @buf, @head, @len: not yet written
 * @taken:	written, and not yet acknowledged
 * @closed:	nobody reads it any more
 * @whole:	a file, which takes everything at once
 */
struct stream {
	int fd;
	char *buf;
	size_t head, len, room;
	int64_t taken;
	bool closed, whole;
};

/** struct attach - @input_left: bytes the command may be sent; @status: -1 = it still runs */
struct attach {
	struct sb_lines lines;
	struct stream out[2];
	int signal_fd;
	bool tty, input_open, hung_up;
	int terms;
	int64_t input_left;
	int status;
};

/* A supervisor that has closed has said why: that is read in its turn. */
static void tell(struct attach *a, cJSON *obj, const char *op)
{
	sb_json_add_str(obj, "op", op);
	if (a->status < 0)
		sb_lines_send(&a->lines, obj, NULL);
	cJSON_Delete(obj);
}

static void tell_number(struct attach *a, const char *op, const char *key, int64_t n)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_i64(obj, key, n);
	tell(a, obj, op);
}

static void tell_size(struct attach *a)
{
	cJSON *obj = cJSON_CreateObject();
	int rows, cols;

	sb_terminal_size(&rows, &cols);
	sb_json_add_i64(obj, "rows", rows);
	sb_json_add_i64(obj, "cols", cols);
	tell(a, obj, "resize");
}

/* --- input --- */

static void send_input(struct attach *a)
{
	char buf[INPUT_PIECE], text[SB_BASE64_LEN(INPUT_PIECE) + 1];
	size_t max = a->input_left < (int64_t)sizeof(buf) ? (size_t)a->input_left : sizeof(buf);
	ssize_t n = read(STDIN_FILENO, buf, max);
	cJSON *obj;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	obj = cJSON_CreateObject();
	if (n > 0) {
		sb_base64_encode(buf, (size_t)n, text);
		sb_json_add_str(obj, "data", text);
		a->input_left -= n;
	} else {
		/* A terminal that has gone is an end, too. */
		sb_json_add_bool(obj, "eof", true);
		a->input_open = false;
	}
	tell(a, obj, "input");
}

/* --- output --- */

static void acknowledge(struct attach *a, struct stream *s)
{
	int64_t n = s->taken;

	if (!n || (n < (int64_t)ACK_AT_BYTES && s->len))
		return;
	s->taken = 0;
	tell_number(a, "taken", "bytes", n);
}

static void close_stream(struct attach *a, struct stream *s)
{
	s->closed = true;
	s->taken += (int64_t)s->len;
	s->len = 0;
	tell_number(a, "close", "fd", s->fd);
}

static void write_some(struct attach *a, struct stream *s)
{
	/* So much a pipe that has room takes without making us wait. */
	size_t max = s->whole || s->len < PIPE_BUF ? s->len : PIPE_BUF;
	ssize_t n = write(s->fd, s->buf + s->head, max);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n < 0) {
		if (errno != EPIPE)
			fprintf(stderr, "satbed: cannot write the command's output: %s\n",
				strerror(errno));
		close_stream(a, s);
	} else {
		s->head += (size_t)n;
		s->len -= (size_t)n;
		s->taken += n;
	}
	if (!s->len)
		s->head = 0;
	acknowledge(a, s);
}

static int take_output(struct attach *a, const cJSON *event, struct sb_err *err)
{
	const char *text = "";
	int64_t fd = 1;
	struct stream *s;
	ssize_t n;
	size_t len;

	sb_json_get_i64(event, "$", "fd", &fd, NULL);
	sb_json_get_str(event, "$", "data", &text, NULL);
	s = &a->out[fd == 2];
	len = strlen(text);
	if (s->head) {
		memmove(s->buf, s->buf + s->head, s->len);
		s->head = 0;
	}
	if (s->len + len > s->room) {
		s->room = 2 * (s->len + len);
		s->buf = sb_realloc(s->buf, s->room, 1);
	}
	n = sb_base64_decode(text, len, s->buf + s->len);
	if (n < 0)
		return sb_fail(err, SB_EENGINE, 0, "the command's output is damaged");
	s->len += (size_t)n;
	if (!s->closed)
		return 0;
	s->taken += n;
	s->len = 0;
	acknowledge(a, s);
	return 0;
}

/* --- events --- */

static void take_exit(struct attach *a, const cJSON *event)
{
	const char *why = NULL;
	int64_t n = 0;

	if (!sb_json_get_str(event, "$", "error", &why, NULL)) {
		sb_auto_free char *clean = sb_clean(why);

		sb_terminal_restore();
		fprintf(stderr, "satbed: %s\n", clean);
		a->status = NOT_RUN;
	} else if (!sb_json_get_i64(event, "$", "signal", &n, NULL)) {
		a->status = 128 + (int)(n & 127);
	} else {
		sb_json_get_i64(event, "$", "status", &n, NULL);
		a->status = (int)(n & 255);
	}
}

static int take_event(struct attach *a, const cJSON *event, struct sb_err *err)
{
	const char *ev = "";
	int64_t n = 0;

	sb_json_get_str(event, "$", "ev", &ev, NULL);
	if (!strcmp(ev, "output"))
		return take_output(a, event, err);
	if (!strcmp(ev, "exit")) {
		take_exit(a, event);
	} else if (!strcmp(ev, "taken")) {
		sb_json_get_i64(event, "$", "bytes", &n, NULL);
		if (n > 0 && n <= (int64_t)SB_NODE_INPUT_MAX - a->input_left)
			a->input_left += n;
	} else if (!strcmp(ev, "error")) {
		return sb_lines_check(event, "exit", err);
	}
	return 0;
}

static int take_events(struct attach *a, struct sb_err *err)
{
	while (a->status < 0) {
		cJSON *event;
		int rc = sb_lines_recv(&a->lines, 0, &event, err);

		if (rc == 0)
			return 0;
		if (rc < 0)
			return sb_fail(err, SB_EENGINE, 0,
				       "the testbed ended, and the command with it");
		rc = take_event(a, event, err);
		cJSON_Delete(event);
		if (rc)
			return rc;
	}
	return 0;
}

static void take_signals(struct attach *a)
{
	struct signalfd_siginfo si;

	while (read(a->signal_fd, &si, sizeof(si)) == sizeof(si)) {
		int sig = (int)si.ssi_signo;

		if (sig != SIGWINCH && sig != SIGCONT) {
			tell_number(a, "signal", "signal", sig);
		} else if (a->tty) {
			if (sb_terminal_is_ours())
				sb_terminal_raw();
			tell_size(a);
		}
		/* Of a terminal that has gone nothing more will come, nor from somebody who
		 * insists. */
		a->terms += sig == SIGTERM;
		a->hung_up |= sig == SIGHUP || a->terms > 1;
	}
}

/* --- the loop --- */

static int turn(struct attach *a, struct sb_err *err)
{
	bool may_read = a->input_open && a->input_left > 0 && sb_terminal_is_ours();
	struct pollfd p[5] = {
	    {.fd = a->status < 0 ? a->lines.fd : -1, .events = POLLIN},
	    {.fd = a->signal_fd, .events = POLLIN},
	    {.fd = may_read && a->status < 0 ? STDIN_FILENO : -1, .events = POLLIN},
	    {.fd = a->out[0].len ? a->out[0].fd : -1, .events = POLLOUT},
	    {.fd = a->out[1].len ? a->out[1].fd : -1, .events = POLLOUT},
	};

	/* The background becomes the foreground without a word. */
	if (poll(p, 5, a->input_open && !may_read && a->input_left > 0 ? 500 : -1) < 0)
		return errno == EINTR ? 0 : sb_fail(err, SB_EINTERNAL, errno, "poll");
	if (p[1].revents)
		take_signals(a);
	for (size_t i = 0; i < 2; i++)
		if (p[3 + i].revents)
			write_some(a, &a->out[i]);
	if (p[2].revents)
		send_input(a);
	return p[0].revents ? take_events(a, err) : 0;
}

static int open_signals(struct sb_err *err)
{
	static const int ours[] = {SIGINT,  SIGTERM, SIGHUP,   SIGQUIT,
				   SIGUSR1, SIGUSR2, SIGWINCH, SIGCONT};
	struct sigaction old;
	sigset_t set;
	int fd;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	/* What nohup or a shell's & had ignored stays so. */
	for (size_t i = 0; i < SB_ARRAY_LEN(ours); i++)
		if (!sigaction(ours[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaddset(&set, ours[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? sb_fail(err, SB_EINTERNAL, errno, "signals cannot be read") : fd;
}

static void open_stream(struct stream *s, int fd)
{
	struct stat st;

	*s = (struct stream){.fd = fd, .whole = !fstat(fd, &st) && S_ISREG(st.st_mode)};
}

int sb_attach(int fd, cJSON *run, bool tty, struct sb_err *err)
{
	struct attach a = {.tty = tty,
			   .input_open = true,
			   .input_left = SB_NODE_INPUT_MAX,
			   .status = -1,
			   .signal_fd = open_signals(err)};
	int rows, cols, rc = 0;

	if (a.signal_fd < 0)
		return -1;
	sb_lines_init(&a.lines, fd);
	open_stream(&a.out[0], STDOUT_FILENO);
	open_stream(&a.out[1], STDERR_FILENO);
	if (tty) {
		sb_terminal_size(&rows, &cols);
		sb_json_add_bool(run, "tty", true);
		sb_json_add_i64(run, "rows", rows);
		sb_json_add_i64(run, "cols", cols);
	}
	rc = sb_lines_send(&a.lines, run, err);
	if (tty && !rc)
		sb_terminal_raw();
	while (!rc && !a.hung_up && (a.status < 0 || a.out[0].len || a.out[1].len))
		rc = turn(&a, err);
	sb_terminal_restore();
	for (size_t i = 0; i < 2; i++)
		free(a.out[i].buf);
	close(a.signal_fd);
	sb_lines_fini(&a.lines);
	if (rc)
		return -1;
	return a.status < 0 ? 128 + (a.terms > 1 ? SIGTERM : SIGHUP) : a.status;
}
