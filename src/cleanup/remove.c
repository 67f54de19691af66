// SPDX-License-Identifier: MIT
/* remove.c - one thing, by its id */
#include "remove.h"

#include <poll.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define CALL_MS	 60000
#define RETRY_MS 100
/* One that is being removed already is gone a little later, and with a container its endpoints. */
#define GONE_S 15

/* Of a emulator whose channel has ended: until it has taken off what it had put on. */
#define EMULATOR_END_MS 5000

static char *path_of(const struct sb_found *t)
{
	switch (t->kind) {
	case SB_THING_CONTAINER:
		return sb_asprintf("/containers/%s?force=1&v=1", t->id);
	case SB_THING_NETWORK:
		return sb_asprintf("/networks/%s", t->id);
	case SB_THING_VOLUME:
		/* Without force: to Podman that means its users, too, whoever they are. */
		return sb_asprintf("/volumes/%s", t->id);
	case SB_THING_IMAGE:
		return sb_asprintf("/images/%s?force=1", t->id);
	}
	return NULL;
}

/*
 * On a split path the emulator shapes an interface that is the daemon's and stays: killed now, it would
 * leave its queue, and a filter that sends every packet to a tap that has gone.  Its channel ended
 * with its satbed, so it is ending by itself.
 */
static void let_emulator_end(struct sb_daemon *d, const struct sb_found *t)
{
	size_t len = strlen(t->name);
	sb_auto_free char *path = sb_asprintf("/containers/%s/wait", t->id);
	struct sb_err ignored = {0};

	if (t->kind == SB_THING_CONTAINER && t->running && len > 9 &&
	    !strcmp(t->name + len - 9, "-emulator"))
		sb_daemon_call(d, "POST", path, NULL, EMULATOR_END_MS, NULL, &ignored);
}

int sb_remove_found(const struct sb_daemon *d, const struct sb_found *thing, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + GONE_S * SB_NS_PER_S;
	sb_auto_free char *path = path_of(thing);
	struct sb_daemon *own = NULL;
	int status;

	if (sb_daemon_again(d, &own, err))
		return -1;
	let_emulator_end(own, thing);
	for (;;) {
		*err = (struct sb_err){0};
		status = sb_daemon_call(own, "DELETE", path, NULL, CALL_MS, NULL, err);
		if ((status >= 200 && status < 400) || status == 404 || sb_interrupted() ||
		    sb_mono_ns() >= deadline_ns)
			break;
		poll(NULL, 0, RETRY_MS);
	}
	sb_daemon_close(own);
	if (status == 409 || status < 0)
		return -1;
	*err = (struct sb_err){0};
	return 0;
}
