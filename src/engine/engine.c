// SPDX-License-Identifier: MIT
/* engine.c - choosing what runs the nodes */
#include "engines.h"

#include <string.h>

#include "satbed/base/log.h"
#include "satbed/base/mem.h"

static const struct sb_engine_ops *find_from(size_t i, struct sb_err *err)
{
	for (; i < sb_engine_count; i++) {
		const struct sb_engine_ops *ops = sb_engines[i];
		struct sb_err why = {0};

		if (!ops->probe(&why)) {
			if (ops == &sb_engine_native)
				sb_info("engine auto takes native: no container daemon can be used "
					"here (--verbose says why)");
			else
				sb_info("engine auto takes %s, the first that works of "
					"docker-rootless, docker, podman-rootless, podman, native",
					ops->name);
			return ops;
		}
		sb_debug("engine auto: not %s: %s", ops->name, why.msg);
		/* What is told in the end is what native lacks: it is the one that needs least. */
		if (err)
			*err = why;
	}
	if (err)
		sb_wrap(err, "no engine can run here (`satbed doctor` says more); engine native");
	return NULL;
}

const struct sb_engine_ops *sb_engine_after(const struct sb_engine_ops *tried)
{
	for (size_t i = 0; i + 1 < sb_engine_count; i++)
		if (sb_engines[i] == tried)
			return find_from(i + 1, NULL);
	return NULL;
}

const struct sb_engine_ops *sb_engine_find(const char *name, struct sb_err *err)
{
	if (!strcmp(name, "auto"))
		return find_from(0, err);
	if (sb_engine_at_address && strstr(name, "://"))
		return sb_engine_at_address;
	for (size_t i = 0; i < sb_engine_count; i++) {
		if (strcmp(name, sb_engines[i]->name))
			continue;
		/* A daemon is asked by up(), which tells as well as a probe what is missing. */
		if (sb_engines[i] == &sb_engine_native && sb_engines[i]->probe(err)) {
			sb_wrap(err, "engine %s cannot run here", name);
			return NULL;
		}
		return sb_engines[i];
	}
	sb_fail(err, SB_EINPUT, 0,
		"unknown engine \"%s\"; expected auto, native, docker, docker-rootless, podman, "
		"podman-rootless, unix://SOCKET, tcp://HOST:PORT",
		name);
	return NULL;
}
