/* SPDX-License-Identifier: MIT */
/* analysis_path_match.h - two captures of the same packets, before and after a link */
#ifndef SATBED_ANALYSIS_CROSSING_H
#define SATBED_ANALYSIS_CROSSING_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/** struct sb_path_match_packet - @arrived_ns INT64_MIN = never; @len of the frame on Ethernet */
struct sb_path_match_packet {
	int64_t sent_ns, arrived_ns;
	uint32_t len;
};

/** struct sb_path_match - by enum sb_dir; the lists are the caller's to free */
struct sb_path_match {
	struct sb_path_match_packet *packets[2];
	size_t count[2];
};

/**
 * sb_path_match_read() - match the packets of two captures on one clock
 * @client_end, @server_end: files; which is which is for the caller to know
 *
 * A packet goes up when the packets of its sender (by IP address) are mostly seen at the client's
 * end first.  Senders of whom no packet is in both files are left out: they did not cross the link.
 *
 * Return: 0, or -1 with @err (SB_EINPUT)
 */
int sb_path_match_read(const char *client_end, const char *server_end, struct sb_path_match *out,
		       struct sb_err *err);

#endif
