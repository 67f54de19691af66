// SPDX-License-Identifier: MIT
/*
 * inspect.c - what this node is: its operating system, its interfaces as the engine really made them
 *
 * A container daemon names interfaces and chooses MAC addresses as it likes; the far half of a
 * veth is found by the index that this half tells.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netlink.h"
#include "agent.h"

#define OS_RELEASE_MAX 4096

static void put_peer(json_t *to, const struct rtattr *first, size_t len)
{
	const struct rtattr *info = sb_nl_attr(first, len, IFLA_LINKINFO),
			    *link = sb_nl_attr(first, len, IFLA_LINK), *kind = NULL;
	json_int_t peer = 0;

	if (info)
		kind = sb_nl_attr(RTA_DATA(info), RTA_PAYLOAD(info), IFLA_INFO_KIND);
	if (kind && link && RTA_PAYLOAD(kind) >= 5 && !memcmp(RTA_DATA(kind), "veth", 5))
		peer = *(const int *)RTA_DATA(link);
	json_object_set_new(to, "peer", json_integer(peer));
}

static void take_link(const struct nlmsghdr *msg, void *ctx)
{
	const struct ifinfomsg *link = NLMSG_DATA(msg);
	size_t len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*link));
	const struct rtattr *first = IFLA_RTA(link), *name = sb_nl_attr(first, len, IFLA_IFNAME),
			    *mac = sb_nl_attr(first, len, IFLA_ADDRESS),
			    *mtu = sb_nl_attr(first, len, IFLA_MTU);
	char text[18] = "";
	json_t *obj;

	if (msg->nlmsg_type != RTM_NEWLINK || !name || (link->ifi_flags & IFF_LOOPBACK))
		return;
	if (mac && RTA_PAYLOAD(mac) == 6) {
		const unsigned char *m = RTA_DATA(mac);

		snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2],
			 m[3], m[4], m[5]);
	}
	obj = json_object();
	json_object_set_new(obj, "name", json_string(RTA_DATA(name)));
	json_object_set_new(obj, "mac", json_string(text));
	json_object_set_new(obj, "index", json_integer(link->ifi_index));
	put_peer(obj, first, len);
	json_object_set_new(obj, "mtu",
			    json_integer(mtu ? *(const unsigned int *)RTA_DATA(mtu) : 0));
	json_object_set_new(obj, "addresses", json_array());
	json_array_append_new(ctx, obj);
}

static json_t *find_link(json_t *links, unsigned int index)
{
	json_t *link;
	size_t i;

	json_array_foreach(links, i, link)
	{
		if (json_integer_value(json_object_get(link, "index")) == (json_int_t)index)
			return link;
	}
	return NULL;
}

/* One that is still being checked for duplicates cannot be bound to: it does not count yet. */
static void take_address(const struct nlmsghdr *msg, void *ctx)
{
	const struct ifaddrmsg *ifa = NLMSG_DATA(msg);
	size_t len = msg->nlmsg_len - NLMSG_LENGTH(sizeof(*ifa));
	const struct rtattr *first = IFA_RTA(ifa), *local = sb_nl_attr(first, len, IFA_LOCAL),
			    *address = sb_nl_attr(first, len, IFA_ADDRESS);
	json_t *link = find_link(ctx, ifa->ifa_index);
	char text[INET6_ADDRSTRLEN], with_prefix[INET6_ADDRSTRLEN + 5];
	size_t need = ifa->ifa_family == AF_INET ? 4 : 16;

	if (!local)
		local = address;
	if (msg->nlmsg_type != RTM_NEWADDR || !link || !local || RTA_PAYLOAD(local) < need ||
	    (ifa->ifa_flags & IFA_F_TENTATIVE))
		return;
	if (!inet_ntop(ifa->ifa_family, RTA_DATA(local), text, sizeof(text)))
		return;
	snprintf(with_prefix, sizeof(with_prefix), "%s/%u", text, ifa->ifa_prefixlen);
	json_array_append_new(json_object_get(link, "addresses"), json_string(with_prefix));
}

static json_t *os_release(void)
{
	static const char *const places[] = {"/etc/os-release", "/usr/lib/os-release"};
	char text[OS_RELEASE_MAX];
	json_t *value = NULL;
	ssize_t n = -1;

	for (size_t i = 0; n < 0 && i < sizeof(places) / sizeof(places[0]); i++) {
		int fd = open(places[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);

		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text));
		close(fd);
	}
	if (n > 0)
		value = json_stringn(text, (size_t)n); /* NULL where it is no UTF-8 */
	return value ? value : json_string("");
}

static int say(struct sb_node *node, const json_t *obj, struct sb_err *err)
{
	char *text = json_dumps(obj, JSON_COMPACT | JSON_ENSURE_ASCII);
	size_t len;
	int rc = 0;

	if (!text)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	len = strlen(text);
	text[len++] = '\n'; /* in place of the NUL: its length counts */
	if (!sb_channel_put(&node->channel, text, len, true))
		rc = sb_fail(err, SB_EENV, 0, "no memory for the statistics");
	free(text);
	return rc;
}

int sb_inspect(struct sb_node *node, struct sb_err *err)
{
	json_t *obj = json_object(), *links = json_array();
	int fd = sb_nl_open(err), rc = -1;

	json_object_set_new(obj, "ev", json_string("look"));
	json_object_set_new(obj, "os_release", os_release());
	json_object_set_new(obj, "interfaces", links);
	if (fd >= 0 && !sb_nl_dump(fd, RTM_GETLINK, take_link, links, err) &&
	    !sb_nl_dump(fd, RTM_GETADDR, take_address, links, err))
		rc = say(node, obj, err);
	if (fd >= 0)
		close(fd);
	json_decref(obj);
	return rc;
}
