// SPDX-License-Identifier: MIT
// netns.c - namespaces of their own for tests: nothing on the machine changes, no root is needed
#include "netns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int saved;
	ssize_t n;

	if (fd < 0)
		return -1;
	n = write(fd, text, strlen(text));
	saved = errno;
	close(fd);
	errno = saved;
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

static int report(const char *what)
{
	fprintf(stderr, "netns: %s: %s\n", what, strerror(errno));
	return -1;
}

/* A kernel or a security module that does not grant namespaces says so with one of these. */
static int is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == ENOSPC || error == ENOSYS ||
	       error == EINVAL || error == EUSERS;
}

static int skip_or_fail(const char *what)
{
	int error = errno;

	report(what);
	return is_refusal(error) ? SB_TEST_SKIP : 1;
}

static int set_link_up(const char *ifname)
{
	struct ifreq ifr = {0};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return -1;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	rc = ioctl(fd, SIOCGIFFLAGS, &ifr);
	ifr.ifr_flags |= IFF_UP;
	if (!rc)
		rc = ioctl(fd, SIOCSIFFLAGS, &ifr);
	close(fd);
	return rc;
}

static int become_root(uid_t uid, gid_t gid)
{
	char map[64];

	/* Without "deny" an ordinary user may not write gid_map; old kernels have no such file. */
	if (write_file("/proc/self/setgroups", "deny") < 0 && errno != ENOENT)
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)uid);
	if (write_file("/proc/self/uid_map", map) < 0)
		return -1;
	snprintf(map, sizeof(map), "0 %u 1", (unsigned int)gid);
	return write_file("/proc/self/gid_map", map);
}

int sb_test_enter_netns(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER) == 0) {
		if (become_root(uid, gid) < 0)
			return skip_or_fail("mapping root in a user namespace");
	} else if (uid != 0) {
		return skip_or_fail("making a user namespace");
	}
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) < 0)
		return skip_or_fail("making a net and a mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return skip_or_fail("keeping mounts to ourselves");
	if (set_link_up("lo") < 0) {
		report("bringing lo up");
		return 1;
	}
	return 0;
}

int sb_test_self_netns(void)
{
	return open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
}

int sb_test_setns(int netns_fd)
{
	return setns(netns_fd, CLONE_NEWNET);
}

int sb_test_new_netns(void)
{
	int here = sb_test_self_netns();
	int fd = -1;

	if (here < 0)
		return report("opening this net namespace");
	if (unshare(CLONE_NEWNET) < 0) {
		report("making a net namespace");
	} else {
		if (set_link_up("lo") < 0)
			report("bringing lo up");
		else if ((fd = sb_test_self_netns()) < 0)
			report("opening the new net namespace");
		if (sb_test_setns(here) < 0) {
			report("returning to the first net namespace");
			if (fd >= 0)
				close(fd);
			fd = -1;
		}
	}
	close(here);
	return fd;
}

int sb_test_count_links(void)
{
	struct if_nameindex *list = if_nameindex();
	int count = 0;

	if (!list)
		return report("listing interfaces");
	while (list[count].if_index)
		count++;
	if_freenameindex(list);
	return count;
}

static int add_veth(struct nl_sock *sk, const char *a, const char *b, int b_netns)
{
	struct rtnl_link *link = rtnl_link_veth_alloc();
	struct rtnl_link *peer = link ? rtnl_link_veth_get_peer(link) : NULL;
	int rc = -NLE_NOMEM;

	if (peer) {
		rtnl_link_set_name(link, a);
		rtnl_link_set_name(peer, b);
		if (b_netns >= 0)
			rtnl_link_set_ns_fd(peer, b_netns);
		rc = rtnl_link_add(sk, link, NLM_F_CREATE | NLM_F_EXCL);
		rtnl_link_put(peer);
	}
	if (link)
		rtnl_link_veth_release(link);
	return rc;
}

static int set_up_in(int netns_fd, const char *ifname)
{
	int here = sb_test_self_netns();
	int rc;

	if (here < 0)
		return -1;
	rc = sb_test_setns(netns_fd);
	if (!rc) {
		rc = set_link_up(ifname);
		if (sb_test_setns(here) < 0)
			rc = -1;
	}
	close(here);
	return rc;
}

int sb_test_add_veth(const char *a, const char *b, int b_netns)
{
	struct nl_sock *sk = nl_socket_alloc();
	int rc = -NLE_NOMEM;

	if (sk)
		rc = nl_connect(sk, NETLINK_ROUTE);
	if (!rc)
		rc = add_veth(sk, a, b, b_netns);
	nl_socket_free(sk);
	if (rc < 0) {
		fprintf(stderr, "netns: adding veth %s, %s: %s\n", a, b, nl_geterror(rc));
		return -1;
	}
	/* Only now: a veth without its peer refuses to come up. */
	if (set_link_up(a) < 0)
		return report(a);
	if ((b_netns < 0 ? set_link_up(b) : set_up_in(b_netns, b)) < 0)
		return report(b);
	return 0;
}

int sb_test_add_addr4(const char *ifname, const char *addr)
{
	struct ifreq ifr = {0};
	struct sockaddr_in sin = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int rc = -1;

	if (fd < 0)
		return report("opening a socket");
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ifname);
	if (inet_pton(AF_INET, addr, &sin.sin_addr) != 1)
		errno = EINVAL;
	else {
		memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
		rc = ioctl(fd, SIOCSIFADDR, &ifr);
		inet_pton(AF_INET, "255.255.255.0", &sin.sin_addr);
		memcpy(&ifr.ifr_netmask, &sin, sizeof(sin));
		if (!rc)
			rc = ioctl(fd, SIOCSIFNETMASK, &ifr);
	}
	if (rc < 0)
		report(addr);
	close(fd);
	return rc;
}
