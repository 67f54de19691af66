// SPDX-License-Identifier: MIT
/* rtnl.c - links, addresses and neighbours of one network namespace, by netlink */
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/net.h"
#include "rtnl_priv.h"
#include "satbed/base/mem.h"

int sb_rtnl_open(struct sb_rtnl *nl, struct sb_err *err)
{
	int rc;

	nl->sk = nl_socket_alloc();
	nl->ioctl_fd = -1;
	if (!nl->sk)
		return sb_fail(err, SB_EINTERNAL, 0, "out of memory");
	rc = nl_connect(nl->sk, NETLINK_ROUTE);
	if (rc < 0) {
		sb_fail(err, SB_EENV, 0, "cannot open a netlink socket: %s", nl_geterror(rc));
		sb_rtnl_close(nl);
		return -1;
	}
	nl->ioctl_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (nl->ioctl_fd < 0) {
		sb_fail(err, SB_EENV, errno, "cannot open a socket");
		sb_rtnl_close(nl);
		return -1;
	}
	return 0;
}

void sb_rtnl_close(struct sb_rtnl *nl)
{
	nl_socket_free(nl->sk);
	nl->sk = NULL;
	sb_close_p(&nl->ioctl_fd);
}

int sb_rtnl_ifindex(struct sb_rtnl *nl, const char *ifname)
{
	struct ifreq ifr = {0};

	if (sb_copy_str(ifr.ifr_name, sizeof(ifr.ifr_name), ifname) ||
	    ioctl(nl->ioctl_fd, SIOCGIFINDEX, &ifr))
		return 0;
	return ifr.ifr_ifindex;
}

int sb_rtnl_need_ifindex(struct sb_rtnl *nl, const char *ifname, int *out, struct sb_err *err)
{
	*out = sb_rtnl_ifindex(nl, ifname);
	if (*out)
		return 0;
	return sb_fail(err, SB_EENV, 0, "no interface %s", ifname);
}

int sb_rtnl_talk(struct sb_rtnl *nl, struct nl_msg *msg)
{
	struct nlmsghdr *reply;
	struct sockaddr_nl from;
	unsigned char *buf = NULL;
	int rc = nl_send_auto(nl->sk, msg);

	nlmsg_free(msg);
	if (rc < 0)
		return -EIO;
	rc = nl_recv(nl->sk, &from, &buf, NULL);
	reply = (struct nlmsghdr *)buf;
	/* nl_geterror()'s codes merge errnos that call for different advice, so the raw one is
	 * read. */
	if (rc < (int)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || reply->nlmsg_type != NLMSG_ERROR)
		rc = -EPROTO;
	else
		rc = ((struct nlmsgerr *)NLMSG_DATA(reply))->error;
	free(buf);
	return rc;
}

static struct nl_msg *link_message(int type, int flags, int ifindex, unsigned int set_flags)
{
	struct ifinfomsg ifi = {.ifi_family = AF_UNSPEC,
				.ifi_index = ifindex,
				.ifi_flags = set_flags,
				.ifi_change = set_flags};

	return sb_netlink_request(type, NLM_F_ACK | flags, &ifi, sizeof(ifi));
}

static void put_half(struct nl_msg *msg, const struct sb_veth_half *half, uint32_t mtu)
{
	nla_put_string(msg, IFLA_IFNAME, half->ifname);
	nla_put_u32(msg, IFLA_MTU, mtu);
	if (half->mac)
		nla_put(msg, IFLA_ADDRESS, 6, half->mac);
	if (half->netns_fd >= 0)
		nla_put_u32(msg, IFLA_NET_NS_FD, (uint32_t)half->netns_fd);
}

int sb_rtnl_add_veth(struct sb_rtnl *nl, const struct sb_veth_half *a, const struct sb_veth_half *b,
		     uint32_t mtu, struct sb_err *err)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, 0);
	struct ifinfomsg peer_head = {.ifi_family = AF_UNSPEC};
	struct nlattr *info, *data, *peer;
	int rc;

	/* Each half is born in its namespace: moving one later costs an RCU grace period. */
	put_half(msg, a, mtu);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "veth");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	peer = nla_nest_start(msg, VETH_INFO_PEER);
	nlmsg_append(msg, &peer_head, sizeof(peer_head), NLMSG_ALIGNTO);
	put_half(msg, b, mtu);
	nla_nest_end(msg, peer);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	rc = sb_rtnl_talk(nl, msg);
	if (rc == -EOPNOTSUPP)
		return sb_fail(err, SB_EENV, 0,
			       "this kernel has no veth interfaces; try: sudo modprobe veth");
	if (rc)
		return sb_fail(err, SB_EENV, -rc, "cannot create the interface pair %s - %s",
			       a->ifname, b->ifname);
	return 0;
}

int sb_rtnl_add_bridge(struct sb_rtnl *nl, const char *ifname, uint32_t mtu, struct sb_err *err)
{
	struct nl_msg *msg = link_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0, IFF_UP);
	struct nlattr *info, *data;
	int rc;

	nla_put_string(msg, IFLA_IFNAME, ifname);
	nla_put_u32(msg, IFLA_MTU, mtu);
	info = nla_nest_start(msg, IFLA_LINKINFO);
	nla_put_string(msg, IFLA_INFO_KIND, "bridge");
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	nla_put_u32(msg, IFLA_BR_STP_STATE, 0);
	nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0);
	/* Its queries and reports would cross the links. */
	nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0);
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	rc = sb_rtnl_talk(nl, msg);
	if (rc == -EOPNOTSUPP)
		return sb_fail(err, SB_EENV, 0,
			       "this kernel has no bridge; try: sudo modprobe bridge");
	if (rc)
		return sb_fail(err, SB_EENV, -rc, "cannot create the bridge %s", ifname);
	return 0;
}

int sb_rtnl_set_master(struct sb_rtnl *nl, const char *ifname, const char *bridge,
		       struct sb_err *err)
{
	int ifindex, master, rc;
	struct nl_msg *msg;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err) ||
	    sb_rtnl_need_ifindex(nl, bridge, &master, err))
		return -1;
	msg = link_message(RTM_NEWLINK, 0, ifindex, 0);
	nla_put_u32(msg, IFLA_MASTER, (uint32_t)master);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot put %s into bridge %s", ifname, bridge) : 0;
}

int sb_rtnl_set_up(struct sb_rtnl *nl, const char *ifname, struct sb_err *err)
{
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	rc = sb_rtnl_talk(nl, link_message(RTM_NEWLINK, 0, ifindex, IFF_UP));
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot bring %s up", ifname) : 0;
}

int sb_rtnl_set_mtu(struct sb_rtnl *nl, const char *ifname, uint32_t mtu, struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	msg = link_message(RTM_NEWLINK, 0, ifindex, 0);
	nla_put_u32(msg, IFLA_MTU, mtu);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot give %s an MTU of %u", ifname, mtu) : 0;
}

int sb_rtnl_set_mac(struct sb_rtnl *nl, const char *ifname, const uint8_t mac[6],
		    struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	msg = link_message(RTM_NEWLINK, 0, ifindex, 0);
	nla_put(msg, IFLA_ADDRESS, 6, mac);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot change the MAC address of %s", ifname) : 0;
}

int sb_rtnl_delete_link(struct sb_rtnl *nl, const char *ifname, struct sb_err *err)
{
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	rc = sb_rtnl_talk(nl, link_message(RTM_DELLINK, 0, ifindex, 0));
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot remove %s", ifname) : 0;
}

int sb_rtnl_add_addr(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
		     int prefix_len, struct sb_err *err)
{
	int len = family == AF_INET ? 4 : 16, ifindex, rc;
	struct ifaddrmsg ifa = {.ifa_family = (uint8_t)family,
				.ifa_prefixlen = (uint8_t)prefix_len,
				.ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0};
	struct nl_msg *msg;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	ifa.ifa_index = (unsigned int)ifindex;
	msg = sb_netlink_request(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &ifa,
				 sizeof(ifa));
	nla_put(msg, IFA_LOCAL, len, addr);
	nla_put(msg, IFA_ADDRESS, len, addr);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot give %s its IPv%d address", ifname,
			    family == AF_INET ? 4 : 6)
		  : 0;
}

int sb_rtnl_add_neigh(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
		      const uint8_t mac[6], struct sb_err *err)
{
	struct ndmsg nd = {.ndm_family = (uint8_t)family, .ndm_state = NUD_PERMANENT};
	struct nl_msg *msg;
	int rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &nd.ndm_ifindex, err))
		return -1;
	msg = sb_netlink_request(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, &nd,
				 sizeof(nd));
	nla_put(msg, NDA_DST, family == AF_INET ? 4 : 16, addr);
	nla_put(msg, NDA_LLADDR, 6, mac);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot set the neighbour entry on %s", ifname) : 0;
}
