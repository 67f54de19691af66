// SPDX-License-Identifier: MIT
/* ports.c - what is plugged into a bridge, and where the other ends are */
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

static bool is_a(struct rtnl_link *link, const char *wanted)
{
	const char *type = rtnl_link_get_type(link);

	return type && !strcmp(type, wanted);
}

/* -1: here. */
static int ns_of_peer(struct rtnl_link *link)
{
	int32_t id;

	return rtnl_link_get_link_netnsid(link, &id) ? -1 : id;
}

static int find_bridge(struct sb_rtnl *nl, const char *name, int *ifindex, struct sb_err *err)
{
	struct rtnl_link *link = NULL;
	int rc = rtnl_link_get_kernel(nl->sk, 0, name, &link);

	if (rc < 0)
		return sb_fail(err, SB_EENV, 0, "no interface %s here (%s)", name, nl_geterror(rc));
	*ifindex = rtnl_link_get_ifindex(link);
	rc = is_a(link, "bridge") ? 0
				  : sb_fail(err, SB_EENV, 0, "interface %s is not a bridge", name);
	rtnl_link_put(link);
	return rc;
}

/* The veths that @wanted likes. */
static int list_veths(struct sb_rtnl *nl, bool (*wanted)(struct rtnl_link *, const void *),
		      const void *arg, struct sb_bridge_port **out, size_t *count,
		      struct sb_err *err)
{
	struct nl_cache *links;
	size_t room = 0;
	int rc = rtnl_link_alloc_cache(nl->sk, AF_UNSPEC, &links);

	*out = NULL;
	*count = 0;
	if (rc < 0)
		return sb_fail(err, SB_EENV, 0, "cannot list the interfaces (%s)", nl_geterror(rc));
	for (struct nl_object *o = nl_cache_get_first(links); o; o = nl_cache_get_next(o)) {
		struct rtnl_link *link = (struct rtnl_link *)o;
		struct sb_bridge_port port;

		if (!is_a(link, "veth") || !wanted(link, arg) ||
		    sb_copy_str(port.name, sizeof(port.name), rtnl_link_get_name(link)))
			continue;
		port.ns_id = ns_of_peer(link);
		*out = sb_grow(*out, *count, &room, sizeof(**out));
		(*out)[(*count)++] = port;
	}
	nl_cache_free(links);
	return 0;
}

static bool is_in_bridge(struct rtnl_link *link, const void *bridge)
{
	return rtnl_link_get_master(link) == *(const int *)bridge;
}

int sb_rtnl_bridge_ports(struct sb_rtnl *nl, const char *bridge, struct sb_bridge_port **out,
			 size_t *count, struct sb_err *err)
{
	int ifindex = 0;

	if (find_bridge(nl, bridge, &ifindex, err))
		return -1;
	return list_veths(nl, is_in_bridge, &ifindex, out, count, err);
}

/* A half with the lower index stands for both. */
static bool is_loose(struct rtnl_link *link, const void *arg)
{
	struct sb_rtnl *nl = *(struct sb_rtnl *const *)arg;
	struct rtnl_link *peer = NULL;
	int other = rtnl_link_get_link(link);
	bool loose;

	if (rtnl_link_get_master(link) || ns_of_peer(link) >= 0 || !other ||
	    rtnl_link_get_ifindex(link) > other || rtnl_link_get_kernel(nl->sk, other, NULL, &peer))
		return false;
	loose = is_a(peer, "veth") && !rtnl_link_get_master(peer);
	rtnl_link_put(peer);
	return loose;
}

int sb_rtnl_loose_veths(struct sb_rtnl *nl, struct sb_bridge_port **out, size_t *count,
			struct sb_err *err)
{
	return list_veths(nl, is_loose, (const void *)&nl, out, count, err);
}

static int take_ns_id(struct nl_msg *msg, void *arg)
{
	struct nlattr *id = nlmsg_find_attr(nlmsg_hdr(msg), sizeof(struct rtgenmsg), NETNSA_NSID);

	if (id)
		*(int *)arg = (int)nla_get_u32(id);
	return NL_OK;
}

int sb_rtnl_ns_id(struct sb_rtnl *nl, int netns_fd)
{
	struct rtgenmsg head = {.rtgen_family = AF_UNSPEC};
	struct nl_msg *msg = sb_netlink_request(RTM_GETNSID, 0, &head, sizeof(head));
	struct nl_cb *cb = sb_must(nl_cb_alloc(NL_CB_DEFAULT));
	int id = -1;

	nla_put_u32(msg, NETNSA_FD, (uint32_t)netns_fd);
	nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, take_ns_id, &id);
	if (nl_send_auto(nl->sk, msg) >= 0)
		nl_recvmsgs(nl->sk, cb);
	nl_cb_put(cb);
	nlmsg_free(msg);
	return id;
}
