// SPDX-License-Identifier: MIT
/* interface_setup.c - MTU and neighbours, where the engine leaves them to the node */
#include <errno.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"
#include "agent.h"

static int set_mtu(const char *ifname, uint32_t mtu, struct sb_err *err)
{
	struct ifreq ifr = {.ifr_mtu = (int)mtu};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "a socket");
	memcpy(ifr.ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	if (ioctl(fd, SIOCSIFMTU, &ifr))
		rc = sb_fail(err, SB_EENV, errno, "interface %s: setting its MTU to %u", ifname,
			     mtu);
	close(fd);
	return rc;
}

static int add_neighbour(int fd, const struct sb_neighbour *n, struct sb_err *err)
{
	struct ndmsg body = {.ndm_family = (unsigned char)n->family,
			     .ndm_state = NUD_PERMANENT,
			     .ndm_ifindex = sb_nl_ifindex(n->interface)};
	struct sb_nl_request req;

	if (!body.ndm_ifindex)
		return sb_fail(err, SB_EENV, 0, "interface %s does not exist here", n->interface);
	sb_nl_begin(&req, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	sb_nl_put(&req, NDA_DST, n->address, n->family == AF_INET ? 4 : 16);
	sb_nl_put(&req, NDA_LLADDR, n->mac, sizeof(n->mac));
	if (sb_nl_talk(fd, &req))
		return sb_fail(err, SB_EENV, errno, "interface %s: adding a permanent neighbour",
			       n->interface);
	return 0;
}

int sb_interface_setup(const struct sb_request *req, struct sb_err *err)
{
	int fd, rc = 0;

	for (size_t i = 0; req->mtu && i < req->interface_count; i++)
		if (set_mtu(req->interfaces[i], req->mtu, err))
			return -1;
	if (!req->neighbour_count)
		return 0;
	fd = sb_nl_open(err);
	if (fd < 0)
		return -1;
	for (size_t i = 0; !rc && i < req->neighbour_count; i++)
		rc = add_neighbour(fd, &req->neighbours[i], err);
	close(fd);
	return rc;
}
