// SPDX-License-Identifier: MIT
/* split.c - what a relay that ends TCP connections changes about the flows */
#include "split.h"

#include <inttypes.h>
#include <math.h>

#include "satbed/base/clock.h"

/* The round trip that was asked for, as packets met it. */
static double asked_rtt_s(const struct sb_analysis_input *in, const struct sb_result *r,
			  size_t link)
{
	double rtt_s = 0;

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_quantiles *asked = &r->links[link][dir].configured_delay_ms;

		if (asked->count)
			rtt_s += asked->p50 / 1e3;
		else
			rtt_s +=
			    (double)in->plan->links[link].dir[dir].initial.delay_ns / SB_NS_PER_S;
	}
	return rtt_s;
}

/* Both sides must offer the option, or no window is scaled (RFC 7323, section 2.2). */
static bool is_unscaled(const struct sb_flow_result *f)
{
	return f->syn.seen && f->syn_ack.seen &&
	       (f->syn.window_scale < 0 || f->syn_ack.window_scale < 0);
}

/* Proxies carry TCP and nothing else; slirp4netns and pasta everything. */
static bool is_relayed(const struct sb_plan *plan, const struct sb_flow *flow)
{
	return !plan->pep || sb_flow_transport(flow) == SB_TRANSPORT_TCP;
}

/* By what the applications took, which is beyond the tap in either direction: what has crossed the
 * satellite may at the end still wait in the relay. */
static void judge_bytes(const struct sb_analysis_input *in, size_t link, enum sb_dir dir,
			struct sb_reason_set *d)
{
	const struct sb_relay_facts *relay = &in->relays[link];
	uint64_t carried = dir == SB_UP ? relay->tx_bytes : relay->rx_bytes, payload = 0;
	char client[SB_NAME_MAX];

	for (size_t i = 0; in->flows && i < in->plan->flow_count; i++)
		if (in->plan->flows[i].client == link && in->plan->flows[i].dir == dir &&
		    in->flows[i].bytes > 0 && is_relayed(in->plan, &in->plan->flows[i]))
			payload += (uint64_t)in->flows[i].bytes;
	if (carried < payload)
		sb_reason_set_add(
		    d, SB_INVALID, SB_REASON_WRONG_PATH,
		    "%s %s: the flows carried %" PRIu64 " bytes, but %s%s carried %" PRIu64
		    ": the traffic took another path",
		    sb_node_name(client, link + 1), sb_dir_name(dir), payload,
		    in->plan->pep ? "" : "the TAP of ", sb_plan_relay_name(in->plan), carried);
}

static void judge_path(const struct sb_analysis_input *in, size_t link, struct sb_reason_set *d)
{
	const char *relay = sb_plan_relay_name(in->plan);
	char client[SB_NAME_MAX];

	sb_node_name(client, link + 1);
	if (!in->relays || !in->relays[link].counted)
		sb_reason_set_add(d, SB_WARN, SB_REASON_PATH_UNPROVEN,
				  "%s: the bytes at %s were not counted: it is not proven "
				  "that the traffic went through %s",
				  client, in->plan->pep ? "the proxies" : "the TAP", relay);
	if (!in->relays)
		return;
	if (in->relays[link].ended)
		sb_reason_set_add(d, SB_INVALID, SB_REASON_RELAY_ENDED,
				  "%s: %s ended during the run: %s", client, relay,
				  in->relays[link].ended);
	for (int dir = SB_UP; in->relays[link].counted && dir <= SB_DOWN; dir++)
		judge_bytes(in, link, (enum sb_dir)dir, d);
}

void sb_judge_split(const struct sb_analysis_input *in, struct sb_result *r,
		    struct sb_reason_set *d)
{
	for (size_t i = 0; i < r->link_count; i++)
		judge_path(in, i, d);
	for (size_t i = 0; i < r->flow_count; i++) {
		const struct sb_flow *flow = &in->plan->flows[i];
		struct sb_flow_result *f = &r->flows[i];
		double rtt_s = asked_rtt_s(in, r, flow->client);

		if (sb_flow_transport(flow) == SB_TRANSPORT_UDP)
			continue;
		if (sb_flow_is_sent_elsewhere(in->plan, flow)) {
			f->tcp_info_elsewhere = true;
			f->retransmits_tcp_info = -1;
		}
		if (is_unscaled(f) && rtt_s > 0)
			f->window_cap_bps = 8.0 * SB_UNSCALED_WINDOW * flow->streams / rtt_s;
	}
}
