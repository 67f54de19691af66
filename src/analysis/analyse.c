/* SPDX-License-Identifier: MIT */
/*
 * analyse.c - all links and flows of a run: load, match, predict, judge
 *
 *	pcap_file -> decode -+-> flows (tcp, seqset)  ------------------------------+-> verdict
 *	                     '-> link_load -> match -> predicted (timeline, loss) --'
 *
 * One link is in memory at a time, some 64 bytes for each of its packets.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "link_load.h"
#include "satbed/base/mem.h"

static int load_capture(struct sb_link_load *load, struct sb_flows *flows,
			const struct sb_analysis_input *in, size_t link, enum sb_side side,
			const char *path, struct sb_capture_facts *facts, struct sb_err *err)
{
	struct sb_pcap pcap;

	if (sb_pcap_open(&pcap, path, err))
		return -1;
	sb_link_load_capture(load, flows, in, link, side, &pcap, facts);
	sb_pcap_close(&pcap);
	return 0;
}

static void judge_link(const struct sb_analysis_input *in, size_t link, struct sb_link_load *load,
		       struct sb_flows *flows, bool complete, struct sb_dir_result result[2],
		       struct sb_doubts *run_doubts)
{
	const struct sb_link_counters *counters = in->links[link].counters;
	char client[SB_NAME_MAX];

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		struct sb_window window = {.from_ns = in->train_start_real_ns > 0
							  ? in->train_start_real_ns
							  : in->start_real_ns,
					   .to_ns = in->end_real_ns,
					   .train_from_ns = in->train_start_real_ns,
					   .train_to_ns = in->train_end_real_ns,
					   .known_until_ns = load->known_until_ns};
		struct sb_dir_result *r = &result[dir];
		struct sb_doubts doubts = {0};
		struct sb_timeline timeline;
		struct sb_measure measure;

		sb_timeline_init(&timeline, in, link, dir);
		sb_match(&load->traces[dir], timeline.max_transit_ns);
		sb_flows_datagrams(flows, &load->traces[dir]);
		sb_predict(&load->traces[dir], &timeline, &window, &measure);
		sb_judge_dir(in, &timeline, &measure, counters ? &counters[dir] : NULL,
			     load->traces[dir].sent_count, complete, r, &doubts);
		for (size_t i = 0; i < doubts.count; i++)
			sb_doubts_add(run_doubts, doubts.list[i].verdict, "%s %s: %s",
				      sb_node_name(client, link + 1), sb_dir_name(dir),
				      doubts.list[i].text);
		r->verdict = sb_doubts_settle(&doubts, &r->reasons);
		sb_measure_fini(&measure);
		sb_timeline_fini(&timeline);
	}
}

static bool is_complete(const struct sb_capture_facts *facts)
{
	return !facts->stats.dropped && !facts->damage[0];
}

static int analyse_link(const struct sb_analysis_input *in, size_t link, struct sb_flows *flows,
			bool complete[2], struct sb_result *r, struct sb_doubts *doubts,
			struct sb_err *err)
{
	const struct sb_link_capture *files = &in->links[link];
	char client[SB_NAME_MAX], server[SB_NAME_MAX + 8];
	struct sb_capture_facts facts[2] = {{.name = client, .stats = files->client_stats},
					    {.name = server, .stats = files->server_stats}};
	struct sb_link_load load = {0};
	int rc = -1;

	sb_node_name(client, link + 1);
	snprintf(server, sizeof(server), "server-%s", client);
	if (load_capture(&load, flows, in, link, SB_AT_CLIENT, files->client_pcap,
			 &facts[SB_AT_CLIENT], err) ||
	    load_capture(&load, flows, in, link, SB_AT_SERVER, files->server_pcap,
			 &facts[SB_AT_SERVER], err))
		goto out;
	for (int side = SB_AT_CLIENT; side <= SB_AT_SERVER; side++) {
		complete[side] = is_complete(&facts[side]);
		r->capture_dropped += facts[side].stats.dropped;
		r->capture_damaged += facts[side].damage[0] != '\0';
		sb_judge_capture(in, &facts[side], doubts);
	}
	judge_link(in, link, &load, flows, complete[0] && complete[1], r->links[link], doubts);
	rc = 0;
out:
	sb_link_load_fini(&load);
	return rc;
}

static void judge_flows(const struct sb_analysis_input *in, bool (*complete)[2],
			struct sb_result *r, struct sb_doubts *doubts)
{
	for (size_t i = 0; i < r->flow_count; i++) {
		const struct sb_flow *flow = &in->plan->flows[i];
		enum sb_side sender = flow->dir == SB_UP ? SB_AT_CLIENT : SB_AT_SERVER;

		sb_judge_flow(in, flow, complete[flow->client][sender], &r->flows[i], doubts);
	}
}

int sb_analyse(const struct sb_analysis_input *in, struct sb_result **out, struct sb_err *err)
{
	const struct sb_plan *plan = in->plan;
	struct sb_result *r = sb_alloc(1, sizeof(*r));
	bool(*complete)[2] = sb_alloc(plan->link_count + 1, sizeof(*complete));
	struct sb_flows *flows = sb_flows_new(in);
	struct sb_doubts doubts = {0};
	int rc = 0;

	r->link_count = plan->link_count;
	r->flow_count = plan->flow_count;
	r->links = sb_alloc(plan->link_count + 1, sizeof(*r->links));
	r->flows = sb_alloc(plan->flow_count + 1, sizeof(*r->flows));
	for (size_t i = 0; i < plan->link_count && !rc; i++)
		rc = analyse_link(in, i, flows, complete[i], r, &doubts, err);
	if (!rc) {
		sb_flows_finish(flows, r->flows);
		judge_flows(in, complete, r, &doubts);
		sb_judge_steps(in, &r->step_lateness_ms, &doubts);
	}
	r->verdict = sb_doubts_settle(&doubts, &r->reasons);
	sb_flows_free(flows);
	free(complete);
	if (rc)
		sb_result_free(r);
	else
		*out = r;
	return rc;
}

static void free_reasons(struct sb_reasons *reasons)
{
	for (size_t i = 0; i < reasons->count; i++)
		free(reasons->text[i]);
	free(reasons->text);
}

void sb_result_free(struct sb_result *r)
{
	if (!r)
		return;
	for (size_t i = 0; i < r->link_count; i++) {
		free_reasons(&r->links[i][SB_UP].reasons);
		free_reasons(&r->links[i][SB_DOWN].reasons);
	}
	for (size_t i = 0; i < r->flow_count; i++) {
		free(r->flows[i].bins);
		free(r->flows[i].bin_retransmits);
	}
	free_reasons(&r->reasons);
	free(r->links);
	free(r->flows);
	free(r);
}
