/* SPDX-License-Identifier: MIT */
/* pair_clock.c - a first look at two captures: what a packet's key may be made of, and their clocks
 */
#include "pair_clock.h"

#include <stdlib.h>

#include "satbed/base/mem.h"
#include "table.h"

/* So many packets from the beginning of each. */
#define LOOK 65536u

/* A link header with a tag, at most. */
#define LINK_HEADER 24u

/* Stamps of two processors may be this wrong. */
#define STAMP_NS (100 * SB_NS_PER_US)

/** struct seen - one packet of the first look; @flow: which flow and end sent it */
struct seen {
	uint64_t key, flow;
	int64_t t_ns;
};

/** struct gap - of one flow's end: the second file's stamp less the first's */
struct gap {
	uint64_t flow;
	int end;
	int64_t ns;
};

struct look {
	struct seen *seen[2];
	size_t count[2];
	struct gap *gaps;
	size_t gap_count;
};

/* The flow whatever its addresses are, and the end as in the first file: the same in both only
 * where nothing is translated, so the first file's is taken for a pair. */
static uint64_t flow_of(const struct sb_packet *p, int *end)
{
	struct sb_flow_key key = {{0}};
	uint64_t h = 0;

	*end = sb_flow_key_of(p, &key);
	for (int i = 0; i < 5; i++)
		h = (h ^ key.word[i]) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 31);
	return h & ~UINT64_C(1);
}

static void load(struct sb_pcap *pcap, bool any_address, uint32_t bytes, struct seen *to,
		 size_t *count)
{
	struct sb_frame frame;

	*count = 0;
	while (*count < LOOK && sb_pcap_next(pcap, &frame)) {
		struct sb_packet p;
		int end;

		sb_decode(&frame, &p);
		if (!p.ip_version)
			continue;
		to[*count].key = sb_packet_key_of(&frame, &p, any_address, bytes);
		to[*count].flow = flow_of(&p, &end);
		to[*count].flow |= (uint64_t)end;
		to[*count].t_ns = frame.t_ns;
		++*count;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->t_ns > y->t_ns) - (x->t_ns < y->t_ns);
}

/* Keys that are once in each file. */
static void find_gaps(struct look *l)
{
	size_t j = 0;

	l->gap_count = 0;
	qsort(l->seen[0], l->count[0], sizeof(struct seen), by_key);
	qsort(l->seen[1], l->count[1], sizeof(struct seen), by_key);
	for (size_t i = 0; i < l->count[0]; i++) {
		uint64_t key = l->seen[0][i].key;

		if ((i && l->seen[0][i - 1].key == key) ||
		    (i + 1 < l->count[0] && l->seen[0][i + 1].key == key))
			continue;
		while (j < l->count[1] && l->seen[1][j].key < key)
			j++;
		if (j == l->count[1] || l->seen[1][j].key != key ||
		    (j + 1 < l->count[1] && l->seen[1][j + 1].key == key))
			continue;
		l->gaps[l->gap_count++] =
		    (struct gap){l->seen[0][i].flow >> 1, (int)(l->seen[0][i].flow & 1),
				 l->seen[1][j].t_ns - l->seen[0][i].t_ns};
	}
}

static int by_flow(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	if (x->flow != y->flow)
		return x->flow < y->flow ? -1 : 1;
	if (x->end != y->end)
		return x->end - y->end;
	return (x->ns > y->ns) - (x->ns < y->ns);
}

/*
 * Of one flow with packets both ways: those of the end nearer to the first file are seen there
 * first, so their gap is the larger one, by the round-trip time between the two points, whatever
 * the clocks say.  The sum of the two gaps is twice the offset where both ways take equally long.
 */
static int64_t offset_of(struct gap *gaps, size_t n)
{
	int64_t best = 0, forth_least = INT64_MAX, back_most = INT64_MIN;
	size_t most = 0;

	qsort(gaps, n, sizeof(*gaps), by_flow);
	for (size_t i = 0, middle, end; i < n; i = end) {
		const struct gap *forth, *back;
		size_t fewer;

		for (middle = i; middle < n && gaps[middle].flow == gaps[i].flow &&
				 gaps[middle].end == gaps[i].end;
		     middle++)
			;
		for (end = middle; end < n && gaps[end].flow == gaps[i].flow; end++)
			;
		if (middle == end)
			continue;
		forth = &gaps[i + (middle - i) / 2];
		back = &gaps[middle + (end - middle) / 2];
		fewer = middle - i < end - middle ? middle - i : end - middle;
		if (fewer <= most)
			continue;
		most = fewer;
		best = forth->ns / 2 + back->ns / 2;
		/* Sorted by the gap within each end. */
		if (forth->ns > back->ns) {
			forth_least = gaps[i].ns;
			back_most = gaps[end - 1].ns;
		} else {
			forth_least = gaps[middle].ns;
			back_most = gaps[middle - 1].ns;
		}
	}
	if (most)
		return forth_least >= -STAMP_NS && back_most <= STAMP_NS ? 0 : best;
	/* One way only: clocks far apart are all that shows. */
	best = n ? gaps[n / 2].ns : 0;
	return llabs(best) < SB_PAIR_WAIT_NS ? 0 : best;
}

static int look_once(const char *const paths[2], bool any_address, struct look *l,
		     struct sb_pair_look *out, struct sb_err *err)
{
	struct sb_pcap *pcap[2] = {NULL, NULL};
	int rc = 0;

	out->key_bytes = SB_KEY_BYTES;
	for (int i = 0; i < 2 && !rc; i++) {
		uint32_t snaplen;

		rc = sb_pcap_open(paths[i], &pcap[i], err);
		if (rc)
			break;
		snaplen = sb_pcap_facts(pcap[i])->snaplen;
		if (snaplen > LINK_HEADER && snaplen - LINK_HEADER < out->key_bytes)
			out->key_bytes = snaplen - LINK_HEADER;
	}
	for (int i = 0; i < 2 && !rc; i++) {
		load(pcap[i], any_address, out->key_bytes, l->seen[i], &l->count[i]);
		out->first_ns[i] = l->count[i] ? l->seen[i][0].t_ns : 0;
	}
	sb_pcap_close(pcap[0]);
	sb_pcap_close(pcap[1]);
	if (!rc)
		find_gaps(l);
	return rc;
}

int sb_pair_look(const char *const paths[2], struct sb_pair_look *out, struct sb_err *err)
{
	struct look l = {
	    .seen = {sb_alloc(LOOK, sizeof(struct seen)), sb_alloc(LOOK, sizeof(struct seen))},
	    .gaps = sb_alloc(LOOK, sizeof(struct gap))};
	struct sb_pair_look look = {0};
	size_t with;
	int rc = look_once(paths, false, &l, &look, err);

	with = l.gap_count;
	if (!rc)
		rc = look_once(paths, true, &l, &look, err);
	if (!rc) {
		/* Without addresses a few more coincide by chance. */
		look.any_address = l.gap_count > 2 * with + 4;
		if (!look.any_address)
			rc = look_once(paths, false, &l, &look, err);
	}
	if (!rc) {
		look.offset_ns = offset_of(l.gaps, l.gap_count);
		*out = look;
	}
	free(l.seen[0]);
	free(l.seen[1]);
	free(l.gaps);
	return rc;
}
