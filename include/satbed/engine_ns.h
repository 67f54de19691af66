/* SPDX-License-Identifier: MIT */
/* engine_ns.h - a child in namespaces of its own: user, net, mount, pid and uts */
#ifndef SATBED_ENGINE_NS_H
#define SATBED_ENGINE_NS_H

#include <stdbool.h>
#include <sys/types.h>

#include "satbed/base/err.h"

/**
 * sb_ns_user_works() - can this process make a user namespace and act as root in it?
 *
 * Tried with a child that makes one and uses its rights.
 *
 * Return: 0, or -1 with @err (SB_EENV) saying what forbids it and what to type
 */
int sb_ns_user_works(struct sb_err *err);

/**
 * sb_ns_fork() - fork() into new namespaces; the child is root and process 1 there
 * @with_user:	with a user namespace too; without one the caller must be root
 *
 * The child dies with its parent.  Call while single-threaded.
 *
 * Return: in the parent the child's pid, in the child 0; -1 with @err (SB_EENV)
 */
pid_t sb_ns_fork(bool with_user, struct sb_err *err);

/**
 * sb_ns_settle() - in the child: map ids, keep mounts private, set the host name, mount /proc if
 * allowed
 */
int sb_ns_settle(bool with_user, const char *hostname, unsigned int outer_uid,
		 unsigned int outer_gid, struct sb_err *err);

#endif
