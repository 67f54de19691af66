/* SPDX-License-Identifier: MIT */
/* reader.h - one window over a capture file, and what the formats read through it */
#ifndef SATBED_PCAP_READER_H
#define SATBED_PCAP_READER_H

#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/pcap.h"

/**
 * struct sb_interface - one interface of a pcapng section
 * @per_s:	ticks of its clock in a second; @offset_s: to be added
 * @missed:	packets it missed, as its latest statistics say
 */
struct sb_interface {
	uint16_t linktype;
	uint32_t snaplen;
	uint64_t per_s;
	int64_t offset_s;
	uint64_t missed;
};

/** enum sb_lengths - which of a record's two lengths is the captured one: the first, the second, or
 * the lesser */
enum sb_lengths { SB_LENGTHS_USUAL, SB_LENGTHS_SWAPPED, SB_LENGTHS_EITHER };

/**
 * struct sb_pcap - the reader
 * @fd:		-1: all of the file is in the window
 * @window:	the bytes [@pos, @end) are to be read; @own: its memory, when it is ours
 * @skip:	bytes still to be passed over, beyond the window
 * @nano:	pcap: stamps are in nanoseconds; @lengths: of its version
 * @interfaces:	pcapng: of the present section
 * @before_ns:	time of the record before, INT64_MIN = none yet
 */
struct sb_pcap {
	int fd;
	const uint8_t *window;
	uint8_t *own;
	size_t pos, end;
	uint64_t skip;
	bool eof, swapped, nano;
	enum sb_lengths lengths;
	size_t (*read)(struct sb_pcap *w, struct sb_frame *out, size_t max);
	struct sb_interface *interfaces;
	size_t interface_count, interface_room;
	uint64_t base; /* file offset of window[0] */
	int64_t before_ns;
	struct sb_pcap_facts facts;
};

static inline uint32_t sb_pcap_u32(const struct sb_pcap *w, const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return w->swapped ? __builtin_bswap32(v) : v;
}

static inline uint16_t sb_pcap_u16(const struct sb_pcap *w, const uint8_t *at)
{
	uint16_t v;

	memcpy(&v, at, sizeof(v));
	return w->swapped ? __builtin_bswap16(v) : v;
}

/** sb_pcap_fill() - at least @need bytes (up to SB_PCAP_NEED_MAX) from pos on, if the file has
 * them; what lay before pos is gone */
bool sb_pcap_fill(struct sb_pcap *w, size_t need);
#define SB_PCAP_NEED_MAX (2u * SB_FRAME_MAX)

/*
 * Read, not mapped: a mapped file that somebody truncates meanwhile kills the reader with SIGBUS,
 * and pipes cannot be mapped.  Frames are decoded where read() put them.  The window has room for
 * what is left of the largest need and a chunk; the chunk is small enough to stay in a processor's
 * second level cache until it is decoded.
 */
#define SB_PCAP_CHUNK  (256u << 10)
#define SB_PCAP_WINDOW (SB_PCAP_NEED_MAX + SB_PCAP_CHUNK)

static inline bool sb_pcap_have(const struct sb_pcap *w, size_t need)
{
	return w->end - w->pos >= need;
}

/** sb_pcap_damage() - reading ends here, and this is why; returns 0 */
size_t sb_pcap_damage(struct sb_pcap *w, const char *what);

/** sb_pcap_note() - one more record at @t_ns */
static inline void sb_pcap_note(struct sb_pcap *w, int64_t t_ns)
{
	w->facts.records++;
	if (t_ns < w->before_ns)
		w->facts.backwards++;
	else if (t_ns > w->facts.last_ns)
		w->facts.last_ns = t_ns;
	w->before_ns = t_ns;
}

/* Each: true when the file begins like one of its kind; then it is set up, or @err tells. */
bool sb_classic_begin(struct sb_pcap *w, const char *name, int *rc, struct sb_err *err);
bool sb_pcapng_begin(struct sb_pcap *w, const char *name, int *rc, struct sb_err *err);

#endif
