/* SPDX-License-Identifier: MIT */
/* table.h - the flows that are followed, found by their addresses */
#ifndef SATBED_SURVEY_TABLE_H
#define SATBED_SURVEY_TABLE_H

#include "satbed/pcap_decode.h"
#include "satbed/survey.h"
#include "satbed/survey_tcp.h"
#include "sketch.h"

/** struct sb_flow_key - both ends in one order whoever sends, and their protocol */
struct sb_flow_key {
	uint64_t word[5];
};

/**
 * struct sb_half - what one end sends
 * @sum:	what goes into the result as it is
 * @newest_id, @newest_ts: of what was sent last, as far as seen
 * @jumped_ns:	when the last hole was opened
 * @again:	the latest ranges sent again, for the receiver's word that they were not needed;
 *NULL = none; @again_at: where the next goes
 * @bytes:	memory behind it, as accounted for; @sender_bytes: the sender's part of it
 * @rtt_count, @rtt_sum_ns: of the samples so far, for rows of a CSV
 */
struct sb_half {
	struct sb_tcp_sender sender;
	struct sb_survey_dir sum;
	struct sb_sketch rtt, ts_rtt;
	uint32_t last_ack, newest_ts;
	uint16_t last_window, newest_id;
	bool ack_known, id_known, ts_known;
	int64_t jumped_ns;
	struct sb_again *again;
	uint32_t again_at;
	size_t bytes, sender_bytes;
	uint64_t rtt_count, rtt_sum_ns;
};

/** struct sb_row - the part of a flow's sums that rows of the CSV are differences of */
struct sb_row {
	uint64_t packets, payload, goodput, retransmits, rtt_count, rtt_sum_ns;
};

/**
 * struct sb_live_flow - one that is followed
 * @first:	the half that is the client's
 * @in_row:	it has a part in the interval of the CSV that is being filled
 * @rows:	sums at the end of its last row
 */
struct sb_live_flow {
	struct sb_flow_key key;
	uint64_t hash;
	int64_t first_ns, last_ns;
	uint8_t first;
	bool saw_start, used, in_row;
	uint8_t ip_version, proto;
	struct sb_half half[2];
	struct sb_row *rows; /* of both halves, NULL without a CSV */
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
 * @flows:	@max of them, the first @count were in use; @free: those that are so no more
 * @kept:	bytes behind all flows' pointers
 * @hand:	where the search for one to let go of continues
 */
struct sb_flow_table {
	struct sb_flow_slot *slots;
	size_t mask;
	uint64_t seed;
	struct sb_live_flow *flows;
	uint32_t *free;
	size_t count, max, free_count, hand;
	size_t kept;
	struct sb_survey_other other;
	struct sb_live_flow *latest;
};

void sb_flow_table_init(struct sb_flow_table *t, size_t max_flows);
void sb_flow_table_fini(struct sb_flow_table *t);

/** sb_flow_key_of() - the key of an IP packet; returns which of its two ends sent it */
int sb_flow_key_of(const struct sb_packet *p, struct sb_flow_key *key);
/** sb_flow_hash() - where it is to be looked for */
uint64_t sb_flow_hash(const struct sb_flow_table *t, const struct sb_flow_key *key);
/** sb_flow_key_end() - one end out of a key */
void sb_flow_key_end(const struct sb_flow_key *key, uint8_t ip_version, int end, uint8_t addr[16],
		     uint16_t *port);

/** sb_flow_prefetch() - it will be looked for soon */
static inline void sb_flow_prefetch(const struct sb_flow_table *t, uint64_t hash)
{
	__builtin_prefetch(&t->slots[hash & t->mask]);
}
/** sb_flow_fetch() - it will be looked for very soon: @end of it sends */
static inline void sb_flow_fetch(const struct sb_flow_table *t, uint64_t hash, int end)
{
	uint32_t flow = t->slots[hash & t->mask].flow;
	const char *f;

	if (!flow)
		return;
	f = (const char *)&t->flows[flow - 1];
	__builtin_prefetch(f);
	f = (const char *)&t->flows[flow - 1].half[end];
	for (int line = 0; line < 5; line++)
		__builtin_prefetch(f + 64 * line);
	f = (const char *)&t->flows[flow - 1].half[!end];
	for (int line = 0; line < 4; line++)
		__builtin_prefetch(f + 64 * line);
}
/** sb_flow_fetch_flights() - and then what is under way of it */
static inline void sb_flow_fetch_flights(const struct sb_flow_table *t, uint64_t hash, int end)
{
	uint32_t flow = t->slots[hash & t->mask].flow;
	const struct sb_tcp_sender *s;

	if (!flow)
		return;
	s = &t->flows[flow - 1].half[end].sender;
	__builtin_prefetch(s->flights + s->count, 1);
	s = &t->flows[flow - 1].half[!end].sender;
	__builtin_prefetch(s->flights + s->first);
}
/** sb_flow_find() - a flow, new when it was not there: then another may have been let go of */
struct sb_live_flow *sb_flow_find(struct sb_flow_table *t, const struct sb_flow_key *key,
				  uint64_t hash, const struct sb_l4 *p);
/** sb_flow_trim() - make what is kept fit, sparing @spared */
void sb_flow_trim(struct sb_flow_table *t, const struct sb_live_flow *spared);

#endif
