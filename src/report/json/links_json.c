// SPDX-License-Identifier: MIT
/* links_json.c - "links" of run.json: configured, measured, judged, by direction */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"

static void add_configured(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *configured = cJSON_AddObjectToObject(to, "configured");

	sb_put_quantiles(configured, "delay_ms", &d->configured_delay_ms);
	sb_put_fraction(configured, "loss", d->configured_loss);
	sb_json_add_num(configured, "loss_burst", d->configured_burst);
	sb_put_bps(configured, "rate_bps",
		   d->configured_rate_bps > 0 ? d->configured_rate_bps : NAN);
	sb_put_count(configured, "packets", d->sent);
}

static void add_measured(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *measured = cJSON_AddObjectToObject(to, "measured"), *lost;

	sb_put_quantiles(measured, "delay_ms", &d->delay_ms);
	sb_put_quantiles(measured, "delay_error_ms", &d->delay_error_ms);
	sb_put_quantiles(measured, "one_way_delay_ms", &d->owd_ms);
	sb_put_fraction(measured, "loss", d->loss);
	sb_put_fraction(measured, "loss_tolerance", d->loss_tolerance);
	sb_json_add_num(measured, "loss_burst", d->measured_burst);
	sb_put_bps(measured, "rate_bps", d->rate_bps);
	sb_put_text(measured, "rate_source",
		    d->rate_source && *d->rate_source ? d->rate_source : NULL);
	sb_put_count(measured, "packets", d->sent);
	sb_put_count(measured, "arrived", d->arrived);
	lost = cJSON_AddObjectToObject(measured, "lost");
	sb_put_count(lost, "link", d->lost_link);
	sb_put_count(lost, "queue", d->lost_queue);
	sb_put_count(lost, "outage", d->lost_outage);
	sb_put_count(measured, "duplicated", d->duplicated);
	sb_put_count(measured, "reordered", d->reordered);
}

static void add_counters(cJSON *to, const struct sb_link_counters *c)
{
	cJSON *obj;

	if (!c) {
		cJSON_AddNullToObject(to, "shaper");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "shaper");
	sb_put_known(obj, "arrived", c->arrived);
	sb_put_known(obj, "sent", c->sent);
	sb_put_known(obj, "lost", c->lost);
	sb_put_known(obj, "outage", c->outage);
	sb_put_known(obj, "queue_dropped", c->queue_dropped);
	sb_put_known(obj, "duplicated", c->duplicated);
	sb_put_known(obj, "reordered", c->reordered);
	sb_put_known(obj, "corrupted", c->corrupted);
	sb_put_known(obj, "failed", c->failed);
	sb_put_known(obj, "late", c->late);
}

static void add_checks(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *obj = cJSON_AddObjectToObject(to, "checks");

	sb_json_add_str(obj, "delay", sb_check_name(d->delay_check));
	sb_json_add_str(obj, "loss", sb_check_name(d->loss_check));
	sb_json_add_str(obj, "rate",
			d->configured_rate_bps > 0 ? sb_check_name(d->rate_check)
						   : "not configured");
	sb_json_add_str(obj, "order", sb_check_name(d->order_check));
}

static void add_tolerance(cJSON *to, const char *key, const char *unit, double limit)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);

	sb_put_rounded(obj, unit, limit, 1e9);
	sb_put_false_alarm(obj, NAN, isfinite(limit) ? SB_NO_CHANCE : "not exercised");
}

/* What each of the checks allows. */
static void add_tolerances(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *top = cJSON_AddObjectToObject(to, "tolerances"), *obj;

	add_tolerance(top, "delay_p50", "limit_ms", d->delay_p50_limit_ms);
	add_tolerance(top, "delay_p99", "limit_ms", d->delay_p99_limit_ms);
	obj = cJSON_AddObjectToObject(top, "loss");
	sb_put_fraction(obj, "limit", isfinite(d->loss_false_alarm) ? d->loss_tolerance : NAN);
	sb_put_false_alarm(obj, d->loss_false_alarm, "not exercised");
	if (d->configured_rate_bps > 0)
		add_tolerance(top, "rate", "limit", d->rate_tolerance);
	add_tolerance(top, "order", "limit_packets", 0);
}

/* Only where it is: a rate that is shared is said of each, and each one's share of it. */
static void add_shared(cJSON *to, const struct sb_dir_result *d)
{
	cJSON *obj;

	if (d->sharers < 2)
		return;
	obj = cJSON_AddObjectToObject(to, "shared");
	sb_put_count(obj, "clients", d->sharers);
	sb_put_fraction(obj, "share", d->share);
}

void sb_report_links_json(cJSON *to, const struct sb_report *r)
{
	cJSON *list = cJSON_AddArrayToObject(to, "links");
	char client[SB_NAME_MAX];
	size_t i;
	int dir;

	for (i = 0; i < r->result->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		cJSON_AddItemToArray(list, link);
		sb_json_add_str(link, "client", sb_node_name(client, i + 1));
		for (dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];
			cJSON *obj = cJSON_AddObjectToObject(link, sb_dir_name((enum sb_dir)dir));

			add_configured(obj, d);
			add_measured(obj, d);
			add_counters(obj, r->counters ? &r->counters[2 * i + (size_t)dir] : NULL);
			add_checks(obj, d);
			add_tolerances(obj, d);
			add_shared(obj, d);
			sb_json_add_str(obj, "verdict", sb_verdict_name(d->verdict));
			sb_put_reasons(obj, &d->reasons);
		}
	}
}
