/* SPDX-License-Identifier: MIT */
/* netns.h - namespaces of their own for tests: nothing on the machine changes, no root is needed */
#ifndef SATBED_TESTS_NETNS_H
#define SATBED_TESTS_NETNS_H

#include <stdint.h>

#define SB_TEST_SKIP 77 /* the exit status that says: this machine cannot run that test */

/**
 * sb_test_enter_netns() - move this process into fresh user, net and mount namespaces
 *
 * The caller becomes root there, lo is up, mounts no longer propagate.  To be called first in
 * main(), while there is one thread.  Where root may not make user namespaces, the others are made
 * without.
 *
 * Return: 0, or what main() is to return: SB_TEST_SKIP where the machine does not allow it, 1 where
 * it went wrong; the reason is on stderr
 */
int sb_test_enter_netns(void);

/**
 * sb_test_new_netns() - one more net namespace, lo up, the calling thread stays where it is
 *
 * Return: its descriptor, the caller's to close (the namespace ends with its last user), or -1 with
 * the reason on stderr
 */
int sb_test_new_netns(void);

/** sb_test_setns() - move the calling thread into a net namespace; 0 or -1 with errno */
int sb_test_setns(int netns_fd);

/** sb_test_self_netns() - a descriptor of the calling thread's net namespace, or -1 with errno */
int sb_test_self_netns(void);

/** sb_test_count_links() - interfaces in the calling thread's net namespace, lo included */
int sb_test_count_links(void);

/**
 * sb_test_add_veth() - a veth pair, both ends up, segmentation offloads untouched
 * @a:		name of the end in the calling thread's net namespace
 * @b:		name of the other end
 * @b_netns:	net namespace of @b; -1 = the same
 *
 * Return: 0, or -1 with the reason on stderr
 */
int sb_test_add_veth(const char *a, const char *b, int b_netns);

/** sb_test_add_addr4() - give an interface of this namespace the IPv4 address @addr/24; 0 or -1 */
int sb_test_add_addr4(const char *ifname, const char *addr);

#endif
