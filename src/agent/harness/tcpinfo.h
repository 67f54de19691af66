/* SPDX-License-Identifier: MIT */
/* tcpinfo.h - TCP_INFO as far as this kernel knows it */
#ifndef SATBED_AGENT_TCPINFO_H
#define SATBED_AGENT_TCPINFO_H

#include <linux/tcp.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "agent/text.h"

/** struct sb_tcp_reading - @len: how much of @info the kernel filled; older kernels know less */
struct sb_tcp_reading {
	struct tcp_info info;
	socklen_t len;
};

/** sb_tcp_read() - a failure leaves the last reading as it was */
void sb_tcp_read(int fd, struct sb_tcp_reading *out);
/** sb_tcp_text() - the protocol's members; those the kernel does not know are left out */
void sb_tcp_text(struct sb_text *t, const struct sb_tcp_reading *r);

/* Was the field filled by the kernel? */
#define sb_tcp_has(r, field) \
	((r)->len >= offsetof(struct tcp_info, field) + sizeof((r)->info.field))

#endif
