/* SPDX-License-Identifier: MIT */
/* table.c - the flows that are followed, found by their addresses */
#include "table.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "satbed/base/mem.h"

/* Of so many flows in a row the one with the least payload is let go of. */
#define CANDIDATES 16

/* So many holes and segments under way each: 65536 segments are 96 MB. */
#define MAX_HOLES   1024
#define MAX_FLIGHTS 65536

static uint64_t load_be32(const uint8_t *at)
{
	uint32_t v;

	memcpy(&v, at, sizeof(v));
	return be32toh(v);
}

static int key_of_v6(const struct sb_packet *p, struct sb_flow_key *key)
{
	int order = memcmp(p->src_ip, p->dst_ip, 16);
	bool second = order > 0 || (!order && p->src_port > p->dst_port);
	uint64_t low = second ? p->dst_port : p->src_port;
	uint64_t high = second ? p->src_port : p->dst_port;

	key->word[0] = UINT64_C(6) << 56 | (uint64_t)p->proto << 48 | low << 16 | high;
	memcpy(&key->word[1], second ? p->dst_ip : p->src_ip, 16);
	memcpy(&key->word[3], second ? p->src_ip : p->dst_ip, 16);
	return second;
}

int sb_flow_key_of(const struct sb_packet *p, struct sb_flow_key *key)
{
	uint64_t from, to;
	bool second;

	if (p->ip_version != 4)
		return key_of_v6(p, key);
	from = load_be32(p->src_ip) << 16 | p->src_port;
	to = load_be32(p->dst_ip) << 16 | p->dst_port;
	second = from > to;
	*key = (struct sb_flow_key){
	    {UINT64_C(4) << 56 | (uint64_t)p->proto << 48 | (second ? to : from),
	     second ? from : to}};
	return second;
}

void sb_flow_key_end(const struct sb_flow_key *key, uint8_t ip_version, int end, uint8_t addr[16],
		     uint16_t *port)
{
	uint32_t v4;

	memset(addr, 0, 16);
	if (ip_version == 6) {
		memcpy(addr, &key->word[end ? 3 : 1], 16);
		*port = (uint16_t)(key->word[0] >> (end ? 0 : 16));
		return;
	}
	v4 = htobe32((uint32_t)(key->word[end] >> 16));
	memcpy(addr, &v4, 4);
	*port = (uint16_t)key->word[end];
}

uint64_t sb_flow_hash(const struct sb_flow_table *t, const struct sb_flow_key *key)
{
	uint64_t h;

	if (key->word[0] >> 56 != 4)
		return XXH3_64bits_withSeed(key, sizeof(*key), t->seed);
	/* Two multiplications in a row, as in the finaliser of MurmurHash3. */
	h = key->word[0] ^ t->seed;
	h = (h ^ h >> 32) * UINT64_C(0xff51afd7ed558ccd) + key->word[1];
	h = (h ^ h >> 29) * UINT64_C(0xc4ceb9fe1a85ec53);
	return h ^ h >> 32;
}

void sb_flow_table_init(struct sb_flow_table *t, size_t max_flows)
{
	size_t size = 64;

	while (size < 4 * max_flows)
		size *= 2;
	*t = (struct sb_flow_table){.max = max_flows, .mask = size - 1};
	t->slots = sb_alloc(size, sizeof(*t->slots));
	/* Zeroed pages that are not touched take no memory. */
	t->flows = sb_alloc(max_flows, sizeof(*t->flows));
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
	f->used = false;
}

void sb_flow_table_fini(struct sb_flow_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->flows[i].used)
			release(t, &t->flows[i]);
	free(t->slots);
	free(t->flows);
	free(t->free);
	*t = (struct sb_flow_table){0};
}

static uint64_t payload_of(const struct sb_live_flow *f)
{
	return f->half[0].sum.payload + f->half[1].sum.payload;
}

/* Those behind it that would not be found past a free slot move up (Knuth, 6.4, algorithm R). */
static void remove_slot(struct sb_flow_table *t, uint64_t hash, uint32_t flow)
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
	if (t->latest == least)
		t->latest = NULL;
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
	while (t->kept > SB_SURVEY_KEEP / 4 * 3) {
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
				     uint64_t hash, const struct sb_l4 *p)
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
				   .proto = p->proto};
	for (int d = 0; d < 2; d++) {
		f->half[d].sum.syn.mss = f->half[d].sum.syn.window_scale = -1;
		f->half[d].sender.max_flights = MAX_FLIGHTS;
		f->half[d].sender.sent.max_holes = MAX_HOLES;
	}
	/* Letting go of one may have moved slots. */
	for (i = hash & t->mask; t->slots[i].flow; i = (i + 1) & t->mask)
		;
	t->slots[i] = (struct sb_flow_slot){(uint32_t)(hash >> 32), place + 1};
	return f;
}

struct sb_live_flow *sb_flow_find(struct sb_flow_table *t, const struct sb_flow_key *key,
				  uint64_t hash, const struct sb_l4 *p)
{
	struct sb_live_flow *f = t->latest;

	if (f && f->hash == hash && !memcmp(&f->key, key, sizeof(*key)))
		return f;
	for (size_t i = hash & t->mask; t->slots[i].flow; i = (i + 1) & t->mask) {
		if (t->slots[i].tag != (uint32_t)(hash >> 32))
			continue;
		f = &t->flows[t->slots[i].flow - 1];
		if (!memcmp(&f->key, key, sizeof(*key)))
			return t->latest = f;
	}
	return t->latest = add_flow(t, key, hash, p);
}
