/* SPDX-License-Identifier: MIT */
/* pcap_writer.h - a classic pcap file, written in large pieces */
#ifndef SATBED_CAPTURE_PCAP_WRITER_H
#define SATBED_CAPTURE_PCAP_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/**
 * struct sb_pcap_writer - @fd: -1 when closed; @packets: handed to the file;
 * @error: errno of the first write that failed, after which nothing more is written
 */
struct sb_pcap_writer {
	int fd;
	uint8_t *buf;
	size_t used;
	uint64_t packets, refused;
	int error;
};

/** sb_pcap_writer_start() - write the file's header; @fd is taken over on success */
int sb_pcap_writer_start(struct sb_pcap_writer *w, int fd, uint32_t snaplen, bool nano,
			 struct sb_err *err);
/** sb_pcap_writer_add() - one packet; @fraction in ns or us as the file's header says */
void sb_pcap_writer_add(struct sb_pcap_writer *w, uint32_t seconds, uint32_t fraction,
			uint32_t cap_len, uint32_t wire_len, const uint8_t *bytes);
/** sb_pcap_writer_flush() - hand what is buffered to the kernel */
void sb_pcap_writer_flush(struct sb_pcap_writer *w);
/** sb_pcap_writer_finish() - flush and close; -1 when any write failed (SB_EENV) */
int sb_pcap_writer_finish(struct sb_pcap_writer *w, struct sb_err *err);

#endif
