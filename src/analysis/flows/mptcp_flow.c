// SPDX-License-Identifier: MIT
/* mptcp_flow.c - what the paths of a flow's Multipath TCP connections brought, each byte counted once */
#include "mptcp_flow.h"

#include "satbed/base/spill_sort.h"

void sb_mptcp_flow_data(struct sb_mptcp_flow *m, size_t terminal, const struct sb_packet *p,
			uint32_t first_seq, const struct sb_mptcp_mapping *map)
{
	/* A mapping is repeated in every segment that it holds for: where in it this one begins. */
	uint32_t offset = p->seq - first_seq - map->subflow_seq;
	struct sb_mptcp_range range = {map->data_seq + offset,
				       map->data_seq + offset + p->payload_len};

	if (offset >= map->len || p->payload_len > map->len - offset)
		return;
	m->path[terminal].mapped += p->payload_len;
	if (m->count && m->ranges[m->count - 1].to == range.from) {
		m->ranges[m->count - 1].to = range.to;
		return;
	}
	m->ranges = sb_spill_grow(&m->spill, m->ranges, m->count, &m->room, sizeof(range));
	m->ranges[m->count++] = range;
}

static int compare(const void *pa, const void *pb)
{
	const struct sb_mptcp_range *a = pa, *b = pb;

	return a->from < b->from ? -1 : a->from > b->from;
}

uint64_t sb_mptcp_flow_repeated(struct sb_mptcp_flow *m)
{
	uint64_t all = 0, distinct = 0, until = 0;
	size_t gone = 0;

	if (!m->count)
		return 0;
	sb_spill_sort(&m->spill, m->ranges, m->count, sizeof(*m->ranges), compare);
	for (size_t i = 0; i < m->count; i++) {
		const struct sb_mptcp_range *r = &m->ranges[i];
		uint64_t from = i && r->from < until ? until : r->from;

		sb_spill_pass(&m->spill, &gone, i * sizeof(*r));
		all += r->to - r->from;
		if (r->to > from)
			distinct += r->to - from;
		if (!i || r->to > until)
			until = r->to;
	}
	return all - distinct;
}

void sb_mptcp_flow_fini(struct sb_mptcp_flow *m)
{
	sb_spill_free(&m->spill, m->ranges);
	m->ranges = NULL;
}
