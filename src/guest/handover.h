/* SPDX-License-Identifier: MIT */
/* handover.h - what a guest's process 1 finds from the process that booted it; private to src/guest
 */
#ifndef SATBED_GUEST_HANDOVER_H
#define SATBED_GUEST_HANDOVER_H

/*
 * Descriptors of the guest's process on the host.  Through hostfs they are symbolic links below
 * /proc/self/fd: names that are the same in every guest, whatever the paths behind them are.
 */
enum {
	SB_HANDOVER_PROGRAM = 3, /* that of process 1, in memory */
	SB_HANDOVER_DIRECTORY,	 /* the writable directory */
	SB_HANDOVER_SAY,	 /* a pipe: lines from the guest's first serial line */
	SB_HANDOVER_TOLD,	 /* a pipe: bytes for it */
	SB_HANDOVER_PRELOAD,	 /* the library loaded into the guest's kernel */
	SB_HANDOVER_COUNT
};

/* In the writable directory, until process 1 has read it. */
#define SB_HANDOVER_REQUEST ".satbed-guest.json"

#define SB_HANDOVER_LINE "/dev/ttyS0"

#endif
