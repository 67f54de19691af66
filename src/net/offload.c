// SPDX-License-Identifier: MIT
/* offload.c - segmentation offloads of a namespace's interfaces */
#include "satbed/base/offload.h"
#include "satbed/net.h"

int sb_offloads_off(struct sb_rtnl *nl, const char *ifname, struct sb_err *err)
{
	return sb_offload_end(nl->ioctl_fd, ifname, err);
}

bool sb_offloads_on(struct sb_rtnl *nl, const char *ifname)
{
	return sb_offload_is_on(nl->ioctl_fd, ifname);
}
