// SPDX-License-Identifier: MIT
/* fuzz_session.c - any bytes as a capture become a session that a node will take, or an error */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/agent_proto.h"
#include "satbed/pcap.h"
#include "satbed/replay_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(what)                                                     \
	do {                                                           \
		if (!(what)) {                                         \
			fprintf(stderr, "does not hold: %s\n", #what); \
			abort();                                       \
		}                                                      \
	} while (0)

/* What a node's check of its file asks for, and what a report adds up. */
static void check_flow(const struct sb_session *s, const struct sb_session_flow *f)
{
	uint64_t bytes[2] = {0, 0};

	MUST(f->count && f->first + f->count <= s->turn_count);
	MUST(f->start_ns >= 0 && f->end_ns >= f->start_ns && f->end_ns <= s->duration_ns);
	for (size_t i = f->first; i < f->first + f->count; i++) {
		const struct sb_session_turn *t = &s->turns[i];

		MUST(t->wait_ns >= 0 && t->dir <= SB_DOWN);
		MUST(t->first_ns >= f->start_ns && t->last_ns >= t->first_ns);
		MUST(t->needs <= bytes[!t->dir]);
		MUST(f->proto == IPPROTO_UDP || t->bytes);
		bytes[t->dir] += t->bytes;
	}
	MUST(bytes[SB_UP] == f->bytes[SB_UP] && bytes[SB_DOWN] == f->bytes[SB_DOWN]);
}

static void check_session(struct sb_session *s)
{
	struct sb_session_played *p;
	struct sb_session_result *r;
	size_t flows = 0;

	MUST(s->flow_count && s->flow_count <= SB_SESSION_FLOWS_MAX);
	MUST(s->turn_count <= SB_SESSION_TURNS_MAX);
	for (size_t i = 0; i < s->flow_count; i++)
		check_flow(s, &s->flows[i]);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sb_node_session_head head;
		size_t len;
		uint8_t *file = sb_session_file(s, (enum sb_dir)dir, &len);

		memcpy(&head, file, sizeof(head));
		flows += head.flows;
		free(file);
	}
	MUST(flows == s->flow_count);
	p = sb_session_played_new(s);
	r = calloc(s->flow_count, sizeof(*r));
	MUST(r);
	sb_session_judge(p, r);
	free(r);
	sb_session_played_free(p);
	sb_session_keep_relayed(s);
	sb_session_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct sb_session *s;
	struct sb_err err = {0};
	struct sb_pcap *pcap;

	if (sb_pcap_open_memory(data, len, &pcap, &err))
		return 0;
	if (!sb_session_read_pcap(pcap, "fuzz", NULL, &s, &err))
		check_session(s);
	sb_pcap_close(pcap);
	return 0;
}
