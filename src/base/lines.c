// SPDX-License-Identifier: MIT
/* lines.c - one JSON object a line, both ways */
#include "satbed/base/lines.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

void sb_lines_init(struct sb_lines *l, int fd)
{
	sb_lines_init_pair(l, fd, fd);
}

void sb_lines_init_pair(struct sb_lines *l, int in_fd, int out_fd)
{
	*l = (struct sb_lines){.fd = in_fd, .out_fd = out_fd};
}

void sb_lines_fini(struct sb_lines *l)
{
	free(l->buf);
	*l = (struct sb_lines){.fd = -1, .out_fd = -1};
}

int sb_lines_send(struct sb_lines *l, const cJSON *obj, struct sb_err *err)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(obj);
	size_t len, done = 0;

	if (!text)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	len = strlen(text);
	text[len++] = '\n'; /* in place of the NUL: from here on its length counts */
	while (done < len) {
		ssize_t n = send(l->out_fd, text + done, len - done, MSG_NOSIGNAL);

		if (n < 0 && errno == ENOTSOCK)
			n = write(l->out_fd, text + done, len - done);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd p = {.fd = l->out_fd, .events = POLLOUT};

			poll(&p, 1, -1);
			sb_clock_moved();
		} else if (errno != EINTR) {
			return sb_fail(err, SB_EENGINE, errno, "the peer cannot be reached");
		}
	}
	return 0;
}

/* The end of the first whole line in the buffer; NULL: none yet. */
static char *end_of_line(const struct sb_lines *l)
{
	return l->scanned < l->len ? memchr(l->buf + l->scanned, '\n', l->len - l->scanned) : NULL;
}

/* Takes the first whole line out of the buffer; 1 found, 0 none yet, -1 not an object. */
static int take_line(struct sb_lines *l, cJSON **out, struct sb_err *err)
{
	char *end = end_of_line(l);
	size_t used;
	cJSON *obj;

	if (!end) {
		l->scanned = l->len;
		return 0;
	}
	used = (size_t)(end - l->buf) + 1;
	/* The whole line, and nothing after the object. */
	l->buf[used - 1] = '\0';
	obj = cJSON_ParseWithLengthOpts(l->buf, used, NULL, true);
	memmove(l->buf, l->buf + used, l->len - used);
	l->len -= used;
	l->scanned = 0;
	if (!cJSON_IsObject(obj)) {
		cJSON_Delete(obj);
		return sb_fail(err, SB_EENGINE, 0,
			       "the peer sent a line that is not a JSON object");
	}
	*out = obj;
	return 1;
}

bool sb_lines_has_line(const struct sb_lines *l)
{
	return end_of_line(l);
}

/* Waits for something to read, which an end of the channel is, too; false when nothing came. */
static bool wait_for_bytes(const struct sb_lines *l, int timeout_ms, int64_t deadline_ns)
{
	struct pollfd p = {.fd = l->fd, .events = POLLIN};
	int64_t left_ns;
	int rc;

	if (timeout_ms > 0) {
		left_ns = deadline_ns - sb_mono_ns();
		timeout_ms = left_ns > 0 ? (int)((left_ns + SB_NS_PER_MS - 1) / SB_NS_PER_MS) : 0;
	}
	rc = poll(&p, 1, timeout_ms);
	sb_clock_moved();
	/* A signal: the caller looks at it and comes back. */
	return rc < 0 && errno == EINTR ? 0 : rc != 0;
}

/* Room for what comes; -1 with @err where the line is too long. */
static int make_room(struct sb_lines *l, struct sb_err *err)
{
	size_t max = l->max ? l->max : SB_LINE_MAX;

	if (l->len == max)
		return sb_fail(err, SB_EENGINE, 0, "the peer sent a line that is too long");
	if (l->room - l->len < 4096) {
		l->room = l->room ? l->room * 2 : 16384;
		l->room = l->room > max ? max : l->room;
		l->buf = sb_realloc(l->buf, l->room, 1);
	}
	return 0;
}

int sb_lines_recv(struct sb_lines *l, int timeout_ms, cJSON **out, struct sb_err *err)
{
	int64_t deadline_ns = timeout_ms > 0 ? sb_mono_ns() + timeout_ms * SB_NS_PER_MS : 0;

	*out = NULL;
	for (;;) {
		/* Only a socket can be read without waiting whoever else reads it. */
		bool at_once = timeout_ms == 0 && !l->no_socket;
		int rc = take_line(l, out, err);
		ssize_t n;

		if (rc)
			return rc;
		if (!at_once && !wait_for_bytes(l, timeout_ms, deadline_ns))
			return 0;
		if (make_room(l, err))
			return -1;
		n = at_once ? recv(l->fd, l->buf + l->len, l->room - l->len, MSG_DONTWAIT)
			    : read(l->fd, l->buf + l->len, l->room - l->len);
		if (n > 0)
			l->len += (size_t)n;
		else if (n == 0)
			return sb_fail(err, SB_EENGINE, 0, "the peer closed the connection");
		else if (errno == ENOTSOCK)
			l->no_socket = true;
		else if (errno == EAGAIN && at_once)
			return 0;
		else if (errno != EINTR && errno != EAGAIN)
			return sb_fail(err, SB_EENGINE, errno, "cannot read from the peer");
	}
}

static const struct {
	const char *word;
	enum sb_code code;
} kinds[] = {{"input", SB_EINPUT},
	     {"env", SB_EENV},
	     {"engine", SB_EENGINE},
	     {"internal", SB_EINTERNAL},
	     {"interrupted", SB_EINTERRUPTED}};

cJSON *sb_lines_err_json(const struct sb_err *failure)
{
	cJSON *obj = cJSON_CreateObject();
	const char *word = "internal";

	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (kinds[i].code == failure->code)
			word = kinds[i].word;
	cJSON_AddStringToObject(obj, "ev", "error");
	cJSON_AddStringToObject(obj, "kind", word);
	cJSON_AddStringToObject(obj, "msg", failure->msg);
	return obj;
}

int sb_lines_send_err(struct sb_lines *l, const struct sb_err *failure, struct sb_err *err)
{
	cJSON *obj = sb_lines_err_json(failure);
	int rc = sb_lines_send(l, obj, err);

	cJSON_Delete(obj);
	return rc;
}

/* Its lines stay; what else could move a reader's cursor does not: an agent runs in a foreign image. */
static char *clean_lines(const char *text)
{
	sb_auto_free char *copy = sb_strdup(text);
	char *all = NULL, *rest = copy, *line;

	while ((line = strsep(&rest, "\n"))) {
		sb_auto_free char *clean = sb_clean(line), *before = all;

		all = before ? sb_asprintf("%s\n%s", before, clean) : sb_strdup(clean);
	}
	return all;
}

int sb_lines_check(const cJSON *obj, const char *event, struct sb_err *err)
{
	const char *got = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "ev"));
	const char *kind = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "kind"));
	const char *msg = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "msg"));
	enum sb_code code = SB_EINTERNAL;
	sb_auto_free char *clean = NULL;

	if (got && !strcmp(got, event))
		return 0;
	if (!got || strcmp(got, "error")) {
		clean = sb_clean(got ? got : "nothing");
		return sb_fail(err, SB_EENGINE, 0, "expected \"%s\" from the peer, got \"%s\"",
			       event, clean);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (kind && !strcmp(kinds[i].word, kind))
			code = kinds[i].code;
	clean = clean_lines(msg && *msg ? msg : "failed without saying why");
	return sb_fail(err, code, 0, "%s", clean);
}
