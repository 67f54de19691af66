// SPDX-License-Identifier: MIT
/* cpu.c - processor time of processes */
#include "satbed/base/cpu.h"

#include <time.h>

double sb_cpu_seconds(pid_t pid)
{
	clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
	struct timespec ts;

	if (pid < 0 || (pid && clock_getcpuclockid(pid, &clock)) || clock_gettime(clock, &ts))
		return -1;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}
