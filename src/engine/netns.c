// SPDX-License-Identifier: MIT
/* netns.c - network namespaces beside the nodes' */
#include "netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

int sb_netns_enter(int net_fd, struct sb_err *err)
{
	if (!setns(net_fd, CLONE_NEWNET))
		return 0;
	return sb_fail(err, SB_EENV, errno, "cannot enter a network namespace");
}

int sb_netns_make(int home_fd, int (*settle)(void *arg, struct sb_err *err), void *arg, int *out,
		  struct sb_err *err)
{
	sb_auto_close int fd = -1;
	int rc = 0;

	if (unshare(CLONE_NEWNET))
		return sb_fail(err, SB_EENV, errno, "cannot create a network namespace");
	fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		rc = sb_fail(err, SB_EENV, errno, "cannot open a network namespace");
	else if (settle)
		rc = settle(arg, err);
	if (sb_netns_enter(home_fd, rc ? NULL : err) || rc)
		return -1;
	*out = sb_steal_fd(&fd);
	return 0;
}
