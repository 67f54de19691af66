/* SPDX-License-Identifier: MIT */
/* link_load.c - both captures of a link into the two directions' packets and the flows */
#include "link_load.h"

#include <stdio.h>
#include <string.h>

#include "satbed/base/mem.h"

#define ETHER_HEADER 14

/* The direction a packet travels in, or -1 when neither endpoint sent it. */
static int find_dir(const struct sb_link *link, const struct sb_packet *p)
{
	if (!p->src_mac)
		return -1;
	if (!memcmp(p->src_mac, link->client.mac, 6))
		return SB_UP;
	if (!memcmp(p->src_mac, link->server.mac, 6))
		return SB_DOWN;
	return -1;
}

void sb_link_load_capture(struct sb_link_load *load, struct sb_flows *flows,
			  const struct sb_analysis_input *in, size_t link, enum sb_side side,
			  struct sb_pcap *pcap, struct sb_capture_facts *facts)
{
	uint32_t frame_max = in->plan->mtu + ETHER_HEADER;
	struct sb_frame frame;

	sb_flows_select(flows, link, side);
	while (sb_pcap_next(pcap, &frame)) {
		struct sb_packet p;
		int32_t flow;
		int dir;

		sb_decode(&frame, &p);
		dir = find_dir(&in->plan->links[link], &p);
		if (dir < 0)
			continue;
		if (frame.wire_len > frame_max)
			facts->oversized++;
		if (frame.wire_len > facts->largest)
			facts->largest = frame.wire_len;
		flow = sb_flows_packet(flows, &p);
		if ((dir == SB_UP) == (side == SB_AT_CLIENT)) {
			struct sb_sent sent = {.t_ns = frame.t_ns,
					       .key = sb_packet_key(&frame, &p),
					       .wire_len = frame.wire_len,
					       .flow = flow,
					       .payload = (uint16_t)p.payload_len};

			sb_trace_add_sent(&load->traces[dir], &sent);
		} else {
			sb_trace_add_seen(&load->traces[dir], frame.t_ns,
					  sb_packet_key(&frame, &p));
		}
	}
	facts->records = pcap->records;
	snprintf(facts->damage, sizeof(facts->damage), "%s", pcap->damage);
	if (pcap->last_ns > load->known_until_ns)
		load->known_until_ns = pcap->last_ns;
}

void sb_link_load_fini(struct sb_link_load *load)
{
	sb_trace_fini(&load->traces[SB_UP]);
	sb_trace_fini(&load->traces[SB_DOWN]);
}
