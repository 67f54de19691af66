/* SPDX-License-Identifier: MIT */
/* decode.c - headers of one captured frame, and the key under which both ends know it */
#include "satbed/pcap_decode.h"

#include <string.h>
#include <xxhash.h>

#include "link_header.h"
#include "satbed/pcap_usual.h"

#define ETHER_HEADER  14
#define PROTO_TCP     6
#define PROTO_UDP     17
#define PROTO_HOPOPT  0
#define PROTO_ROUTING 43
#define PROTO_FRAG    44
#define PROTO_AUTH    51
#define PROTO_DSTOPT  60

/* More extension headers than any real packet has: the rest is left undecoded. */
#define MAX_EXTENSIONS 8

static __attribute__((noinline)) void decode_tcp_options(const struct sb_frame *f, uint32_t at,
							 uint32_t len, struct sb_packet *out)
{
	uint32_t end = at + len;

	while (at < end) {
		const uint8_t *kind = sb_bytes_at(f, at, 1), *o;
		uint32_t size;

		if (!kind || *kind == 0)
			return;
		if (*kind == 1) {
			at++;
			continue;
		}
		o = sb_bytes_at(f, at, 2);
		if (!o || o[1] < 2 || o[1] > end - at)
			return;
		size = o[1];
		o = sb_bytes_at(f, at, size);
		if (!o)
			return;
		if (o[0] == 2 && size == 4) {
			out->mss = sb_be16_at(o + 2);
		} else if (o[0] == 5 && size >= 10 && size % 8 == 2) {
			out->sack_offset = at + 2;
			out->sack_blocks = (uint8_t)(size / 8);
		}
		if (o[0] == 3 && size == 3)
			out->window_scale = o[2];
		else if (o[0] == 4 && size == 2)
			out->sack_permitted = true;
		else if (o[0] == 8 && size == 10) {
			out->has_timestamps = true;
			out->ts_value = sb_be32_at(o + 2);
			out->ts_echo = sb_be32_at(o + 6);
		}
		at += size;
	}
}

/* @len: of the TCP header and what follows it, on the wire. */
static void decode_tcp(const struct sb_frame *f, uint32_t at, uint32_t len, struct sb_packet *out)
{
	const uint8_t *h = sb_bytes_at(f, at, 20);
	uint32_t header;

	if (!h)
		return;
	header = (uint32_t)(h[12] >> 4) * 4;
	if (header < 20 || header > len)
		return;
	out->l4 = true;
	out->checksum_offset = at + 16;
	out->src_port = sb_be16_at(h);
	out->dst_port = sb_be16_at(h + 2);
	out->seq = sb_be32_at(h + 4);
	out->ack = sb_be32_at(h + 8);
	out->flags = h[13];
	out->window = sb_be16_at(h + 14);
	out->options_len = (uint8_t)(header - 20);
	out->payload_len = len - header;
	out->payload_offset = at + header;
	if (header == 20)
		return;
	h = header == 32 ? sb_bytes_at(f, at + 20, 12) : NULL;
	if (h && sb_be32_at(h) == SB_TIMESTAMPS_ALONE) {
		out->has_timestamps = true;
		out->ts_value = sb_be32_at(h + 4);
		out->ts_echo = sb_be32_at(h + 8);
		return;
	}
	decode_tcp_options(f, at + 20, header - 20, out);
}

static void decode_udp(const struct sb_frame *f, uint32_t at, uint32_t len, struct sb_packet *out)
{
	const uint8_t *h = sb_bytes_at(f, at, 8);

	if (!h || len < 8)
		return;
	out->l4 = true;
	out->checksum_offset = at + 6;
	out->src_port = sb_be16_at(h);
	out->dst_port = sb_be16_at(h + 2);
	out->payload_len = len - 8;
	out->payload_offset = at + 8;
}

static void decode_l4(const struct sb_frame *f, uint32_t at, uint32_t len, struct sb_packet *out)
{
	out->l4_offset = at;
	if (out->proto == PROTO_TCP)
		decode_tcp(f, at, len, out);
	else if (out->proto == PROTO_UDP)
		decode_udp(f, at, len, out);
}

static void decode_ipv4(const struct sb_frame *f, uint32_t at, struct sb_packet *out)
{
	const uint8_t *h = sb_bytes_at(f, at, 20);
	uint32_t header, total, on_wire = f->wire_len - at;

	if (!h || h[0] >> 4 != 4)
		return;
	header = (uint32_t)(h[0] & 15) * 4;
	total = sb_be16_at(h + 2);
	/* 0: a frame beyond 64 KiB that segmentation offload has yet to cut. */
	if (!total || total > on_wire)
		total = on_wire;
	if (header < 20 || header > total)
		return;
	out->ip_version = 4;
	out->proto = h[9];
	out->ip_id = sb_be16_at(h + 4);
	out->l3_len = total;
	out->fragment = sb_be16_at(h + 6) & 0x3fff;
	out->src_ip = h + 12;
	out->dst_ip = h + 16;
	/* Only the first fragment has the ports. */
	if (!(sb_be16_at(h + 6) & 0x1fff))
		decode_l4(f, at + header, total - header, out);
}

static void decode_ipv6(const struct sb_frame *f, uint32_t at, struct sb_packet *out)
{
	const uint8_t *h = sb_bytes_at(f, at, 40);
	uint32_t len, on_wire = f->wire_len - at;
	uint8_t next;

	if (!h || h[0] >> 4 != 6)
		return;
	len = sb_be16_at(h + 4);
	if (!len || len > on_wire - 40)
		len = on_wire - 40;
	out->ip_version = 6;
	out->l3_len = 40 + len;
	out->src_ip = h + 8;
	out->dst_ip = h + 24;
	next = h[6];
	at += 40;
	for (int i = 0; i < MAX_EXTENSIONS; i++) {
		const uint8_t *e;
		uint32_t size;

		out->proto = next;
		if (next != PROTO_HOPOPT && next != PROTO_ROUTING && next != PROTO_FRAG &&
		    next != PROTO_AUTH && next != PROTO_DSTOPT) {
			decode_l4(f, at, len, out);
			return;
		}
		e = sb_bytes_at(f, at, 8);
		if (!e)
			return;
		if (next == PROTO_FRAG) {
			out->fragment = sb_be16_at(e + 2) & 0xfff9;
			if (sb_be16_at(e + 2) & 0xfff8)
				return;
		}
		size = next == PROTO_FRAG   ? 8
		       : next == PROTO_AUTH ? (e[1] + 2u) * 4
					    : (e[1] + 1u) * 8;
		if (size > len)
			return;
		next = e[0];
		at += size;
		len -= size;
	}
}

static void place_usual(const struct sb_frame *f, struct sb_packet *out)
{
	const uint8_t *h = f->data;

	out->dst_mac = h;
	out->src_mac = h + 6;
	out->src_ip = h + SB_USUAL_IP + 12;
	out->dst_ip = h + SB_USUAL_IP + 16;
	out->l3_len = sb_be16_at(h + SB_USUAL_IP + 2);
	out->src_port = sb_be16_at(h + SB_USUAL_L4);
	out->dst_port = sb_be16_at(h + SB_USUAL_L4 + 2);
	out->sack_offset = 0;
	out->l3_offset = SB_USUAL_IP;
	out->l4_offset = SB_USUAL_L4;
	out->payload_offset = sb_usual_payload(&out->facts);
	out->checksum_offset = SB_USUAL_L4 + (out->proto == PROTO_TCP ? 16 : 6);
}

void sb_decode(const struct sb_frame *f, struct sb_packet *out)
{
	uint16_t type;
	uint32_t at;

	if (sb_decode_usual(f, &out->facts)) {
		place_usual(f, out);
		return;
	}
	*out = (struct sb_packet){
	    .t_ns = f->t_ns, .wire_len = f->wire_len, .mss = -1, .window_scale = -1};
	if (f->linktype == SB_LINKTYPE_ETHERNET && sb_bytes_at(f, 0, ETHER_HEADER)) {
		out->dst_mac = f->data;
		out->src_mac = f->data + 6;
	}
	type = sb_link_payload(f, &at);
	out->l3_offset = at;
	if (type == SB_TYPE_IPV4)
		decode_ipv4(f, at, out);
	else if (type == SB_TYPE_IPV6)
		decode_ipv6(f, at, out);
}

/** struct blanks - a copy of the bytes that a key is made of; @from: the first one's frame offset
 */
struct blanks {
	uint8_t bytes[SB_KEY_BYTES];
	uint32_t from, len;
};

/* Zero @n bytes at frame offset @at in the copy, as far as it reaches. */
static void blank(struct blanks *b, uint32_t at, uint32_t n)
{
	for (uint32_t i = at - b->from; i < at - b->from + n && i < b->len; i++)
		b->bytes[i] = 0;
}

/* What every hop may change: TTL, ECN bits, checksums. */
static void blank_hop(struct blanks *b, const struct sb_packet *p)
{
	if (p->ip_version == 4) {
		b->bytes[1] &= 0xfc;
		blank(b, p->l3_offset + 8, 1);
		blank(b, p->l3_offset + 10, 2);
	} else if (p->ip_version == 6) {
		b->bytes[1] &= 0xcf;
		blank(b, p->l3_offset + 7, 1);
	}
	if (p->checksum_offset)
		blank(b, p->checksum_offset, 2);
}

static void blank_addresses(struct blanks *b, const struct sb_packet *p)
{
	if (p->ip_version == 4)
		blank(b, p->l3_offset + 12, 8);
	else if (p->ip_version == 6)
		blank(b, p->l3_offset + 8, 32);
}

static void copy_bytes(const struct sb_frame *f, const struct sb_packet *p, uint32_t max,
		       struct blanks *b)
{
	b->from = p->ip_version				? p->l3_offset
		  : f->linktype == SB_LINKTYPE_ETHERNET ? ETHER_HEADER - 2
							: 0;
	b->len = f->cap_len > b->from ? f->cap_len - b->from : 0;
	/* What a link adds to fill its shortest frame is not the packet's. */
	if (p->ip_version && b->len > p->l3_len)
		b->len = p->l3_len;
	if (b->len > max)
		b->len = max;
	memset(b->bytes, 0, 2);
	if (b->len)
		memcpy(b->bytes, f->data + b->from, b->len);
	blank_hop(b, p);
}

static uint64_t hash_bytes(const struct blanks *b, const struct sb_packet *p)
{
	return XXH3_64bits_withSeed(b->bytes, b->len, p->ip_version ? p->l3_len : p->wire_len);
}

uint64_t sb_packet_key(const struct sb_frame *f, const struct sb_packet *p)
{
	return sb_packet_key_of(f, p, false, SB_KEY_BYTES);
}

uint64_t sb_packet_nat_key(const struct sb_frame *f, const struct sb_packet *p, bool from_client)
{
	struct blanks b;

	copy_bytes(f, p, SB_KEY_BYTES, &b);
	blank_addresses(&b, p);
	if (p->l4)
		blank(&b, p->l4_offset + (from_client ? 0 : 2), 2);
	return hash_bytes(&b, p);
}

uint64_t sb_packet_key_of(const struct sb_frame *f, const struct sb_packet *p, bool any_address,
			  uint32_t bytes)
{
	struct blanks b;

	copy_bytes(f, p, bytes < SB_KEY_BYTES ? bytes : SB_KEY_BYTES, &b);
	if (any_address) {
		blank_addresses(&b, p);
		if (p->l4)
			blank(&b, p->l4_offset, 4);
	}
	return hash_bytes(&b, p);
}

uint32_t sb_packet_stream(const struct sb_packet *p)
{
	uint8_t tuple[37] = {0};
	size_t address = p->ip_version == 4 ? 4 : 16;

	if (!p->src_ip)
		return 0;
	memcpy(tuple, p->src_ip, address);
	memcpy(tuple + 16, p->dst_ip, address);
	memcpy(tuple + 32, &p->src_port, sizeof(p->src_port));
	memcpy(tuple + 34, &p->dst_port, sizeof(p->dst_port));
	tuple[36] = p->proto;
	return (uint32_t)XXH3_64bits(tuple, sizeof(tuple));
}
