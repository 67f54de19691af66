// SPDX-License-Identifier: MIT
/* host_json.c - "host_baseline" of run.json: what this machine itself adds */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"

static void add_rtt(cJSON *link, const struct sb_path_rtt *rtt)
{
	cJSON *obj;

	if (!rtt || !rtt->answered) {
		cJSON_AddNullToObject(link, "rtt_ms");
		sb_json_add_str(link, "rtt_unknown",
				rtt && rtt->why[0] ? rtt->why : "it was not measured");
		return;
	}
	obj = cJSON_AddObjectToObject(link, "rtt_ms");
	sb_put_ms(obj, "p50", (double)rtt->p50_ns / 1e6);
	sb_put_ms(obj, "p99", (double)rtt->p99_ns / 1e6);
	sb_put_count(obj, "count", (uint64_t)rtt->answered);
}

void sb_report_host_json(cJSON *to, const struct sb_report *r)
{
	const struct sb_host_baseline *s = &r->result->host_baseline;
	cJSON *top = cJSON_AddObjectToObject(to, "host_baseline"), *obj, *links;
	char client[SB_NAME_MAX];

	obj = cJSON_AddObjectToObject(top, "timer_late_ms");
	sb_put_ms(obj, "p50", s->timer_known ? (double)s->timer_p50_ns / 1e6 : NAN);
	sb_put_ms(obj, "max", s->timer_known ? (double)s->timer_max_ns / 1e6 : NAN);
	obj = cJSON_AddObjectToObject(top, "cpu");
	sb_put_rounded(obj, "busy", s->cpu_known ? s->cpu_busy : NAN, 1e4);
	sb_put_rounded(obj, "stolen", s->cpu_known ? s->cpu_stolen : NAN, 1e4);
	links = cJSON_AddArrayToObject(top, "links");
	for (size_t i = 0; i < r->result->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(links, link);
		sb_json_add_str(link, "client", sb_node_name(client, i + 1));
		add_rtt(link, r->rtts ? &r->rtts[i] : NULL);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];

			obj = cJSON_AddObjectToObject(link, sb_dir_name((enum sb_dir)dir));
			sb_put_ms(obj, "path_cost_ms", d->path_cost_ms);
			sb_put_bps(obj, "ceiling_bps", d->ceiling_bps);
			sb_put_count(obj, "probes", d->probes);
			sb_put_count(obj, "probes_arrived", d->probes_arrived);
		}
	}
}
