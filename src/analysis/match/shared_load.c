// SPDX-License-Identifier: MIT
/* shared_load.c - what a shared direction carried for all its clients, in the order it came */
#include "shared_load.h"

#include <stdlib.h>

#include "link_load.h"
#include "satbed/base/mem.h"

static int compare(const void *pa, const void *pb)
{
	const struct sb_shared_load_packet *a = pa, *b = pb;

	if (a->t_ns != b->t_ns)
		return a->t_ns < b->t_ns ? -1 : 1;
	return (int)a->link - (int)b->link;
}

static void add_packet_match(struct sb_shared_load *to, const struct sb_packet_match *from,
			     size_t link)
{
	for (size_t i = 0; i < from->sent_count; i++) {
		const struct sb_sent *s = &from->sent[i];

		if (s->arrived_ns == SB_NEVER)
			continue;
		to->list = sb_grow(to->list, to->count, &to->room, sizeof(*to->list));
		to->list[to->count++] =
		    (struct sb_shared_load_packet){s->t_ns, s->wire_len, s->copies, (uint8_t)link};
	}
}

static int add_link(const struct sb_analysis_input *in, size_t link, struct sb_shared_load out[2],
		    struct sb_err *err)
{
	struct sb_link_load load = {0};
	int rc = 0;

	for (int side = SB_AT_CLIENT; side <= SB_AT_SERVER && !rc; side++) {
		struct sb_capture_facts facts = {0};

		rc = sb_link_load_file(&load, NULL, in, link, (enum sb_point)side, &facts, err);
	}
	for (int dir = SB_UP; dir <= SB_DOWN && !rc; dir++) {
		struct sb_timeline timeline;

		if (!in->plan->links[link].dir[dir].shared)
			continue;
		sb_timeline_init(&timeline, in, link, (enum sb_dir)dir);
		sb_match(&load.packet_matches[dir], timeline.max_transit_ns, !timeline.may_reorder);
		add_packet_match(&out[dir], &load.packet_matches[dir], link);
		sb_timeline_fini(&timeline);
	}
	sb_link_load_fini(&load);
	return rc;
}

int sb_shared_load_load(const struct sb_analysis_input *in, struct sb_shared_load out[2],
			struct sb_err *err)
{
	out[SB_UP] = out[SB_DOWN] = (struct sb_shared_load){0};
	for (size_t link = 0; link < in->plan->link_count; link++) {
		const struct sb_link_dir *d = in->plan->links[link].dir;

		if ((d[SB_UP].shared || d[SB_DOWN].shared) && add_link(in, link, out, err))
			return -1;
	}
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		if (out[dir].count)
			qsort(out[dir].list, out[dir].count, sizeof(*out[dir].list), compare);
	return 0;
}

void sb_shared_load_fini(struct sb_shared_load c[2])
{
	free(c[SB_UP].list);
	free(c[SB_DOWN].list);
}
