/* SPDX-License-Identifier: MIT */
/* one_end.h - segments of one TCP connection and when they were acknowledged */
#ifndef SATBED_LEARN_ONE_END_H
#define SATBED_LEARN_ONE_END_H

#include "satbed/learn.h"

/**
 * sb_one_end_read() - of the connection that sent most, as a capture at its sender shows it
 * @out:	@arrived_ns: when it was first acknowledged, by number or selectively; lost: what
 *		was sent again.  The caller's to free
 * @dir:	which way the data went: up from the host that opened the connection, else from the
 *		higher port
 * @how:	it is known that the capture is the sender's, or @between: may be between both ends
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no such connection, or not known to be captured at the
 * sender
 */
int sb_one_end_read(const char *path, struct sb_learn_trace *out, enum sb_dir *dir,
		    char how[SB_LEARN_HOW_MAX], bool *between, struct sb_err *err);

#endif
