// SPDX-License-Identifier: MIT
/*
 * watch.c - does a guest's time move?
 *
 * While flows run the guest says something for every quarter of a second of its own time.  A guest
 * that is silent for a while of processor time, which a busy machine may give it slowly, is asked
 * what runs and what time it is; when two answers have the same time, that time stands still.
 */
#include "watch.h"

#include <stdio.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"

#define LOOK_NS	  SB_NS_PER_S
#define SILENCE_S 5  /* of processor time: then it is asked, and again */
#define ANSWER_S  30 /* of processor time: to answer, or to end when told to */
/* Looking at the time takes a little of it. */
#define STILL_NS (100 * SB_NS_PER_US)

static void note_who(struct sb_guest_watch *w, const cJSON *obj)
{
	const cJSON *item;
	size_t used = 0;

	w->who[0] = '\0';
	for (int own_too = 0; own_too < 2; own_too++)
		cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(obj, "processes"))
		{
			const char *name = "", *node = "";

			bool is_own;

			sb_json_get_str(item, "$", "name", &name, NULL);
			sb_json_get_str(item, "$", "node", &node, NULL);
			/* Those of satbed mostly wait behind it. */
			is_own = !strncmp(name, "satbed", 6);
			if (is_own != own_too || (own_too && used))
				continue;
			used += (size_t)snprintf(w->who + used, sizeof(w->who) - used,
						 "%s\"%s\" on %s", used ? ", " : "", name, node);
			if (used >= sizeof(w->who))
				return;
		}
}

void sb_guest_watch_take(struct sb_guest_watch *w, const cJSON *obj)
{
	const char *event = "";
	int64_t virtual_ns = 0;

	sb_json_get_str(obj, "$", "ev", &event, NULL);
	if (!strcmp(event, "live_phase"))
		w->running = false;
	if (!strcmp(event, "live_start"))
		w->running = true;
	if (!strcmp(event, "computing")) {
		if (sb_json_get_i64(obj, "$", "mono_ns", &virtual_ns, NULL))
			return;
		w->asked = false;
		note_who(w, obj);
		if (w->virtual_ns && virtual_ns - w->virtual_ns < STILL_NS) {
			w->stopped = true;
			return;
		}
		w->virtual_ns = virtual_ns;
	} else {
		w->virtual_ns = 0;
	}
	w->heard = true;
}

static int fail_still(const struct sb_guest_watch *w, struct sb_err *err)
{
	return sb_fail(
	    err, SB_EENGINE, 0,
	    "virtual time stands still: %s computes without ever waiting; on the virtual "
	    "clock a program must sleep, or wait for the network; use clock = real",
	    w->who[0] ? w->who : "the guest's kernel");
}

int sb_guest_watch_check(struct sb_guest_watch *w, struct sb_guest *guest, struct sb_err *err)
{
	int64_t now_ns = sb_mono_ns();
	double cpu_s;

	if (!w->running && !w->stopped)
		return 0;
	if (w->stopped && !w->told) {
		w->told = true;
		w->asked_s = sb_guest_cpu_seconds(guest);
		sb_guest_send(guest, SB_GUEST_STOP);
	}
	if (now_ns - w->looked_ns < LOOK_NS)
		return 0;
	w->looked_ns = now_ns;
	cpu_s = sb_guest_cpu_seconds(guest);
	if (w->told || w->asked)
		return cpu_s - w->asked_s > ANSWER_S ? fail_still(w, err) : 0;
	if (w->heard) {
		w->heard = false;
		w->heard_s = cpu_s;
	} else if (cpu_s - w->heard_s > SILENCE_S) {
		w->asked = true;
		w->asked_s = w->heard_s = cpu_s;
		sb_guest_send(guest, SB_GUEST_INSPECT);
	}
	return 0;
}

int sb_guest_watch_verdict(const struct sb_guest_watch *w, struct sb_err *err)
{
	return w->stopped ? fail_still(w, err) : 0;
}
