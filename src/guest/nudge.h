/* SPDX-License-Identifier: MIT */
/* nudge.h - the processes of the host that a guest consists of; private to src/guest */
#ifndef SATBED_GUEST_NUDGE_H
#define SATBED_GUEST_NUDGE_H

#include <sys/types.h>

/** sb_nudge() - stop the program that runs in the guest whose kernel is @kernel, for a moment */
void sb_nudge(pid_t kernel);
/** sb_session_cpu_seconds() - processor time so far of all processes of the guest's session */
double sb_session_cpu_seconds(pid_t kernel);

#endif
