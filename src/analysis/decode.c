/* SPDX-License-Identifier: MIT */
/* decode.c - headers of one captured frame, and the key under which both ends know it */
#include "decode.h"

#include <string.h>
#include <xxhash.h>

#define ETHER_HEADER  14
#define TYPE_IPV4     0x0800
#define TYPE_IPV6     0x86dd
#define TYPE_VLAN     0x8100
#define TYPE_QINQ     0x88a8
#define PROTO_TCP     6
#define PROTO_UDP     17
#define PROTO_HOPOPT  0
#define PROTO_ROUTING 43
#define PROTO_FRAG    44
#define PROTO_AUTH    51
#define PROTO_DSTOPT  60

/* More tags or extension headers than any real packet has: the rest is left undecoded. */
#define MAX_VLANS      2
#define MAX_EXTENSIONS 8

/* Both ends hash the same bytes even when one captured more: as much as snaplen 128 keeps. */
#define KEY_BYTES 114

/* Every read goes through this: the captured bytes [at, at + n), or NULL. */
static const uint8_t *bytes_at(const struct sb_frame *f, uint32_t at, uint32_t n)
{
	return at <= f->cap_len && n <= f->cap_len - at ? f->data + at : NULL;
}

static uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void decode_tcp_options(const struct sb_frame *f, uint32_t at, uint32_t len,
			       struct sb_packet *out)
{
	uint32_t end = at + len;

	while (at < end) {
		const uint8_t *kind = bytes_at(f, at, 1), *o;
		uint32_t size;

		if (!kind || *kind == 0)
			return;
		if (*kind == 1) {
			at++;
			continue;
		}
		o = bytes_at(f, at, 2);
		if (!o || o[1] < 2 || o[1] > end - at)
			return;
		size = o[1];
		o = bytes_at(f, at, size);
		if (!o)
			return;
		if (o[0] == 2 && size == 4)
			out->mss = get_be16(o + 2);
		else if (o[0] == 3 && size == 3)
			out->window_scale = o[2];
		else if (o[0] == 4 && size == 2)
			out->sack_permitted = true;
		else if (o[0] == 8 && size == 10) {
			out->has_timestamps = true;
			out->ts_value = get_be32(o + 2);
			out->ts_echo = get_be32(o + 6);
		}
		at += size;
	}
}

/* @len: of the TCP header and what follows it, on the wire. */
static void decode_tcp(const struct sb_frame *f, uint32_t at, uint32_t len, struct sb_packet *out)
{
	const uint8_t *h = bytes_at(f, at, 20);
	uint32_t header;

	if (!h)
		return;
	header = (uint32_t)(h[12] >> 4) * 4;
	if (header < 20 || header > len)
		return;
	out->l4 = true;
	out->checksum_offset = at + 16;
	out->src_port = get_be16(h);
	out->dst_port = get_be16(h + 2);
	out->seq = get_be32(h + 4);
	out->ack = get_be32(h + 8);
	out->flags = h[13];
	out->window = get_be16(h + 14);
	out->options_len = (uint8_t)(header - 20);
	out->payload_len = len - header;
	decode_tcp_options(f, at + 20, header - 20, out);
}

static void decode_udp(const struct sb_frame *f, uint32_t at, uint32_t len, struct sb_packet *out)
{
	const uint8_t *h = bytes_at(f, at, 8);

	if (!h || len < 8)
		return;
	out->l4 = true;
	out->checksum_offset = at + 6;
	out->src_port = get_be16(h);
	out->dst_port = get_be16(h + 2);
	out->payload_len = len - 8;
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
	const uint8_t *h = bytes_at(f, at, 20);
	uint32_t header, total, on_wire = f->wire_len - at;

	if (!h || h[0] >> 4 != 4)
		return;
	header = (uint32_t)(h[0] & 15) * 4;
	total = get_be16(h + 2);
	/* 0: a frame beyond 64 KiB that segmentation offload has yet to cut. */
	if (!total || total > on_wire)
		total = on_wire;
	if (header < 20 || header > total)
		return;
	out->ip_version = 4;
	out->proto = h[9];
	out->src_ip = h + 12;
	out->dst_ip = h + 16;
	/* Only the first fragment has the ports. */
	if (!(get_be16(h + 6) & 0x1fff))
		decode_l4(f, at + header, total - header, out);
}

static void decode_ipv6(const struct sb_frame *f, uint32_t at, struct sb_packet *out)
{
	const uint8_t *h = bytes_at(f, at, 40);
	uint32_t len, on_wire = f->wire_len - at;
	uint8_t next;

	if (!h || h[0] >> 4 != 6)
		return;
	len = get_be16(h + 4);
	if (!len || len > on_wire - 40)
		len = on_wire - 40;
	out->ip_version = 6;
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
		e = bytes_at(f, at, 8);
		if (!e)
			return;
		if (next == PROTO_FRAG && get_be16(e + 2) & 0xfff8)
			return;
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

void sb_decode(const struct sb_frame *f, struct sb_packet *out)
{
	const uint8_t *type;
	uint32_t at = 12;

	*out = (struct sb_packet){
	    .t_ns = f->t_ns, .wire_len = f->wire_len, .mss = -1, .window_scale = -1};
	if (!bytes_at(f, 0, ETHER_HEADER))
		return;
	out->dst_mac = f->data;
	out->src_mac = f->data + 6;
	type = f->data + at;
	for (int i = 0; i < MAX_VLANS; i++) {
		if (get_be16(type) != TYPE_VLAN && get_be16(type) != TYPE_QINQ)
			break;
		type = bytes_at(f, at + 4, 2);
		if (!type)
			return;
		at += 4;
	}
	out->l3_offset = at + 2;
	if (get_be16(type) == TYPE_IPV4)
		decode_ipv4(f, at + 2, out);
	else if (get_be16(type) == TYPE_IPV6)
		decode_ipv6(f, at + 2, out);
}

/* Zero @n bytes at frame offset @at in the copy, as far as it reaches. */
static void blank(uint8_t *copy, uint32_t len, uint32_t at, uint32_t n)
{
	for (uint32_t i = at - 12; i < at - 12 + n && i < len; i++)
		copy[i] = 0;
}

uint64_t sb_packet_key(const struct sb_frame *f, const struct sb_packet *p)
{
	uint8_t copy[KEY_BYTES + 2] = {0};
	uint32_t len = f->cap_len > 12 ? f->cap_len - 12 : 0;

	if (len > sizeof(copy))
		len = sizeof(copy);
	if (len)
		memcpy(copy, f->data + 12, len);
	if (p->ip_version == 4) {
		copy[p->l3_offset - 12 + 1] &= 0xfc;
		blank(copy, len, p->l3_offset + 8, 1);
		blank(copy, len, p->l3_offset + 10, 2);
	} else if (p->ip_version == 6) {
		copy[p->l3_offset - 12 + 1] &= 0xcf;
		blank(copy, len, p->l3_offset + 7, 1);
	}
	if (p->checksum_offset)
		blank(copy, len, p->checksum_offset, 2);
	return XXH3_64bits_withSeed(copy, len, p->wire_len);
}
