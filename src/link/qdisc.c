// SPDX-License-Identifier: MIT
/* qdisc.c - the netem qdiscs of one interface: add, change in place, read, delete */
#include "qdisc.h"
#include "qdisc_talk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gen_stats.h>
#include <linux/netlink.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

static uint32_t read_tick_ns(void)
{
	sb_auto_close int fd = open("/proc/net/psched", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return sb_netem_tick_ns(text);
}

int sb_qdisc_open(struct sb_qdisc *q, const char *ifname, struct sb_err *err)
{
	struct timeval patience = {.tv_sec =
				       5}; /* the kernel answers at once, or something is wrong */
	int on = 1;
	int rc;

	*q = (struct sb_qdisc){.ifindex = (int)if_nametoindex(ifname)};
	if (!q->ifindex)
		return sb_fail(err, SB_EENV, errno, "no interface %s", ifname);
	q->sk = nl_socket_alloc();
	if (!q->sk)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	rc = nl_connect(q->sk, NETLINK_ROUTE);
	if (rc < 0) {
		sb_qdisc_close(q);
		return sb_fail(err, SB_EENV, 0, "cannot open a netlink socket: %s",
			       nl_geterror(rc));
	}
	setsockopt(nl_socket_get_fd(q->sk), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	/* Reasons in words, where the kernel can give them. */
	setsockopt(nl_socket_get_fd(q->sk), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(nl_socket_get_fd(q->sk), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	q->tick_ns = read_tick_ns();
	return 0;
}

void sb_qdisc_close(struct sb_qdisc *q)
{
	nl_socket_free(q->sk);
	q->sk = NULL;
}

struct nl_msg *sb_qdisc_message(struct sb_qdisc *q, int type, int flags, uint32_t handle,
				uint32_t parent)
{
	struct tcmsg tc = {.tcm_family = AF_UNSPEC,
			   .tcm_ifindex = q->ifindex,
			   .tcm_handle = handle,
			   .tcm_parent = parent};

	return sb_netlink_request(type, NLM_F_ACK | flags, &tc, sizeof(tc));
}

static void read_reason(const struct nlmsghdr *msg, struct sb_qdisc_reply *reply)
{
	/* With NETLINK_CAP_ACK the request's header alone is repeated before the attributes. */
	const size_t skip = NLMSG_LENGTH(sizeof(struct nlmsgerr));
	const struct nlattr *attr;

	if (!(msg->nlmsg_flags & NLM_F_ACK_TLVS) || msg->nlmsg_len <= skip)
		return;
	attr = nla_find((const struct nlattr *)((const char *)msg + skip),
			(int)(msg->nlmsg_len - skip), NLMSGERR_ATTR_MSG);
	if (attr && nla_len(attr) > 0)
		snprintf(reply->why, sizeof(reply->why), "%.*s", nla_len(attr),
			 (const char *)nla_data(attr));
}

/* Looks through one message; true when it says how the request went, in @result. */
static bool read_reply(const char *buf, size_t len, uint32_t seq, struct sb_qdisc_reply *reply,
		       int *result)
{
	int left = (int)len;

	for (const struct nlmsghdr *h = (const struct nlmsghdr *)(const void *)buf;
	     nlmsg_ok(h, left); h = nlmsg_next((struct nlmsghdr *)(uintptr_t)h, &left)) {
		if (h->nlmsg_seq != seq)
			continue; /* the answer to a question that was given up */
		if (h->nlmsg_type == NLMSG_ERROR &&
		    h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
			read_reason(h, reply);
			*result = ((const struct nlmsgerr *)nlmsg_data(h))->error;
			return true;
		}
		if (h->nlmsg_type == RTM_NEWQDISC || h->nlmsg_type == RTM_NEWTCLASS) {
			memcpy(reply->buf, h, h->nlmsg_len);
			reply->len = h->nlmsg_len;
		}
	}
	return false;
}

int sb_qdisc_talk(struct sb_qdisc *q, struct nl_msg *msg, struct sb_qdisc_reply *reply)
{
	/* The state and the result are two messages, both there when the request has been sent. */
	char buf[2][SB_QDISC_REPLY_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct iovec space[2] = {{buf[0], sizeof(buf[0])}, {buf[1], sizeof(buf[1])}};
	struct mmsghdr got[2] = {{.msg_hdr = {.msg_iov = &space[0], .msg_iovlen = 1}},
				 {.msg_hdr = {.msg_iov = &space[1], .msg_iovlen = 1}}};
	int rc = nl_send_auto(q->sk, msg), result;
	uint32_t seq = nlmsg_hdr(msg)->nlmsg_seq;

	nlmsg_free(msg);
	reply->len = 0;
	reply->why[0] = '\0';
	if (rc < 0)
		return -EIO;
	for (;;) {
		int n = recvmmsg(nl_socket_get_fd(q->sk), got, 2, MSG_WAITFORONE, NULL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		for (int i = 0; i < n; i++)
			if (read_reply(buf[i], got[i].msg_len, seq, reply, &result))
				return result;
	}
}

static int refuse(struct sb_err *err, int rc, const char *why, const char *what)
{
	const char *colon = why[0] ? ": " : "";

	switch (-rc) {
	case ENOENT:
	case EOPNOTSUPP:
		return sb_fail(
		    err, SB_EENV, 0,
		    "this kernel has no netem (module sch_netem)%s%s; try `sudo modprobe "
		    "sch_netem` (on Ubuntu it is in the package linux-modules-extra-$(uname "
		    "-r)), or use backend = user",
		    colon, why);
	case EPERM:
		return sb_fail(
		    err, SB_EENV, EPERM,
		    "%s: permission denied (needs CAP_NET_ADMIN over the network namespace)%s%s",
		    what, colon, why);
	default:
		return sb_fail(err, SB_EENGINE, -rc, "%s%s%s", what, colon, why);
	}
}

struct nlattr *sb_qdisc_attr(const struct sb_qdisc_reply *reply, int type)
{
	return nlmsg_find_attr((struct nlmsghdr *)&reply->msg, sizeof(struct tcmsg), type);
}

static int compare(const struct sb_qdisc_reply *reply, const struct sb_netem *want,
		   struct sb_err *err)
{
	const struct nlattr *options = reply->len ? sb_qdisc_attr(reply, TCA_OPTIONS) : NULL;
	struct sb_netem got;
	char text[160];

	if (!options || sb_netem_get(nla_data(options), (size_t)nla_len(options), &got))
		return sb_fail(err, SB_EENGINE, 0, "the kernel did not report the netem it set");
	if (sb_netem_differs(want, &got, text, sizeof(text)))
		return sb_fail(err, SB_EENGINE, 0, "the kernel did not accept the setting: its %s",
			       text);
	return 0;
}

static int set_netem(struct sb_qdisc *q, struct nl_msg *msg, const struct sb_netem *want,
		     const char *what, struct sb_err *err)
{
	struct sb_qdisc_reply reply;
	int rc;

	if (sb_netem_put(msg, want, q->tick_ns)) {
		nlmsg_free(msg);
		return sb_fail(err, SB_EINTERNAL, 0, "a netem message does not fit");
	}
	rc = sb_qdisc_talk(q, msg, &reply);
	return rc ? refuse(err, rc, reply.why, what) : compare(&reply, want, err);
}

int sb_qdisc_add(struct sb_qdisc *q, uint32_t handle, uint32_t parent, const struct sb_netem *want,
		 struct sb_err *err)
{
	int flags = NLM_F_CREATE | NLM_F_EXCL | NLM_F_ECHO;

	return set_netem(q, sb_qdisc_message(q, RTM_NEWQDISC, flags, handle, parent), want,
			 "adding a netem", err);
}

int sb_qdisc_change(struct sb_qdisc *q, uint32_t handle, const struct sb_netem *want,
		    struct sb_err *err)
{
	return set_netem(q, sb_qdisc_message(q, RTM_NEWQDISC, NLM_F_ECHO, handle, 0), want,
			 "changing a netem", err);
}

static void read_stats(const struct nlattr *stats2, struct sb_qdisc_stats *out)
{
	const struct nlattr *attr;
	int rest;

	*out = (struct sb_qdisc_stats){0};
	nla_for_each_nested(attr, stats2, rest)
	{
		struct gnet_stats_queue queue;
		struct gnet_stats_basic basic;
		size_t len = (size_t)nla_len(attr);

		if (nla_type(attr) == TCA_STATS_QUEUE && len >= sizeof(queue)) {
			memcpy(&queue, nla_data(attr), sizeof(queue));
			out->qlen = queue.qlen;
			out->drops = queue.drops;
			out->requeues = queue.requeues;
		} else if (nla_type(attr) == TCA_STATS_PKT64 && len >= sizeof(out->packets)) {
			memcpy(&out->packets, nla_data(attr), sizeof(out->packets));
		} else if (nla_type(attr) == TCA_STATS_BASIC && !out->packets &&
			   len >= offsetof(struct gnet_stats_basic, packets) + 4) {
			/* Padded at its end, or not, depending on the architecture. */
			memset(&basic, 0, sizeof(basic));
			memcpy(&basic, nla_data(attr), len < sizeof(basic) ? len : sizeof(basic));
			out->packets = basic.packets;
		}
	}
}

int sb_qdisc_read(struct sb_qdisc *q, uint32_t handle, struct sb_netem *out,
		  struct sb_qdisc_stats *stats, struct sb_err *err)
{
	struct sb_qdisc_reply reply;
	int rc = sb_qdisc_talk(q, sb_qdisc_message(q, RTM_GETQDISC, NLM_F_ECHO, handle, 0), &reply);
	const struct nlattr *options, *stats2;

	if (rc || !reply.len)
		return sb_fail(err, SB_EENGINE, -rc, "the netem %x: no longer exists%s%s",
			       handle >> 16, reply.why[0] ? ": " : "", reply.why);
	options = sb_qdisc_attr(&reply, TCA_OPTIONS);
	stats2 = sb_qdisc_attr(&reply, TCA_STATS2);
	if (!options || !stats2)
		return sb_fail(err, SB_EENGINE, 0, "incomplete netem data from the kernel");
	if (out && sb_netem_get(nla_data(options), (size_t)nla_len(options), out))
		return sb_fail(err, SB_EENGINE, 0, "damaged netem data from the kernel");
	if (stats)
		read_stats(stats2, stats);
	return 0;
}

int sb_qdisc_root(struct sb_qdisc *q, char kind[16], uint32_t *handle, struct sb_err *err)
{
	struct sb_qdisc_reply reply;
	int rc =
	    sb_qdisc_talk(q, sb_qdisc_message(q, RTM_GETQDISC, NLM_F_ECHO, 0, TC_H_ROOT), &reply);
	const struct nlattr *attr;

	kind[0] = '\0';
	*handle = 0;
	if (rc && rc != -ENOENT)
		return refuse(err, rc, reply.why, "reading the root qdisc");
	/* Of what it put there itself a kernel may say nothing. */
	if (rc || !reply.len)
		return 0;
	attr = sb_qdisc_attr(&reply, TCA_KIND);
	if (attr)
		snprintf(kind, 16, "%.*s", nla_len(attr), (const char *)nla_data(attr));
	*handle = ((struct tcmsg *)nlmsg_data(&reply.msg))->tcm_handle;
	return 0;
}

int sb_qdisc_delete_root(struct sb_qdisc *q, uint32_t handle, struct sb_err *err)
{
	struct sb_qdisc_reply reply;
	int rc = sb_qdisc_talk(q, sb_qdisc_message(q, RTM_DELQDISC, 0, handle, TC_H_ROOT), &reply);

	return rc ? refuse(err, rc, reply.why, "deleting a qdisc") : 0;
}
