// SPDX-License-Identifier: MIT
/* http_wait.c - how long an answer of a daemon is waited for */
#include "http_wait.h"

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"

/* A signal does not wake curl, so Ctrl-C is looked for this often. */
#define LOOK_MS 200

void sb_http_wait_begin(struct sb_http_wait *w, const struct sb_http *h,
			const struct sb_http_request *request)
{
	*w = (struct sb_http_wait){.h = h, .request = request, .moved_ns = sb_mono_ns()};
	w->deadline_ns = w->moved_ns + sb_http_patience_ms(h, request->timeout_ms) * SB_NS_PER_MS;
}

void sb_http_wait_moved(struct sb_http_wait *w)
{
	w->moved_ns = sb_mono_ns();
}

static int64_t silence_ns(const struct sb_http_wait *w)
{
	return sb_http_patience_ms(w->h, w->request->silence_ms) * SB_NS_PER_MS;
}

int sb_http_wait_look(struct sb_http_wait *w, struct sb_err *err)
{
	const struct sb_http_request *r = w->request;
	int64_t now = sb_mono_ns();

	if (r->interruptible && sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	if (r->timeout_ms && now >= w->deadline_ns)
		return sb_fail(err, SB_EENGINE, 0,
			       "%s %s: %s did not finish its response within %d s; for a daemon "
			       "that needs longer, set SATBED_DAEMON_PATIENCE_MS",
			       r->method, r->shown, w->h->where,
			       (sb_http_patience_ms(w->h, r->timeout_ms) + 999) / 1000);
	if (r->silence_ms && now - w->moved_ns >= silence_ns(w))
		return sb_fail(err, SB_EENGINE, 0, "%s %s: no data from %s for %d s", r->method,
			       r->shown, w->h->where, (r->silence_ms + 999) / 1000);
	return 0;
}

int sb_http_wait_ms(const struct sb_http_wait *w)
{
	int64_t now = sb_mono_ns(), ns = LOOK_MS * SB_NS_PER_MS;

	if (w->request->timeout_ms && w->deadline_ns - now < ns)
		ns = w->deadline_ns - now;
	if (w->request->silence_ms && w->moved_ns + silence_ns(w) - now < ns)
		ns = w->moved_ns + silence_ns(w) - now;
	return ns <= 0 ? 0 : (int)(ns / SB_NS_PER_MS) + 1;
}
