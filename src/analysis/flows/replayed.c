// SPDX-License-Identifier: MIT
/* replayed.c - what became of the packets of a capture that were sent once more */
#include <string.h>

#include "analysis/match/match.h"
#include "analysis/quantile.h"
#include "satbed/analysis_replayed.h"
#include "satbed/pcap.h"
#include "satbed/pcap_decode.h"

static bool is_replayed(const struct sb_replayed_input *in, const struct sb_packet *p)
{
	return p->src_mac && !memcmp(p->src_mac, in->src_mac, 6) &&
	       !memcmp(p->dst_mac, in->dst_mac, 6);
}

static int load(const struct sb_replayed_input *in, bool before,
		struct sb_packet_match *packet_match, struct sb_err *err)
{
	struct sb_frame frame;
	struct sb_packet p;
	struct sb_pcap *pcap;

	if (sb_pcap_open(before ? in->before : in->after, &pcap, err))
		return -1;
	while (sb_pcap_next(pcap, &frame)) {
		struct sb_sent sent = {.t_ns = frame.t_ns, .wire_len = frame.wire_len, .flow = -1};

		sb_decode(&frame, &p);
		if (!is_replayed(in, &p))
			continue;
		sent.key = sb_packet_key(&frame, &p);
		sent.stream = sb_packet_stream(&p);
		if (before)
			sb_packet_match_add_sent(packet_match, &sent);
		else
			sb_packet_match_add_seen(packet_match, frame.t_ns, sent.key);
	}
	sb_pcap_close(pcap);
	return 0;
}

/* A node sends them one after the other, and nothing is lost before the capture: the n-th one seen
 * there is the n-th one of the plan. */
static void measure_timing(const struct sb_replayed_input *in,
			   const struct sb_packet_match *packet_match, struct sb_replayed *out)
{
	struct sb_times late = {0}, size = {0};

	if (packet_match->sent_count == in->count) {
		for (size_t i = 0; i < in->count; i++) {
			int64_t ns = packet_match->sent[i].t_ns - in->start_real_ns - in->at_ns[i];

			sb_times_add(&late, ns);
			sb_times_add(&size, ns < 0 ? -ns : ns);
		}
		out->lateness_ms = sb_times_quantiles(&late);
		out->error_ms = sb_times_quantiles(&size);
	}
	sb_times_fini(&late);
	sb_times_fini(&size);
}

static void measure_link(const struct sb_packet_match *packet_match, struct sb_replayed *out)
{
	struct sb_times owd = {0};

	for (size_t i = 0; i < packet_match->sent_count; i++) {
		const struct sb_sent *s = &packet_match->sent[i];

		if (s->arrived_ns == SB_NEVER)
			continue;
		out->arrived++;
		out->reordered += s->reordered;
		out->duplicated += s->copies - 1u;
		sb_times_add(&owd, s->arrived_ns - s->t_ns);
	}
	out->owd_ms = sb_times_quantiles(&owd);
	sb_times_fini(&owd);
}

int sb_analyse_replayed(const struct sb_replayed_input *in, struct sb_replayed *out,
			struct sb_err *err)
{
	struct sb_packet_match packet_match = {0};
	int rc = load(in, true, &packet_match, err) || load(in, false, &packet_match, err) ? -1 : 0;

	if (!rc) {
		*out = (struct sb_replayed){.planned = in->count, .sent = packet_match.sent_count};
		measure_timing(in, &packet_match, out);
		sb_match(&packet_match, in->max_transit_ns, !in->may_reorder);
		measure_link(&packet_match, out);
	}
	sb_packet_match_fini(&packet_match);
	return rc;
}
