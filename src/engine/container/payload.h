/* SPDX-License-Identifier: MIT */
/*
 * payload.h - the files that satbed brings along into a daemon's containers
 *
 * The static agent, which runs in whatever image the user chose, and the emulator with the libraries
 * and the dynamic linker that this satbed itself runs with.  The emulator has rights on the daemon's
 * host network, so it gets an image of its own: nothing of the user's image is run with them.
 */
#ifndef SATBED_ENGINE_PAYLOAD_H
#define SATBED_ENGINE_PAYLOAD_H

#include "satbed/base/err.h"
#include "satbed/container_api.h"

/* Where the volume with the payload is mounted, and what is in it. */
#define SB_PAYLOAD_DIR	 "/.satbed"
#define SB_PAYLOAD_AGENT SB_PAYLOAD_DIR "/satbed-agent"
/* In the emulator's own image, which has nothing else. */
#define SB_PAYLOAD_EMULATOR "/satbed-emulator"
#define SB_PAYLOAD_LINKER   "/ld.so"
#define SB_PAYLOAD_LIBS	    "/lib"

/** struct sb_payload - files and directories of an archive */
struct sb_payload {
	size_t count, room;
	struct sb_tar_entry *entries;
};

/** sb_payload_agent() - what goes into the volume, below SB_PAYLOAD_DIR; sb_payload_fini() after it */
void sb_payload_agent(struct sb_payload *p);
/**
 * sb_payload_emulator() - the root file system of the emulator's image
 *
 * Return: 0, or -1 with @err (SB_EENV); sb_payload_fini() in either case
 */
int sb_payload_emulator(struct sb_payload *p, struct sb_err *err);
void sb_payload_fini(struct sb_payload *p);

#endif
