// SPDX-License-Identifier: MIT
/* split_text.c - the part of the short table that a split path adds */
#include "report/report_priv.h"

#include <math.h>

/* Like the table's own: what is more is in run.json. */
#define MAX_FLOWS 12
#define MAX_NAMES 4

static void print_options(FILE *to, const char *name, const struct sb_syn *syn)
{
	fprintf(to, "%s ", name);
	if (!syn->seen) {
		fputs("not seen", to);
		return;
	}
	if (syn->mss >= 0)
		fprintf(to, "mss %d", syn->mss);
	else
		fputs("no mss", to);
	if (syn->window_scale >= 0)
		fprintf(to, " wscale %d", syn->window_scale);
	fprintf(to, "%s%s%s", syn->sack ? " sack" : "", syn->timestamps ? " timestamps" : "",
		syn->ecn ? " ecn" : "");
}

static void print_leg(FILE *to, const char *leg, const struct sb_syn *syn,
		      const struct sb_syn *syn_ack)
{
	fprintf(to, "  %-14s ", leg);
	print_options(to, "SYN", syn);
	print_options(to, ", SYN-ACK", syn_ack);
	fputc('\n', to);
}

static bool same_options(const struct sb_syn *a, const struct sb_syn *b)
{
	return a->seen == b->seen && a->mss == b->mss && a->window_scale == b->window_scale &&
	       a->sack == b->sack && a->timestamps == b->timestamps && a->ecn == b->ecn;
}

static bool same_legs(const struct sb_flow_result *a, const struct sb_flow_result *b)
{
	return same_options(&a->syn, &b->syn) && same_options(&a->syn_ack, &b->syn_ack) &&
	       same_options(&a->other_syn, &b->other_syn) &&
	       same_options(&a->other_syn_ack, &b->other_syn_ack);
}

static bool has_legs(const struct sb_report *r, size_t i)
{
	return sb_flow_transport(&r->plan->flows[i]) != SB_TRANSPORT_UDP &&
	       r->result->flows[i].syn.seen;
}

static void print_name(FILE *to, const struct sb_report *r, size_t i)
{
	const struct sb_flow *flow = &r->plan->flows[i];
	char client[SB_NAME_MAX];

	fprintf(to, "%s %s %s", flow->name, sb_flow_client(client, r->plan, flow),
		sb_dir_name((enum sb_dir)flow->dir));
}

/* The flows from @first on that were greeted alike, and the greeting. */
static void print_alike(FILE *to, const struct sb_report *r, size_t first)
{
	const struct sb_flow_result *flows = r->result->flows;
	size_t shown = 0, more = 0;

	for (size_t i = first; i < r->result->flow_count; i++) {
		if (!has_legs(r, i) || !same_legs(&flows[first], &flows[i]))
			continue;
		if (shown == MAX_NAMES) {
			more++;
			continue;
		}
		fputs(shown++ ? ", " : "", to);
		print_name(to, r, i);
	}
	if (more)
		fprintf(to, " and %zu more", more);
	fputs(":\n", to);
	print_leg(to, "satellite leg", &flows[first].syn, &flows[first].syn_ack);
	print_leg(to, r->plan->pep ? "client's leg" : "other leg", &flows[first].other_syn,
		  &flows[first].other_syn_ack);
}

static bool was_alike(const struct sb_report *r, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (has_legs(r, before) &&
		    same_legs(&r->result->flows[before], &r->result->flows[i]))
			return true;
	return false;
}

/* What fills a link is limited by the window; what waits for answers is not. */
static void print_cap(FILE *to, const struct sb_report *r, size_t i)
{
	const struct sb_flow_result *f = &r->result->flows[i];
	const struct sb_flow *flow = &r->plan->flows[i];

	if (!isfinite(f->window_cap_bps) ||
	    (flow->kind != SB_FLOW_BULK && flow->kind != SB_FLOW_FILE))
		return;
	print_name(to, r, i);
	fprintf(to,
		": no window scale on the satellite leg: %d B a round trip allow %.3g Mbit/s, "
		"measured %.3g in the second half\n",
		SB_UNSCALED_WINDOW * flow->streams, f->window_cap_bps / 1e6, f->settled_bps / 1e6);
}

static void print_elsewhere(FILE *to, const struct sb_report *r, enum sb_dir dir)
{
	const char *proxy = dir == SB_UP ? "the terminal's proxy" : "the gateway's proxy";
	const char *who = r->plan->pep ? proxy : sb_relay_name(r->plan->path);

	for (size_t i = 0; i < r->result->flow_count; i++) {
		if (!r->result->flows[i].tcp_info_elsewhere || r->plan->flows[i].dir != dir)
			continue;
		fprintf(to, "%s: %s sends on the satellite leg: no TCP_INFO on this leg\n",
			sb_dir_name(dir), who);
		return;
	}
}

void sb_report_split_text(FILE *to, const struct sb_report *r)
{
	const struct sb_plan *plan = r->plan;
	size_t count = r->result->flow_count;

	if (!sb_plan_is_split(plan))
		return;
	if (plan->pep)
		fprintf(to,
			"\nTCP is terminated by %s: %s connections; figures are of the satellite "
			"leg's\n",
			sb_plan_relay_name(plan), plan->pep == SB_PEP_BOTH ? "three" : "two");
	else
		fprintf(to, "\nTCP is terminated by %s: two connections; the satellite leg is %s\n",
			sb_plan_relay_name(plan),
			plan->placement == SB_INSIDE ? "the client's, from the client to it"
						     : "the server's, from it to the server");
	for (size_t i = 0; i < count; i++)
		if (has_legs(r, i) && !was_alike(r, i))
			print_alike(to, r, i);
	for (size_t i = 0; i < count && i < MAX_FLOWS; i++)
		print_cap(to, r, i);
	print_elsewhere(to, r, SB_UP);
	print_elsewhere(to, r, SB_DOWN);
}
