// SPDX-License-Identifier: MIT
/* http.c - a daemon that is asked: where it is, by which certificates, and who answers */
#include "http_handle.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/mem.h"

#define CONNECT_MS 10000
static void start_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

static int use_file(char *out, size_t size, const char *directory, const char *name,
		    struct sb_err *err)
{
	if ((size_t)snprintf(out, size, "%s/%s", directory, name) >= size)
		return sb_fail(err, SB_EINPUT, 0, "the path %s/%s is too long", directory, name);
	if (!access(out, R_OK))
		return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "TLS needs %s, which cannot be read; DOCKER_CERT_PATH names the directory with "
	    "ca.pem, cert.pem and key.pem",
	    out);
}

static int use_url(struct sb_http *h, const struct sb_daemon_address *a, struct sb_err *err)
{
	const char *host = a->url + strlen("tcp://");

	if (!strncmp(a->url, "unix://", 7)) {
		strcpy(h->base, "http://localhost");
		if (a->url[7] != '/')
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "%s: expected an absolute path, as in unix:///run/docker.sock", a->url);
		if (sb_copy_str(h->socket_path, sizeof(h->socket_path), a->url + 7))
			return sb_fail(err, SB_EINPUT, 0,
				       "%s: a socket's path has at most %zu bytes; a symbolic link "
				       "elsewhere helps",
				       a->url, sizeof(h->socket_path) - 1);
		return 0;
	}
	/* Nothing but a name and a port, so that nothing else gets into the requests. */
	if (strncmp(a->url, "tcp://", 6) || !*host || host[strcspn(host, "/?#@ \t\r\n\\")] ||
	    !strchr(host, ':'))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not the address of a daemon; expected "
			       "unix:///path/to/docker.sock or tcp://host:port",
			       a->url);
	snprintf(h->base, sizeof(h->base), "%s://%s", a->tls ? "https" : "http", host);
	h->tls = a->tls;
	if (a->tls && (use_file(h->ca, sizeof(h->ca), a->cert_path, "ca.pem", err) ||
		       use_file(h->cert, sizeof(h->cert), a->cert_path, "cert.pem", err) ||
		       use_file(h->key, sizeof(h->key), a->cert_path, "key.pem", err)))
		return sb_wrap(err, "%s", a->url);
	return 0;
}

int sb_http_new(const struct sb_daemon_address *address, struct sb_http **out, struct sb_err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	/* For machines whose daemons are slow; and tests need not wait as long as people do. */
	const char *patience = getenv("SATBED_DAEMON_PATIENCE_MS");
	struct sb_http *h = sb_alloc(1, sizeof(*h));

	pthread_once(&once, start_curl);
	h->fd = -1;
	h->patience_ms = patience ? atoi(patience) : 0;
	sb_copy_str(h->where, sizeof(h->where), address->url);
	if (use_url(h, address, err)) {
		sb_http_free(h);
		return -1;
	}
	h->multi = curl_multi_init();
	if (!h->multi) {
		sb_http_free(h);
		return sb_fail(err, SB_EINTERNAL, 0, "libcurl could not be set up");
	}
	*out = h;
	return 0;
}

void sb_http_free(struct sb_http *h)
{
	if (!h)
		return;
	curl_multi_cleanup(h->multi);
	free(h);
}

int sb_http_patience_ms(const struct sb_http *h, int ms)
{
	return h->patience_ms > 0 && ms > 0 ? h->patience_ms : ms;
}

/* A daemon is reached directly, answers itself, and speaks HTTP: nothing it says leads elsewhere.
 */
CURL *sb_http_easy(const struct sb_http *h)
{
	CURL *easy = curl_easy_init();

	if (!easy)
		return NULL;
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	if (h->socket_path[0])
		curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, h->socket_path);
	if (h->tls) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, h->ca);
		curl_easy_setopt(easy, CURLOPT_SSLCERT, h->cert);
		curl_easy_setopt(easy, CURLOPT_SSLKEY, h->key);
	}
	return easy;
}

bool sb_http_peer(const struct sb_http *h, uid_t *uid)
{
	*uid = h->peer_uid;
	return h->has_peer && !h->mixed_peers;
}

int sb_http_dial(struct sb_http *h, CURL **out, struct sb_err *err)
{
	char problem[CURL_ERROR_SIZE] = "";
	CURL *easy = sb_http_easy(h);
	CURLcode rc;

	if (!easy)
		return sb_fail(err, SB_EINTERNAL, 0, "libcurl could not be set up");
	curl_easy_setopt(easy, CURLOPT_URL, h->base);
	curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, problem);
	rc = curl_easy_perform(easy);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	if (rc) {
		curl_easy_cleanup(easy);
		return sb_fail(err, SB_EENGINE, 0, "%s cannot be reached any more: %s", h->where,
			       problem[0] ? problem : curl_easy_strerror(rc));
	}
	*out = easy;
	return 0;
}
