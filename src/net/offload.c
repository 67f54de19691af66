// SPDX-License-Identifier: MIT
/* offload.c - segmentation offloads off, so that one packet on the wire is one packet to the link
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "satbed/base/mem.h"
#include "satbed/net.h"

static const struct offload {
	const char *name;
	uint32_t get, set;
} offloads[] = {
    {"tcp-segmentation-offload", ETHTOOL_GTSO, ETHTOOL_STSO},
    {"generic-segmentation-offload", ETHTOOL_GGSO, ETHTOOL_SGSO},
    {"generic-receive-offload", ETHTOOL_GGRO, ETHTOOL_SGRO},
};

static int ethtool(struct sb_rtnl *nl, const char *ifname, uint32_t command, uint32_t *value)
{
	struct ethtool_value ev = {.cmd = command, .data = *value};
	struct ifreq ifr = {0};

	if (sb_copy_str(ifr.ifr_name, sizeof(ifr.ifr_name), ifname))
		return ENODEV;
	ifr.ifr_data = (void *)&ev;
	if (ioctl(nl->ioctl_fd, SIOCETHTOOL, &ifr))
		return errno;
	*value = ev.data;
	return 0;
}

int sb_offloads_off(struct sb_rtnl *nl, const char *ifname, struct sb_err *err)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(offloads); i++) {
		uint32_t value = 0;
		int rc = ethtool(nl, ifname, offloads[i].set, &value);

		if (!rc)
			rc = ethtool(nl, ifname, offloads[i].get, &value);
		if (rc)
			return sb_fail(err, SB_EENV, rc, "cannot turn %s off on %s",
				       offloads[i].name, ifname);
		if (value)
			return sb_fail(err, SB_EENV, 0,
				       "%s stays on on %s, so one lost packet would be many",
				       offloads[i].name, ifname);
	}
	return 0;
}

bool sb_offloads_on(struct sb_rtnl *nl, const char *ifname)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(offloads); i++) {
		uint32_t value = 0;

		if (ethtool(nl, ifname, offloads[i].get, &value) || value)
			return true;
	}
	return false;
}
