// SPDX-License-Identifier: MIT
/*
 * user_tc.c - clsact, a classic BPF filter and mirred: the way from an interface's egress to a TAP
 *
 * Classic BPF, because loading it needs no right beyond CAP_NET_ADMIN over the namespace, while
 * bpf(2) is often forbidden to containers.  The filter matches all but the packets that satbed
 * itself sends, which carry a mark; mirred steals what matches.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/tc_act/tc_mirred.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"
#include "source_filter.h"
#include "user_tc.h"

#define CLSACT_HANDLE	    TC_H_MAKE(TC_H_CLSACT, 0)
#define EGRESS_PARENT	    TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS)
#define INGRESS_PARENT	    TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS)
#define INGRESS_FILTER_PRIO 0x5a7au /* the lower one is asked first */
#define FILTER_PRIO	    0x5a7bu
#define JOINT_PRIO	    0x5a7cu
#define ANY_PRIO	    0u
#define FILTER_HANDLE	    1u
#define FQ_LIMIT	    1000000u /* packets */

/* What the kernel said, in its own words where it gives any. */
struct answer {
	int error; /* negative errno, 0 = done */
	char text[128];
};

static void read_text(struct answer *a, struct nlmsghdr *reply)
{
	struct nlmsgerr *e = NLMSG_DATA(reply);
	struct nlattr *text;
	int skip = (int)sizeof(*e), len;

	if (!(reply->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(reply->nlmsg_flags & NLM_F_CAPPED))
		skip += (int)NLMSG_ALIGN(e->msg.nlmsg_len - sizeof(e->msg));
	len = (int)reply->nlmsg_len - NLMSG_HDRLEN - skip;
	if (len <= 0)
		return;
	text = nla_find((struct nlattr *)((char *)e + skip), len, NLMSGERR_ATTR_MSG);
	if (text)
		nla_strlcpy(a->text, text, sizeof(a->text));
}

/* Sends @msg, frees it, waits for the acknowledgement. */
static struct answer ask(struct sb_rtnl *nl, struct nl_msg *msg)
{
	struct answer a = {.error = -EPROTO};
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	struct nlmsghdr *reply;
	int one = 1, rc;

	/* Kernels before 4.12 have no texts; the error number is there all the same. */
	setsockopt(nl_socket_get_fd(nl->sk), SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	rc = nl_send_auto(nl->sk, msg);
	nlmsg_free(msg);
	if (rc < 0)
		return a;
	rc = nl_recv(nl->sk, &from, &buf, NULL);
	reply = (struct nlmsghdr *)buf;
	if (rc >= (int)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && reply->nlmsg_type == NLMSG_ERROR) {
		a.error = ((struct nlmsgerr *)NLMSG_DATA(reply))->error;
		read_text(&a, reply);
	}
	free(buf);
	return a;
}

static struct nl_msg *qdisc_message(int type, int flags, int ifindex, uint32_t parent,
				    uint32_t handle, const char *kind)
{
	struct tcmsg tc = {.tcm_family = AF_UNSPEC,
			   .tcm_ifindex = ifindex,
			   .tcm_parent = parent,
			   .tcm_handle = handle};
	struct nl_msg *msg = sb_netlink_request(type, NLM_F_ACK | flags, &tc, sizeof(tc));

	nla_put_string(msg, TCA_KIND, kind);
	return msg;
}

int sb_user_tc_ready_sink(struct sb_rtnl *nl, const char *ifname, int ifindex, struct sb_err *err)
{
	struct ifinfomsg ifi = {.ifi_index = ifindex, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
	struct nl_msg *msg = sb_netlink_request(RTM_NEWLINK, NLM_F_ACK, &ifi, sizeof(ifi));
	struct answer a;

	nla_put_u32(msg, IFLA_MTU, SB_SINK_MTU);
	a = ask(nl, msg);
	if (a.error)
		return sb_fail(err, SB_EENV, -a.error, "cannot set up %s", ifname);
	/* A TAP's default queue would be one more lock and one more place to lose packets. */
	a = ask(nl, qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, TC_H_ROOT, 0,
				  "noqueue"));
	if (a.error)
		return sb_fail(err, SB_EENV, -a.error, "cannot remove the queue of %s", ifname);
	return 0;
}

static bool has_prio(const struct nlmsghdr *h, uint32_t prio)
{
	const struct tcmsg *tc = NLMSG_DATA(h);

	return prio == ANY_PRIO || tc->tcm_info >> 16 == prio;
}

/* Counts the filters at one side of the clsact; -1 when that cannot be known. */
static int count_filters(struct sb_rtnl *nl, int ifindex, uint32_t parent, uint32_t prio)
{
	struct tcmsg tc = {.tcm_family = AF_UNSPEC, .tcm_ifindex = ifindex, .tcm_parent = parent};
	struct nl_msg *msg = sb_netlink_request(RTM_GETTFILTER, NLM_F_DUMP, &tc, sizeof(tc));
	int rc = nl_send_auto(nl->sk, msg), filters = 0;

	nlmsg_free(msg);
	while (rc >= 0) {
		struct sockaddr_nl from;
		unsigned char *buf = NULL;
		struct nlmsghdr *h;
		int left;

		rc = nl_recv(nl->sk, &from, &buf, NULL);
		left = rc;
		if (rc <= 0) {
			free(buf);
			return -1;
		}
		for (h = (struct nlmsghdr *)buf; nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				rc = h->nlmsg_type == NLMSG_DONE ? filters : -1;
				free(buf);
				return rc;
			}
			filters += h->nlmsg_type == RTM_NEWTFILTER && has_prio(h, prio);
		}
		free(buf);
	}
	return -1;
}

static void delete_unused_clsact(struct sb_rtnl *nl, int ifindex)
{
	if (count_filters(nl, ifindex, EGRESS_PARENT, ANY_PRIO) > 0 ||
	    count_filters(nl, ifindex, INGRESS_PARENT, ANY_PRIO) > 0)
		return;
	ask(nl, qdisc_message(RTM_DELQDISC, 0, ifindex, TC_H_CLSACT, CLSACT_HANDLE, "clsact"));
}

/* That of a joint, and that of a filter of the link's sender, are satbed's own. */
static bool is_ours(struct sb_rtnl *nl, int ifindex)
{
	int joints = count_filters(nl, ifindex, INGRESS_PARENT, JOINT_PRIO);
	int senders = count_filters(nl, ifindex, EGRESS_PARENT, INGRESS_FILTER_PRIO);

	return joints >= 0 && senders >= 0 && joints + senders > 0 &&
	       count_filters(nl, ifindex, INGRESS_PARENT, ANY_PRIO) == joints &&
	       count_filters(nl, ifindex, EGRESS_PARENT, ANY_PRIO) == senders;
}

static int add_clsact(struct sb_rtnl *nl, const char *ifname, int ifindex, struct sb_err *err)
{
	struct answer a = ask(nl, qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex,
						TC_H_CLSACT, CLSACT_HANDLE, "clsact"));

	switch (-a.error) {
	case 0:
		return 0;
	case EEXIST:
		if (is_ours(nl, ifindex))
			return 0;
		return sb_fail(err, SB_EENV, 0,
			       "%s already has a clsact or ingress qdisc that satbed did not put "
			       "there; satbed leaves it alone: remove it (tc qdisc del dev %s "
			       "clsact) or use link.backend = netem",
			       ifname, ifname);
	case ENOENT:
	case EOPNOTSUPP:
		return sb_fail(err, SB_EENV, 0,
			       "this kernel has no clsact qdisc (CONFIG_NET_SCH_INGRESS, "
			       "CONFIG_NET_CLS_ACT): load it with `modprobe sch_ingress`");
	case EPERM:
		return sb_fail(err, SB_EENV, 0,
			       "cannot redirect packets on %s: missing CAP_NET_ADMIN over its "
			       "network namespace",
			       ifname);
	default:
		return sb_fail(err, SB_EENV, -a.error, "cannot add a clsact qdisc to %s%s%s",
			       ifname, a.text[0] ? ": " : "", a.text);
	}
}

static void put_mirred(struct nl_msg *msg, int to_ifindex)
{
	struct tc_mirred parms = {
	    .action = TC_ACT_STOLEN, .eaction = TCA_EGRESS_REDIR, .ifindex = (uint32_t)to_ifindex};
	struct nlattr *actions = nla_nest_start(msg, TCA_BPF_ACT);
	struct nlattr *first = nla_nest_start(msg, 1);
	struct nlattr *options;

	nla_put_string(msg, TCA_ACT_KIND, "mirred");
	options = nla_nest_start(msg, TCA_ACT_OPTIONS);
	nla_put(msg, TCA_MIRRED_PARMS, sizeof(parms), &parms);
	nla_nest_end(msg, options);
	nla_nest_end(msg, first);
	nla_nest_end(msg, actions);
}

static struct tcmsg filter_header(int ifindex, uint32_t parent)
{
	return (struct tcmsg){.tcm_family = AF_UNSPEC,
			      .tcm_ifindex = ifindex,
			      .tcm_parent = parent,
			      .tcm_handle = FILTER_HANDLE,
			      .tcm_info = TC_H_MAKE(FILTER_PRIO << 16, htons(ETH_P_ALL))};
}

/* What @ops match is sent out of the other interface. */
static struct answer add_redirect(struct sb_rtnl *nl, const struct tcmsg *tc,
				  const struct sock_filter *ops, uint16_t op_count, int to_ifindex)
{
	struct nl_msg *msg = sb_netlink_request(
	    RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, tc, sizeof(*tc));
	struct nlattr *options;

	nla_put_string(msg, TCA_KIND, "bpf");
	options = nla_nest_start(msg, TCA_OPTIONS);
	nla_put_u16(msg, TCA_BPF_OPS_LEN, op_count);
	nla_put(msg, TCA_BPF_OPS, (int)(op_count * sizeof(*ops)), ops);
	put_mirred(msg, to_ifindex);
	nla_nest_end(msg, options);
	return ask(nl, msg);
}

static int explain_redirect(struct sb_rtnl *nl, const char *ifname, int ifindex,
			    const struct answer *a, struct sb_err *err)
{
	if (!a->error)
		return 0;
	delete_unused_clsact(nl, ifindex);
	if (a->error == -ENOENT || a->error == -EOPNOTSUPP)
		return sb_fail(err, SB_EENV, 0,
			       "this kernel lacks the classic BPF filter (CONFIG_NET_CLS_BPF) or "
			       "the mirred action (CONFIG_NET_ACT_MIRRED)%s%s%s: load them with "
			       "`modprobe -a cls_bpf act_mirred`",
			       a->text[0] ? " (" : "", a->text, a->text[0] ? ")" : "");
	return sb_fail(err, SB_EENV, -a->error, "cannot add a filter to %s%s%s", ifname,
		       a->text[0] ? ": " : "", a->text);
}

int sb_user_tc_redirect(struct sb_rtnl *nl, const char *ifname, int ifindex, int to_ifindex,
			uint32_t mark, struct sb_err *err)
{
	const struct sock_filter ops[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_MARK)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mark, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 0),	   /* ours: no match, go on */
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX), /* match: do the action */
	};
	struct tcmsg tc = filter_header(ifindex, EGRESS_PARENT);
	struct answer a;

	if (add_clsact(nl, ifname, ifindex, err))
		return -1;
	a = add_redirect(nl, &tc, ops, SB_ARRAY_LEN(ops), to_ifindex);
	return explain_redirect(nl, ifname, ifindex, &a, err);
}

int sb_user_tc_join(struct sb_rtnl *nl, const char *ifname, int ifindex, int to_ifindex,
		    struct sb_err *err)
{
	const struct sock_filter all = BPF_STMT(BPF_RET | BPF_K, UINT32_MAX);
	struct tcmsg tc = filter_header(ifindex, INGRESS_PARENT);
	struct answer a;

	tc.tcm_info = TC_H_MAKE(JOINT_PRIO << 16, htons(ETH_P_ALL));
	if (add_clsact(nl, ifname, ifindex, err))
		return -1;
	a = add_redirect(nl, &tc, &all, 1, to_ifindex);
	return explain_redirect(nl, ifname, ifindex, &a, err);
}

int sb_user_tc_add_fq(struct sb_rtnl *nl, int ifindex)
{
	struct nl_msg *msg =
	    qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex, TC_H_ROOT, 0, "fq");
	struct nlattr *options = nla_nest_start(msg, TCA_OPTIONS);

	/* All that a packet socket sends is one flow, or frames of one instant would change their
	 * order; and what it sends ahead must not be dropped for its number. */
	nla_put_u32(msg, TCA_FQ_ORPHAN_MASK, 0);
	nla_put_u32(msg, TCA_FQ_PLIMIT, FQ_LIMIT);
	nla_put_u32(msg, TCA_FQ_FLOW_PLIMIT, FQ_LIMIT);
	nla_put_u32(msg, TCA_FQ_RATE_ENABLE, 0);
	nla_put_u32(msg, TCA_FQ_TIMER_SLACK, 0);
	nla_nest_end(msg, options);
	return ask(nl, msg).error;
}

void sb_user_tc_delete_fq(struct sb_rtnl *nl, int ifindex)
{
	ask(nl, qdisc_message(RTM_DELQDISC, 0, ifindex, TC_H_ROOT, 0, "fq"));
}

int sb_user_tc_drop_ingress(struct sb_rtnl *nl, const char *ifname, int ifindex, struct sb_err *err)
{
	const struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT);
	struct tcmsg tc = filter_header(ifindex, INGRESS_PARENT);
	struct nl_msg *msg;
	struct nlattr *options;
	struct answer a;

	if (add_clsact(nl, ifname, ifindex, err))
		return -1;
	msg = sb_netlink_request(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &tc,
				 sizeof(tc));
	nla_put_string(msg, TCA_KIND, "bpf");
	options = nla_nest_start(msg, TCA_OPTIONS);
	nla_put_u16(msg, TCA_BPF_OPS_LEN, 1);
	nla_put(msg, TCA_BPF_OPS, sizeof(drop), &drop);
	/* The program's result is the action: there is no act_gact on some kernels. */
	nla_put_u32(msg, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	nla_nest_end(msg, options);
	a = ask(nl, msg);
	if (a.error)
		return sb_fail(err, SB_EENV, -a.error,
			       "cannot add a classic BPF filter (CONFIG_NET_CLS_BPF) to %s%s%s",
			       ifname, a.text[0] ? ": " : "", a.text);
	return 0;
}

static struct tcmsg ingress_filter_header(int ifindex)
{
	struct tcmsg tc = filter_header(ifindex, EGRESS_PARENT);

	tc.tcm_info = TC_H_MAKE(INGRESS_FILTER_PRIO << 16, htons(ETH_P_ALL));
	return tc;
}

int sb_user_tc_ingress_filter(struct sb_rtnl *nl, const char *ifname, int ifindex,
			      const uint8_t only_from[6], struct sb_err *err)
{
	/* From there: on to the next filter. */
	const struct sock_filter ops[] = {
	    SB_BPF_BY_SOURCE(only_from, TC_ACT_UNSPEC, TC_ACT_SHOT),
	};
	struct tcmsg tc = ingress_filter_header(ifindex);
	struct nl_msg *msg;
	struct nlattr *options;
	struct answer a;

	/* Where somebody has one, it does as well; what is amiss otherwise the filter will show. */
	ask(nl, qdisc_message(RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, TC_H_CLSACT,
			      CLSACT_HANDLE, "clsact"));
	msg = sb_netlink_request(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &tc,
				 sizeof(tc));
	nla_put_string(msg, TCA_KIND, "bpf");
	options = nla_nest_start(msg, TCA_OPTIONS);
	nla_put_u16(msg, TCA_BPF_OPS_LEN, SB_ARRAY_LEN(ops));
	nla_put(msg, TCA_BPF_OPS, sizeof(ops), ops);
	nla_put_u32(msg, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	nla_nest_end(msg, options);
	a = ask(nl, msg);
	if (a.error) {
		sb_user_tc_ingress_filter_delete(nl, ifindex);
		return sb_fail(err, SB_EENV, -a.error,
			       "cannot add a classic BPF filter (CONFIG_NET_CLS_BPF) to %s%s%s",
			       ifname, a.text[0] ? ": " : "", a.text);
	}
	return 0;
}

static void delete_filter(struct sb_rtnl *nl, const struct tcmsg *tc)
{
	struct nl_msg *msg = sb_netlink_request(RTM_DELTFILTER, NLM_F_ACK, tc, sizeof(*tc));

	nla_put_string(msg, TCA_KIND, "bpf");
	ask(nl, msg);
}

void sb_user_tc_ingress_filter_delete(struct sb_rtnl *nl, int ifindex)
{
	struct tcmsg tc = ingress_filter_header(ifindex);

	delete_filter(nl, &tc);
	delete_unused_clsact(nl, ifindex);
}

void sb_user_tc_restore(struct sb_rtnl *nl, int ifindex)
{
	struct tcmsg tc = filter_header(ifindex, EGRESS_PARENT);

	delete_filter(nl, &tc);
	delete_unused_clsact(nl, ifindex);
}
