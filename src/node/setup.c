// SPDX-License-Identifier: MIT
/*
 * setup.c - the node's own interfaces and kernel
 *
 * Offloads are named by the kernel's feature strings, not by the older ETHTOOL_STSO and its like:
 * those know nothing of UDP segmentation, with which one lost "packet" of a QUIC sender would be
 * many.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "node.h"
#include "satbed/node_proto.h"

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
	f->names = calloc(1, sizeof(*f->names) + f->count * ETH_GSTRING_LEN);
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
		const char *name = (const char *)f->names->data + i * ETH_GSTRING_LEN;
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
			       "the node's network namespace)",
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

static int turn_offloads_off(int fd, const char *ifname, struct sb_err *err)
{
	struct features f = {0};
	int rc;

	if (count_features(fd, ifname, &f.count))
		return sb_fail(err, SB_EENV, errno == ENODEV ? 0 : errno,
			       errno == ENODEV ? "interface %s: there is none of that name here"
					       : "interface %s: asking for its offloads",
			       ifname);
	if (!f.count || f.count > MAX_FEATURES)
		return sb_fail(err, SB_EENV, 0, "interface %s: the kernel tells no offloads",
			       ifname);
	if (alloc_features(&f))
		rc = sb_fail(err, SB_EENV, 0, "out of memory");
	else
		rc = turn_off(fd, ifname, &f, err);
	free_features(&f);
	return rc;
}

/* A bound port, so that no "port unreachable" comes back; a filter, so that nothing is queued. */
static int open_discard(int family)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = {.len = 1, .filter = &drop};
	struct sockaddr_in6 any = {.sin6_family = (sa_family_t)family};
	int one = 1, saved;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* sin_port and sin6_port are at the same place, and the rest is zero in both. */
	any.sin6_port = htons(SB_NODE_DISCARD_PORT);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) &&
	    !bind(fd, (struct sockaddr *)&any,
		  family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(any)))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int open_discards(struct sb_node *node, struct sb_err *err)
{
	if (node->discard_fd[0] < 0)
		node->discard_fd[0] = open_discard(AF_INET);
	if (node->discard_fd[0] < 0)
		return sb_fail(err, SB_EENV, errno, "opening UDP port %d", SB_NODE_DISCARD_PORT);
	if (node->discard_fd[1] < 0)
		node->discard_fd[1] = open_discard(AF_INET6);
	/* A kernel without IPv6 is no reason to refuse a run over IPv4. */
	if (node->discard_fd[1] < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
		return sb_fail(err, SB_EENV, errno, "opening UDP port %d for IPv6",
			       SB_NODE_DISCARD_PORT);
	return 0;
}

void sb_setup_read(const char *path, char *buf, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, room - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	for (char *c = buf; *c; c++)
		if (*c == '\t')
			*c = ' ';
}

static void say_facts(struct sb_node *node)
{
	static const struct {
		const char *key, *path;
	} facts[] = {
	    {"cc_default", "/proc/sys/net/ipv4/tcp_congestion_control"},
	    {"cc_available", "/proc/sys/net/ipv4/tcp_available_congestion_control"},
	    {"tcp_rmem", "/proc/sys/net/ipv4/tcp_rmem"},
	    {"tcp_wmem", "/proc/sys/net/ipv4/tcp_wmem"},
	};
	struct utsname uts = {0};
	struct sb_text t;
	char value[512];

	uname(&uts);
	sb_text_open(&t, "setup");
	sb_text_str(&t, "kernel", uts.release);
	sb_text_bool(&t, "offloads_off", true);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		sb_setup_read(facts[i].path, value, sizeof(value));
		sb_text_str(&t, facts[i].key, value);
	}
	sb_node_say(node, &t, true);
}

int sb_setup(struct sb_node *node, const struct sb_request *req, struct sb_err *err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "setup: a socket");
	for (size_t i = 0; i < req->interface_count && !rc; i++)
		rc = turn_offloads_off(fd, req->interfaces[i], err);
	close(fd);
	if (!rc)
		rc = open_discards(node, err);
	if (rc)
		return sb_wrap(err, "setup of %s", req->node);
	say_facts(node);
	return 0;
}
