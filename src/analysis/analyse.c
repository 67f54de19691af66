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

/* CoDel, PIE and a limit of time drop earlier than that. */
static bool drops_when_full(const struct sb_discipline *d)
{
	return d->kind == SB_DROP_TAIL || (d->kind == SB_DROP_HEAD && !d->target_ns);
}

/**
 * struct analysis - what is known so far
 * @complete:	by link: are the captures at both ends of the satellite leg whole?
 * @reasons:	of the run's verdict
 */
struct analysis {
	const struct sb_analysis_input *in;
	struct sb_shared_load carried[2];
	struct sb_flows *flows;
	bool (*complete)[2];
	struct sb_event_checks event_occurrences;
	struct sb_reason_set reasons;
	struct sb_result *r;
};

static struct sb_window window_of(struct analysis *a, size_t link, enum sb_dir dir,
				  const struct sb_link_load *load)
{
	const struct sb_analysis_input *in = a->in;

	return (struct sb_window){
	    .from_ns = in->train_start_real_ns > 0 ? in->train_start_real_ns : in->start_real_ns,
	    .to_ns = in->end_real_ns,
	    .train_from_ns = in->train_start_real_ns,
	    .train_to_ns = in->train_end_real_ns,
	    .known_until_ns = load->known_until_ns,
	    .open_end = in->cut_off && !in->captures_closed,
	    .series = &a->r->series->links[link][dir],
	    .carried = in->plan->links[link].dir[dir].shared ? &a->carried[dir] : NULL,
	    .link = link};
}

/* What speaks against one direction speaks against the run, too. */
static void add_to_run(struct analysis *a, size_t link, enum sb_dir dir,
		       const struct sb_reason_set *reasons)
{
	char client[SB_NAME_MAX];

	for (size_t i = 0; i < reasons->count; i++)
		sb_reason_set_add(&a->reasons, reasons->list[i].verdict, reasons->list[i].code,
				  "%s %s: %s", sb_link_name(client, a->in->plan, link),
				  sb_dir_name(dir), reasons->list[i].text);
}

static void judge_direction(struct analysis *a, size_t link, enum sb_dir dir,
			    struct sb_link_load *load)
{
	const struct sb_analysis_input *in = a->in;
	const struct sb_link_counters *counters = in->links[link].counters;
	bool complete = a->complete[link][SB_AT_CLIENT] && a->complete[link][SB_AT_SERVER];
	struct sb_packet_match *packets = &load->packet_matches[dir];
	struct sb_window window = window_of(a, link, dir, load);
	struct sb_dir_result *r = &a->r->links[link][dir];
	struct sb_reason_set reasons = {0};
	struct sb_timeline timeline;
	struct sb_measure measure;

	sb_timeline_init(&timeline, in, link, dir);
	sb_match(packets, timeline.max_transit_ns, !timeline.may_reorder);
	sb_flows_datagrams(a->flows, packets, dir);
	sb_predict(packets, &timeline, &window, &measure);
	sb_fate_settle(packets, counters ? counters[dir].queue_dropped : -1);
	sb_flows_fates(a->flows, packets, dir, complete);
	sb_judge_dir(in, &timeline, &measure, counters ? &counters[dir] : NULL, packets->sent_count,
		     complete, r, &reasons);
	r->sharers = sb_plan_sharers(in->plan, link, dir);
	sb_judge_host_baseline(packets, &window, &measure, in->plan->mtu, r, &reasons);
	if (drops_when_full(&in->plan->links[link].dir[dir].discipline))
		sb_judge_queue(packets, in->plan->mtu, &reasons);
	sb_event_checks_judge(in, link, dir, packets, &measure, &a->event_occurrences, &reasons);
	add_to_run(a, link, dir, &reasons);
	r->verdict = sb_reason_set_settle(&reasons, &r->reasons);
	sb_measure_fini(&measure);
	sb_timeline_fini(&timeline);
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

static int analyse_link(struct analysis *a, size_t link, struct sb_err *err)
{
	const struct sb_analysis_input *in = a->in;
	const struct sb_link_capture *files = &in->links[link];
	struct sb_link_load load = {0};
	char client[SB_NAME_MAX];
	int rc = 0;

	sb_link_name(client, in->plan, link);
	for (size_t side = 0; side < sb_plan_points(in->plan) && !rc; side++) {
		struct sb_capture_facts facts = {.stats = files->stats[side]};
		char name[SB_NAME_MAX + 16];

		if (!sb_point_is_satellite((enum sb_point)side) && !files->pcap[side])
			continue;
		snprintf(name, sizeof(name), "%s%s", sb_point_prefix((enum sb_point)side), client);
		facts.name = name;
		rc = sb_link_load_file(&load, a->flows, in, link, (enum sb_point)side, &facts, err);
		if (rc)
			break;
		forgive_torn_end(in, &facts);
		if (sb_point_is_satellite((enum sb_point)side))
			a->complete[link][side] = is_complete(&facts);
		a->r->capture_dropped += facts.stats.dropped;
		a->r->capture_damaged += facts.damage[0] != '\0';
		sb_judge_capture(in, &facts, &a->reasons);
	}
	for (int dir = SB_UP; dir <= SB_DOWN && !rc; dir++)
		judge_direction(a, link, (enum sb_dir)dir, &load);
	sb_flows_recover(a->flows, link, a->r->flows);
	sb_link_load_fini(&load);
	return rc;
}

static void judge_flows(struct analysis *a)
{
	struct sb_result *r = a->r;

	for (size_t i = 0; i < r->flow_count; i++) {
		const struct sb_flow *flow = &a->in->plan->flows[i];
		enum sb_point sender = flow->dir == SB_UP ? SB_AT_CLIENT : SB_AT_SERVER;

		sb_judge_flow(a->in, flow, a->complete[flow->client][sender], &r->flows[i],
			      &a->reasons);
		sb_judge_limits(flow, a->in->flows ? &a->in->flows[i] : NULL, &r->flows[i]);
	}
}

static struct sb_result *new_result(const struct sb_analysis_input *in)
{
	const struct sb_plan *plan = in->plan;
	struct sb_grid grid = sb_grid_make(in->start_real_ns, in->end_real_ns, plan->sample_ns);
	struct sb_result *r = sb_alloc(1, sizeof(*r));

	r->host_baseline = in->host_baseline;
	r->link_count = plan->link_count;
	r->flow_count = plan->flow_count;
	r->series = sb_series_new(&grid, plan->link_count, plan->flow_count);
	r->links = sb_alloc(plan->link_count + 1, sizeof(*r->links));
	r->flows = sb_alloc(plan->flow_count + 1, sizeof(*r->flows));
	return r;
}

static void judge_cut_off(struct analysis *a)
{
	if (a->in->cut_off)
		sb_reason_set_add(&a->reasons, SB_WARN, SB_REASON_CUT_OFF,
				  "the run was cut off: %.300s", a->in->cut_off);
	if (a->in->cut_off && !a->in->captures_closed)
		sb_reason_set_add(&a->reasons, SB_WARN, SB_REASON_CUT_OFF_UNKNOWN,
				  "what the captures missed and the links counted is not known");
}

int sb_analyse(const struct sb_analysis_input *in, struct sb_result **out, struct sb_err *err)
{
	const struct sb_plan *plan = in->plan;
	struct sb_result *r = new_result(in);
	struct analysis a = {.in = in,
			     .r = r,
			     .flows = sb_flows_new(in, r->series),
			     .complete = sb_alloc(plan->link_count + 1, sizeof(*a.complete))};
	int rc;

	judge_cut_off(&a);
	rc = sb_shared_load_load(in, a.carried, err);
	for (size_t i = 0; i < plan->link_count && !rc; i++)
		rc = analyse_link(&a, i, err);
	if (!rc) {
		sb_flows_finish(a.flows, r->flows);
		if (sb_plan_is_split(plan))
			sb_judge_split(in, r, &a.reasons);
		judge_flows(&a);
		sb_judge_steps(in, &r->step_lateness_ms, &a.reasons);
	}
	r->event_occurrences = a.event_occurrences.list;
	r->event_occurrence_count = a.event_occurrences.count;
	r->verdict = sb_reason_set_settle(&a.reasons, &r->reasons);
	sb_shared_load_fini(a.carried);
	sb_flows_free(a.flows);
	free(a.complete);
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
