/* SPDX-License-Identifier: MIT */
/* netns.h - network namespaces beside the nodes', for what stands between them */
#ifndef SATBED_ENGINE_NETNS_H
#define SATBED_ENGINE_NETNS_H

#include "satbed/base/err.h"

/**
 * sb_netns_make() - a new network namespace
 * @home_fd:	of the caller's own, into which it comes back
 * @settle:	called inside; may be NULL
 * @out:	its handle, the caller's to close
 *
 * The caller is single-threaded and root where it is.
 *
 * Return: 0, or -1 with @err (SB_EENV)
 */
int sb_netns_make(int home_fd, int (*settle)(void *arg, struct sb_err *err), void *arg, int *out,
		  struct sb_err *err);
/** sb_netns_enter() - the calling thread goes into a network namespace */
int sb_netns_enter(int net_fd, struct sb_err *err);

#endif
