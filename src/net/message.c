// SPDX-License-Identifier: MIT
/* message.c - the beginning of a request to the kernel */
#include <netlink/msg.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

struct nl_msg *sb_netlink_request(int type, int flags, const void *header, size_t len)
{
	struct nl_msg *msg = sb_must(nlmsg_alloc_simple(type, NLM_F_REQUEST | flags));

	if (nlmsg_append(msg, (void *)header, len, NLMSG_ALIGNTO) < 0)
		sb_out_of_memory();
	return msg;
}
