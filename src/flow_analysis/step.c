/* SPDX-License-Identifier: MIT */
/* step.c - what following a packet needs of it, where it is not one of the usual ones */
#include "step.h"

static void note_undecoded(struct sb_flow_analysis_left_out *to, const struct sb_frame *f,
			   const struct sb_packet *p)
{
	if (!sb_linktype_known(f->linktype)) {
		if (!to->unknown_link++)
			to->unknown_linktype = f->linktype;
	} else if (!p->ip_version) {
		to->not_ip++;
	} else if (p->fragment) {
		to->fragments++;
	} else if (p->proto == 6 || p->proto == 17) {
		to->undecoded++;
	}
}

void sb_step_make_other(const struct sb_frame *f, struct sb_flow_analysis_step *s,
			struct sb_flow_analysis_more *more,
			struct sb_flow_analysis_left_out *left_out)
{
	struct sb_packet p;
	struct sb_flow_key key;
	int end;

	sb_decode(f, &p);
	s->facts = p.facts;
	s->head = 0;
	if (!p.l4)
		note_undecoded(left_out, f, &p);
	if (!p.ip_version)
		return;
	end = sb_flow_key_of(&p, &key);
	s->ports = (uint32_t)key.word[0];
	s->addresses = key.word[1];
	if (p.ip_version == 6)
		memcpy(more->address, &key.word[1], sizeof(more->address));
	sb_step_set_head(s, f, p.payload_offset, end);
	if (p.l4 && p.proto == 17)
		sb_step_set_quic(s, f, p.payload_offset);
	if (p.sack_blocks)
		memcpy(more->sack, f->data + p.sack_offset, p.sack_blocks > 1 ? 16 : 8);
}
