// SPDX-License-Identifier: MIT
/* links_json.c - "links" of run.json: configured, measured, judged, by direction */
#include <math.h>

#include "report/json/put.h"
#include "report/report_priv.h"

static void add_configured(struct sb_put *to, const struct sb_dir_result *d)
{
	sb_put_object(to, "configured");

	sb_put_quantiles(to, "delay_ms", &d->configured_delay_ms);
	sb_put_fraction(to, "loss", d->configured_loss);
	sb_put_number(to, "loss_burst", d->configured_burst);
	sb_put_bps(to, "rate_bps", d->configured_rate_bps > 0 ? d->configured_rate_bps : NAN);
	sb_put_count(to, "packets", d->sent);
	sb_put_end(to);
}

static void add_measured(struct sb_put *to, const struct sb_dir_result *d)
{
	sb_put_object(to, "measured");

	sb_put_quantiles(to, "delay_ms", &d->delay_ms);
	sb_put_quantiles(to, "delay_error_ms", &d->delay_error_ms);
	sb_put_quantiles(to, "one_way_delay_ms", &d->owd_ms);
	sb_put_fraction(to, "loss", d->loss);
	sb_put_fraction(to, "loss_tolerance", d->loss_tolerance);
	sb_put_number(to, "loss_burst", d->measured_burst);
	sb_put_bps(to, "rate_bps", d->rate_bps);
	sb_put_text(to, "rate_source", d->rate_source && *d->rate_source ? d->rate_source : NULL);
	sb_put_count(to, "packets", d->sent);
	sb_put_count(to, "arrived", d->arrived);
	sb_put_object(to, "lost");
	sb_put_count(to, "link", d->lost_link);
	sb_put_count(to, "queue", d->lost_queue);
	sb_put_count(to, "outage", d->lost_outage);
	sb_put_end(to);
	sb_put_count(to, "duplicated", d->duplicated);
	sb_put_count(to, "reordered", d->reordered);
	sb_put_end(to);
}

static void add_counters(struct sb_put *to, const struct sb_link_counters *c)
{
	if (!c) {
		sb_put_null(to, "shaper");
		return;
	}
	sb_put_object(to, "shaper");
	sb_put_known(to, "arrived", c->arrived);
	sb_put_known(to, "sent", c->sent);
	sb_put_known(to, "lost", c->lost);
	sb_put_known(to, "outage", c->outage);
	sb_put_known(to, "queue_dropped", c->queue_dropped);
	sb_put_known(to, "duplicated", c->duplicated);
	sb_put_known(to, "reordered", c->reordered);
	sb_put_known(to, "corrupted", c->corrupted);
	sb_put_known(to, "failed", c->failed);
	sb_put_known(to, "late", c->late);
	sb_put_end(to);
}

static void add_checks(struct sb_put *to, const struct sb_dir_result *d)
{
	sb_put_object(to, "checks");

	sb_put_word(to, "delay", sb_check_name(d->delay_check));
	sb_put_word(to, "loss", sb_check_name(d->loss_check));
	sb_put_word(to, "rate",
		    d->configured_rate_bps > 0 ? sb_check_name(d->rate_check) : "not configured");
	sb_put_word(to, "order", sb_check_name(d->order_check));
	sb_put_end(to);
}

static void add_tolerance(struct sb_put *to, const char *key, const char *unit, double limit)
{
	sb_put_object(to, key);

	sb_put_rounded(to, unit, limit, 1e9);
	sb_put_false_alarm(to, NAN, isfinite(limit) ? SB_NO_CHANCE : "not exercised");
	sb_put_end(to);
}

/* What each of the checks allows. */
static void add_tolerances(struct sb_put *to, const struct sb_dir_result *d)
{
	sb_put_object(to, "tolerances");

	add_tolerance(to, "delay_p50", "limit_ms", d->delay_p50_limit_ms);
	add_tolerance(to, "delay_p99", "limit_ms", d->delay_p99_limit_ms);
	sb_put_object(to, "loss");
	sb_put_fraction(to, "limit", isfinite(d->loss_false_alarm) ? d->loss_tolerance : NAN);
	sb_put_false_alarm(to, d->loss_false_alarm, "not exercised");
	sb_put_end(to);
	if (d->configured_rate_bps > 0)
		add_tolerance(to, "rate", "limit", d->rate_tolerance);
	add_tolerance(to, "order", "limit_packets", 0);
	sb_put_end(to);
}

/* Only where it is: a rate that is shared is said of each, and each one's share of it. */
static void add_shared(struct sb_put *to, const struct sb_dir_result *d)
{
	if (d->sharers < 2)
		return;
	sb_put_object(to, "shared");
	sb_put_count(to, "clients", d->sharers);
	sb_put_fraction(to, "share", d->share);
	sb_put_end(to);
}

void sb_report_links_json(struct sb_put *to, const struct sb_report *r)
{
	sb_put_list(to, "links");
	char client[SB_NAME_MAX];
	size_t i;
	int dir;

	for (i = 0; i < r->result->link_count; i++) {
		sb_put_item(to, sb_link_name(client, r->plan, i));
		sb_put_word(to, "client", client);
		for (dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_dir_result *d = &r->result->links[i][dir];
			sb_put_object(to, sb_dir_name((enum sb_dir)dir));

			add_configured(to, d);
			add_measured(to, d);
			add_counters(to, r->counters ? &r->counters[2 * i + (size_t)dir] : NULL);
			add_checks(to, d);
			add_tolerances(to, d);
			add_shared(to, d);
			sb_put_word(to, "verdict", sb_verdict_name(d->verdict));
			sb_put_reasons(to, &d->reasons);
			sb_put_end(to);
		}
		sb_put_end(to);
	}
	sb_put_end(to);
}
