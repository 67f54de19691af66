// SPDX-License-Identifier: MIT
/* container_remove.c - containers, then what they held: networks, the volume and the image */
#include <poll.h>
#include <string.h>

#include "container.h"
#include "satbed/base/clock.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"

#define GONE_S	  30
#define RETRY_MS  50
#define TRIES_MIN 2

/*
 * Until the daemon no longer knows it: one that is being removed already is gone a little later,
 * and a network has no more endpoints when its containers are.
 */
static int remove_thing(const struct sb_containers *c, const char *path, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + GONE_S * SB_NS_PER_S;
	struct sb_daemon *d = NULL;
	int status, tries = 0;

	if (sb_daemon_again(c->daemon, &d, err))
		return -1;
	for (;;) {
		*err = (struct sb_err){0};
		status = sb_daemon_call(d, "DELETE", path, NULL, SB_CONTAINER_CALL_MS, NULL, err);
		/* SB_EENV: there is no daemon any more. */
		/* One call may take longer than all the time there is: a busy daemon is asked again. */
		if (status == 404 || (status < 0 && err->code == SB_EENV) ||
		    (++tries >= TRIES_MIN && sb_mono_ns() >= deadline_ns))
			break;
		if (status < 0 || status == 409)
			poll(NULL, 0, RETRY_MS);
		else if (status < 400)
			break;
	}
	sb_daemon_close(d);
	if (status == 404 || (status >= 200 && status < 400)) {
		*err = (struct sb_err){0};
		return 0;
	}
	return -1;
}

static int remove_container(void *arg, size_t i, struct sb_err *err)
{
	const struct sb_containers *c = arg;
	char name[SB_THING_NAME_MAX];
	sb_auto_free char *path = NULL;

	if (i < c->common.node_count)
		sb_spec_node_name(name, &c->spec, i);
	else if (i == c->common.node_count)
		sb_spec_name(name, &c->spec, "emulator");
	else
		sb_spec_proxy_name(name, &c->spec, i - c->common.node_count - 1);
	path = sb_asprintf("/containers/%s?force=1&v=1", name);
	return remove_thing(c, path, err);
}

/* By its id, where that is known: names can be moved to another image. */
static char *image_path(const struct sb_containers *c)
{
	sb_auto_free char *full = NULL, *escaped = NULL;
	char name[SB_THING_NAME_MAX];

	full = sb_asprintf(SB_IMAGE_HOST "/%s", sb_spec_name(name, &c->spec, "emulator"));
	escaped = sb_daemon_escape(c->emulator_image ? c->emulator_image : full);
	return sb_asprintf("/images/%s?force=1", escaped);
}

/* 0: the volume; i: network i; after these the emulator's image. */
static int remove_rest(void *arg, size_t i, struct sb_err *err)
{
	const struct sb_containers *c = arg;
	char name[SB_THING_NAME_MAX];
	sb_auto_free char *path = NULL;

	if (i == 0)
		path = sb_asprintf("/volumes/%s?force=1", sb_spec_name(name, &c->spec, NULL));
	else if (i > sb_spec_networks(&c->spec))
		path = image_path(c);
	else
		path = sb_asprintf("/networks/%s", sb_spec_network_name(name, &c->spec, i - 1));
	return remove_thing(c, path, err);
}

bool sb_container_remove(struct sb_containers *c)
{
	struct sb_err err = {0}, rest_err = {0};
	size_t count = c->common.node_count + 1 + sb_spec_proxies(&c->spec);
	int containers = sb_parallel(count, remove_container, c, &err);
	/* Also where a container could not be removed: the network of another one can. */
	int rest = sb_parallel(sb_spec_networks(&c->spec) + 2, remove_rest, c, &rest_err);

	if (!containers && !rest)
		return true;
	if (!containers)
		err = rest_err;
	sb_warn("not all of run %s could be removed: %s; `satbed clean` removes the rest",
		c->spec.owner->run, err.msg);
	return false;
}
