/* SPDX-License-Identifier: MIT */
/* broken_image.h - an image for which a daemon lists none any more */
#ifndef SATBED_CLEANUP_BROKEN_IMAGE_H
#define SATBED_CLEANUP_BROKEN_IMAGE_H

#include "satbed/cleanup.h"
#include "satbed/container_api.h"

/**
 * sb_tell_broken_image() - name it, and what removes it; nothing where the reason is another one
 * @said:	why the images of @about could not be listed
 */
void sb_tell_broken_image(const struct sb_cleanup_request *rq, const struct sb_daemon_info *about,
			  const char *said);

#endif
