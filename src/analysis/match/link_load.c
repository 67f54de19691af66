/* SPDX-License-Identifier: MIT */
/* link_load.c - both captures of a link into the two directions' packets and the flows */
#include "link_load.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/plan_probe.h"

#define ETHER_HEADER 14

/*
 * The direction a packet travels in, or -1 when neither endpoint sent it.  On a split path MAC
 * addresses, and the client's address, may be others at each point: the server's is what stays.
 */
static int find_dir(const struct sb_plan *plan, const struct sb_link *link,
		    const struct sb_packet *p)
{
	if (plan->path != SB_PATH_BRIDGE)
		return sb_split_dir(link, p);
	if (!p->src_mac)
		return -1;
	if (!memcmp(p->src_mac, link->client.mac, 6))
		return SB_UP;
	if (!memcmp(p->src_mac, link->server.mac, 6))
		return SB_DOWN;
	return -1;
}

static uint64_t find_key(const struct sb_plan *plan, const struct sb_frame *frame,
			 const struct sb_packet *p, int dir)
{
	return plan->path == SB_PATH_BRIDGE ? sb_packet_key(frame, p)
					    : sb_packet_nat_key(frame, p, dir == SB_UP);
}

static bool is_probe(const struct sb_packet *p, int dir)
{
	return p->l4 && p->proto == IPPROTO_UDP &&
	       sb_is_probe_port(dir == SB_UP ? p->dst_port : p->src_port);
}

void sb_link_load_capture(struct sb_link_load *load, struct sb_flows *flows,
			  const struct sb_analysis_input *in, size_t link, enum sb_point side,
			  struct sb_pcap *pcap, struct sb_capture_facts *facts)
{
	uint32_t frame_max = in->plan->mtu + ETHER_HEADER;
	const struct sb_pcap_facts *read;
	struct sb_frame frame;

	if (flows)
		sb_flows_select(flows, link, side);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		if (!load->packet_matches[dir].sent_count && !load->packet_matches[dir].seen_count)
			sb_packet_match_spill(&load->packet_matches[dir], in->spill_dir);
	while (sb_pcap_next(pcap, &frame)) {
		struct sb_packet p;
		uint32_t sending = SB_NO_SENDING;
		int32_t flow = -1;
		int dir;

		sb_decode(&frame, &p);
		dir = find_dir(in->plan, &in->plan->links[link], &p);
		if (dir < 0)
			continue;
		if (frame.wire_len > frame_max)
			facts->oversized++;
		if (frame.wire_len > facts->largest)
			facts->largest = frame.wire_len;
		if (flows)
			flow = sb_flows_packet(flows, &frame, &p, &sending);
		if (!sb_point_is_satellite(side))
			continue;
		if ((dir == SB_UP) == (side == SB_AT_CLIENT)) {
			struct sb_sent sent = {.t_ns = frame.t_ns,
					       .key = find_key(in->plan, &frame, &p, dir),
					       .wire_len = frame.wire_len,
					       .flow = flow,
					       .sending = sending,
					       .stream = sb_packet_stream(&p),
					       .probe = is_probe(&p, dir),
					       .payload = (uint16_t)p.payload_len};

			sb_packet_match_add_sent(&load->packet_matches[dir], &sent);
		} else {
			sb_packet_match_add_seen(&load->packet_matches[dir], frame.t_ns,
						 find_key(in->plan, &frame, &p, dir));
		}
	}
	read = sb_pcap_facts(pcap);
	facts->records = read->records;
	snprintf(facts->damage, sizeof(facts->damage), "%s", read->damage);
	if (!sb_point_is_satellite(side))
		return;
	load->packet_matches[side == SB_AT_CLIENT ? SB_UP : SB_DOWN].sent_until_ns = read->last_ns;
	if (read->last_ns > load->known_until_ns)
		load->known_until_ns = read->last_ns;
}

int sb_link_load_file(struct sb_link_load *load, struct sb_flows *flows,
		      const struct sb_analysis_input *in, size_t link, enum sb_point side,
		      struct sb_capture_facts *facts, struct sb_err *err)
{
	struct sb_err why = {0};
	struct sb_pcap *pcap;

	/* Of a run that was cut off there may be a capture, or not. */
	if (sb_pcap_open(in->links[link].pcap[side], &pcap, in->cut_off ? &why : err)) {
		if (!in->cut_off)
			return -1;
		snprintf(facts->damage, sizeof(facts->damage), "%.100s", why.msg);
		return 0;
	}
	sb_link_load_capture(load, flows, in, link, side, pcap, facts);
	sb_pcap_close(pcap);
	return 0;
}

void sb_link_load_fini(struct sb_link_load *load)
{
	sb_packet_match_fini(&load->packet_matches[SB_UP]);
	sb_packet_match_fini(&load->packet_matches[SB_DOWN]);
}
