/* SPDX-License-Identifier: MIT */
/* interop.h - quic-4-sat of images: every server with every client */
#ifndef SATBED_SUITE_INTEROP_H
#define SATBED_SUITE_INTEROP_H

#include <stdio.h>

#include "satbed/suite.h"

#define SB_SUITE_IMAGES 8

/** struct sb_suite_images - the images of --interop, and a short name for each */
struct sb_suite_images {
	char *text; /* what @images point into */
	const char *images[SB_SUITE_IMAGES];
	char labels[SB_SUITE_IMAGES][SB_SUITE_LABEL];
	size_t count;
};

/** sb_suite_images() - "A,B" apart; sb_suite_images_free() in any case; 0 or -1 with @err */
int sb_suite_images(const char *list, struct sb_suite_images *out, struct sb_err *err);
void sb_suite_images_free(struct sb_suite_images *images);

/** sb_suite_interop_flow() - the flow of one pair; the caller's to free */
char *sb_suite_interop_flow(const struct sb_suite_images *images, size_t server, size_t client,
			    const char *testcase, uint64_t bytes);

/**
 * sb_suite_boards() - a table for each link and size; nothing for a single image
 * @cases:	pairs of one link and size follow each other, client by client of each server
 * @cells:	what is said of each; NULL = it was not run
 */
void sb_suite_boards(FILE *to, const struct sb_suite_case *cases, const char *const *cells,
		     size_t count, const struct sb_suite_images *images);

#endif
