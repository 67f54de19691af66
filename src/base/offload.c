// SPDX-License-Identifier: MIT
/*
 * offload.c - everything off that makes one buffer of several packets
 *
 * Offloads are named by the kernel's feature strings, not by the older ETHTOOL_STSO and its like:
 * those know nothing of UDP segmentation, with which one lost "packet" of a QUIC sender would be
 * many.
 */
#include "satbed/base/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define MAX_FEATURES 1024
#define BLOCKS(n)    (((n) + 31) / 32)

/* Everything that makes one buffer of several packets, sending or receiving. */
static const char *const merging[] = {
    "tx-tcp-segmentation",
    "tx-tcp6-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp-accecn-segmentation",
    "tx-udp-segmentation",
    "tx-udp-fragmentation",
    "tx-generic-segmentation",
    "tx-gso-list",
    "rx-gro",
    "rx-gro-hw",
    "rx-gro-list",
    "rx-udp-gro-forwarding",
    "rx-lro",
};

/** struct features - the feature words of one interface, in the kernel's order */
struct features {
	uint32_t count;
	struct ethtool_gstrings *names;
	struct ethtool_gfeatures *now;
	struct ethtool_sfeatures *want;
};

static int ask(int fd, const char *ifname, void *command)
{
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, ifname, strnlen(ifname, IFNAMSIZ - 1));
	ifr.ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, &ifr);
}

static bool merges(const char *name)
{
	for (size_t i = 0; i < sizeof(merging) / sizeof(merging[0]); i++)
		if (!strcmp(merging[i], name))
			return true;
	return false;
}

static int count_features(int fd, const char *ifname, uint32_t *count)
{
	union {
		struct ethtool_sset_info info;
		uint32_t words[sizeof(struct ethtool_sset_info) / 4 + 1];
	} q = {.info = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES}};

	if (ask(fd, ifname, &q))
		return -1;
	*count = q.info.sset_mask ? q.info.data[0] : 0;
	return 0;
}

static int alloc_features(struct features *f)
{
	f->names = calloc(1, sizeof(*f->names) + (size_t)f->count * ETH_GSTRING_LEN);
	f->now = calloc(1, sizeof(*f->now) + BLOCKS(f->count) * sizeof(f->now->features[0]));
	f->want = calloc(1, sizeof(*f->want) + BLOCKS(f->count) * sizeof(f->want->features[0]));
	return f->names && f->now && f->want ? 0 : -1;
}

static void free_features(struct features *f)
{
	free(f->names);
	free(f->now);
	free(f->want);
}

static int read_features(int fd, const char *ifname, struct features *f)
{
	f->names->cmd = ETHTOOL_GSTRINGS;
	f->names->string_set = ETH_SS_FEATURES;
	f->names->len = f->count;
	f->now->cmd = ETHTOOL_GFEATURES;
	f->now->size = BLOCKS(f->count);
	return ask(fd, ifname, f->names) || ask(fd, ifname, f->now) ? -1 : 0;
}

/* The first merging feature that is on, marked (with all others) to be turned off; NULL = none. */
static const char *find_merging(struct features *f)
{
	const char *first = NULL;

	for (uint32_t i = 0; i < f->count; i++) {
		const char *name = (const char *)f->names->data + (size_t)i * ETH_GSTRING_LEN;
		uint32_t bit = 1u << (i % 32);

		if (!(f->now->features[i / 32].active & bit) || !merges(name))
			continue;
		if (!first)
			first = name;
		f->want->features[i / 32].valid |= bit;
	}
	return first;
}

static int turn_off(int fd, const char *ifname, struct features *f, struct sb_err *err)
{
	const char *on;

	if (read_features(fd, ifname, f))
		return sb_fail(err, SB_EENV, errno, "interface %s: reading its offloads", ifname);
	if (!find_merging(f))
		return 0;
	f->want->cmd = ETHTOOL_SFEATURES;
	f->want->size = BLOCKS(f->count);
	if (ask(fd, ifname, f->want) < 0)
		return sb_fail(err, SB_EENV, errno,
			       "interface %s: turning offloads off (it needs CAP_NET_ADMIN over "
			       "its network namespace)",
			       ifname);
	if (read_features(fd, ifname, f))
		return sb_fail(err, SB_EENV, errno, "interface %s: reading its offloads", ifname);
	on = find_merging(f);
	if (on)
		return sb_fail(err, SB_EENV, 0,
			       "interface %s: %.32s stays on, so one lost packet would be many; "
			       "use a driver that can turn it off (veth can)",
			       ifname, on);
	return 0;
}

/* 0 with @f to be freed, or -1 with errno. */
static int open_features(int fd, const char *ifname, struct features *f)
{
	*f = (struct features){0};
	if (count_features(fd, ifname, &f->count))
		return -1;
	if (f->count && f->count <= MAX_FEATURES && !alloc_features(f))
		return 0;
	free_features(f);
	errno = f->count && f->count <= MAX_FEATURES ? ENOMEM : EOPNOTSUPP;
	return -1;
}

int sb_offload_end(int fd, const char *ifname, struct sb_err *err)
{
	struct features f;
	int rc;

	if (open_features(fd, ifname, &f))
		return sb_fail(err, SB_EENV, errno == ENODEV ? 0 : errno,
			       errno == ENODEV ? "interface %s does not exist here"
					       : "interface %s: asking for its offloads",
			       ifname);
	rc = turn_off(fd, ifname, &f, err);
	free_features(&f);
	return rc;
}

bool sb_offload_is_on(int fd, const char *ifname)
{
	struct features f;
	bool on;

	if (open_features(fd, ifname, &f))
		return true;
	on = read_features(fd, ifname, &f) || find_merging(&f);
	free_features(&f);
	return on;
}
