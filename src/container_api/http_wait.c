// SPDX-License-Identifier: MIT
/* http_wait.c - how long an answer of a daemon is waited for */
#include "http_wait.h"

#include <stdatomic.h>

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/writeback.h"

/* A signal does not wake curl, so Ctrl-C is looked for this often. */
#define LOOK_MS	      200
#define TELL_FIRST_NS (5 * SB_NS_PER_S)
#define TELL_AGAIN_NS (30 * SB_NS_PER_S)

/* Can what keeps a daemon from answering be the disk of this machine?  Daemons elsewhere have their own. */
static bool may_wait_for_disk(const struct sb_http *h, int limit_ms)
{
	return h->socket_path[0] && limit_ms >= SB_WRITEBACK_LIMIT_MS;
}

int64_t sb_http_grant_ns(const struct sb_http *h, int limit_ms, int64_t begun_ns)
{
	if (h->patience_ms || !may_wait_for_disk(h, limit_ms))
		return 0;
	return sb_writeback_grant_ns(begun_ns);
}

void sb_http_wait_begin(struct sb_http_wait *w, const struct sb_http *h,
			const struct sb_http_request *request)
{
	int64_t now = sb_mono_ns();

	*w = (struct sb_http_wait){.h = h, .request = request, .begun_ns = now, .moved_ns = now};
}

void sb_http_wait_moved(struct sb_http_wait *w)
{
	w->moved_ns = sb_mono_ns();
}

/* The end of a limit of @ms that began at @from_ns; never, where there is none. */
static int64_t end_ns(const struct sb_http_wait *w, int64_t from_ns, int ms)
{
	int64_t end = from_ns + sb_http_patience_ms(w->h, ms) * SB_NS_PER_MS;

	if (!ms)
		return INT64_MAX;
	return end > w->granted_ns ? end : w->granted_ns;
}

static int64_t answer_end_ns(const struct sb_http_wait *w)
{
	return end_ns(w, w->begun_ns, w->request->timeout_ms);
}

static int64_t silence_end_ns(const struct sb_http_wait *w)
{
	return end_ns(w, w->moved_ns, w->request->silence_ms);
}

static int limit_ms(const struct sb_http_wait *w)
{
	return w->request->timeout_ms ? w->request->timeout_ms : w->request->silence_ms;
}

static bool waits_for_disk(const struct sb_http_wait *w, struct sb_writeback *disk)
{
	if (!may_wait_for_disk(w->h, limit_ms(w)))
		return false;
	sb_writeback_read(disk);
	return sb_writeback_busy(disk);
}

/* Of all the requests that wait, one says so. */
static bool is_told_next(int64_t now)
{
	static _Atomic int64_t told_ns;
	int64_t told = told_ns;

	return (!told || now - told >= TELL_AGAIN_NS) &&
	       atomic_compare_exchange_strong(&told_ns, &told, now);
}

static void tell(const struct sb_http_wait *w, int64_t now)
{
	const struct sb_http_request *r = w->request;
	int64_t since = r->timeout_ms ? w->begun_ns : w->moved_ns;
	struct sb_writeback disk;
	char text[128], why[192] = "";

	/* What has no limit ends when something happens, which may be never. */
	if ((!r->timeout_ms && !r->silence_ms) || now - since < TELL_FIRST_NS || !is_told_next(now))
		return;
	if (waits_for_disk(w, &disk))
		snprintf(why, sizeof(why), "; this machine: %s",
			 sb_writeback_text(&disk, text, sizeof(text)));
	sb_info("waiting for %s (%s %s, %d s so far)%s", w->h->where, r->method, r->shown,
		(int)((now - since) / SB_NS_PER_S), why);
}

static int fail_late(const struct sb_http_wait *w, bool silent, struct sb_err *err)
{
	const struct sb_http_request *r = w->request;
	int ms = sb_http_patience_ms(w->h, silent ? r->silence_ms : r->timeout_ms);
	int64_t waited_ns = sb_mono_ns() - (silent ? w->moved_ns : w->begun_ns);
	int s = w->granted_ns ? (int)(waited_ns / SB_NS_PER_S) : (ms + 999) / 1000;
	struct sb_writeback disk;
	char text[128], why[192] = "";

	if (waits_for_disk(w, &disk))
		snprintf(why, sizeof(why), " (this machine: %s)",
			 sb_writeback_text(&disk, text, sizeof(text)));
	if (silent)
		return sb_fail(err, SB_EENGINE, 0, "%s %s: no data from %s for %d s%s", r->method,
			       r->shown, w->h->where, s, why);
	return sb_fail(err, SB_EENGINE, 0,
		       "%s %s: %s did not finish its response within %d s%s; for a daemon "
		       "that needs longer, set SATBED_DAEMON_PATIENCE_MS",
		       r->method, r->shown, w->h->where, s, why);
}

int sb_http_wait_look(struct sb_http_wait *w, struct sb_err *err)
{
	int64_t now = sb_mono_ns(), more_ns;
	bool silent;

	if (w->request->interruptible && sb_interrupted())
		return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	silent = now >= silence_end_ns(w);
	if (!silent && now < answer_end_ns(w)) {
		tell(w, now);
		return 0;
	}
	more_ns = sb_http_grant_ns(w->h, limit_ms(w), silent ? w->moved_ns : w->begun_ns);
	if (!more_ns)
		return fail_late(w, silent, err);
	w->granted_ns = now + more_ns;
	return 0;
}

int sb_http_wait_ms(const struct sb_http_wait *w)
{
	int64_t now = sb_mono_ns(), ns = LOOK_MS * SB_NS_PER_MS, answer = answer_end_ns(w),
		silence = silence_end_ns(w);

	if (answer - now < ns)
		ns = answer - now;
	if (silence - now < ns)
		ns = silence - now;
	return ns <= 0 ? 0 : (int)(ns / SB_NS_PER_MS) + 1;
}
