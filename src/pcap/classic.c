/* SPDX-License-Identifier: MIT */
/* classic.c - records of a classic pcap file that is not trusted */
#include "reader.h"

/* Format: draft-ietf-opsawg-pcap.  Both byte orders, micro- and nanoseconds. */
#define MAGIC_MICRO   0xa1b2c3d4u
#define MAGIC_NANO    0xa1b23c4du
#define FILE_HEADER   24
#define RECORD_HEADER 16

static inline uint32_t u32_at(const uint8_t *at, bool swapped)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return swapped ? __builtin_bswap32(v) : v;
}

/**
 * struct record - a record's header, as far as it is usable
 * @stored:	bytes of the frame in the file
 */
struct record {
	uint32_t fraction, stored, cap_len, wire_len;
};

/*
 * A header that no sound writer makes, though the framing is whole: a fraction of a second or more
 * is carried while it is below two, and beyond that says nothing; of two lengths the one on the wire
 * is the packet's.  Files before version 2.4 have the lengths the other way round, always or at
 * times.
 *
 * Return: false: the lengths are impossible, this is damage
 */
static __attribute__((noinline)) bool mend_record(struct sb_pcap *w, const uint8_t *h,
						  uint32_t per_s, struct record *r)
{
	int64_t s = (int64_t)sb_pcap_u32(w, h);

	if (w->lengths == SB_LENGTHS_SWAPPED ||
	    (w->lengths == SB_LENGTHS_EITHER && r->stored > r->wire_len)) {
		uint32_t stored = r->wire_len;

		r->wire_len = r->stored;
		r->stored = r->cap_len = stored;
	}
	if (r->stored > SB_FRAME_MAX || r->wire_len > SB_FRAME_MAX)
		return false;
	if (r->cap_len > r->wire_len)
		r->cap_len = r->wire_len;
	if (r->fraction < per_s)
		return true;
	w->facts.odd_times++;
	if (r->fraction - per_s >= per_s) {
		bool same = w->before_ns != INT64_MIN && w->before_ns / SB_NS_PER_S == s;

		r->fraction =
		    same ? (uint32_t)(w->before_ns % SB_NS_PER_S / (SB_NS_PER_S / per_s)) : 0;
	}
	return true;
}

/* The byte order is a constant where this is used. */
static inline __attribute__((always_inline)) size_t
read_in_order(struct sb_pcap *w, struct sb_frame *out, size_t max, const bool swapped)
{
	const uint32_t fractions = w->nano ? 1000000000u : 1000000u, tick_ns = w->nano ? 1 : 1000;
	const uint16_t linktype = (uint16_t)w->facts.linktype;
	size_t n = 0;

	while (n < max) {
		struct record r;
		const uint8_t *h;

		/* Filling moves the window: not under frames that were given out. */
		if (!sb_pcap_have(w, RECORD_HEADER) && (n || !sb_pcap_fill(w, RECORD_HEADER))) {
			if (!n && w->end != w->pos)
				return sb_pcap_damage(w, "cut off");
			break;
		}
		h = w->window + w->pos;
		r.fraction = u32_at(h + 4, swapped);
		r.cap_len = r.stored = u32_at(h + 8, swapped);
		r.wire_len = u32_at(h + 12, swapped);
		if (__builtin_expect(r.cap_len > r.wire_len || r.wire_len > SB_FRAME_MAX ||
					 r.fraction >= fractions || w->lengths,
				     0)) {
			/* What it takes of the record before is known once that was given out. */
			if (n)
				break;
			if (!mend_record(w, h, fractions, &r))
				return sb_pcap_damage(w, "damaged");
		}
		if (!sb_pcap_have(w, RECORD_HEADER + (size_t)r.stored)) {
			if (n)
				break;
			if (!sb_pcap_fill(w, RECORD_HEADER + (size_t)r.stored))
				return sb_pcap_damage(w, "cut off");
			h = w->window + w->pos;
		}
		out[n] = (struct sb_frame){
		    .t_ns = (int64_t)u32_at(h, swapped) * SB_NS_PER_S +
			    (int64_t)r.fraction * (int64_t)tick_ns,
		    .cap_len = r.cap_len,
		    .wire_len = r.wire_len,
		    .data = h + RECORD_HEADER,
		    .linktype = linktype,
		};
		w->pos += RECORD_HEADER + (size_t)r.stored;
		sb_pcap_note(w, out[n].t_ns);
		n++;
	}
	return n;
}

static size_t read_records(struct sb_pcap *w, struct sb_frame *out, size_t max)
{
	return read_in_order(w, out, max, false);
}

static size_t read_swapped_records(struct sb_pcap *w, struct sb_frame *out, size_t max)
{
	return read_in_order(w, out, max, true);
}

/* As libpcap has it for files of before 1993 (sf-pcap.c). */
static enum sb_lengths lengths_of(uint16_t major, uint16_t minor)
{
	if (major != 2 || minor > 3)
		return SB_LENGTHS_USUAL;
	return minor == 3 ? SB_LENGTHS_EITHER : SB_LENGTHS_SWAPPED;
}

bool sb_classic_begin(struct sb_pcap *w, const char *name, int *rc, struct sb_err *err)
{
	const uint8_t *h = w->window + w->pos;
	uint32_t magic = sb_pcap_u32(w, h);
	char text[SB_LINKTYPE_NAME_MAX];

	if (magic != MAGIC_MICRO && magic != MAGIC_NANO) {
		w->swapped = true;
		magic = sb_pcap_u32(w, h);
	}
	if (magic != MAGIC_MICRO && magic != MAGIC_NANO) {
		w->swapped = false;
		return false;
	}
	if (!sb_pcap_fill(w, FILE_HEADER)) {
		*rc = sb_fail(err, SB_EINPUT, 0, "%s: shorter than a pcap file's header", name);
		return true;
	}
	h = w->window + w->pos;
	w->nano = magic == MAGIC_NANO;
	w->lengths = lengths_of(sb_pcap_u16(w, h + 4), sb_pcap_u16(w, h + 6));
	w->facts.format = w->nano ? "pcap, nanoseconds" : "pcap, microseconds";
	w->facts.interfaces = 1;
	w->facts.snaplen = sb_pcap_u32(w, h + 16);
	if (!w->facts.snaplen || w->facts.snaplen > SB_FRAME_MAX)
		w->facts.snaplen = SB_FRAME_MAX;
	/* The upper bits tell of a frame check sequence. */
	w->facts.linktype = sb_pcap_u32(w, h + 20) & 0xffff;
	w->read = w->swapped ? read_swapped_records : read_records;
	w->pos += FILE_HEADER;
	if (!sb_linktype_known(w->facts.linktype))
		*rc = sb_fail(err, SB_EINPUT, 0, "%s: packets of link type %s are not read", name,
			      sb_linktype_name(w->facts.linktype, text));
	return true;
}
