/* SPDX-License-Identifier: MIT */
/* step.h - what following a packet needs of it, without its bytes */
#ifndef SATBED_FLOW_ANALYSIS_STEP_H
#define SATBED_FLOW_ANALYSIS_STEP_H

#include <endian.h>
#include <string.h>

#include "satbed/pcap_quic.h"
#include "satbed/pcap_usual.h"
#include "table.h"

/* A stream's first bytes are the same whoever cuts it into segments. */
#define SB_HEAD_BYTES 16u

/**
 * struct sb_flow_analysis_step - one packet, with all that following it mostly needs of its bytes
 * @addresses:	of IPv4, @ports: as in struct sb_flow_key
 * @head:	hash of its first payload bytes, 0 = not so many; its highest bit is the end of its
 *		flow that sent it
 *
 * A cache line, since every one of them is written by one processor and read by another.
 */
struct sb_flow_analysis_step {
	struct sb_l4 facts;
	uint64_t addresses;
	uint32_t ports;
	uint32_t head;
};
_Static_assert(sizeof(struct sb_flow_analysis_step) == 64, "a cache line");

static inline int sb_step_end(const struct sb_flow_analysis_step *s)
{
	return (int)(s->head >> 31);
}

static inline uint32_t sb_step_head(const struct sb_flow_analysis_step *s)
{
	return s->head & INT32_MAX;
}

/**
 * struct sb_flow_analysis_more - what few packets have
 * @address:	of IPv6, as in struct sb_flow_key
 * @sack:	the first blocks, at most two, where there are any
 */
struct sb_flow_analysis_more {
	uint64_t address[4];
	uint8_t sack[16];
	uint8_t pad[16];
};

/** struct sb_flow_analysis_left_out - packets that are in no flow, or in one without ports;
 * @unknown_linktype: of the first one whose link type is unknown */
struct sb_flow_analysis_left_out {
	uint64_t not_ip, undecoded, fragments, unknown_link;
	uint16_t unknown_linktype;
};

/** sb_step_make_other() - a packet that is not one of the usual ones */
void sb_step_make_other(const struct sb_frame *f, struct sb_flow_analysis_step *s,
			struct sb_flow_analysis_more *more,
			struct sb_flow_analysis_left_out *left_out);
static inline uint64_t sb_le64_at(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, sizeof(v));
	return le64toh(v);
}

static inline uint32_t sb_le32_at(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return le32toh(v);
}

/* 31 bits of two multiplications; never 0. */
static inline uint32_t sb_hash_of_head(const uint8_t *payload)
{
	uint64_t a = sb_le64_at(payload) ^ UINT64_C(0x9e3779b97f4a7c15);
	uint64_t b = sb_le64_at(payload + 8) ^ UINT64_C(0xc4ceb9fe1a85ec53);

	a *= UINT64_C(0xff51afd7ed558ccd);
	return (uint32_t)(((a ^ a >> 32) + b) * UINT64_C(0xc2b2ae3d27d4eb4f) >> 33) | 1;
}

static inline void sb_step_set_head(struct sb_flow_analysis_step *s, const struct sb_frame *f,
				    uint32_t payload, int end)
{
	s->head = (uint32_t)end << 31;
	if (s->facts.payload_len >= SB_HEAD_BYTES && payload + SB_HEAD_BYTES <= f->cap_len)
		s->head |= sb_hash_of_head(f->data + payload);
}

/* Datagrams have no sequence numbers: the fields carry what the headers of QUIC say. */
static inline void sb_step_set_quic(struct sb_flow_analysis_step *s, const struct sb_frame *f,
				    uint32_t payload)
{
	struct sb_quic_packet p = {.kind = SB_QUIC_NONE};

	if (payload < f->cap_len)
		p = sb_quic_decode(f->data + payload, f->cap_len - payload, s->facts.payload_len);
	s->facts.seq = p.version;
	s->facts.ack = (uint32_t)p.kind;
	s->facts.flags = (uint8_t)(p.spin | p.fixed << 1);
	s->facts.ts_value =
	    (uint32_t)(p.behind.packets | p.behind.unread << 8 | p.behind.zero_rtt << 9 |
		       p.behind.one_rtt << 10 | p.behind.spin << 11);
}

static inline struct sb_quic_packet sb_step_quic(const struct sb_flow_analysis_step *s)
{
	return (struct sb_quic_packet){.kind = (enum sb_quic_kind)s->facts.ack,
				       .version = s->facts.seq,
				       .spin = s->facts.flags & 1,
				       .fixed = s->facts.flags & 2,
				       .behind = {.packets = (uint8_t)s->facts.ts_value,
						  .unread = s->facts.ts_value & 1u << 8,
						  .zero_rtt = s->facts.ts_value & 1u << 9,
						  .one_rtt = s->facts.ts_value & 1u << 10,
						  .spin = s->facts.ts_value & 1u << 11}};
}

/** sb_step_make() - out of a frame, whose bytes are not needed any more then */
static inline void sb_step_make(const struct sb_frame *f, struct sb_flow_analysis_step *s,
				struct sb_flow_analysis_more *more,
				struct sb_flow_analysis_left_out *left_out)
{
	int end;

	if (__builtin_expect(!sb_decode_usual(f, &s->facts), 0)) {
		sb_step_make_other(f, s, more, left_out);
		return;
	}
	s->addresses = sb_le64_at(f->data + SB_USUAL_IP + 12);
	s->ports = sb_le32_at(f->data + SB_USUAL_L4);
	end = sb_flow_order_v4(&s->addresses, &s->ports);
	sb_step_set_head(s, f, sb_usual_payload(&s->facts), end);
	if (__builtin_expect(s->facts.proto == 17, 0))
		sb_step_set_quic(s, f, sb_usual_payload(&s->facts));
}

/** sb_step_word() - the first word of its flow's key */
static inline uint64_t sb_step_word(const struct sb_flow_analysis_step *s)
{
	return sb_flow_word(s->facts.ip_version, s->facts.proto, s->ports);
}

/** sb_step_key() - all of its flow's key */
static inline void sb_step_key(const struct sb_flow_analysis_step *s,
			       const struct sb_flow_analysis_more *more, struct sb_flow_key *key)
{
	*key = (struct sb_flow_key){{sb_step_word(s), s->addresses}};
	if (s->facts.ip_version == 6)
		memcpy(&key->word[1], more->address, sizeof(more->address));
}

/** sb_step_hash() - where its flow is to be looked for */
static inline uint32_t sb_step_hash(const struct sb_flow_table *t,
				    const struct sb_flow_analysis_step *s,
				    const struct sb_flow_analysis_more *more)
{
	struct sb_flow_key key;

	if (__builtin_expect(s->facts.ip_version != 6, 1))
		return sb_flow_hash_v4(t, sb_step_word(s), s->addresses);
	sb_step_key(s, more, &key);
	return sb_flow_hash_v6(t, &key);
}

/** sb_step_is_of() - is @f its flow? */
static inline bool sb_step_is_of(const struct sb_live_flow *f,
				 const struct sb_flow_analysis_step *s,
				 const struct sb_flow_analysis_more *more)
{
	if (f->key.word[0] != sb_step_word(s))
		return false;
	if (__builtin_expect(s->facts.ip_version != 6, 1))
		return f->key.word[1] == s->addresses;
	return !memcmp(&f->key.word[1], more->address, sizeof(more->address));
}

#endif
