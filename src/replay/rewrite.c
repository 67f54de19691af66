// SPDX-License-Identifier: MIT
/*
 * rewrite.c - captured packets with the testbed's addresses and sums that are right
 *
 * What was not captured is sent as zeros, which add nothing to a sum of ones' complement words
 * (RFC 1071): sums are made over the captured bytes alone.  They are made anew, whatever they were:
 * a capture at a sender has those of its offloads.  Only of a first fragment, whose sum covers what
 * is in other packets, is the sum corrected by what has changed (RFC 1624, equation 3).
 */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/agent_proto.h"
#include "satbed/pcap.h"
#include "satbed/replay.h"

#define ETHER_LEN     14u
#define PROTO_HOPOPT  0
#define PROTO_ICMP    1
#define PROTO_TCP     6
#define PROTO_UDP     17
#define PROTO_ROUTING 43
#define PROTO_FRAG    44
#define PROTO_ICMP6   58
#define PROTO_DSTOPT  60
#define MAX_HEADERS   8
#define TCP_FIN_PSH   0x09
#define OPTION_JUMBO  0xc2

/** struct ends - the addresses of one direction */
struct ends {
	uint8_t mac[2][6];	/* destination, source */
	uint8_t address4[2][4]; /* source, destination */
	uint8_t address6[2][16];
	uint32_t mtu;
};

/**
 * struct work - one packet being rewritten, in @ip
 * @captured, @len: as they are used: no longer than the IP header says
 * @l4:		offset of the upper header, 0 = none that is known
 * @fragment:	@l4 covers more than this packet
 */
struct work {
	uint8_t ip[SB_FRAME_MAX + 64];
	uint32_t captured, len, l4;
	uint8_t proto;
	bool v6, fragment;
};

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v & 0xffff);
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static uint64_t sum_words(const uint8_t *p, uint32_t len, uint64_t sum)
{
	for (; len > 1; p += 2, len -= 2)
		sum += get16(p);
	return len ? sum + (uint32_t)(p[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t address_at(const struct work *w)
{
	return w->v6 ? 8 : 12;
}

static uint32_t addresses_len(const struct work *w)
{
	return w->v6 ? 32 : 8;
}

/* Offset of the sum in the upper header, and how much of that must be there; 0 = has none. */
static uint32_t sum_offset(const struct work *w, uint32_t *need)
{
	switch (w->proto) {
	case PROTO_TCP:
		*need = 20;
		return 16;
	case PROTO_UDP:
		*need = 8;
		return 6;
	case PROTO_ICMP:
		*need = w->v6 ? 0 : 4;
		return w->v6 ? 0 : 2;
	case PROTO_ICMP6:
		*need = w->v6 ? 4 : 0;
		return w->v6 ? 2 : 0;
	default:
		*need = 0;
		return 0;
	}
}

/* Over IPv6 extension headers to the upper one; false when that was not captured. */
static bool find_l4_v6(struct work *w)
{
	uint32_t at = 40;
	uint8_t next = w->ip[6];

	for (int i = 0; i < MAX_HEADERS; i++) {
		w->proto = next;
		if (next != PROTO_HOPOPT && next != PROTO_ROUTING && next != PROTO_FRAG &&
		    next != PROTO_DSTOPT) {
			w->l4 = at;
			return true;
		}
		if (at + 8 > w->captured)
			return false;
		if (next == PROTO_FRAG) {
			uint16_t where = get16(w->ip + at + 2);

			w->fragment = where & 0xfff9;
			if (where & 0xfff8)
				return true;
		}
		next = w->ip[at];
		at += w->proto == PROTO_FRAG ? 8 : (w->ip[at + 1] + 1u) * 8;
	}
	return true;
}

static bool find_l4_v4(struct work *w)
{
	uint32_t header = (w->ip[0] & 15u) * 4;
	uint16_t where = get16(w->ip + 6);

	if (header < 20 || header > w->captured)
		return false;
	w->proto = w->ip[9];
	w->fragment = where & 0x3fff;
	if (!(where & 0x1fff))
		w->l4 = header;
	return true;
}

/* The option by which a packet says that it is longer than its header can (RFC 2675): segmentation
 * offload puts it in front of what it has yet to cut, and takes it away then. */
static void strip_jumbo(struct work *w)
{
	if (!w->v6 || get16(w->ip + 4) || w->captured < 48 || w->ip[6] != PROTO_HOPOPT ||
	    w->ip[41] || w->ip[42] != OPTION_JUMBO || w->ip[43] != 4)
		return;
	w->ip[6] = w->ip[40];
	memmove(w->ip + 40, w->ip + 48, w->captured - 48);
	w->captured -= 8;
	w->len -= 8;
}

/* What there is of the packet, into @w; false: headers that must be there are not. */
static bool load(struct work *w, const uint8_t *data, const struct sb_replay_packet *p)
{
	uint32_t said, need;

	/* Not all of it: zeroing @ip for each packet would take longer than all the rest. */
	w->v6 = data[0] >> 4 == 6;
	w->captured = p->captured;
	w->len = p->len;
	w->l4 = 0;
	w->proto = 0;
	w->fragment = false;
	said = w->v6 ? get16(data + 4) + 40u : get16(data + 2);
	/* Ethernet pads short frames.  0: so long that segmentation offload is to say how long. */
	if (said > (w->v6 ? 40u : 0u) && said < w->len)
		w->len = said;
	if (w->captured > w->len)
		w->captured = w->len;
	if (w->len > SB_FRAME_MAX || w->captured < (w->v6 ? 40u : 20u))
		return false;
	memcpy(w->ip, data, w->captured);
	strip_jumbo(w);
	if (!(w->v6 ? find_l4_v6(w) : find_l4_v4(w)))
		return false;
	return !w->l4 || !sum_offset(w, &need) || w->captured >= w->l4 + need;
}

/* The sum of the upper header's packet, with the pseudo header of RFC 9293 or RFC 8200. */
static uint16_t upper_sum(const struct work *w, uint32_t sum_at)
{
	uint64_t sum = 0;

	if (w->proto != PROTO_ICMP)
		sum = sum_words(w->ip + address_at(w), addresses_len(w), 0) + w->proto +
		      (w->len - w->l4);
	sum = sum_words(w->ip + w->l4, w->captured - w->l4, sum);
	sum -= get16(w->ip + sum_at);
	return (uint16_t)~fold(sum);
}

static void fix_sums(struct work *w)
{
	uint32_t need, at = w->l4 && !w->fragment ? sum_offset(w, &need) : 0;

	if (!w->v6) {
		put16(w->ip + 2, w->len);
		put16(w->ip + 10, 0);
		put16(w->ip + 10, (uint16_t)~fold(sum_words(w->ip, (w->ip[0] & 15u) * 4, 0)));
	} else {
		put16(w->ip + 4, w->len - 40);
	}
	if (!at)
		return;
	at += w->l4;
	/* UDP over IPv4 may do without, and says 0. */
	if (w->proto == PROTO_UDP && !w->v6 && !get16(w->ip + at))
		return;
	put16(w->ip + at, upper_sum(w, at));
	if (w->proto == PROTO_UDP && !get16(w->ip + at))
		put16(w->ip + at, 0xffff);
}

static void set_addresses(struct work *w, const struct ends *e)
{
	uint32_t need, at = w->l4 ? sum_offset(w, &need) : 0;
	uint8_t *addresses = w->ip + address_at(w);
	uint64_t before = sum_words(addresses, addresses_len(w), 0);

	if (w->v6)
		memcpy(addresses, e->address6, sizeof(e->address6));
	else
		memcpy(addresses, e->address4, sizeof(e->address4));
	if (w->fragment && at && w->proto != PROTO_ICMP) {
		uint8_t *sum = w->ip + w->l4 + at;
		uint64_t after = sum_words(addresses, addresses_len(w), 0);

		put16(sum, (uint16_t)~fold((uint16_t)~get16(sum) +
					   (uint64_t)(uint16_t)~fold(before) + after));
	}
}

/* A frame of what @w holds, at the end of the file. */
static void append(struct sb_replay_frames *out, const struct work *w, const struct ends *e,
		   int64_t at_ns)
{
	struct sb_node_packet head = {
	    .at_ns = at_ns, .len = w->len + ETHER_LEN, .stored = w->captured + ETHER_LEN};
	size_t body = (head.stored + SB_NODE_PACKETS_ALIGN - 1) / SB_NODE_PACKETS_ALIGN *
		      SB_NODE_PACKETS_ALIGN;
	uint8_t *to;

	if (out->file_len + sizeof(head) + body > out->file_room) {
		out->file_room = 2 * out->file_room + sizeof(head) + body;
		out->file = sb_realloc(out->file, out->file_room, 1);
	}
	to = out->file + out->file_len;
	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	memset(to, 0, body);
	memcpy(to, e->mac, sizeof(e->mac));
	put16(to + 12, w->v6 ? 0x86dd : 0x0800);
	memcpy(to + ETHER_LEN, w->ip, w->captured);
	out->file_len += sizeof(head) + body;
	out->at_ns = sb_grow(out->at_ns, out->count, &out->at_room, sizeof(*out->at_ns));
	out->at_ns[out->count++] = at_ns;
}

/* As a card would: the same headers before each piece, numbers going on, PSH and FIN on the last.
 */
static void append_cut(struct sb_replay_frames *out, struct work *w, const struct ends *e,
		       int64_t at_ns, struct work *piece)
{
	uint32_t headers = w->l4 + (uint32_t)(w->ip[w->l4 + 12] >> 4) * 4;
	uint32_t room = e->mtu - headers, payload = w->len - headers;
	uint32_t seq = get32(w->ip + w->l4 + 4), id = get16(w->ip + 4);

	for (uint32_t from = 0, n = 0; from < payload; from += room, n++) {
		uint32_t size = payload - from < room ? payload - from : room, have = 0;

		if (w->captured > headers + from)
			have = w->captured - headers - from;
		if (have > size)
			have = size;
		memcpy(piece->ip, w->ip, headers);
		memcpy(piece->ip + headers, w->ip + headers + from, have);
		piece->v6 = w->v6;
		piece->proto = w->proto;
		piece->l4 = w->l4;
		piece->fragment = false;
		piece->len = headers + size;
		piece->captured = headers + have;
		put32(piece->ip + w->l4 + 4, seq + from);
		if (!w->v6)
			put16(piece->ip + 4, (id + n) & 0xffff);
		if (from + size < payload)
			piece->ip[w->l4 + 13] &= (uint8_t)~TCP_FIN_PSH;
		fix_sums(piece);
		append(out, piece, e, at_ns);
	}
}

static bool can_cut(const struct work *w, uint32_t mtu)
{
	uint32_t header;

	if (!w->l4 || w->proto != PROTO_TCP || w->fragment)
		return false;
	header = (uint32_t)(w->ip[w->l4 + 12] >> 4) * 4;
	return header >= 20 && w->l4 + header <= w->captured && w->l4 + header < mtu;
}

static void rewrite_one(const struct sb_replay *r, const struct sb_replay_packet *p,
			const struct ends *e, struct work *w, struct sb_replay_frames *out)
{
	if (!load(w, r->bytes + p->offset, p)) {
		out->too_short++;
		return;
	}
	if (w->len > e->mtu && !can_cut(w, e->mtu)) {
		out->too_long++;
		return;
	}
	set_addresses(w, e);
	if (w->len > e->mtu) {
		out->cut++;
		append_cut(out, w, e, p->at_ns, w + 1);
		return;
	}
	fix_sums(w);
	append(out, w, e, p->at_ns);
}

void sb_replay_mac(const uint8_t mac[6], uint8_t out[6])
{
	memcpy(out, mac, 6);
	out[1] ^= 0x80;
}

void sb_replay_rewrite(const struct sb_replay *r, const struct sb_link *link, enum sb_dir dir,
		       uint32_t mtu, struct sb_replay_frames *out)
{
	const struct sb_endpoint *from = dir == SB_UP ? &link->client : &link->server;
	const struct sb_endpoint *to = dir == SB_UP ? &link->server : &link->client;
	struct work *w = sb_alloc(2, sizeof(*w));
	struct sb_node_packets_head head = {.magic = SB_NODE_PACKETS_MAGIC};
	struct ends e = {.mtu = mtu};

	sb_replay_mac(to->mac, e.mac[0]);
	memcpy(e.mac[1], from->mac, 6);
	memcpy(e.address4[0], &from->addr4, 4);
	memcpy(e.address4[1], &to->addr4, 4);
	memcpy(e.address6[0], &from->addr6, 16);
	memcpy(e.address6[1], &to->addr6, 16);
	*out = (struct sb_replay_frames){.file_len = sizeof(head), .file_room = 4096};
	out->file = sb_alloc(out->file_room, 1);
	for (size_t i = 0; i < r->count; i++)
		if (r->packets[i].dir == dir)
			rewrite_one(r, &r->packets[i], &e, w, out);
	head.count = out->count;
	memcpy(out->file, &head, sizeof(head));
	free(w);
}

void sb_replay_frames_fini(struct sb_replay_frames *f)
{
	free(f->file);
	free(f->at_ns);
	*f = (struct sb_replay_frames){0};
}
