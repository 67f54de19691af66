// SPDX-License-Identifier: MIT
/* mptcp.c - the path manager of Multipath TCP in the kernel, by generic netlink */
#include "satbed/net_mptcp.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/mptcp.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>

#include "rtnl_priv.h"
#include "satbed/base/mem.h"

static struct nl_msg *message(uint16_t family, uint8_t command, uint8_t version, int flags)
{
	struct genlmsghdr head = {.cmd = command, .version = version};

	return sb_netlink_request(family, flags, &head, sizeof(head));
}

/* The answer to the question for a family: its number, or a negative errno. */
static int read_family(struct nl_sock *sk)
{
	struct nlmsghdr *reply;
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	struct nlattr *id;
	int n = nl_recv(sk, &from, &buf, NULL), rc = -EPROTO;

	reply = (struct nlmsghdr *)buf;
	if (n >= (int)NLMSG_LENGTH(sizeof(struct nlmsgerr)) && reply->nlmsg_type == NLMSG_ERROR) {
		rc = ((struct nlmsgerr *)NLMSG_DATA(reply))->error;
	} else if (n >= (int)NLMSG_LENGTH(GENL_HDRLEN) && reply->nlmsg_type == GENL_ID_CTRL &&
		   nlmsg_ok(reply, n)) {
		id = nlmsg_find_attr(reply, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
		if (id && nla_len(id) >= (int)sizeof(uint16_t))
			rc = nla_get_u16(id);
	}
	if (n > 0)
		free(buf);
	return rc;
}

int sb_mptcp_open(struct sb_mptcp *m, struct sb_err *err)
{
	struct nl_msg *msg = message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0);
	int rc;

	*m = (struct sb_mptcp){.sk = sb_must(nl_socket_alloc())};
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, MPTCP_PM_NAME);
	rc = nl_connect(m->sk, NETLINK_GENERIC);
	if (!rc)
		rc = nl_send_auto(m->sk, msg) < 0 ? -EIO : read_family(m->sk);
	nlmsg_free(msg);
	if (rc > 0) {
		m->family = (uint16_t)rc;
		return 1;
	}
	sb_mptcp_close(m);
	return rc == -ENOENT ? 0
			     : sb_fail(err, SB_EENV, -rc, "cannot ask for MPTCP's path manager");
}

void sb_mptcp_close(struct sb_mptcp *m)
{
	nl_socket_free(m->sk);
	m->sk = NULL;
}

static int talk(struct sb_mptcp *m, struct nl_msg *msg)
{
	struct sb_rtnl as_any = {.sk = m->sk, .ioctl_fd = -1};

	return sb_rtnl_talk(&as_any, msg);
}

int sb_mptcp_set_limits(struct sb_mptcp *m, uint32_t paths, struct sb_err *err)
{
	struct nl_msg *msg = message(m->family, MPTCP_PM_CMD_SET_LIMITS, MPTCP_PM_VER, NLM_F_ACK);
	int rc;

	nla_put_u32(msg, MPTCP_PM_ATTR_RCV_ADD_ADDRS, paths);
	nla_put_u32(msg, MPTCP_PM_ATTR_SUBFLOWS, paths);
	rc = talk(m, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot set the limits of MPTCP's path manager") : 0;
}

int sb_mptcp_add_endpoint(struct sb_mptcp *m, int family, const void *addr, int ifindex,
			  struct sb_err *err)
{
	struct nl_msg *msg = message(m->family, MPTCP_PM_CMD_ADD_ADDR, MPTCP_PM_VER, NLM_F_ACK);
	struct nlattr *nest = nla_nest_start(msg, MPTCP_PM_ATTR_ADDR | NLA_F_NESTED);
	int rc;

	nla_put_u16(msg, MPTCP_PM_ADDR_ATTR_FAMILY, (uint16_t)family);
	if (family == AF_INET)
		nla_put(msg, MPTCP_PM_ADDR_ATTR_ADDR4, sizeof(struct in_addr), addr);
	else
		nla_put(msg, MPTCP_PM_ADDR_ATTR_ADDR6, sizeof(struct in6_addr), addr);
	nla_put_u32(msg, MPTCP_PM_ADDR_ATTR_FLAGS, MPTCP_PM_ADDR_FLAG_SUBFLOW);
	nla_put_u32(msg, MPTCP_PM_ADDR_ATTR_IF_IDX, (uint32_t)ifindex);
	nla_nest_end(msg, nest);
	rc = talk(m, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot give MPTCP's path manager an address") : 0;
}
