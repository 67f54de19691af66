// SPDX-License-Identifier: MIT
/* call.c - one request with a JSON answer, and what a refusal says */
#include <stdlib.h>
#include <string.h>

#include "container_api_priv.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

#define SHOWN_BYTES 120

char *sb_daemon_path(const struct sb_daemon *d, const char *path)
{
	if (!strncmp(path, "/libpod/", 8))
		return sb_asprintf(SB_LIBPOD_PREFIX "%s", path);
	if (!d->about.api_version[0])
		return sb_strdup(path);
	return sb_asprintf("/v%s%s", d->about.api_version, path);
}

char *sb_daemon_escape(const char *text)
{
	char *curls = curl_easy_escape(NULL, text, 0), *out = sb_strdup(curls ? curls : "");

	curl_free(curls);
	return out;
}

/* The first words of something that was not understood. */
static char *excerpt(const char *body, size_t len)
{
	sb_auto_free char *part =
	    sb_asprintf("%.*s%s", (int)(len < SHOWN_BYTES ? len : SHOWN_BYTES), body,
			len > SHOWN_BYTES ? "..." : "");

	return sb_clean(part);
}

char *sb_daemon_message(const char *body, size_t len)
{
	cJSON *tree = cJSON_ParseWithLength(body, len);
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(tree, "message"));
	char *out;

	while (len && (body[len - 1] == '\n' || body[len - 1] == '\r'))
		len--;
	if (text && *text)
		out = sb_clean(text);
	else if (len)
		out = excerpt(body, len);
	else
		out = sb_strdup("no reason given");
	cJSON_Delete(tree);
	/* A mirror or a proxy may have one in its address. */
	sb_hide_passwords(out);
	return out;
}

int sb_daemon_refused(const struct sb_daemon *d, const struct sb_http_request *r, int status,
		      struct sb_transfer *t, struct sb_err *err)
{
	sb_auto_free char *body = NULL, *message = NULL;
	size_t len;

	if (sb_http_slurp(t, SB_JSON_BYTES_MAX, &body, &len, err))
		return -1;
	message = sb_daemon_message(body, len);
	/* The words of Go's HTTP server, and so of every daemon. */
	if (!d->address.tls && strstr(message, "HTTP request to an HTTPS server"))
		return sb_fail(err, SB_EENV, 0,
			       "%s wants TLS: DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH names the "
			       "directory with ca.pem, cert.pem and key.pem",
			       d->address.url);
	return sb_fail(err, SB_EENGINE, 0, "%s %s: %s refused (status %d): %s", r->method, r->shown,
		       d->address.url, status, message);
}

static int parse(const struct sb_daemon *d, const struct sb_http_request *r,
		 const struct sb_transfer *t, const char *body, size_t len, cJSON **out,
		 struct sb_err *err)
{
	sb_auto_free char *shown = NULL;

	if (len == 0)
		return 0;
	/* Nothing but blanks may follow, or two answers got mixed up. */
	*out = cJSON_ParseWithLengthOpts(body, len + 1, NULL, true);
	if (*out)
		return 0;
	shown = excerpt(body, len);
	return sb_fail(
	    err, SB_EENGINE, 0, "%s %s: %s answered something that is not JSON (%s): \"%s\"",
	    r->method, r->shown, d->address.url,
	    *sb_http_content_type(t) ? sb_http_content_type(t) : "of no declared type", shown);
}

static bool decides_caller(int status)
{
	return (status >= 200 && status < 400) || status == 404 || status == 409;
}

static int exchange(struct sb_daemon *d, const struct sb_http_request *r, cJSON **out,
		    struct sb_err *err)
{
	sb_auto_free char *body = NULL;
	struct sb_transfer *t;
	int status = sb_http_begin(d->http, r, &t, err);
	size_t len;

	if (status < 0)
		return -1;
	if (status >= 400) {
		sb_daemon_refused(d, r, status, t, err);
		status = decides_caller(status) ? status : -1;
	} else if (!decides_caller(status)) {
		status = sb_fail(err, SB_EENGINE, 0, "%s %s: %s answered with status %d", r->method,
				 r->shown, d->address.url, status);
	} else if (sb_http_slurp(t, SB_JSON_BYTES_MAX, &body, &len, err) ||
		   (out && parse(d, r, t, body, len, out, err))) {
		status = -1;
	}
	sb_http_end(t);
	return status;
}

int sb_daemon_call(struct sb_daemon *d, const char *method, const char *path, const cJSON *body,
		   int timeout_ms, cJSON **out, struct sb_err *err)
{
	sb_auto_free char *text = body ? cJSON_PrintUnformatted(body) : NULL;
	sb_auto_free char *full = sb_daemon_path(d, path);
	struct sb_http_request r = {
	    .method = method,
	    .path = full,
	    .shown = path,
	    .content_type = body ? "application/json" : NULL,
	    .body = text,
	    .body_len = text ? strlen(text) : 0,
	    .timeout_ms = timeout_ms,
	};

	if (out)
		*out = NULL;
	if (body && !text)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	return exchange(d, &r, out, err);
}
