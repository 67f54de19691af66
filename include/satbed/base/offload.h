/* SPDX-License-Identifier: MIT */
/* offload.h - segmentation offloads of an interface: a buffer of several packets would be lost,
 * delayed and counted as one */
#ifndef SATBED_BASE_OFFLOAD_H
#define SATBED_BASE_OFFLOAD_H

#include <stdbool.h>

#include "satbed/base/err.h"

/**
 * sb_offload_end() - turn off whatever merges packets, sending or receiving, and read it back
 * @fd:		any socket of the interface's network namespace
 *
 * Return: 0, or -1 with @err (SB_EENV): no such interface, no right, or an offload that stays on
 */
int sb_offload_end(int fd, const char *ifname, struct sb_err *err);
/** sb_offload_is_on() - is any of them on, or not to be known? */
bool sb_offload_is_on(int fd, const char *ifname);

#endif
