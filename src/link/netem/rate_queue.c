// SPDX-License-Identifier: MIT
/* rate_queue.c - a queue that is served at the rate of now: htb with one class over a bfifo */
#include "rate_queue.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "link/qdisc_talk.h"

#define HTB_VERSION 3
#define R2Q	    10
/* With one class nobody takes turns; a value keeps the kernel from warning about a large one. */
#define QUANTUM 200000

static uint32_t class_of(uint32_t handle)
{
	return handle | 1;
}

static uint32_t bfifo_of(uint32_t handle)
{
	return handle + 0x10000;
}

static int refuse(struct sb_err *err, int rc, const char *why, const char *what)
{
	const char *colon = why[0] ? ": " : "";

	if (rc == -ENOENT || rc == -EOPNOTSUPP)
		return sb_fail(err, SB_EENV, 0,
			       "this kernel has no htb (module sch_htb), which a rate that "
			       "changes needs%s%s; try `sudo modprobe sch_htb`, or use backend = "
			       "user",
			       colon, why);
	return sb_fail(err, rc == -EPERM ? SB_EENV : SB_EENGINE, -rc, "%s%s%s", what, colon, why);
}

static int put_class(struct nl_msg *msg, const struct sb_rate_queue *want, uint32_t tick_ns)
{
	struct tc_ratespec spec = {.linklayer = TC_LINKLAYER_ETHERNET,
				   .overhead = (uint16_t)want->overhead,
				   .rate = (uint32_t)want->rate_bytes};
	struct tc_htb_opt opt = {.quantum = QUANTUM};
	struct nlattr *nest;

	opt.buffer = opt.cbuffer = want->burst_ns / tick_ns;
	if (nla_put_string(msg, TCA_KIND, "htb") < 0)
		return -1;
	nest = nla_nest_start(msg, TCA_OPTIONS);
	if (!nest)
		return -1;
	if (want->rate_bytes > UINT32_MAX) {
		spec.rate = UINT32_MAX;
		if (nla_put_u64(msg, TCA_HTB_RATE64, want->rate_bytes) < 0 ||
		    nla_put_u64(msg, TCA_HTB_CEIL64, want->rate_bytes) < 0)
			return -1;
	}
	opt.rate = opt.ceil = spec;
	if (nla_put(msg, TCA_HTB_PARMS, sizeof(opt), &opt) < 0)
		return -1;
	nla_nest_end(msg, nest);
	return 0;
}

/* What the kernel holds: its rate, in the numbers that it computes with. */
static int compare(const struct sb_qdisc_reply *reply, const struct sb_rate_queue *want,
		   struct sb_err *err)
{
	struct nlattr *options = reply->len ? sb_qdisc_attr(reply, TCA_OPTIONS) : NULL;
	struct nlattr *parms =
	    options ? nla_find(nla_data(options), nla_len(options), TCA_HTB_PARMS) : NULL;
	struct nlattr *rate64 =
	    options ? nla_find(nla_data(options), nla_len(options), TCA_HTB_RATE64) : NULL;
	struct tc_htb_opt opt;
	uint64_t rate;

	if (!parms || nla_len(parms) < (int)sizeof(opt))
		return sb_fail(err, SB_EENGINE, 0, "the kernel did not report the htb it set");
	memcpy(&opt, nla_data(parms), sizeof(opt));
	rate = rate64 && nla_len(rate64) >= 8 ? nla_get_u64(rate64) : opt.rate.rate;
	if (rate != want->rate_bytes)
		return sb_fail(
		    err, SB_EENGINE, 0,
		    "the kernel did not accept the setting: its rate in bytes/s is %" PRIu64
		    " instead of %" PRIu64,
		    rate, want->rate_bytes);
	if (opt.rate.overhead != want->overhead)
		return sb_fail(err, SB_EENGINE, 0,
			       "the kernel did not accept the setting: its overhead in bytes is %u "
			       "instead of %" PRIu32,
			       opt.rate.overhead, want->overhead);
	return 0;
}

static int set_class(struct sb_qdisc *q, uint32_t handle, int flags,
		     const struct sb_rate_queue *want, struct sb_err *err)
{
	struct nl_msg *msg = sb_qdisc_message(q, RTM_NEWTCLASS, NLM_F_ECHO | flags,
					      class_of(handle), flags ? TC_H_ROOT : 0);
	struct sb_qdisc_reply reply;
	int rc;

	if (put_class(msg, want, q->tick_ns)) {
		nlmsg_free(msg);
		return sb_fail(err, SB_EINTERNAL, 0, "an htb message does not fit");
	}
	rc = sb_qdisc_talk(q, msg, &reply);
	return rc ? refuse(err, rc, reply.why, "setting the rate of an htb")
		  : compare(&reply, want, err);
}

static int add_htb(struct sb_qdisc *q, uint32_t handle, uint32_t parent, struct sb_err *err)
{
	struct tc_htb_glob glob = {.version = HTB_VERSION, .rate2quantum = R2Q, .defcls = 1};
	struct nl_msg *msg =
	    sb_qdisc_message(q, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, handle, parent);
	struct sb_qdisc_reply reply;
	struct nlattr *nest;
	int rc;

	nla_put_string(msg, TCA_KIND, "htb");
	nest = nla_nest_start(msg, TCA_OPTIONS);
	nla_put(msg, TCA_HTB_INIT, sizeof(glob), &glob);
	nla_nest_end(msg, nest);
	rc = sb_qdisc_talk(q, msg, &reply);
	return rc ? refuse(err, rc, reply.why, "adding an htb") : 0;
}

static int add_bfifo(struct sb_qdisc *q, uint32_t handle, uint32_t limit_bytes, struct sb_err *err)
{
	struct tc_fifo_qopt opt = {.limit = limit_bytes};
	struct nl_msg *msg = sb_qdisc_message(q, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL,
					      bfifo_of(handle), class_of(handle));
	struct sb_qdisc_reply reply;
	int rc;

	nla_put_string(msg, TCA_KIND, "bfifo");
	nla_put(msg, TCA_OPTIONS, sizeof(opt), &opt);
	rc = sb_qdisc_talk(q, msg, &reply);
	return rc ? refuse(err, rc, reply.why, "adding a bfifo") : 0;
}

int sb_rate_queue_add(struct sb_qdisc *q, uint32_t handle, uint32_t parent,
		      const struct sb_rate_queue *want, struct sb_err *err)
{
	if (add_htb(q, handle, parent, err) ||
	    set_class(q, handle, NLM_F_CREATE | NLM_F_EXCL, want, err))
		return -1;
	return add_bfifo(q, handle, want->limit_bytes, err);
}

int sb_rate_queue_change(struct sb_qdisc *q, uint32_t handle, const struct sb_rate_queue *want,
			 struct sb_err *err)
{
	return set_class(q, handle, 0, want, err);
}
