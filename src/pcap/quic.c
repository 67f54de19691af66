// SPDX-License-Identifier: MIT
/* quic.c - what a UDP datagram says in the clear if it is one of QUIC's (RFC 9000, RFC 9369) */
#include "satbed/pcap_quic.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "satbed/pcap_usual.h"

#define LONG_FORM 0x80
#define FIXED_BIT 0x40
#define SPIN_BIT  0x20

/* Of the versions that are known; RFC 8999 allows more in others. */
#define CID_MAX 20u

/* A packet number of one byte and the authentication tag: no protected packet is shorter. */
#define PROTECTED_MIN 17u

/** struct reader - @at: of the next byte; @broken: something did not fit */
struct reader {
	const uint8_t *data;
	uint32_t captured, len, at;
	bool broken, short_of_bytes;
};

static bool has(struct reader *r, uint32_t n)
{
	if (r->len - r->at < n)
		r->broken = true;
	else if (r->at + n > r->captured)
		r->short_of_bytes = true;
	return !r->broken && !r->short_of_bytes;
}

static void skip(struct reader *r, uint64_t n)
{
	if (r->broken || r->short_of_bytes)
		return;
	if (n > r->len - r->at)
		r->broken = true;
	else
		r->at += (uint32_t)n;
}

static void skip_cid(struct reader *r)
{
	uint8_t n;

	if (!has(r, 1))
		return;
	n = r->data[r->at++];
	if (n > CID_MAX)
		r->broken = true;
	skip(r, n);
}

/* A number of variable length, RFC 9000, section 16. */
static uint64_t number(struct reader *r)
{
	uint64_t value;
	uint32_t size;

	if (!has(r, 1))
		return 0;
	size = 1u << (r->data[r->at] >> 6);
	if (!has(r, size))
		return 0;
	value = r->data[r->at] & 63;
	for (uint32_t i = 1; i < size; i++)
		value = value << 8 | r->data[r->at + i];
	r->at += size;
	return value;
}

static enum sb_quic_kind long_kind(uint8_t first, uint32_t version)
{
	static const enum sb_quic_kind kinds[] = {SB_QUIC_INITIAL, SB_QUIC_ZERO_RTT,
						  SB_QUIC_HANDSHAKE, SB_QUIC_RETRY};
	unsigned int type = first >> 4 & 3;

	/* RFC 9369, section 3.2: the types of version 2 are those of version 1, one further on. */
	return kinds[version == SB_QUIC_V2 ? (type + 3) & 3 : type];
}

/* @size: of the whole packet; 0 = to the end of the datagram, or not known. */
static struct sb_quic_packet decode_long(struct reader *r, uint8_t first, uint32_t *size)
{
	struct sb_quic_packet none = {.kind = SB_QUIC_NONE}, p = none;

	r->at = 1;
	if (!has(r, 4))
		return none;
	p.version = sb_be32_at(r->data + r->at);
	r->at += 4;
	if (p.version && p.version != SB_QUIC_V1 && p.version != SB_QUIC_V2) {
		p.kind = SB_QUIC_OTHER_VERSION;
		return p;
	}
	skip_cid(r);
	skip_cid(r);
	if (!p.version) {
		p.kind = SB_QUIC_NEGOTIATION;
		return r->broken || (r->len - r->at) % 4 || r->at == r->len ? none : p;
	}
	p.fixed = first & FIXED_BIT;
	p.kind = long_kind(first, p.version);
	if (p.kind == SB_QUIC_RETRY)
		return r->broken ? none : p;
	if (p.kind == SB_QUIC_INITIAL)
		skip(r, number(r));
	if (has(r, 1)) {
		uint64_t len = number(r);

		if (!r->short_of_bytes && (len < PROTECTED_MIN || len > r->len - r->at))
			r->broken = true;
		else if (!r->short_of_bytes)
			*size = r->at + (uint32_t)len;
	}
	return r->broken ? none : p;
}

/* Some fill a datagram up with zeros. */
static bool is_padding(const uint8_t *data, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (data[i])
			return false;
	return true;
}

/* All packets of a datagram are for the same connection: the identifier at @at is that of the first one, as far
 * as both were captured. */
static bool is_same_cid(const uint8_t *data, uint32_t captured, uint32_t at)
{
	uint32_t n = data[5];

	return at + n > captured || !memcmp(data + at, data + 6, n);
}

/* What lies at @at, behind a packet with a long header, which is captured up to its length. */
static struct sb_quic_behind look_behind(const uint8_t *data, uint32_t captured, uint32_t len,
					 uint32_t at)
{
	struct sb_quic_behind b = {0};

	while (at < len && b.packets < UINT8_MAX) {
		struct reader r = {data + at, captured > at ? captured - at : 0, len - at, 0, false,
				   false};
		struct sb_quic_packet p;
		uint32_t size = 0;

		if (!r.captured) {
			b.packets++;
			b.unread = true;
			break;
		}
		if (is_padding(r.data, r.captured))
			break;
		if (!(r.data[0] & LONG_FORM)) {
			if (r.len < 1 + data[5] + PROTECTED_MIN ||
			    !is_same_cid(data, captured, at + 1))
				break;
			b.packets++;
			b.one_rtt = true;
			b.spin = r.data[0] & SPIN_BIT;
			break;
		}
		p = decode_long(&r, r.data[0], &size);
		if (p.kind != SB_QUIC_INITIAL && p.kind != SB_QUIC_HANDSHAKE &&
		    p.kind != SB_QUIC_ZERO_RTT)
			break;
		if (r.captured > 5 &&
		    (r.data[5] != data[5] || !is_same_cid(data, captured, at + 6)))
			break;
		b.packets++;
		b.zero_rtt |= p.kind == SB_QUIC_ZERO_RTT;
		/* Its length was not captured: it may be the last one. */
		if (!size)
			break;
		at += size;
	}
	return b;
}

struct sb_quic_packet sb_quic_decode(const uint8_t *data, uint32_t captured, uint32_t len)
{
	struct reader r = {.data = data, .captured = captured < len ? captured : len, .len = len};
	struct sb_quic_packet p = {.kind = SB_QUIC_NONE};

	if (!r.captured)
		return p;
	if (data[0] & LONG_FORM) {
		uint32_t size = 0;

		p = decode_long(&r, data[0], &size);
		if (size)
			p.behind = look_behind(data, r.captured, len, size);
		return p;
	}
	if (len > PROTECTED_MIN) {
		p.kind = SB_QUIC_SHORT;
		p.fixed = data[0] & FIXED_BIT;
		p.spin = data[0] & SPIN_BIT;
	}
	return p;
}

const char *sb_quic_version_name(uint32_t version, char text[SB_QUIC_VERSION_MAX])
{
	if (version == SB_QUIC_V1)
		return "v1";
	if (version == SB_QUIC_V2)
		return "v2";
	snprintf(text, SB_QUIC_VERSION_MAX, "0x%08" PRIx32, version);
	return text;
}
