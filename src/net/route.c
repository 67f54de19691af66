// SPDX-License-Identifier: MIT
/* route.c - where packets go: routes with their metrics, and rules by port */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#include "rtnl_priv.h"

static int addr_len(int family)
{
	return family == AF_INET ? (int)sizeof(struct in_addr) : (int)sizeof(struct in6_addr);
}

static struct nl_msg *route_message(struct rtmsg rt)
{
	rt.rtm_protocol = RTPROT_STATIC;
	return sb_netlink_request(RTM_NEWROUTE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &rt,
				  sizeof(rt));
}

int sb_rtnl_add_gateway4(struct sb_rtnl *nl, const char *ifname, const struct in_addr *gateway,
			 struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	msg = route_message((struct rtmsg){.rtm_family = AF_INET,
					   .rtm_table = RT_TABLE_MAIN,
					   .rtm_scope = RT_SCOPE_UNIVERSE,
					   .rtm_type = RTN_UNICAST});
	nla_put(msg, RTA_GATEWAY, sizeof(*gateway), gateway);
	nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot route over %s", ifname) : 0;
}

static void put_metrics(struct nl_msg *msg, const struct sb_route_metrics *metrics)
{
	struct nlattr *nest = nla_nest_start(msg, RTA_METRICS);

	if (metrics->cc[0])
		nla_put_string(msg, RTAX_CC_ALGO, metrics->cc);
	if (metrics->window_bytes)
		nla_put_u32(msg, RTAX_WINDOW, metrics->window_bytes);
	if (metrics->initcwnd)
		nla_put_u32(msg, RTAX_INITCWND, metrics->initcwnd);
	if (metrics->initrwnd)
		nla_put_u32(msg, RTAX_INITRWND, metrics->initrwnd);
	nla_nest_end(msg, nest);
}

int sb_rtnl_add_host_route(struct sb_rtnl *nl, const char *ifname, int family, const void *addr,
			   const struct sb_route_metrics *metrics, struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, ifname, &ifindex, err))
		return -1;
	msg = route_message((struct rtmsg){.rtm_family = (uint8_t)family,
					   .rtm_dst_len = (uint8_t)(8 * addr_len(family)),
					   .rtm_table = RT_TABLE_MAIN,
					   .rtm_scope = RT_SCOPE_LINK,
					   .rtm_type = RTN_UNICAST});
	nla_put(msg, RTA_DST, addr_len(family), addr);
	nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex);
	if (metrics)
		put_metrics(msg, metrics);
	rc = sb_rtnl_talk(nl, msg);
	/* What the kernel says to a name that it does not know (ip-route(8), "congctl"). */
	if (rc == -EINVAL && metrics && metrics->cc[0])
		return sb_fail(err, SB_EENV, 0,
			       "this kernel has no congestion control \"%s\"; try: sudo modprobe "
			       "tcp_%s, or name another one",
			       metrics->cc, metrics->cc);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot route over %s", ifname) : 0;
}

int sb_rtnl_add_local_table(struct sb_rtnl *nl, int family, uint8_t table, struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, "lo", &ifindex, err))
		return -1;
	msg = route_message((struct rtmsg){.rtm_family = (uint8_t)family,
					   .rtm_table = table,
					   .rtm_scope = RT_SCOPE_HOST,
					   .rtm_type = RTN_LOCAL});
	nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot make routing table %u", table) : 0;
}

int sb_rtnl_add_tcp_rule(struct sb_rtnl *nl, const struct sb_tcp_rule *rule, struct sb_err *err)
{
	struct fib_rule_hdr head = {
	    .family = (uint8_t)rule->family, .table = rule->table, .action = FR_ACT_TO_TBL};
	struct fib_rule_port_range range = {rule->port, rule->port};
	struct nl_msg *msg = sb_netlink_request(RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
						&head, sizeof(head));
	int rc;

	nla_put_string(msg, FRA_IIFNAME, rule->ifname);
	nla_put_u8(msg, FRA_IP_PROTO, IPPROTO_TCP);
	nla_put(msg, rule->from_port ? FRA_SPORT_RANGE : FRA_DPORT_RANGE, sizeof(range), &range);
	rc = sb_rtnl_talk(nl, msg);
	if (rc == -EOPNOTSUPP || rc == -EAFNOSUPPORT)
		return sb_fail(err, SB_EENV, -rc,
			       "this kernel has no routing by rules (CONFIG_IP_MULTIPLE_TABLES, "
			       "CONFIG_IPV6_MULTIPLE_TABLES), which proxies need");
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot make a routing rule for port %u", rule->port)
		  : 0;
}

static int add_rule(struct sb_rtnl *nl, const struct sb_source_route *route)
{
	struct fib_rule_hdr head = {.family = (uint8_t)route->family,
				    .src_len = (uint8_t)(8 * addr_len(route->family)),
				    .table = route->table,
				    .action = FR_ACT_TO_TBL};
	struct nl_msg *msg = sb_netlink_request(RTM_NEWRULE, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
						&head, sizeof(head));

	nla_put(msg, FRA_SRC, addr_len(route->family), route->source);
	return sb_rtnl_talk(nl, msg);
}

int sb_rtnl_add_source_route(struct sb_rtnl *nl, const struct sb_source_route *route,
			     struct sb_err *err)
{
	struct nl_msg *msg;
	int ifindex, rc;

	if (sb_rtnl_need_ifindex(nl, route->ifname, &ifindex, err))
		return -1;
	rc = add_rule(nl, route);
	if (rc == -EOPNOTSUPP || rc == -EAFNOSUPPORT)
		return sb_fail(err, SB_EENV, -rc,
			       "this kernel has no routing by rules (CONFIG_IP_MULTIPLE_TABLES, "
			       "CONFIG_IPV6_MULTIPLE_TABLES), which several terminals need");
	if (rc)
		return sb_fail(err, SB_EENV, -rc, "cannot make a routing rule for %s",
			       route->ifname);
	msg = route_message((struct rtmsg){.rtm_family = (uint8_t)route->family,
					   .rtm_table = route->table,
					   .rtm_scope = RT_SCOPE_UNIVERSE,
					   .rtm_type = RTN_UNICAST});
	nla_put(msg, RTA_GATEWAY, addr_len(route->family), route->gateway);
	nla_put_u32(msg, RTA_OIF, (uint32_t)ifindex);
	rc = sb_rtnl_talk(nl, msg);
	return rc ? sb_fail(err, SB_EENV, -rc, "cannot route over %s", route->ifname) : 0;
}
