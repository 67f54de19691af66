/* SPDX-License-Identifier: MIT */
/* netlink.h - asking the kernel about this network namespace, without a library: the program is
 * static */
#ifndef SATBED_AGENT_NETLINK_H
#define SATBED_AGENT_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>

#include "satbed/base/err.h"

#define SB_NL_ROOM 512

/** struct sb_nl_request - one message with its attributes */
struct sb_nl_request {
	struct nlmsghdr head;
	char rest[SB_NL_ROOM];
};

/** sb_nl_begin() - @body is the family's own header, copied behind the message's */
void sb_nl_begin(struct sb_nl_request *req, unsigned short type, unsigned short flags,
		 const void *body, size_t len);
/** sb_nl_put() - one attribute; requests are small and made here, so it always fits */
void sb_nl_put(struct sb_nl_request *req, unsigned short type, const void *data, size_t len);

/** sb_nl_each_fn - one message of a dump; the attributes begin at @attrs */
typedef void sb_nl_each_fn(const struct nlmsghdr *msg, void *ctx);

/** sb_nl_ifindex() - of an interface; 0: there is none.  The C library's opens an AF_UNIX socket for that,
 * which the agent may not have: it could lead out of the node.
 */
int sb_nl_ifindex(const char *name);

/** sb_nl_open() - a NETLINK_ROUTE socket, or -1 with @err */
int sb_nl_open(struct sb_err *err);
/** sb_nl_talk() - send and read the acknowledgement; 0 or -1 with errno set by the kernel's answer
 */
int sb_nl_talk(int fd, struct sb_nl_request *req);
/** sb_nl_dump() - everything of @type (RTM_GETLINK, RTM_GETADDR); 0 or -1 with @err */
int sb_nl_dump(int fd, unsigned short type, sb_nl_each_fn *each, void *ctx, struct sb_err *err);
/** sb_nl_attr() - attribute @type among @len bytes at @first, or NULL */
const struct rtattr *sb_nl_attr(const struct rtattr *first, size_t len, unsigned short type);

#endif
