/* SPDX-License-Identifier: MIT */
/*
 * payload.h - the files that satbed brings along into a daemon's containers
 *
 * The static agent, and the emulator with the libraries and the dynamic linker that this
 * satbed itself runs with: whatever image the user chose, and whatever libc is in it, they run.
 */
#ifndef SATBED_ENGINE_PAYLOAD_H
#define SATBED_ENGINE_PAYLOAD_H

#include "satbed/base/err.h"
#include "satbed/container_api.h"

/* Where the volume with the payload is mounted, and what is in it. */
#define SB_PAYLOAD_DIR	    "/.satbed"
#define SB_PAYLOAD_AGENT    SB_PAYLOAD_DIR "/satbed-agent"
#define SB_PAYLOAD_EMULATOR SB_PAYLOAD_DIR "/satbed-emulator"
#define SB_PAYLOAD_LINKER   SB_PAYLOAD_DIR "/ld.so"
#define SB_PAYLOAD_LIBS	    SB_PAYLOAD_DIR "/lib"

/** struct sb_payload - entries for sb_daemon_upload(), with paths below SB_PAYLOAD_DIR */
struct sb_payload {
	size_t count, room;
	struct sb_tar_entry *entries;
};

/** sb_payload_gather() - 0, or -1 with @err (SB_EENV); sb_payload_fini() in either case */
int sb_payload_gather(struct sb_payload *p, struct sb_err *err);
void sb_payload_fini(struct sb_payload *p);

#endif
