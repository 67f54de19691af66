/* SPDX-License-Identifier: MIT */
/* table.h - the flows that are followed, found by their addresses */
#ifndef SATBED_FLOW_ANALYSIS_TABLE_H
#define SATBED_FLOW_ANALYSIS_TABLE_H

#include "fetch.h"
#include "satbed/pcap_decode.h"
#include "satbed/flow_analysis.h"
#include "satbed/flow_analysis_quic.h"
#include "satbed/flow_analysis_tcp.h"
#include "sketch.h"

/**
 * struct sb_flow_key - both ends in one order whoever sends, and their protocol
 * @word:	[0] ports (16 bits each, end 0's lowest), protocol, version; [1] both IPv4 addresses
 *		(32 bits each, end 0's lowest) or [1..4] both IPv6 addresses; 0 where nothing is
 */
struct sb_flow_key {
	uint64_t word[5];
};

/**
 * struct sb_half - what one end sends
 * @newest_id, @newest_ts: of what was sent last, as far as seen
 * @rtt_count, @rtt_sum_ns: of the samples so far, for rows of a CSV
 * @jumped_ns:	when the last hole was opened
 * @again:	the latest ranges sent again, for the receiver's word that they were not needed;
 *		NULL = none; @again_at: where the next goes
 * @bytes:	memory behind it, as accounted for; @sender_bytes: the sender's part of it
 * @sum:	what goes into the result as it is
 *
 * In the order of cache lines: two for every packet, one for each kind of sample, and sums.
 */
struct sb_half {
	_Alignas(64) struct sb_tcp_sender sender;
	uint32_t newest_ts, last_ack;
	uint16_t newest_id, last_window;
	bool ack_known, id_known, ts_known;
	_Alignas(64) uint64_t rtt_count;
	uint64_t rtt_sum_ns;
	struct sb_sketch rtt;
	_Alignas(64) struct sb_sketch ts_rtt;
	int64_t jumped_ns;
	struct sb_again *again;
	uint32_t again_at;
	size_t bytes, sender_bytes;
	_Alignas(64) struct sb_flow_analysis_dir sum;
};

/** struct sb_row - the part of a flow's sums that rows of the CSV are differences of */
struct sb_row {
	uint64_t packets, payload, goodput, retransmits, rtt_count, rtt_sum_ns;
};

/**
 * struct sb_live_flow - one that is followed
 * @key:	all 0 when it is not
 * @first:	the half that is the client's
 * @in_row:	it has a part in the interval of the CSV that is being filled
 * @rows:	sums at the end of its last row
 */
struct sb_live_flow {
	_Alignas(64) struct sb_flow_key key;
	int64_t last_ns;
	uint32_t hash;
	uint8_t first, ip_version, proto;
	bool saw_start, used, in_row;
	struct sb_half half[2];
	int64_t first_ns;
	struct sb_row *rows;  /* of both halves, NULL without a CSV */
	struct sb_quic *quic; /* NULL = it has not begun as QUIC does */
	bool syn_ack_seen;    /* the client's next segment ends the handshake */
	int64_t syn_ns;	      /* of the client's first SYN; only with @saw_start */
	int64_t handshake_ns; /* of TCP, SB_TCP_NONE = not seen */
};

/** struct sb_again - [@from, @to) was sent again; @told: the receiver said that it was not needed
 */
struct sb_again {
	uint32_t from, to;
	bool told;
};
#define SB_AGAIN_COUNT 32u

struct sb_flow_slot {
	uint32_t tag, flow; /* @flow: index plus one, 0 = free */
};

/**
 * struct sb_flow_table - open addressing over an array of flows
 * @flows:	@max of them, from @memory on, the first @count were in use; @free: those that are
 *		so no more
 * @kept:	bytes behind all flows' pointers
 * @hand:	where the search for one to let go of continues
 */
struct sb_flow_table {
	struct sb_flow_slot *slots;
	size_t mask;
	uint64_t seed;
	struct sb_live_flow *flows;
	void *memory;
	uint32_t *free;
	size_t count, max, free_count, hand;
	size_t kept;
	struct sb_flow_analysis_other other;
};

void sb_flow_table_init(struct sb_flow_table *t, size_t max_flows);
void sb_flow_table_fini(struct sb_flow_table *t);

/**
 * sb_flow_order_v4() - both ends of a packet, source lowest, in the order of a key
 * @addresses, @ports: read as little endian numbers
 *
 * Return: which of the two ends sent it
 */
static inline int sb_flow_order_v4(uint64_t *addresses, uint32_t *ports)
{
	uint64_t from = (*addresses & UINT32_MAX) << 16 | (*ports & UINT16_MAX);
	uint64_t to = *addresses >> 32 << 16 | *ports >> 16;
	bool second = from > to;

	*addresses = second ? *addresses << 32 | *addresses >> 32 : *addresses;
	*ports = second ? *ports << 16 | *ports >> 16 : *ports;
	return second;
}
/** sb_flow_key_of() - the key of an IP packet; returns which of its two ends sent it */
int sb_flow_key_of(const struct sb_packet *p, struct sb_flow_key *key);
/** sb_flow_word() - the first word of a key */
static inline uint64_t sb_flow_word(uint8_t ip_version, uint8_t proto, uint32_t ports)
{
	return (uint64_t)(ip_version << 8 | proto) << 32 | ports;
}
/** sb_flow_hash_v6() - where it is to be looked for */
uint32_t sb_flow_hash_v6(const struct sb_flow_table *t, const struct sb_flow_key *key);
/** sb_flow_hash_v4() - the same for the only two words that are not 0 */
static inline uint32_t sb_flow_hash_v4(const struct sb_flow_table *t, uint64_t first,
				       uint64_t addresses)
{
	uint64_t h = first ^ t->seed;

	/* Two multiplications in a row, as in the finaliser of MurmurHash3. */
	h = (h ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd) + addresses;
	h = (h ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53);
	return (uint32_t)(h >> 32);
}
/** sb_flow_key_end() - one end out of a key */
void sb_flow_key_end(const struct sb_flow_key *key, uint8_t ip_version, int end, uint8_t addr[16],
		     uint16_t *port);

/** sb_flow_prefetch() - it will be looked for soon */
static inline void sb_flow_prefetch(const struct sb_flow_table *t, uint32_t hash)
{
	__builtin_prefetch(&t->slots[hash & t->mask]);
}
/** sb_flow_guess() - it is probably this one, of which @end sends: what that takes is fetched */
static inline struct sb_live_flow *sb_flow_guess(const struct sb_flow_table *t, uint32_t hash,
						 int end)
{
	uint32_t flow = t->slots[hash & t->mask].flow;
	struct sb_live_flow *f = &t->flows[flow ? flow - 1 : 0];
	const char *own = (const char *)&f->half[end], *other = (const char *)&f->half[!end];

	__builtin_prefetch(f);
	__builtin_prefetch(own);
	__builtin_prefetch(own + 64);
	__builtin_prefetch(own + offsetof(struct sb_half, sum));
	__builtin_prefetch(other);
	__builtin_prefetch(other + 64);
	__builtin_prefetch(other + offsetof(struct sb_half, rtt_count));
	__builtin_prefetch(other + offsetof(struct sb_half, ts_rtt));
	return f;
}
/** sb_flow_fetch() - and then what is under way of it */
static inline void sb_flow_fetch(const struct sb_live_flow *f, int end)
{
	const struct sb_tcp_sender *s = &f->half[end].sender;

	sb_fetch(s->flights, s->count * sizeof(*s->flights));
	sb_fetch(s->flights, (s->count + 2) * sizeof(*s->flights));
	s = &f->half[!end].sender;
	sb_fetch(s->flights, s->first * sizeof(*s->flights));
	sb_fetch(s->flights, (s->first + 2) * sizeof(*s->flights));
	sb_fetch(s->flights, (s->first + 4) * sizeof(*s->flights));
}
/** sb_flow_find() - a flow, new when it was not there: then another may have been let go of */
struct sb_live_flow *sb_flow_find(struct sb_flow_table *t, const struct sb_flow_key *key,
				  uint32_t hash, const struct sb_l4 *p);
/** sb_flow_trim() - make what is kept fit, sparing @spared */
void sb_flow_trim(struct sb_flow_table *t, const struct sb_live_flow *spared);

#endif
