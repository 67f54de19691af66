/* SPDX-License-Identifier: MIT */
/* cpu.h - processor time of processes */
#ifndef SATBED_BASE_CPU_H
#define SATBED_BASE_CPU_H

#include <sys/types.h>

/**
 * sb_cpu_seconds() - user and system time of a process and its threads so far; it needs no /proc
 * @pid:	0 = this process
 *
 * Return: seconds, or -1 where there is no such process
 */
double sb_cpu_seconds(pid_t pid);

#endif
