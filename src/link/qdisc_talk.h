/* SPDX-License-Identifier: MIT */
/* qdisc_talk.h - one request about a qdisc or a class of an interface, and the kernel's reply */
#ifndef SATBED_LINK_QDISC_TALK_H
#define SATBED_LINK_QDISC_TALK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#include "qdisc.h"

struct nl_msg;
struct nlattr;

#define SB_QDISC_REPLY_MAX 8192u

/** struct sb_qdisc_reply - the state of a qdisc or a class (@len > 0), then how the request went */
struct sb_qdisc_reply {
	size_t len;    /* of @msg; 0 = no state was sent back */
	char why[200]; /* the kernel's own words on a refusal, or empty */
	union {
		struct nlmsghdr msg;
		char buf[SB_QDISC_REPLY_MAX];
	};
};

/** sb_qdisc_message() - about @handle; NLM_F_ECHO makes the kernel send the new state back to us */
struct nl_msg *sb_qdisc_message(struct sb_qdisc *q, int type, int flags, uint32_t handle,
				uint32_t parent);
/** sb_qdisc_talk() - sends @msg and frees it; reads up to the result.  0 or a negative errno */
int sb_qdisc_talk(struct sb_qdisc *q, struct nl_msg *msg, struct sb_qdisc_reply *reply);
struct nlattr *sb_qdisc_attr(const struct sb_qdisc_reply *reply, int type);

#endif
