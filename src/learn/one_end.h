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
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no such connection, or captured at the receiver
 */
int sb_one_end_read(const char *path, struct sb_learn_trace *out, enum sb_dir *dir,
		    struct sb_err *err);

#endif
