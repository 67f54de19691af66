/* SPDX-License-Identifier: MIT */
/* no_ipv6.h - interfaces that send nothing of their own, for tests that count packets exactly */
#ifndef SATBED_TESTS_NO_IPV6_H
#define SATBED_TESTS_NO_IPV6_H

/** sb_test_no_ipv6() - for interfaces made from now on in the calling thread's net namespace; 0 or
 * -1 */
int sb_test_no_ipv6(void);

#endif
