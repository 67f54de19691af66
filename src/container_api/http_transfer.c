// SPDX-License-Identifier: MIT
/* http_transfer.c - one request to a daemon and its answer; every wait and every size bounded */
#include "http_wait.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* Room for several of curl's pieces; more is asked of the daemon only when it has been read. */
#define BUFFER_BYTES   ((size_t)4 * CURL_MAX_WRITE_SIZE)
#define HEAD_BYTES_MAX ((size_t)256 << 10)

struct sb_transfer {
	struct sb_http *h;
	const struct sb_http_request *request;
	CURL *easy;
	struct curl_slist *headers;
	char problem[CURL_ERROR_SIZE];
	struct sb_err source_err;
	size_t head_bytes;
	bool has_head, too_long_head, paused, done;
	CURLcode result;
	struct sb_http_wait wait;
	char *type;
	size_t len, at;
	char buf[BUFFER_BYTES];
};

static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct sb_http *h = arg;

	(void)purpose;
	h->fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
	return h->fd;
}

/*
 * Asked of each connection that an answer came by: a path may lead to another daemon each time.
 * With a socket that systemd made, its owner is who made it: root, or the user.
 */
static void note_peer(struct sb_http *h)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (!h->socket_path[0])
		return;
	if (getsockopt(h->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		h->mixed_peers = true;
		return;
	}
	h->mixed_peers |= h->has_peer && h->peer_uid != peer.uid;
	h->peer_uid = peer.uid;
	h->has_peer = true;
}

static size_t on_head(char *line, size_t size, size_t count, void *arg)
{
	struct sb_transfer *t = arg;
	long status = 0;

	(void)size;
	sb_http_wait_moved(&t->wait);
	t->head_bytes += count;
	if (t->head_bytes > HEAD_BYTES_MAX) {
		t->too_long_head = true;
		return 0;
	}
	if (t->head_bytes == count)
		note_peer(t->h);
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (count <= 2 && (line[0] == '\r' || line[0] == '\n') && status >= 200)
		t->has_head = true;
	return count;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct sb_transfer *t = arg;

	(void)size;
	sb_http_wait_moved(&t->wait);
	if (t->at == t->len)
		t->at = t->len = 0;
	if (count > sizeof(t->buf) - t->len) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	memcpy(t->buf + t->len, data, count);
	t->len += count;
	return count;
}

static size_t on_source(char *buf, size_t size, size_t count, void *arg)
{
	struct sb_transfer *t = arg;
	ssize_t n = t->request->source(t->request->ctx, buf, size * count, &t->source_err);

	sb_http_wait_moved(&t->wait);
	return n < 0 ? CURL_READFUNC_ABORT : (size_t)n;
}

static void add_header(struct sb_transfer *t, const char *line)
{
	t->headers = sb_must(curl_slist_append(t->headers, line));
}

static void set_up(struct sb_transfer *t)
{
	const struct sb_http_request *r = t->request;
	sb_auto_free char *url = sb_asprintf("%s%s", t->h->base, r->path);

	curl_easy_setopt(t->easy, CURLOPT_URL, url);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(t->easy, CURLOPT_OPENSOCKETDATA, t->h);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->problem);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_head);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	if (r->source) {
		curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(t->easy, CURLOPT_READFUNCTION, on_source);
		curl_easy_setopt(t->easy, CURLOPT_READDATA, t);
	} else if (r->body || !strcmp(r->method, "POST")) {
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, r->body ? r->body : "");
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
	}
	curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, r->method);
	if (r->content_type) {
		sb_auto_free char *line = sb_asprintf("Content-Type: %s", r->content_type);

		add_header(t, line);
	}
	/* Waiting a second for "100 Continue" helps nobody here. */
	add_header(t, "Expect:");
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

/* What curl's word for it means for somebody who uses a daemon. */
static int fail_result(struct sb_transfer *t, struct sb_err *err)
{
	const char *detail = t->problem[0] ? t->problem
			     : t->result   ? curl_easy_strerror(t->result)
					   : "within the head of its answer";
	const struct sb_http_request *r = t->request;
	sb_auto_free char *clean = sb_clean(detail);
	enum sb_code code = SB_EENGINE;
	const char *what;

	if (t->source_err.code) {
		if (err)
			*err = t->source_err;
		return -1;
	}
	if (t->too_long_head)
		return sb_fail(err, SB_EENGINE, 0, "%s %s: %s sent a head without end", r->method,
			       r->shown, t->h->where);
	/* An end within the head is fine with libcurl. */
	if (!t->result)
		t->result = CURLE_PARTIAL_FILE;
	switch ((int)t->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		code = SB_EENV;
		what = "cannot be reached";
		break;
	case CURLE_OPERATION_TIMEDOUT:
		what = "did not answer in time";
		break;
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		/* With TLS 1.3 a client learns after its handshake that it is not welcome. */
		what = t->h->tls && !t->has_head
			   ? "and satbed do not agree on TLS; does it accept the certificate "
			     "in DOCKER_CERT_PATH?"
			   : "closed the connection; is the daemon still running? see its log";
		break;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
		what = "does not speak HTTP; is this a daemon's socket?";
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
		code = SB_EENV;
		what = "and satbed do not agree on TLS; see DOCKER_TLS_VERIFY and DOCKER_CERT_PATH";
		break;
	default:
		what = "sent an invalid response";
		break;
	}
	return sb_fail(err, code, 0, "%s %s: %s %s (%s)", r->method, r->shown, t->h->where, what,
		       clean);
}

/* Moves what can be moved; waits when that was nothing. */
static int drive(struct sb_transfer *t, struct sb_err *err)
{
	bool had_head = t->has_head;
	int running, queued;
	struct CURLMsg *m;

	if (curl_multi_perform(t->h->multi, &running))
		return sb_fail(err, SB_EINTERNAL, 0, "%s %s: libcurl failed", t->request->method,
			       t->request->shown);
	while ((m = curl_multi_info_read(t->h->multi, &queued)))
		if (m->msg == CURLMSG_DONE && m->easy_handle == t->easy) {
			t->done = true;
			t->result = m->data.result;
		}
	if (t->done || sb_http_wait_look(&t->wait, err))
		return t->done ? 0 : -1;
	if (t->at == t->len && t->has_head == had_head)
		curl_multi_poll(t->h->multi, NULL, 0, sb_http_wait_ms(&t->wait), NULL);
	return 0;
}

int sb_http_begin(struct sb_http *h, const struct sb_http_request *request,
		  struct sb_transfer **out, struct sb_err *err)
{
	struct sb_transfer *t = sb_alloc(1, sizeof(*t));
	char *type = NULL;
	long status = 0;

	*out = NULL;
	t->h = h;
	t->request = request;
	sb_http_wait_begin(&t->wait, h, request);
	t->easy = sb_http_easy(h);
	if (!t->easy) {
		free(t);
		return sb_fail(err, SB_EINTERNAL, 0, "libcurl could not be set up");
	}
	set_up(t);
	curl_multi_add_handle(h->multi, t->easy);
	while (!t->has_head && !t->done)
		if (drive(t, err))
			goto fail;
	if (!t->has_head || (t->done && t->result)) {
		fail_result(t, err);
		goto fail;
	}
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status > 999) {
		/* libcurl reads as many digits as there are after "HTTP/2". */
		sb_fail(err, SB_EENGINE, 0,
			"the daemon answered with status %ld, expected three digits", status);
		goto fail;
	}
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	t->type = sb_clean(type ? type : "");
	*out = t;
	return (int)status;
fail:
	sb_http_end(t);
	return -1;
}

ssize_t sb_http_read(struct sb_transfer *t, void *buf, size_t size, struct sb_err *err)
{
	size_t n;

	while (t->at == t->len && !t->done) {
		if (t->paused) {
			t->paused = false;
			curl_easy_pause(t->easy, CURLPAUSE_CONT);
		}
		if (t->at == t->len && drive(t, err))
			return -1;
	}
	/* What came before the end went wrong is still given out: it may say why. */
	if (t->at == t->len)
		return t->result ? fail_result(t, err) : 0;
	n = t->len - t->at < size ? t->len - t->at : size;
	memcpy(buf, t->buf + t->at, n);
	t->at += n;
	return (ssize_t)n;
}

const char *sb_http_content_type(const struct sb_transfer *t)
{
	return t->type;
}

void sb_http_end(struct sb_transfer *t)
{
	if (!t)
		return;
	curl_multi_remove_handle(t->h->multi, t->easy);
	curl_easy_cleanup(t->easy);
	curl_slist_free_all(t->headers);
	free(t->type);
	free(t);
}

int sb_http_slurp(struct sb_transfer *t, size_t max, char **out, size_t *len, struct sb_err *err)
{
	sb_auto_free char *text = sb_alloc(1, 4096);
	size_t used = 0, room = 4096;
	ssize_t n;

	while ((n = sb_http_read(t, text + used, room - used - 1, err)) > 0) {
		used += (size_t)n;
		if (used > max)
			return sb_fail(
			    err, SB_EENGINE, 0, "%s %s: %s answered with more than %zu MiB",
			    t->request->method, t->request->shown, t->h->where, max >> 20);
		if (room - used < room / 2)
			text = sb_realloc(text, room *= 2, 1);
	}
	if (n < 0)
		return -1;
	text[used] = '\0';
	*len = used;
	*out = sb_steal(&text);
	return 0;
}
