/* SPDX-License-Identifier: MIT */
/* pcap_file.h - records of a classic pcap file that is not trusted */
#ifndef SATBED_ANALYSIS_PCAP_FILE_H
#define SATBED_ANALYSIS_PCAP_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/* tcpdump's own limit for one frame (MAXIMUM_SNAPLEN); more is a damaged length. */
#define SB_PCAP_FRAME_MAX 262144u

/**
 * struct sb_pcap - a reader with one window over the file, however large that is
 * @damage:	why reading stopped before the end, "" = it did not
 * @last_ns:	time of the latest record so far
 */
struct sb_pcap {
	int fd; /* -1: all of it is in the window */
	const uint8_t *window;
	uint8_t *own; /* the window's memory, when it is ours */
	size_t pos, end;
	bool eof, swapped, nano;
	uint32_t snaplen;
	uint64_t records;
	int64_t last_ns;
	char damage[128];
};

/** struct sb_frame - one record; @data is valid until the next call */
struct sb_frame {
	int64_t t_ns;
	uint32_t cap_len, wire_len;
	const uint8_t *data;
};

/** sb_pcap_open() - -1 with @err (SB_EINPUT) when it is no pcap file of Ethernet frames */
int sb_pcap_open(struct sb_pcap *p, const char *path, struct sb_err *err);
/** sb_pcap_open_memory() - the same from @data, which stays the caller's */
int sb_pcap_open_memory(struct sb_pcap *p, const void *data, size_t len, struct sb_err *err);
/** sb_pcap_next() - true with a record; false at the end or where the file is damaged (@damage) */
bool sb_pcap_next(struct sb_pcap *p, struct sb_frame *out);
void sb_pcap_close(struct sb_pcap *p);

#endif
