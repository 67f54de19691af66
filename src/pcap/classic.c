/* SPDX-License-Identifier: MIT */
/* classic.c - records of a classic pcap file that is not trusted */
#include <inttypes.h>

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

/* The byte order is a constant where this is used. */
static inline __attribute__((always_inline)) size_t
read_in_order(struct sb_pcap *w, struct sb_frame *out, size_t max, const bool swapped)
{
	const uint32_t fractions = w->nano ? 1000000000u : 1000000u, tick_ns = w->nano ? 1 : 1000;
	const uint16_t linktype = (uint16_t)w->facts.linktype;
	size_t n = 0;

	while (n < max) {
		uint32_t fraction, cap_len, wire_len;
		const uint8_t *h;

		/* Filling moves the window: not under frames that were given out. */
		if (!sb_pcap_have(w, RECORD_HEADER) && (n || !sb_pcap_fill(w, RECORD_HEADER))) {
			if (!n && w->end != w->pos)
				return sb_pcap_damage(w, "cut off");
			break;
		}
		h = w->window + w->pos;
		fraction = u32_at(h + 4, swapped);
		cap_len = u32_at(h + 8, swapped);
		wire_len = u32_at(h + 12, swapped);
		if (__builtin_expect(cap_len > SB_FRAME_MAX || wire_len > SB_FRAME_MAX ||
					 fraction >= fractions,
				     0))
			return n ? n : sb_pcap_damage(w, "damaged");
		if (!sb_pcap_have(w, RECORD_HEADER + (size_t)cap_len)) {
			if (n)
				break;
			if (!sb_pcap_fill(w, RECORD_HEADER + (size_t)cap_len))
				return sb_pcap_damage(w, "cut off");
			h = w->window + w->pos;
		}
		out[n] = (struct sb_frame){
		    .t_ns = (int64_t)u32_at(h, swapped) * SB_NS_PER_S +
			    (int64_t)fraction * (int64_t)tick_ns,
		    .cap_len = cap_len,
		    .wire_len = wire_len > cap_len ? wire_len : cap_len,
		    .data = h + RECORD_HEADER,
		    .linktype = linktype,
		};
		w->pos += RECORD_HEADER + (size_t)cap_len;
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

bool sb_classic_begin(struct sb_pcap *w, const char *name, int *rc, struct sb_err *err)
{
	const uint8_t *h = w->window + w->pos;
	uint32_t magic = sb_pcap_u32(w, h);

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
		*rc = sb_fail(err, SB_EINPUT, 0,
			      "%s: link type %" PRIu32
			      "; known are Ethernet, Linux cooked (v1, v2), raw IP and loopback",
			      name, w->facts.linktype);
	return true;
}
