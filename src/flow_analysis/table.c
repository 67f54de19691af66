/* SPDX-License-Identifier: MIT */
/* table.c - the flows that are followed, found by their addresses */
#include "table.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

#include "satbed/base/mem.h"

/* Of so many flows in a row the one with the least payload is let go of. */
#define CANDIDATES 16

#define HUGE ((size_t)2 << 20)

/* So many holes and segments under way each: 65536 segments are 96 MB. */
#define MAX_HOLES   1024
#define MAX_FLIGHTS 65536

static int order_v6(const struct sb_packet *p, struct sb_flow_key *key, uint32_t *ports)
{
	int order = memcmp(p->src_ip, p->dst_ip, 16);
	bool second = order > 0 || (!order && (*ports & UINT16_MAX) > *ports >> 16);

	memcpy(&key->word[1], second ? p->dst_ip : p->src_ip, 16);
	memcpy(&key->word[3], second ? p->src_ip : p->dst_ip, 16);
	*ports = second ? *ports << 16 | *ports >> 16 : *ports;
	return second;
}

static int order_v4(const struct sb_packet *p, struct sb_flow_key *key, uint32_t *ports)
{
	uint32_t from, to;

	memcpy(&from, p->src_ip, 4);
	memcpy(&to, p->dst_ip, 4);
	key->word[1] = (uint64_t)le32toh(to) << 32 | le32toh(from);
	return sb_flow_order_v4(&key->word[1], ports);
}

int sb_flow_key_of(const struct sb_packet *p, struct sb_flow_key *key)
{
	uint32_t ports = le16toh(htobe16(p->src_port));
	int end;

	ports |= (uint32_t)le16toh(htobe16(p->dst_port)) << 16;
	*key = (struct sb_flow_key){0};
	end = p->ip_version == 4 ? order_v4(p, key, &ports) : order_v6(p, key, &ports);
	key->word[0] = sb_flow_word(p->ip_version, p->proto, ports);
	return end;
}

void sb_flow_key_end(const struct sb_flow_key *key, uint8_t ip_version, int end, uint8_t addr[16],
		     uint16_t *port)
{
	uint32_t v4 = htole32((uint32_t)(key->word[1] >> (end ? 32 : 0)));

	memset(addr, 0, 16);
	*port = be16toh(htole16((uint16_t)(key->word[0] >> (end ? 16 : 0))));
	if (ip_version == 6)
		memcpy(addr, &key->word[end ? 3 : 1], 16);
	else
		memcpy(addr, &v4, 4);
}

uint32_t sb_flow_hash_v6(const struct sb_flow_table *t, const struct sb_flow_key *key)
{
	return (uint32_t)XXH3_64bits_withSeed(key, sizeof(*key), t->seed);
}

/* Zeroed pages that are not touched take no memory.  In huge ones fewer addresses have to be
 * translated: with hundreds of connections a sixth of the time. */
static void make_flows(struct sb_flow_table *t)
{
	const size_t line =
	    t->max * sizeof(*t->flows) > HUGE ? HUGE : _Alignof(struct sb_live_flow);

	t->memory = sb_alloc(t->max + line / sizeof(*t->flows) + 1, sizeof(*t->flows));
	t->flows = (void *)(((uintptr_t)t->memory + line - 1) / line * line);
	if (line == HUGE)
		(void)madvise(t->flows, t->max * sizeof(*t->flows) / HUGE * HUGE, MADV_HUGEPAGE);
}

void sb_flow_table_init(struct sb_flow_table *t, size_t max_flows)
{
	size_t size = 64;

	while (size < 4 * max_flows)
		size *= 2;
	*t = (struct sb_flow_table){.max = max_flows, .mask = size - 1};
	t->slots = sb_alloc(size, sizeof(*t->slots));
	make_flows(t);
	t->free = sb_alloc(max_flows, sizeof(*t->free));
	/* Nothing of the result depends on it.  An address that is not known in advance is all it
	 * takes to keep a made capture from putting all its flows into one place. */
	t->seed = (uint64_t)(uintptr_t)t->flows * UINT64_C(0x9e3779b97f4a7c15);
}

static void release(struct sb_flow_table *t, struct sb_live_flow *f)
{
	for (int i = 0; i < 2; i++) {
		t->kept -= f->half[i].bytes;
		sb_tcp_sender_fini(&f->half[i].sender);
		sb_sketch_fini(&f->half[i].rtt);
		sb_sketch_fini(&f->half[i].ts_rtt);
		free(f->half[i].again);
	}
	free(f->rows);
	f->rows = NULL;
	free(f->quic);
	f->quic = NULL;
	f->used = false;
	f->key = (struct sb_flow_key){0};
}

void sb_flow_table_fini(struct sb_flow_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->flows[i].used)
			release(t, &t->flows[i]);
	free(t->slots);
	free(t->memory);
	free(t->free);
	*t = (struct sb_flow_table){0};
}

static uint64_t payload_of(const struct sb_live_flow *f)
{
	return f->half[0].sum.payload + f->half[1].sum.payload;
}

/* Those behind it that would not be found past a free slot move up (Knuth, 6.4, algorithm R). */
static void remove_slot(struct sb_flow_table *t, uint32_t hash, uint32_t flow)
{
	size_t i = hash & t->mask, j;

	while (t->slots[i].flow != flow + 1)
		i = (i + 1) & t->mask;
	for (j = i;;) {
		size_t home;

		j = (j + 1) & t->mask;
		if (!t->slots[j].flow)
			break;
		home = t->flows[t->slots[j].flow - 1].hash & t->mask;
		if (((j - home) & t->mask) < ((j - i) & t->mask))
			continue;
		t->slots[i] = t->slots[j];
		i = j;
	}
	t->slots[i] = (struct sb_flow_slot){0};
}

static void let_go(struct sb_flow_table *t, const struct sb_live_flow *spared)
{
	struct sb_live_flow *least = NULL;

	for (size_t seen = 0, tried = 0; tried < t->count && seen < CANDIDATES; tried++) {
		struct sb_live_flow *f = &t->flows[t->hand];

		t->hand = (t->hand + 1) % t->count;
		if (!f->used || (spared && f == spared) || f->in_row)
			continue;
		seen++;
		if (!least || payload_of(f) < payload_of(least))
			least = f;
	}
	if (!least)
		return;
	for (int i = 0; i < 2; i++) {
		t->other.packets += least->half[i].sum.packets;
		t->other.wire_bytes += least->half[i].sum.wire_bytes;
		t->other.payload += least->half[i].sum.payload;
		t->other.retransmits += least->half[i].sum.retransmits;
	}
	t->other.flows++;
	remove_slot(t, least->hash, (uint32_t)(least - t->flows));
	release(t, least);
	t->free[t->free_count++] = (uint32_t)(least - t->flows);
}

void sb_flow_trim(struct sb_flow_table *t, const struct sb_live_flow *spared)
{
	for (size_t i = 0; i < t->count; i++) {
		struct sb_live_flow *f = &t->flows[i];

		for (int d = 0; d < 2 && f->used; d++) {
			size_t before = sb_tcp_sender_bytes(&f->half[d].sender), freed;

			if (f->half[d].sender.first == f->half[d].sender.count)
				sb_tcp_sender_shrink(&f->half[d].sender);
			freed = before - sb_tcp_sender_bytes(&f->half[d].sender);
			f->half[d].bytes -= freed;
			f->half[d].sender_bytes -= freed;
			t->kept -= freed;
		}
	}
	while (t->kept > SB_FLOW_ANALYSIS_KEEP / 4 * 3) {
		uint64_t before = t->other.flows;

		let_go(t, spared);
		if (t->other.flows == before)
			return;
	}
}

static uint32_t take_place(struct sb_flow_table *t)
{
	if (!t->free_count && t->count < t->max)
		return (uint32_t)t->count++;
	if (!t->free_count)
		let_go(t, NULL);
	return t->free_count ? t->free[--t->free_count] : UINT32_MAX;
}

static struct sb_live_flow *add_flow(struct sb_flow_table *t, const struct sb_flow_key *key,
				     uint32_t hash, const struct sb_l4 *p)
{
	uint32_t place = take_place(t);
	struct sb_live_flow *f;
	size_t i;

	if (place == UINT32_MAX)
		return NULL;
	f = &t->flows[place];
	*f = (struct sb_live_flow){.key = *key,
				   .hash = hash,
				   .used = true,
				   .first_ns = p->t_ns,
				   .last_ns = p->t_ns,
				   .ip_version = p->ip_version,
				   .proto = p->proto,
				   .syn_ns = SB_TCP_NONE,
				   .handshake_ns = SB_TCP_NONE};
	for (int d = 0; d < 2; d++) {
		f->half[d].sum.syn.mss = f->half[d].sum.syn.window_scale = -1;
		f->half[d].sender.max_flights = MAX_FLIGHTS;
		f->half[d].sender.sent.max_holes = MAX_HOLES;
	}
	/* Letting go of one may have moved slots. */
	for (i = hash & t->mask; t->slots[i].flow; i = (i + 1) & t->mask)
		;
	t->slots[i] = (struct sb_flow_slot){hash, place + 1};
	return f;
}

struct sb_live_flow *sb_flow_find(struct sb_flow_table *t, const struct sb_flow_key *key,
				  uint32_t hash, const struct sb_l4 *p)
{
	for (size_t i = hash & t->mask; t->slots[i].flow; i = (i + 1) & t->mask) {
		struct sb_live_flow *f = &t->flows[t->slots[i].flow - 1];

		if (t->slots[i].tag == hash && !memcmp(&f->key, key, sizeof(*key)))
			return f;
	}
	return add_flow(t, key, hash, p);
}
