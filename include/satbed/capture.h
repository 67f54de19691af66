/* SPDX-License-Identifier: MIT */
/* capture.h - packets of an interface into a pcap file: nanosecond stamps, drop counters */
#ifndef SATBED_CAPTURE_H
#define SATBED_CAPTURE_H

#include <stdint.h>

#include "satbed/base/err.h"

struct sb_capture;

/** struct sb_capture_stats - @received by the kernel's filter, @dropped for want of buffer,
 * @written to the file */
struct sb_capture_stats {
	uint64_t received, dropped, interface_dropped, written;
};

/**
 * sb_capture_open() - start capturing in a thread of its own
 * @ifname:	in the calling thread's network namespace; both directions are captured
 * @fd:		file to write (nanosecond pcap, Ethernet); taken over on success
 * @snaplen:	bytes kept of each packet
 * @buffer_bytes: kernel buffer
 *
 * Frames are captured from the moment this returns.  The file has them some 200 ms later, so that
 * a process that is killed takes no more than that with it.
 *
 * Return: 0, or -1 with @err (SB_EENV: no right to capture)
 */
int sb_capture_open(const char *ifname, int fd, uint32_t snaplen, uint32_t buffer_bytes,
		    struct sb_capture **out, struct sb_err *err);
/** sb_capture_stats() - while it runs or after sb_capture_stop() */
void sb_capture_stats(struct sb_capture *c, struct sb_capture_stats *out);
/** sb_capture_write_error() - while it runs: errno of the first write that failed, 0 = none did */
int sb_capture_write_error(struct sb_capture *c);
/** sb_capture_stop() - drain what the kernel still holds, flush the file; -1 when writing failed */
int sb_capture_stop(struct sb_capture *c, struct sb_err *err);
/** sb_capture_free() - stop if need be, release; NULL is allowed */
void sb_capture_free(struct sb_capture *c);

#endif
