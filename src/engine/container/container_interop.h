/* SPDX-License-Identifier: MIT */
/* container_interop.h - nodes of an interop flow (QUIC Interop Runner) */
#ifndef SATBED_ENGINE_CONTAINER_INTEROP_H
#define SATBED_ENGINE_CONTAINER_INTEROP_H

#include <cjson/cJSON.h>

#include "satbed/plan.h"

/**
 * sb_interop_command() - what an image's entry point is for the shell, started where the image wants it
 * @image:	the daemon's answer about it
 *
 * Return: 0, or -1 with @err: longer than a command may be
 */
int sb_interop_command(const cJSON *image, const char *name, char out[SB_COMMAND_MAX],
		       struct sb_err *err);

/** sb_interop_has_node() - is @node one of the two of the plan's interop flow? */
bool sb_interop_has_node(const struct sb_plan *plan, size_t node);

/**
 * sb_interop_add() - names, directories and rights of such a node, into the body of its container
 * @host, @tmpfs: HostConfig and its Tmpfs
 */
void sb_interop_add(cJSON *body, cJSON *host, cJSON *tmpfs, const struct sb_plan *plan,
		    size_t node);

#endif
