/* SPDX-License-Identifier: MIT */
/* nudge.h - make a guest's kernel look up while a program computes; private to src/guest */
#ifndef SATBED_GUEST_NUDGE_H
#define SATBED_GUEST_NUDGE_H

#include <sys/types.h>

/** sb_nudge() - stop the program that runs in the guest whose kernel is @kernel, for a moment */
void sb_nudge(pid_t kernel);

#endif
