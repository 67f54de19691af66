/* SPDX-License-Identifier: MIT */
/* unnamed_image.h - an image that a daemon had made when it was killed, and had not given its name yet */
#ifndef SATBED_CLEANUP_UNNAMED_IMAGE_H
#define SATBED_CLEANUP_UNNAMED_IMAGE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/** sb_image_is_unnamed() - of an item of the daemon's list */
bool sb_image_is_unnamed(const cJSON *item);

/**
 * sb_image_was_imported() - is what the daemon says of one image that of an emulator's?
 *
 * Labels alone do not tell: an image committed from a node inherits them, may have no name either, and is the
 * user's. A run's own is one layer and starts nothing; what is committed has the node's command.
 */
bool sb_image_was_imported(const cJSON *inspected);

#endif
