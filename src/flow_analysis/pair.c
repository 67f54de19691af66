/* SPDX-License-Identifier: MIT */
/*
 * pair.c - two captures of the same packets, matched one by one
 *
 * Both files are read together in the order of time.  A packet that waits is in a ring, oldest
 * first, and in the chain of its key's bucket, in the same order: the oldest of the ring is at the
 * head of its chain, where it is taken off.
 */
#include "satbed/pcap_quic.h"
#include "satbed/flow_analysis_pair.h"

#include <stdlib.h>
#include <string.h>

#include "pair_clock.h"
#include "satbed/base/mem.h"
#include "table.h"

#define NONE	   UINT32_MAX
#define BUCKETS	   (1u << 18)
#define FLOW_SLOTS (4u * SB_PAIR_FLOWS)

/* So many of one bucket are looked at; a made capture of equal packets gets no more. */
#define CHAIN 64

/** struct waiting - a packet in the ring; @copies: how often it was found in the other file */
struct waiting {
	uint64_t key;
	int64_t t_ns;
	uint32_t next, flow;
	uint8_t file, end, copies;
};

/**
 * struct half - packets of one end of a flow
 * @seen, @matched_first: by file: in it, and of those matched how many were in it first
 * @only, @copies, @reordered: by file in which they were
 * @newest_ns: by file of arrival: the latest time of sending of what has arrived
 * @shortest_ns, @longest_ns: of the delays so far
 * @delay: by the file in which they were first
 */
struct half {
	uint64_t seen[2], matched_first[2], only[2], copies[2], reordered[2];
	int64_t newest_ns[2], shortest_ns, longest_ns;
	struct sb_sketch delay[2];
};

/** struct flow - @twin: the same in the other file, where addresses are translated; @flipped: its
 * ends are the other way round */
struct flow {
	struct sb_flow_key key;
	uint8_t ip_version, proto, file;
	bool flipped, quic;
	uint32_t twin;
	struct half half[2];
};

struct pairing {
	struct sb_pair_look look;
	struct sb_pair *out;
	struct waiting *ring;
	uint64_t begin, end;
	struct {
		uint32_t head, tail;
	} * buckets;
	struct flow *flows;
	uint32_t flow_count, *slots;
	bool ended[2];
	int64_t last_ns[2];
};

/** struct source - one file, a packet ahead */
struct source {
	struct sb_pcap *pcap;
	struct sb_frame frame;
	struct sb_packet packet;
	int64_t t_ns;
	bool have;
};

static uint32_t find_flow(struct pairing *m, int file, const struct sb_packet *p, uint8_t *end)
{
	struct sb_flow_key key = {{0}};
	uint64_t h = 0;
	uint32_t i;

	*end = (uint8_t)sb_flow_key_of(p, &key);
	for (int w = 0; w < 5; w++)
		h = (h ^ key.word[w]) * UINT64_C(0x9e3779b97f4a7c15) + (h >> 29);
	file = m->look.any_address ? file : 0;
	h = (h ^ h >> 32) + (uint64_t)file;
	for (i = (uint32_t)h % FLOW_SLOTS; m->slots[i]; i = (i + 1) % FLOW_SLOTS) {
		struct flow *f = &m->flows[m->slots[i] - 1];

		if (f->file == file && !memcmp(&f->key, &key, sizeof(key)))
			return m->slots[i] - 1;
	}
	/* The last one is for all that find no place. */
	if (m->flow_count == SB_PAIR_FLOWS - 1)
		return SB_PAIR_FLOWS - 1;
	m->slots[i] = m->flow_count + 1;
	m->flows[m->flow_count] = (struct flow){.key = key,
						.ip_version = p->ip_version,
						.proto = p->proto,
						.file = (uint8_t)file,
						.twin = NONE};
	for (int e = 0; e < 2; e++)
		for (int f = 0; f < 2; f++)
			m->flows[m->flow_count].half[e].newest_ns[f] = INT64_MIN;
	return m->flow_count++;
}

static bool begins_quic(const struct sb_frame *f, const struct sb_packet *p)
{
	struct sb_quic_packet q;

	if (!p->l4 || p->proto != 17 || p->payload_len < SB_QUIC_INITIAL_MIN ||
	    p->payload_offset >= f->cap_len)
		return false;
	q = sb_quic_decode(f->data + p->payload_offset, f->cap_len - p->payload_offset,
			   p->payload_len);
	return q.kind == SB_QUIC_INITIAL && q.fixed;
}

/* Would it be in the other file?  One that was sent here arrives there later, one that arrived here
 * was sent there before. */
static bool is_covered(const struct pairing *m, const struct waiting *w)
{
	const struct half *h = &m->flows[w->flow].half[w->end];
	bool sent_here = h->matched_first[w->file] >= h->matched_first[!w->file];
	int64_t first_ns = m->look.first_ns[!w->file], last_ns = m->last_ns[!w->file];

	if (!sent_here)
		return w->t_ns - h->longest_ns >= first_ns &&
		       (!m->ended[!w->file] || w->t_ns <= last_ns);
	return w->t_ns + h->shortest_ns >= first_ns &&
	       (!m->ended[!w->file] || w->t_ns <= last_ns - h->longest_ns);
}

static void forget_oldest(struct pairing *m)
{
	struct waiting *w = &m->ring[m->begin % SB_PAIR_WAITING];
	uint32_t bucket = (uint32_t)(w->key % BUCKETS);

	if (!w->copies && is_covered(m, w))
		m->flows[w->flow].half[w->end].only[w->file]++;
	m->buckets[bucket].head = w->next;
	if (w->next == NONE)
		m->buckets[bucket].tail = NONE;
	m->begin++;
}

static void wait_for(struct pairing *m, const struct waiting *new)
{
	uint32_t bucket = (uint32_t)(new->key % BUCKETS), place;

	if (m->end - m->begin == SB_PAIR_WAITING) {
		m->out->gave_up += !m->ring[m->begin % SB_PAIR_WAITING].copies;
		forget_oldest(m);
	}
	place = (uint32_t)(m->end++ % SB_PAIR_WAITING);
	m->ring[place] = *new;
	m->ring[place].next = NONE;
	if (m->buckets[bucket].head == NONE)
		m->buckets[bucket].head = place;
	else
		m->ring[m->buckets[bucket].tail].next = place;
	m->buckets[bucket].tail = place;
}

static void link_twins(struct pairing *m, const struct waiting *a, const struct waiting *b)
{
	struct flow *x = &m->flows[a->flow], *y = &m->flows[b->flow];

	if (!m->look.any_address || x->twin != NONE || y->twin != NONE || a->flow == b->flow)
		return;
	x->twin = b->flow;
	y->twin = a->flow;
	x->flipped = y->flipped = a->end != b->end;
}

static void match(struct pairing *m, struct waiting *sent, const struct waiting *got)
{
	struct half *h;
	int64_t delay = got->t_ns - sent->t_ns;

	link_twins(m, sent, got);
	/* Counted with the first file's flow. */
	h = sent->file ? &m->flows[got->flow].half[got->end]
		       : &m->flows[sent->flow].half[sent->end];
	sent->copies = 1;
	m->out->matched++;
	if (delay < h->shortest_ns || !(h->matched_first[0] + h->matched_first[1]))
		h->shortest_ns = delay;
	h->matched_first[sent->file]++;
	(void)sb_sketch_add(&h->delay[sent->file], delay);
	if (delay > h->longest_ns)
		h->longest_ns = delay;
	if (h->newest_ns[got->file] != INT64_MIN &&
	    sent->t_ns < h->newest_ns[got->file] - SB_SAME_TIME_NS)
		h->reordered[got->file]++;
	if (sent->t_ns > h->newest_ns[got->file])
		h->newest_ns[got->file] = sent->t_ns;
}

static void take(struct pairing *m, int file, struct source *s)
{
	struct waiting new = {.t_ns = s->t_ns, .file = (uint8_t)file}, *copied = NULL;
	uint32_t at;
	int steps = 0;

	new.key = sb_packet_key_of(&s->frame, &s->packet, m->look.any_address, m->look.key_bytes);
	new.flow = find_flow(m, file, &s->packet, &new.end);
	if (begins_quic(&s->frame, &s->packet))
		m->flows[new.flow].quic = true;
	m->flows[new.flow].half[new.end].seen[file]++;
	while (m->begin != m->end &&
	       s->t_ns - m->ring[m->begin % SB_PAIR_WAITING].t_ns > SB_PAIR_WAIT_NS)
		forget_oldest(m);
	for (at = m->buckets[new.key % BUCKETS].head; at != NONE && steps++ < CHAIN;
	     at = m->ring[at].next) {
		struct waiting *w = &m->ring[at];

		if (w->key != new.key || w->file == file)
			continue;
		if (!w->copies) {
			match(m, w, &new);
			return;
		}
		copied = w;
	}
	if (copied) {
		struct half *h = file ? &m->flows[copied->flow].half[copied->end]
				      : &m->flows[new.flow].half[new.end];

		if (copied->copies < UINT8_MAX)
			copied->copies++;
		h->copies[file]++;
		return;
	}
	wait_for(m, &new);
}

static void advance(struct pairing *m, int file, struct source *s)
{
	while ((s->have = sb_pcap_next(s->pcap, &s->frame))) {
		sb_decode(&s->frame, &s->packet);
		if (!s->packet.ip_version)
			continue;
		s->t_ns = s->frame.t_ns - (file ? m->look.offset_ns : 0);
		if (s->t_ns > m->last_ns[file])
			m->last_ns[file] = s->t_ns;
		return;
	}
	m->ended[file] = true;
}

static void walk(struct pairing *m, struct source sources[2],
		 const struct sb_flow_analysis_options *o)
{
	const struct sb_pcap_facts *facts[2] = {sb_pcap_facts(sources[0].pcap),
						sb_pcap_facts(sources[1].pcap)};
	uint64_t n = 0;

	advance(m, 0, &sources[0]);
	advance(m, 1, &sources[1]);
	while (sources[0].have || sources[1].have) {
		int file =
		    !sources[0].have || (sources[1].have && sources[1].t_ns < sources[0].t_ns);

		take(m, file, &sources[file]);
		advance(m, file, &sources[file]);
		if (++n % 65536 == 0 && o->progress &&
		    !o->progress(o->arg,
				 (double)(facts[0]->position + facts[1]->position) /
				     (double)(facts[0]->size + facts[1]->size + 1),
				 n))
			break;
	}
	while (m->begin != m->end)
		forget_oldest(m);
}

/* What the other file's flow has of the same direction. */
static void join(struct half *h, const struct half *of_twin)
{
	h->seen[1] += of_twin->seen[1];
	h->only[1] += of_twin->only[1];
	h->copies[1] += of_twin->copies[1];
}

static void finish_half(struct half *h, struct sb_pair_dir *d)
{
	int from = h->matched_first[1] > h->matched_first[0], to = !from;
	uint64_t matched = h->matched_first[0] + h->matched_first[1];

	/* Nothing arrived anywhere: it was sent where it was seen. */
	if (!matched)
		from = h->only[1] > h->only[0], to = !from;
	*d = (struct sb_pair_dir){.from_first = !from,
				  .sent = matched + h->only[from],
				  .arrived = matched,
				  .lost = h->only[from],
				  .duplicated = h->copies[to],
				  .reordered = h->reordered[to],
				  .unmatched = h->only[to],
				  .delay = sb_sketch_spread(&h->delay[from])};
}

static void finish_flow(struct pairing *m, uint32_t i, struct sb_pair_flow *out)
{
	struct flow *f = &m->flows[i], *twin = f->twin == NONE ? NULL : &m->flows[f->twin];

	*out = (struct sb_pair_flow){.ip_version = f->ip_version, .proto = f->proto};
	out->quic = f->quic || (twin && twin->quic);
	out->translated = twin && memcmp(&f->key, &twin->key, sizeof(f->key));
	for (int end = 0; end < 2; end++) {
		int other = f->flipped ? !end : end;
		const struct flow *second = twin ? twin : f;

		if (twin)
			join(&f->half[end], &twin->half[other]);
		sb_flow_key_end(&f->key, f->ip_version, end, out->addr[end], &out->port[end]);
		sb_flow_key_end(&second->key, f->ip_version, other, out->addr_at_second[end],
				&out->port_at_second[end]);
		finish_half(&f->half[end], &out->dir[end]);
	}
}

static int compare_flows(const void *a, const void *b)
{
	const struct sb_pair_flow *x = a, *y = b;
	uint64_t of_x = x->dir[0].sent + x->dir[1].sent, of_y = y->dir[0].sent + y->dir[1].sent;

	if (of_x != of_y)
		return of_x > of_y ? -1 : 1;
	return memcmp(x->addr, y->addr, sizeof(x->addr));
}

static void finish(struct pairing *m)
{
	struct sb_pair *out = m->out;

	out->flows = sb_alloc(m->flow_count + 1, sizeof(*out->flows));
	for (uint32_t i = 0; i < m->flow_count; i++) {
		struct sb_pair_flow *f = &out->flows[out->flow_count];

		if (m->flows[i].file && m->flows[i].twin != NONE)
			continue;
		finish_flow(m, i, f);
		out->translated |= f->translated;
		/* In one file only, and not of the time that both cover. */
		if (f->dir[0].sent + f->dir[0].unmatched + f->dir[1].sent + f->dir[1].unmatched)
			out->flow_count++;
	}
	qsort(out->flows, out->flow_count, sizeof(*out->flows), compare_flows);
	for (uint32_t i = 0; i < SB_PAIR_FLOWS; i++)
		for (int d = 0; d < 4; d++)
			sb_sketch_fini(&m->flows[i].half[d / 2].delay[d % 2]);
}

int sb_pair_read(const char *const paths[2], const struct sb_flow_analysis_options *options,
		 struct sb_pair *out, struct sb_err *err)
{
	struct pairing m = {.out = out, .last_ns = {INT64_MIN, INT64_MIN}};
	struct source sources[2] = {0};

	if (!strcmp(paths[0], "-") || !strcmp(paths[1], "-"))
		return sb_fail(err, SB_EINPUT, 0,
			       "two captures are read twice; name files, not standard input");
	if (sb_pair_look(paths, &m.look, err) || sb_pcap_open(paths[0], &sources[0].pcap, err))
		return -1;
	if (sb_pcap_open(paths[1], &sources[1].pcap, err)) {
		sb_pcap_close(sources[0].pcap);
		return -1;
	}
	*out = (struct sb_pair){.offset_ns = m.look.offset_ns};
	m.look.first_ns[1] -= m.look.offset_ns;
	m.ring = sb_alloc(SB_PAIR_WAITING, sizeof(*m.ring));
	m.buckets = sb_alloc(BUCKETS, sizeof(*m.buckets));
	m.flows = sb_alloc(SB_PAIR_FLOWS, sizeof(*m.flows));
	m.slots = sb_alloc(FLOW_SLOTS, sizeof(*m.slots));
	memset(m.buckets, 0xff, BUCKETS * sizeof(*m.buckets));
	walk(&m, sources, options);
	finish(&m);
	for (int i = 0; i < 2; i++) {
		out->facts[i] = *sb_pcap_facts(sources[i].pcap);
		sb_pcap_close(sources[i].pcap);
	}
	free(m.ring);
	free(m.buckets);
	free(m.flows);
	free(m.slots);
	return 0;
}

void sb_pair_fini(struct sb_pair *p)
{
	free(p->flows);
	*p = (struct sb_pair){0};
}

bool sb_pair_is_split(const struct sb_pair *p)
{
	uint64_t fewer =
	    p->facts[0].records < p->facts[1].records ? p->facts[0].records : p->facts[1].records;

	return fewer && p->matched < fewer / 100 + 1;
}
