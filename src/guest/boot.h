/* SPDX-License-Identifier: MIT */
/* boot.h - start User-Mode Linux; private to src/guest */
#ifndef SATBED_GUEST_BOOT_H
#define SATBED_GUEST_BOOT_H

#include <sys/types.h>

#include "satbed/guest.h"

/** struct sb_boot - a started guest; @say_fd, @told_fd, @console_fd: this side's ends of its pipes
 */
struct sb_boot {
	pid_t pid;
	int pid_fd, say_fd, told_fd, console_fd;
};

/** sb_boot_start() - 0, or -1 with @err and nothing started */
int sb_boot_start(const struct sb_guest_options *options, struct sb_boot *boot, struct sb_err *err);
/** sb_boot_end() - kill all of its processes, close the pipes */
void sb_boot_end(struct sb_boot *boot);

#endif
