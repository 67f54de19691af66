// SPDX-License-Identifier: MIT
/* http.c - a dashboard's answers to requests */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dashboard_state.h"
#include "satbed/base/mem.h"
#include "satbed/report_page.h"

/** struct asking - a request that has begun; @allowed: 200, or why it is refused */
struct asking {
	enum sb_web_resource what;
	bool is_report, too_long;
	size_t len;
	char body[SB_ASKED_MAX];
};

/* The report's own policy is in it; policies add up. */
#define NO_FRAMES "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

static void add_headers(struct MHD_Response *r, const char *type, const char *policy)
{
	static const struct {
		const char *name, *value;
	} always[] = {
	    {"Cache-Control", "no-store"},
	    {"Referrer-Policy", "no-referrer"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"X-Frame-Options", "DENY"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	};

	for (size_t i = 0; i < SB_ARRAY_LEN(always); i++)
		MHD_add_response_header(r, always[i].name, always[i].value);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(r, "Content-Security-Policy", policy);
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned int status,
				     struct MHD_Response *r, const char *type, const char *policy)
{
	enum MHD_Result rc;

	if (!r)
		return MHD_NO;
	add_headers(r, type, policy);
	rc = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return rc;
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned int status, const char *text)
{
	char *line = sb_asprintf("%s\n", text);
	struct MHD_Response *r =
	    MHD_create_response_from_buffer(strlen(line), line, MHD_RESPMEM_MUST_FREE);

	if (!r)
		free(line);
	return send_response(c, status, r, "text/plain; charset=utf-8",
			     "default-src 'none'; " NO_FRAMES);
}

static enum MHD_Result send_page(const struct sb_dashboard *d, struct MHD_Connection *c)
{
	struct sb_page page = {.title = d->title,
			       .kind = "live",
			       .summary = "This page shows what goes on now.",
			       .data = "{}"};
	sb_auto_free char *policy = NULL;
	struct MHD_Response *r;
	struct sb_err err = {0};
	char *html;

	if (sb_page_make(&page, &html, &err))
		return send_text(c, MHD_HTTP_INTERNAL_SERVER_ERROR, err.msg);
	policy = sb_asprintf("default-src 'none'; script-src 'nonce-%s'; style-src 'nonce-%s'; "
			     "img-src data:; connect-src 'self'; " NO_FRAMES,
			     page.nonce, page.nonce);
	r = MHD_create_response_from_buffer(strlen(html), html, MHD_RESPMEM_MUST_FREE);
	if (!r)
		free(html);
	return send_response(c, MHD_HTTP_OK, r, "text/html; charset=utf-8", policy);
}

static enum MHD_Result send_events(struct sb_dashboard *d, struct MHD_Connection *c)
{
	struct MHD_Response *r = sb_viewer_response(d, c);

	if (!r)
		return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE,
				 "enough pages look at this already: close one of them");
	return send_response(c, MHD_HTTP_OK, r, "text/event-stream; charset=utf-8",
			     "default-src 'none'; " NO_FRAMES);
}

static enum MHD_Result send_report(struct sb_dashboard *d, struct MHD_Connection *c,
				   struct asking *a)
{
	int fd = d->report ? open(d->report, O_RDONLY | O_CLOEXEC) : -1;
	struct MHD_Response *r;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		sb_close_p(&fd);
		return send_text(c, MHD_HTTP_NOT_FOUND, "the report is not there yet");
	}
	r = MHD_create_response_from_fd((uint64_t)st.st_size, fd);
	if (!r)
		close(fd);
	a->is_report = true;
	d->reports_begun++;
	return send_response(c, MHD_HTTP_OK, r, "text/html; charset=utf-8", NO_FRAMES);
}

static enum MHD_Result act(struct sb_dashboard *d, struct MHD_Connection *c, const struct asking *a)
{
	struct sb_err err = {0};

	if (a->too_long)
		return send_text(c, MHD_HTTP_CONTENT_TOO_LARGE, "what is asked is too long");
	if (d->o.act(d->o.arg, a->body, a->len, &err))
		return send_text(c, MHD_HTTP_BAD_REQUEST, err.msg);
	return send_text(c, MHD_HTTP_ACCEPTED, "done");
}

static struct sb_web_request read_request(struct MHD_Connection *c, const char *method,
					  const char *url)
{
#define HEADER(name) MHD_lookup_connection_value(c, MHD_HEADER_KIND, name)
	return (struct sb_web_request){
	    .method = method,
	    .path = url,
	    .token = MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, "token"),
	    .host = HEADER(MHD_HTTP_HEADER_HOST),
	    .origin = HEADER("Origin"),
	    .fetch_site = HEADER("Sec-Fetch-Site"),
	    .content_type = HEADER(MHD_HTTP_HEADER_CONTENT_TYPE),
	};
#undef HEADER
}

static void take_body(struct asking *a, const char *data, size_t *size)
{
	if (*size > sizeof(a->body) - a->len) {
		a->too_long = true;
	} else {
		memcpy(a->body + a->len, data, *size);
		a->len += *size;
	}
	*size = 0;
}

/* First with the headers, then once for each part of the body, then once more. */
enum MHD_Result sb_web_answer(void *arg, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *data,
			      size_t *size, void **state)
{
	struct sb_dashboard *d = arg;
	struct asking *a = *state;

	(void)version;
	if (!a) {
		struct sb_web_request r = read_request(c, method, url);
		enum sb_web_resource what;
		const char *why;
		unsigned int status = sb_web_access(&d->rules, &r, &what, &why);

		/* Nothing is taken of whoever may not ask. */
		if (status != 200)
			return send_text(c, status, why);
		*state = a = sb_alloc(1, sizeof(*a));
		a->what = what;
		return MHD_YES;
	}
	if (*size) {
		take_body(a, data, size);
		return MHD_YES;
	}
	switch (a->what) {
	case SB_WEB_PAGE:
		return send_page(d, c);
	case SB_WEB_EVENTS:
		return send_events(d, c);
	case SB_WEB_REPORT:
		return send_report(d, c, a);
	case SB_WEB_ACT:
		break;
	}
	return act(d, c, a);
}

void sb_web_completed(void *arg, struct MHD_Connection *c, void **state,
		      enum MHD_RequestTerminationCode how)
{
	struct sb_dashboard *d = arg;
	struct asking *a = *state;

	(void)c;
	if (a && a->is_report)
		d->reports_sent++;
	(void)how;
	free(a);
	*state = NULL;
}
