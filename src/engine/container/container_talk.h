/* SPDX-License-Identifier: MIT */
/* container_talk.h - requests to what runs in containers, and answers */
#ifndef SATBED_ENGINE_CONTAINER_TALK_H
#define SATBED_ENGINE_CONTAINER_TALK_H

#include "container.h"
#include "satbed/base/lines.h"

/** sb_container_request() - {"op":@op}; the caller's */
cJSON *sb_container_request(const char *op);
/** sb_container_tell() - send @request, and delete it in any case */
int sb_container_tell(struct sb_lines *lines, cJSON *request, struct sb_err *err);
/**
 * sb_container_await() - the next answer, which has to be @event
 * @out:	the caller's
 *
 * Return: 0, or -1 with @err: with what @container complained of, or SB_EINTERRUPTED
 */
int sb_container_await(struct sb_containers *c, struct sb_lines *lines, const char *container,
		       const char *event, cJSON **out, struct sb_err *err);
/** sb_container_complain() - @err, with what @container has written to its standard error; -1 */
int sb_container_complain(struct sb_containers *c, const char *container, struct sb_err *err);

#endif
