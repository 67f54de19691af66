// SPDX-License-Identifier: MIT
/* session_plan.c - a session as flows of a plan, and as the files of its nodes */
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/agent_proto.h"
#include "satbed/replay_session.h"

#define FIRST_PORT 5201 /* as for flows of a scenario */

enum sb_dir sb_session_dir(const struct sb_session_flow *f)
{
	return f->bytes[SB_UP] > f->bytes[SB_DOWN] ? SB_UP : SB_DOWN;
}

static size_t count_flows(const struct sb_session *s, enum sb_dir dir)
{
	size_t n = 0;

	for (size_t i = 0; i < s->flow_count; i++)
		n += sb_session_dir(&s->flows[i]) == dir;
	return n;
}

void sb_session_add_flows(const struct sb_session *s, const char *cc, struct sb_plan *plan)
{
	plan->flows = sb_realloc(plan->flows, plan->flow_count + 2, sizeof(*plan->flows));
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sb_flow flow = {.name = "session",
				       .kind = SB_FLOW_SESSION,
				       .dir = (uint8_t)dir,
				       .streams = 1,
				       .port = (uint16_t)(FIRST_PORT + dir),
				       .connect_port = (uint16_t)(FIRST_PORT + dir),
				       .duration_ns = plan->duration_ns};

		sb_copy_str(flow.cc, sizeof(flow.cc), cc);
		if (count_flows(s, (enum sb_dir)dir))
			plan->flows[plan->flow_count++] = flow;
	}
}

static size_t count_turns(const struct sb_session *s, enum sb_dir dir)
{
	size_t n = 0;

	for (size_t i = 0; i < s->flow_count; i++)
		if (sb_session_dir(&s->flows[i]) == dir)
			n += s->flows[i].count;
	return n;
}

uint8_t *sb_session_file(const struct sb_session *s, enum sb_dir dir, size_t *len)
{
	const struct sb_node_session_head head = {.magic = SB_NODE_SESSION_MAGIC,
						  .flows = count_flows(s, dir),
						  .turns = count_turns(s, dir)};
	struct sb_node_session_flow *flow;
	struct sb_node_session_turn *turn;
	uint64_t first = 0;
	uint8_t *file;

	*len = sizeof(head) + head.flows * sizeof(*flow) + head.turns * sizeof(*turn);
	file = sb_alloc(*len, 1);
	memcpy(file, &head, sizeof(head));
	flow = (void *)(file + sizeof(head));
	turn = (void *)(flow + head.flows);
	for (size_t i = 0; i < s->flow_count; i++) {
		const struct sb_session_flow *f = &s->flows[i];

		if (sb_session_dir(f) != dir)
			continue;
		*flow++ = (struct sb_node_session_flow){.start_ns = f->start_ns,
							.first = first,
							.count = f->count,
							.is_udp = f->proto == IPPROTO_UDP};
		first += f->count;
		for (size_t k = f->first; k < f->first + f->count; k++)
			*turn++ = (struct sb_node_session_turn){
			    .wait_ns = s->turns[k].wait_ns,
			    .bytes = s->turns[k].bytes,
			    .needs = s->turns[k].needs,
			    .from_server = s->turns[k].dir == SB_DOWN,
			};
	}
	return file;
}

static bool can_be_relayed(const struct sb_session *s, const struct sb_session_flow *f)
{
	const struct sb_session_turn *t = &s->turns[f->first];

	for (size_t i = 1; i < f->count && t->dir != SB_UP; i++)
		t = &s->turns[f->first + i];
	return f->proto == IPPROTO_TCP && t->dir == SB_UP && !t->needs && t->bytes >= 4 &&
	       (f->concurrent || s->turns[f->first].dir == SB_UP);
}

size_t sb_session_keep_relayed(struct sb_session *s)
{
	size_t kept = 0, out;

	for (size_t i = 0; i < s->flow_count; i++)
		if (can_be_relayed(s, &s->flows[i]))
			s->flows[kept++] = s->flows[i];
	out = s->flow_count - kept;
	s->flow_count = kept;
	return out;
}
