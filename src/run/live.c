// SPDX-License-Identifier: MIT
/* live.c - what is known of the flows while they run, for whoever shows it */
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "state.h"

void sb_run_show(struct sb_run *run)
{
	struct sb_live_counts *flows;

	sb_live_serve(run->live);
	if (!sb_live_due(run->live, sb_mono_ns()))
		return;
	flows = sb_alloc(run->plan->flow_count, sizeof(*flows));
	for (size_t i = 0; i < run->plan->flow_count; i++) {
		const struct sb_flow_state *f = &run->flows[i];
		bool up = run->plan->flows[i].dir == SB_UP;
		bool elsewhere = sb_flow_is_sent_elsewhere(run->plan, &run->plan->flows[i]);
		const struct sb_flow_end *from = up ? &f->client : &f->server,
					 *to = up ? &f->server : &f->client;

		flows[i] = (struct sb_live_counts){
		    .bytes = to->bytes,
		    .retransmits = elsewhere ? -1 : from->retransmits,
		    .rtt_us = elsewhere ? 0 : from->rtt_us,
		    .packets = to->packets,
		    .lost = to->lost,
		    .done = f->server.done && f->client.done,
		};
		sb_flow_sum(run->plan, &run->plan->flows[i], run->links.bytes, flows[i].link_bytes);
	}
	sb_live_tick(run->live, flows);
	free(flows);
}

int sb_run_open_live(const struct sb_run_options *o, const struct sb_plan *plan,
		     struct sb_live **live, struct sb_live **own, struct sb_err *err)
{
	struct sb_live_options options = {.plain = o->plain,
					  .quiet = o->quiet,
					  .metrics = o->metrics,
					  .serve = o->serve,
					  .serve_token = o->serve_token};

	*live = o->live;
	if (*live)
		return 0;
	if (sb_live_new(&options, own, err))
		return -1;
	*live = *own;
	sb_live_run(*live, plan, 1, 1, NULL);
	return 0;
}
