/* SPDX-License-Identifier: MIT */
/*
 * analyse.c - all links and flows of a run: load, match, predict, judge
 *
 *	pcap -> pcap_decode -+-> flows (tcp, seqset)  ------------------------------+-> verdict
 *	                     '-> link_load -> match -> predicted (timeline, loss) --'
 *
 * One link is looked at at a time.  What is kept of each of its packets, some 150 bytes, lies in
 * files without a name once it is much (spill.h), and every pass over it is in order of time: memory
 * holds the part in use.  Where clients share a direction, what it carried for all of them is read
 * before (carried), 16 bytes a packet, in memory.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/match/shared_load.h"
#include "analysis/flows/fate.h"
#include "analysis/verdict/event_checks.h"
#include "analysis/flows/limits.h"
#include "analysis/match/link_load.h"
#include "satbed/base/mem.h"
#include "analysis/verdict/split.h"
#include "analysis/verdict/host_baseline.h"

/* A capture that nobody closed lacks its last packets: the other one knows of them, and is alone. */
static int64_t known_until_ns(const struct sb_analysis_input *in, const struct sb_link_load *load)
{
	bool open = in->cut_off && !in->captures_closed;

	return open && in->end_real_ns < load->known_until_ns ? in->end_real_ns
							      : load->known_until_ns;
}

/* CoDel, PIE and a limit of time drop earlier than that. */
static bool drops_when_full(const struct sb_discipline *d)
{
	return d->kind == SB_DROP_TAIL || (d->kind == SB_DROP_HEAD && !d->target_ns);
}

static void judge_link(const struct sb_analysis_input *in, size_t link, struct sb_link_load *load,
		       const struct sb_shared_load carried[2], struct sb_flows *flows,
		       bool complete, struct sb_dir_result result[2],
		       struct sb_event_occurrences *event_occurrences,
		       struct sb_dir_series series[2], struct sb_reason_set *run_reasons)
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
					   .known_until_ns = known_until_ns(in, load),
					   .series = &series[dir],
					   .link = link};
		struct sb_dir_result *r = &result[dir];
		struct sb_reason_set reasons = {0};
		struct sb_timeline timeline;
		struct sb_measure measure;

		if (in->plan->links[link].dir[dir].shared)
			window.carried = &carried[dir];
		sb_timeline_init(&timeline, in, link, dir);
		sb_match(&load->packet_matches[dir], timeline.max_transit_ns,
			 !timeline.may_reorder);
		sb_flows_datagrams(flows, &load->packet_matches[dir], (enum sb_dir)dir);
		sb_predict(&load->packet_matches[dir], &timeline, &window, &measure);
		sb_fate_settle(&load->packet_matches[dir],
			       counters ? counters[dir].queue_dropped : -1);
		sb_flows_fates(flows, &load->packet_matches[dir], (enum sb_dir)dir, complete);
		sb_judge_dir(in, &timeline, &measure, counters ? &counters[dir] : NULL,
			     load->packet_matches[dir].sent_count, complete, r, &reasons);
		r->sharers = sb_plan_sharers(in->plan, link, (enum sb_dir)dir);
		sb_judge_host_baseline(&load->packet_matches[dir], &window, &measure, in->plan->mtu,
				       r, &reasons);
		if (drops_when_full(&in->plan->links[link].dir[dir].discipline))
			sb_judge_queue(&load->packet_matches[dir], in->plan->mtu, &reasons);
		sb_event_checks_judge(in, link, (enum sb_dir)dir, &load->packet_matches[dir],
				      &measure, event_occurrences, &reasons);
		for (size_t i = 0; i < reasons.count; i++)
			sb_reason_set_add(
			    run_reasons, reasons.list[i].verdict, reasons.list[i].code, "%s %s: %s",
			    sb_node_name(client, link + 1), sb_dir_name(dir), reasons.list[i].text);
		r->verdict = sb_reason_set_settle(&reasons, &r->reasons);
		sb_measure_fini(&measure);
		sb_timeline_fini(&timeline);
	}
}

static bool is_complete(const struct sb_capture_facts *facts)
{
	return !facts->stats.dropped && !facts->damage[0];
}

/* Of a capture that was being written the last packet is torn, beyond what is judged. */
static void forgive_torn_end(const struct sb_analysis_input *in, struct sb_capture_facts *facts)
{
	if (in->cut_off && !strncmp(facts->damage, "cut off after ", 14) && facts->records)
		facts->damage[0] = '\0';
}

static int analyse_link(const struct sb_analysis_input *in, size_t link,
			const struct sb_shared_load carried[2], struct sb_flows *flows,
			bool complete[2], struct sb_result *r,
			struct sb_event_occurrences *event_occurrences,
			struct sb_reason_set *reasons, struct sb_err *err)
{
	static const char *const prefixes[SB_POINTS] = {"", "server-", "other-leg-"};
	const struct sb_link_capture *files = &in->links[link];
	struct sb_link_load load = {0};
	char client[SB_NAME_MAX];
	int rc = 0;

	sb_node_name(client, link + 1);
	for (size_t side = 0; side < sb_plan_points(in->plan) && !rc; side++) {
		struct sb_capture_facts facts = {.stats = files->stats[side]};
		char name[SB_NAME_MAX + 16];

		if (side == SB_AT_OTHER_LEG && !files->pcap[side])
			continue;
		snprintf(name, sizeof(name), "%s%s", prefixes[side], client);
		facts.name = name;
		rc = sb_link_load_file(&load, flows, in, link, (enum sb_point)side, &facts, err);
		if (rc)
			break;
		forgive_torn_end(in, &facts);
		if (side != SB_AT_OTHER_LEG)
			complete[side] = is_complete(&facts);
		r->capture_dropped += facts.stats.dropped;
		r->capture_damaged += facts.damage[0] != '\0';
		sb_judge_capture(in, &facts, reasons);
	}
	if (!rc)
		judge_link(in, link, &load, carried, flows,
			   complete[SB_AT_CLIENT] && complete[SB_AT_SERVER], r->links[link],
			   event_occurrences, r->series->links[link], reasons);
	sb_flows_recover(flows, link, r->flows);
	sb_link_load_fini(&load);
	return rc;
}

static void judge_flows(const struct sb_analysis_input *in, bool (*complete)[2],
			struct sb_result *r, struct sb_reason_set *reasons)
{
	for (size_t i = 0; i < r->flow_count; i++) {
		const struct sb_flow *flow = &in->plan->flows[i];
		enum sb_point sender = flow->dir == SB_UP ? SB_AT_CLIENT : SB_AT_SERVER;

		sb_judge_flow(in, flow, complete[flow->client][sender], &r->flows[i], reasons);
		sb_judge_limits(flow, in->flows ? &in->flows[i] : NULL, &r->flows[i]);
	}
}

int sb_analyse(const struct sb_analysis_input *in, struct sb_result **out, struct sb_err *err)
{
	const struct sb_plan *plan = in->plan;
	struct sb_result *r = sb_alloc(1, sizeof(*r));
	bool(*complete)[2] = sb_alloc(plan->link_count + 1, sizeof(*complete));
	struct sb_grid grid = sb_grid_make(in->start_real_ns, in->end_real_ns, plan->sample_ns);
	struct sb_event_occurrences event_occurrences = {0};
	struct sb_reason_set reasons = {0};
	struct sb_shared_load carried[2];
	struct sb_flows *flows;
	int rc;

	if (in->cut_off)
		sb_reason_set_add(&reasons, SB_WARN, SB_REASON_CUT_OFF,
				  "the run was cut off: %.300s", in->cut_off);
	if (in->cut_off && !in->captures_closed)
		sb_reason_set_add(&reasons, SB_WARN, SB_REASON_CUT_OFF_UNKNOWN,
				  "what the captures missed and the links counted is not known");
	r->host_baseline = in->host_baseline;
	r->link_count = plan->link_count;
	r->flow_count = plan->flow_count;
	r->series = sb_series_new(&grid, plan->link_count, plan->flow_count);
	flows = sb_flows_new(in, r->series);
	r->links = sb_alloc(plan->link_count + 1, sizeof(*r->links));
	r->flows = sb_alloc(plan->flow_count + 1, sizeof(*r->flows));
	rc = sb_shared_load_load(in, carried, err);
	for (size_t i = 0; i < plan->link_count && !rc; i++)
		rc = analyse_link(in, i, carried, flows, complete[i], r, &event_occurrences,
				  &reasons, err);
	if (!rc) {
		sb_flows_finish(flows, r->flows);
		if (plan->path != SB_PATH_BRIDGE)
			sb_judge_split(in, r, &reasons);
		judge_flows(in, complete, r, &reasons);
		sb_judge_steps(in, &r->step_lateness_ms, &reasons);
	}
	r->event_occurrences = event_occurrences.list;
	r->event_occurrence_count = event_occurrences.count;
	r->verdict = sb_reason_set_settle(&reasons, &r->reasons);
	sb_shared_load_fini(carried);
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
	free(reasons->code);
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
		free(r->flows[i].recoveries);
		free(r->flows[i].bin_retransmits);
	}
	free_reasons(&r->reasons);
	sb_series_free(r->series);
	free(r->event_occurrences);
	free(r->links);
	free(r->flows);
	free(r);
}
