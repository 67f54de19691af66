/* SPDX-License-Identifier: MIT */
/*
 * guest_inside.h - satbed as the first process of its own guest (guest.h)
 *
 * Process 1 mounts what the guest sees, starts a worker, passes on what it says, and turns the
 * machine off when the worker has ended.
 */
#ifndef SATBED_GUEST_INSIDE_H
#define SATBED_GUEST_INSIDE_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"
#include "satbed/base/lines.h"

#define SB_GUEST_DIRECTORY "/run/satbed/out"  /* the writable one */
#define SB_GUEST_HOST	   "/run/satbed/host" /* all of the host's files, its /tmp too, read-only */

#define SB_GUEST_WORK "/run/satbed/work" /* the worker's own, in memory */

/**
 * sb_guest_inside() - be process 1; returns only where this process is another
 * @work:	carried out in a child with the rights of the user who started the guest; says what
 *		it has to say on the channel, and returns its exit status
 *
 * What the child writes to stderr becomes {"ev":"stderr","text":...}, what to stdout
 * {"ev":"stdout","text":...} after its end, and its end {"ev":"ended","status":...} or, by a
 * signal, {"ev":"ended","signal":...}.
 *
 * Return: the exit status of a process that is none
 */
int sb_guest_inside(int (*work)(const cJSON *request, struct sb_lines *channel));

#endif
