/* SPDX-License-Identifier: MIT */
/* pcapng.c - packets of a pcapng file that is not trusted */
#include <inttypes.h>
#include <stdlib.h>

#include "reader.h"
#include "satbed/base/mem.h"

/* Format: draft-ietf-opsawg-pcapng.  Blocks that hold no packet are passed over. */
#define BLOCK_SECTION	 0x0a0d0d0au
#define BLOCK_INTERFACE	 1u
#define BLOCK_PACKET_OLD 2u
#define BLOCK_SIMPLE	 3u
#define BLOCK_STATISTICS 5u
#define BLOCK_PACKET	 6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du

#define OPTION_END	 0
#define OPTION_TSRESOL	 9
#define OPTION_TSOFFSET	 14
#define OPTION_ISB_DROP	 5
#define OPTION_EPB_DROPS 4

/* More than any machine has; the rest is taken for damage. */
#define MAX_INTERFACES 4096

/* What surrounds every block's body: type and length before it, the length again after it. */
#define AROUND 12u

/* A block that is read as a whole: the largest frame, its header and some options. */
#define MAX_BLOCK (SB_PCAP_NEED_MAX - 64u)

/** struct option - one of a list; @len bytes at @at */
struct option {
	uint16_t code, len;
	const uint8_t *at;
};

/* The next option of [@at, @end), or false at their end or where they are damaged. */
static bool next_option(const struct sb_pcap *w, const uint8_t **at, const uint8_t *end,
			struct option *out)
{
	size_t padded;

	if (end - *at < 4)
		return false;
	out->code = sb_pcap_u16(w, *at);
	out->len = sb_pcap_u16(w, *at + 2);
	out->at = *at + 4;
	padded = (out->len + 3u) & ~3u;
	if (out->code == OPTION_END || (size_t)(end - out->at) < padded)
		return false;
	*at = out->at + padded;
	return true;
}

static uint64_t get_u64(const struct sb_pcap *w, const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return w->swapped ? __builtin_bswap64(v) : v;
}

/* Ticks in a second: 10^-n, or 2^-n with the upper bit set; 0 when no 64-bit clock is that fine. */
static uint64_t read_resolution(uint8_t v)
{
	uint64_t per_s = 1;

	if (v & 0x80)
		return (v & 0x7f) < 63 ? UINT64_C(1) << (v & 0x7f) : 0;
	if (v > 19)
		return 0;
	while (v--)
		per_s *= 10;
	return per_s;
}

static bool add_interface(struct sb_pcap *w, const uint8_t *body, const uint8_t *end)
{
	const uint8_t *at = body + 8;
	struct sb_interface face = {.per_s = 1000000};
	struct option o;

	if (end - body < 8 || w->interface_count >= MAX_INTERFACES)
		return false;
	face.linktype = sb_pcap_u16(w, body);
	face.snaplen = sb_pcap_u32(w, body + 4);
	if (!face.snaplen || face.snaplen > SB_FRAME_MAX)
		face.snaplen = SB_FRAME_MAX;
	while (next_option(w, &at, end, &o)) {
		if (o.code == OPTION_TSRESOL && o.len == 1)
			face.per_s = read_resolution(o.at[0]);
		else if (o.code == OPTION_TSOFFSET && o.len == 8)
			face.offset_s = (int64_t)get_u64(w, o.at);
	}
	if (!face.per_s)
		return false;
	w->interfaces =
	    sb_grow(w->interfaces, w->interface_count, &w->interface_room, sizeof(*w->interfaces));
	w->interfaces[w->interface_count++] = face;
	if (!w->facts.interfaces++)
		w->facts.linktype = face.linktype;
	if (face.snaplen > w->facts.snaplen)
		w->facts.snaplen = face.snaplen;
	return true;
}

/* Its counters run from the start of the capture: the latest one counts. */
static void note_statistics(struct sb_pcap *w, const uint8_t *body, const uint8_t *end)
{
	const uint8_t *at = body + 12;
	struct option o;
	uint32_t i;

	if (end - body < 12)
		return;
	i = sb_pcap_u32(w, body);
	if (i >= w->interface_count)
		return;
	while (next_option(w, &at, end, &o)) {
		uint64_t missed;

		if (o.code != OPTION_ISB_DROP || o.len != 8)
			continue;
		missed = get_u64(w, o.at);
		if (missed > w->interfaces[i].missed) {
			w->facts.dropped += missed - w->interfaces[i].missed;
			w->interfaces[i].missed = missed;
		}
	}
}

static int64_t to_ns(const struct sb_interface *face, uint64_t ticks)
{
	int64_t max_s = SB_PCAP_TIME_MAX / SB_NS_PER_S, s, ns;

	if (face->per_s == 1000000000) {
		s = (int64_t)(ticks / 1000000000);
		ns = (int64_t)(ticks % 1000000000);
	} else {
		s = (int64_t)(ticks / face->per_s);
		ns = (int64_t)((__extension__(unsigned __int128)(ticks % face->per_s)) *
			       1000000000 / face->per_s);
	}
	if (__builtin_add_overflow(s, face->offset_s, &s) || s >= max_s)
		return SB_PCAP_TIME_MAX;
	return s <= -max_s ? -SB_PCAP_TIME_MAX : s * SB_NS_PER_S + ns;
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_PACKET || type == BLOCK_SIMPLE || type == BLOCK_PACKET_OLD;
}

static uint64_t ticks_of(const struct sb_pcap *w, const uint8_t *body)
{
	return (uint64_t)sb_pcap_u32(w, body + 4) << 32 | sb_pcap_u32(w, body + 8);
}

/* What a packet without a time is given when none came before: the time of the first one that has
 * one, if it is in the window and of an interface that is known by now; else 0. */
static int64_t first_time(const struct sb_pcap *w)
{
	size_t at = w->pos;

	while (w->end - at >= AROUND + 20) {
		const uint8_t *h = w->window + at;
		uint32_t type = sb_pcap_u32(w, h), len = sb_pcap_u32(w, h + 4), i;

		if (type == BLOCK_SECTION || len < AROUND || len % 4 || len > w->end - at)
			break;
		if (is_packet(type) && type != BLOCK_SIMPLE && len >= AROUND + 20) {
			i = type == BLOCK_PACKET ? sb_pcap_u32(w, h + 8) : sb_pcap_u16(w, h + 8);
			return i < w->interface_count ? to_ns(&w->interfaces[i], ticks_of(w, h + 8))
						      : 0;
		}
		at += len;
	}
	return 0;
}

/* Enhanced packets and the older form differ in where their interface is, simple ones have none. */
static bool read_packet(struct sb_pcap *w, uint32_t type, const uint8_t *body, const uint8_t *end,
			struct sb_frame *out)
{
	size_t header = type == BLOCK_SIMPLE ? 4 : 20;
	const struct sb_interface *face;
	uint32_t i = 0, cap_len, wire_len;
	int64_t t_ns;

	if ((size_t)(end - body) < header)
		return false;
	if (type == BLOCK_PACKET)
		i = sb_pcap_u32(w, body);
	else if (type == BLOCK_PACKET_OLD)
		i = sb_pcap_u16(w, body);
	if (i >= w->interface_count)
		return false;
	face = &w->interfaces[i];
	if (type == BLOCK_SIMPLE) {
		wire_len = sb_pcap_u32(w, body);
		cap_len = wire_len;
		if (cap_len > face->snaplen)
			cap_len = face->snaplen;
		if (cap_len > (size_t)(end - body) - header)
			cap_len = (uint32_t)((size_t)(end - body) - header);
		/* They carry no time. */
		t_ns = w->before_ns != INT64_MIN ? w->before_ns : first_time(w);
		w->facts.untimed++;
	} else {
		t_ns = to_ns(face, ticks_of(w, body));
		cap_len = sb_pcap_u32(w, body + 12);
		wire_len = sb_pcap_u32(w, body + 16);
	}
	if (cap_len > SB_FRAME_MAX || wire_len > SB_FRAME_MAX ||
	    cap_len > (size_t)(end - body) - header)
		return false;
	*out = (struct sb_frame){.t_ns = t_ns,
				 .cap_len = cap_len < wire_len ? cap_len : wire_len,
				 .wire_len = wire_len,
				 .data = body + header,
				 .linktype = face->linktype,
				 .interface = (uint16_t)i};
	return true;
}

/* A section may be written by another machine than the one before. */
static bool begin_section(struct sb_pcap *w, const uint8_t *h)
{
	uint32_t magic;

	memcpy(&magic, h + 8, sizeof(magic));
	if (magic != BYTE_ORDER_MAGIC && magic != __builtin_bswap32(BYTE_ORDER_MAGIC))
		return false;
	w->swapped = magic != BYTE_ORDER_MAGIC;
	w->interface_count = 0;
	return true;
}

/* Pass over a block, of which the window may hold only a part. */
static void pass(struct sb_pcap *w, uint32_t len)
{
	size_t here = w->end - w->pos;

	w->skip = len > here ? len - here : 0;
	w->pos += len > here ? here : len;
}

/*
 * One block at pos, as a whole where it means something.
 * Return: 1 a packet, 0 something else, -1 damaged or cut off
 */
static int read_block(struct sb_pcap *w, const uint8_t *h, uint32_t type, uint32_t len,
		      struct sb_frame *out)
{
	const uint8_t *body = h + 8, *end = h + len - 4;

	if (sb_pcap_u32(w, end) != len)
		return -1;
	if (is_packet(type)) {
		if (!read_packet(w, type, body, end, out))
			return -1;
		w->pos += len;
		sb_pcap_note(w, out->t_ns);
		return 1;
	}
	if (type == BLOCK_INTERFACE && !add_interface(w, body, end))
		return -1;
	if (type == BLOCK_STATISTICS)
		note_statistics(w, body, end);
	w->pos += len;
	return 0;
}

static size_t read_blocks(struct sb_pcap *w, struct sb_frame *out, size_t max)
{
	size_t n = 0;

	while (n < max) {
		uint32_t type, len;
		const uint8_t *h;
		int got;

		/* Filling moves the window: not under frames that were given out. */
		if (w->skip || !sb_pcap_have(w, AROUND)) {
			if (n)
				return n;
			if (!sb_pcap_fill(w, AROUND)) {
				if (w->end != w->pos || w->skip)
					return sb_pcap_damage(w, "cut off");
				return 0;
			}
		}
		h = w->window + w->pos;
		type = sb_pcap_u32(w, h);
		if (__builtin_expect(type == BLOCK_SECTION, 0)) {
			if (n)
				return n;
			if (!begin_section(w, h))
				return sb_pcap_damage(w, "damaged");
		}
		len = sb_pcap_u32(w, h + 4);
		if (len < AROUND || len % 4)
			return n ? n : sb_pcap_damage(w, "damaged");
		if (len > MAX_BLOCK) {
			if (n)
				return n;
			if (is_packet(type) || type == BLOCK_INTERFACE)
				return sb_pcap_damage(w, "damaged");
			pass(w, len);
			continue;
		}
		if (!sb_pcap_have(w, len)) {
			if (n)
				return n;
			if (!sb_pcap_fill(w, len))
				return sb_pcap_damage(w, "cut off");
			h = w->window + w->pos;
		}
		got = read_block(w, h, type, len, &out[n]);
		if (got < 0)
			return n ? n : sb_pcap_damage(w, "damaged");
		n += (size_t)got;
	}
	return n;
}

bool sb_pcapng_begin(struct sb_pcap *w, const char *name, int *rc, struct sb_err *err)
{
	uint32_t magic;

	/* A palindrome: the same in either byte order. */
	memcpy(&magic, w->window + w->pos, sizeof(magic));
	if (magic != BLOCK_SECTION)
		return false;
	w->read = read_blocks;
	w->facts.format = "pcapng";
	if (!sb_pcap_fill(w, 28) || !begin_section(w, w->window + w->pos))
		*rc = sb_fail(err, SB_EINPUT, 0, "%s: begins like a pcapng file, but is damaged",
			      name);
	return true;
}
