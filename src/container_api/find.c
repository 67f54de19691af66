// SPDX-License-Identifier: MIT
/* find.c - the daemon that was asked for, and not its namesake */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/container_api.h"

static const struct kind {
	const char *engine, *title;
	bool podman, rootless;
} kinds[] = {
    /* in the order of "auto" */
    {"docker-rootless", "rootless Docker", false, true},
    {"docker", "Docker", false, false},
    {"podman-rootless", "rootless Podman", true, true},
    {"podman", "Podman", true, false},
};

static const struct kind *kind_of(const struct sb_daemon_info *info)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (kinds[i].podman == info->podman && kinds[i].rootless == info->rootless)
			return &kinds[i];
	return &kinds[0];
}

const char *sb_daemon_engine(const struct sb_daemon_info *info)
{
	return kind_of(info)->engine;
}

const char *sb_daemon_title(const struct sb_daemon_info *info)
{
	return kind_of(info)->title;
}

/* `docker` and `sudo docker` can be two daemons: only one that says it is the one asked for will
 * do. */
static int open_one(const char *engine, const struct sb_daemon_address *address,
		    struct sb_daemon **out, struct sb_err *err)
{
	const struct sb_daemon_info *info;
	struct sb_daemon *d = NULL;

	if (sb_daemon_open(address, &d, err))
		return -1;
	info = sb_daemon_info(d);
	if (strstr(engine, "://") || !strcmp(engine, sb_daemon_engine(info))) {
		*out = d;
		return 0;
	}
	sb_fail(err, SB_EENV, 0, "%s (%s) is %s, not %s; for that one: --engine %s", info->url,
		info->origin, sb_daemon_title(info), engine, sb_daemon_engine(info));
	sb_daemon_close(d);
	return -1;
}

static int find_one(const char *engine, struct sb_daemon **out, struct sb_err *err)
{
	struct sb_daemon_list list = {0};
	struct sb_err first = {0};
	int rc = -1;

	if (sb_daemon_addresses(engine, &list, err))
		return -1;
	for (size_t i = 0; rc && i < list.count; i++) {
		struct sb_err why = {0};

		rc = open_one(engine, &list.items[i], out, &why);
		if (rc)
			sb_debug("engine %s: %s", engine, why.msg);
		/* The place that was named by hand comes first, and is what is worth telling. */
		if (rc && !first.code)
			first = why;
	}
	free(list.items);
	if (rc && !first.code)
		sb_fail(&first, SB_EENV, 0, "no known socket path for %s", engine);
	if (rc && err)
		*err = first;
	return rc;
}

int sb_daemon_find(const char *engine, struct sb_daemon **out, struct sb_err *err)
{
	struct sb_err why = {0};

	*out = NULL;
	if (strcmp(engine, "auto") != 0)
		return find_one(engine, out, err);
	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++) {
		if (!find_one(kinds[i].engine, out, &why))
			return 0;
		/* An unusable DOCKER_HOST is the user's own word, not one place of many. */
		if (why.code == SB_EINPUT) {
			if (err)
				*err = why;
			return -1;
		}
	}
	return sb_fail(err, SB_EENV, 0,
		       "no Docker or Podman daemon answers, neither root's nor yours; name one "
		       "with --engine unix:///path/to/docker.sock, or see: satbed doctor");
}
