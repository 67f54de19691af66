// SPDX-License-Identifier: MIT
/* host_json.c - "host_baseline" of run.json: what this machine itself adds */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"

static void add_rtt(struct sb_put *to, const struct sb_path_rtt *rtt)
{
	if (!rtt || !rtt->answered) {
		sb_put_null(to, "rtt_ms");
		sb_put_word(to, "rtt_unknown",
			    rtt && rtt->why[0] ? rtt->why : "it was not measured");
		return;
	}
	sb_put_object(to, "rtt_ms");
	sb_put_ms(to, "p50", (double)rtt->p50_ns / 1e6);
	sb_put_ms(to, "p99", (double)rtt->p99_ns / 1e6);
	sb_put_count(to, "count", (uint64_t)rtt->answered);
	sb_put_end(to);
}

void sb_report_host_json(struct sb_put *to, const struct sb_report *r)
{
	const struct sb_host_baseline *s = &r->result->host_baseline;
	sb_put_object(to, "host_baseline");
	char client[SB_NAME_MAX];

	sb_put_object(to, "timer_late_ms");
	sb_put_ms(to, "p50", s->timer_known ? (double)s->timer_p50_ns / 1e6 : NAN);
	sb_put_ms(to, "max", s->timer_known ? (double)s->timer_max_ns / 1e6 : NAN);
	sb_put_end(to);
	sb_put_object(to, "cpu");
	sb_put_rounded(to, "busy", s->cpu_known ? s->cpu_busy : NAN, 1e4);
	sb_put_rounded(to, "stolen", s->cpu_known ? s->cpu_stolen : NAN, 1e4);
	sb_put_end(to);
	sb_put_list(to, "links");
	for (size_t i = 0; i < r->result->link_count; i++) {
		sb_put_item(to, sb_link_name(client, r->plan, i));
		sb_put_word(to, "client", client);
		add_rtt(to, r->rtts ? &r->rtts[i] : NULL);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];

			sb_put_object(to, sb_dir_name((enum sb_dir)dir));
			sb_put_ms(to, "path_cost_ms", d->path_cost_ms);
			sb_put_bps(to, "ceiling_bps", d->ceiling_bps);
			sb_put_count(to, "probes", d->probes);
			sb_put_count(to, "probes_arrived", d->probes_arrived);
			sb_put_end(to);
		}
		sb_put_end(to);
	}
	sb_put_end(to);
	sb_put_end(to);
}
