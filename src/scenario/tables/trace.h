/* SPDX-License-Identifier: MIT */
/* trace.h - what a link did over time, from files: mahimahi's opportunities, or columns of values
 */
#ifndef SATBED_SCENARIO_TRACE_H
#define SATBED_SCENARIO_TRACE_H

#include "satbed/scenario_values.h"

#define SB_MAX_TRACE_BYTES (64u << 20)
#define SB_MAX_TRACE_ROWS  1000000

/**
 * sb_trace_read() - either format, told apart by the first line that says something
 * @name:	for messages, and kept with the trace
 * @text:	of @len bytes, not trusted
 * @out:	the caller's to sb_trace_free(); unset on failure
 *
 * A file whose first line is a whole number is mahimahi's: one time in ms a line, each an
 * opportunity to send one packet of 1500 bytes (1504 with mahimahi's tunnel header; 1514 with the
 * Ethernet header that satbed's rates count), repeated from the start after the last one.  It
 * becomes a rate: the packets of each 10 ms, and where there are none, of as many times 10 ms as
 * the next one takes; but where there are none for 100 ms or more nothing is sent until the next one
 * (SB_RATE_STOPPED).  So at each of its steps as many packets have been sent as mahimahi would
 * have, and no packet leaves more than one step early or late.
 *
 * Otherwise the first line names columns and their units: time_s, time_ms or time_us, and any of
 * delay_ms (_us, _s), rate_mbit (_kbit, _bit, _gbit), loss_percent, loss_fraction.  An empty field
 * leaves its value as it was; after the last line its values hold.
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the line
 */
int sb_trace_read(const char *name, const char *text, size_t len, struct sb_trace **out,
		  struct sb_err *err);
/**
 * sb_delay_trace_read() - delays alone: one in ms a line, each for @every_ns and then from the start
 * again, as LeoReplayer has them; or columns as above, without rate and loss
 * @out:	as of sb_trace_read()
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the line
 */
int sb_delay_trace_read(const char *name, const char *text, size_t len, int64_t every_ns,
			struct sb_trace **out, struct sb_err *err);
void sb_trace_free(struct sb_trace *trace);

#endif
