// SPDX-License-Identifier: MIT
/* text.c - a plan for people: what `satbed check` shows */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dir_fields.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "satbed/base/textstream.h"

/* A timeline is shown as far as it helps to understand it. */
#define SHOWN_STEPS 12

/* Times drawn from a distribution have nine decimals, of which people want three. */
static const char *brief_time(char buf[SB_UNIT_BUF], int64_t ns)
{
	int64_t fine = llabs(ns) >= SB_NS_PER_MS ? SB_NS_PER_US : 1;

	return sb_format_time(buf, ns / fine * fine);
}

static const char *brief_rate(char buf[SB_UNIT_BUF], uint64_t bps)
{
	if (!bps)
		return "unlimited";
	if (bps == SB_RATE_STOPPED)
		return "none: packets wait";
	return sb_format_rate(buf, bps >= 1000000 ? bps / 1000 * 1000 : bps);
}

/* --- links --- */

static void print_dir_loss(FILE *to, const struct sb_link_dir *d)
{
	double burst = (double)d->bursts.burst_ns, gap = (double)d->bursts.gap_ns;
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	if (d->bursts.burst_ns) {
		fprintf(to, "bursts, %.4g%% of the time, %s on average, %s apart",
			100 * burst / (burst + gap), brief_time(a, d->bursts.burst_ns),
			brief_time(b, d->bursts.gap_ns));
		return;
	}
	if (!d->exact.count) {
		sb_loss_print(to, &d->initial.loss);
		return;
	}
	fputs("exactly packet", to);
	for (uint32_t i = 0; i < d->exact.count; i++) {
		fprintf(to, "%s %" PRIu32, i ? "," : "", d->exact.range[i].first);
		if (d->exact.range[i].last > d->exact.range[i].first)
			fprintf(to, "-%" PRIu32, d->exact.range[i].last);
	}
}

static void print_queue(FILE *to, const struct sb_link_dir *d, int64_t rtt_ns)
{
	uint64_t rate = d->initial.rate_bps, bdp = sb_bdp_bytes(rate, rtt_ns);
	char size[SB_UNIT_BUF], interval[SB_UNIT_BUF];

	fprintf(to, "%s = %" PRIu32 " packets", sb_format_bytes(size, d->queue_bytes),
		d->queue_packets);
	if (rate)
		fprintf(to, " = %.4gms", (double)d->queue_bytes * 8e3 / (double)rate);
	if (bdp)
		fprintf(to, " = %.2f BDP", (double)d->queue_bytes / (double)bdp);
	if (d->discipline.kind != SB_DROP_TAIL)
		fprintf(to, ", %s", sb_discipline_names[d->discipline.kind]);
	if (d->discipline.kind == SB_DROP_HEAD && d->discipline.target_ns)
		fprintf(to, " (limit %s)", sb_format_time(size, d->discipline.target_ns));
	else if (d->discipline.target_ns)
		fprintf(to, " (target %s, %s %s)", sb_format_time(size, d->discipline.target_ns),
			d->discipline.kind == SB_CODEL ? "interval" : "update",
			sb_format_time(interval, d->discipline.interval_ns));
	sb_dir_fields_print(to, d);
}

static void print_trace(FILE *to, const char *what, const char *file, uint64_t xxh64)
{
	sb_auto_free char *name = sb_clean(file);

	if (*file)
		fprintf(to, "        %s %s (xxh64 %016" PRIx64 "), above is how it starts\n", what,
			name, xxh64);
}

static void print_dir(FILE *to, const struct sb_link *link, enum sb_dir dir, size_t sharers)
{
	const struct sb_link_dir *d = &link->dir[dir];
	const struct sb_link_state *s = &d->initial;
	int64_t rtt_ns = link->dir[SB_UP].initial.delay_ns + link->dir[SB_DOWN].initial.delay_ns;
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	fprintf(to, "  %-5s delay  %s one way", sb_dir_name(dir), sb_format_time(a, s->delay_ns));
	if (d->jitter_ns)
		fprintf(to, ", jitter %s (standard deviation)", sb_format_time(a, d->jitter_ns));
	fprintf(to, "\n        rate   %s",
		s->rate_bps > SB_RATE_STOPPED ? sb_format_rate(a, s->rate_bps)
					      : brief_rate(a, s->rate_bps));
	if (s->rate_bps > SB_RATE_STOPPED)
		fprintf(to, ", BDP %s over the round trip",
			sb_format_bytes(a, sb_bdp_bytes(s->rate_bps, rtt_ns)));
	if (d->drawn_every_ns)
		fprintf(to, "\n        drawn  every %s, %s in the mean; above is how it starts",
			sb_format_time(a, d->drawn_every_ns), sb_format_rate(b, d->drawn_mean_bps));
	if (sharers > 1)
		fprintf(to, "\n        shared rate and queue are one for %zu clients", sharers);
	fprintf(to, "\n        queue  ");
	print_queue(to, d, rtt_ns);
	fprintf(to, "\n        loss   ");
	print_dir_loss(to, d);
	fputc('\n', to);
	print_trace(to, "trace ", d->trace, d->trace_xxh64);
	print_trace(to, "delays", d->delay_trace, d->delay_trace_xxh64);
	if (s->duplicate_ppb)
		fprintf(to, "        duplicates %s\n", sb_format_percent(a, s->duplicate_ppb));
	if (s->reorder_ppb)
		fprintf(to, "        reorders   %s\n", sb_format_percent(a, s->reorder_ppb));
	if (d->may_overtake)
		fputs("        when the delay falls packets may overtake\n", to);
	if (s->corrupt_ppb)
		fprintf(to, "        corrupts   %s\n", sb_format_percent(a, s->corrupt_ppb));
}

static bool same_dir(const struct sb_link_dir *a, const struct sb_link_dir *b)
{
	return sb_link_state_equal(&a->initial, &b->initial) && a->queue_bytes == b->queue_bytes &&
	       a->jitter_ns == b->jitter_ns && a->drawn_every_ns == b->drawn_every_ns &&
	       a->drawn_mean_bps == b->drawn_mean_bps && a->bursts.burst_ns == b->bursts.burst_ns &&
	       a->bursts.gap_ns == b->bursts.gap_ns && a->discipline.kind == b->discipline.kind &&
	       a->discipline.target_ns == b->discipline.target_ns &&
	       a->discipline.interval_ns == b->discipline.interval_ns &&
	       sb_dir_fields_equal(a, b) && !memcmp(&a->exact, &b->exact, sizeof(a->exact));
}

static bool same_link(const struct sb_link *a, const struct sb_link *b)
{
	return same_dir(&a->dir[SB_UP], &b->dir[SB_UP]) &&
	       same_dir(&a->dir[SB_DOWN], &b->dir[SB_DOWN]);
}

static void print_addresses(FILE *to, const struct sb_link *link)
{
	char c4[INET_ADDRSTRLEN], s4[INET_ADDRSTRLEN], c6[INET6_ADDRSTRLEN], s6[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET, &link->client.addr4, c4, sizeof(c4));
	inet_ntop(AF_INET, &link->server.addr4, s4, sizeof(s4));
	inet_ntop(AF_INET6, &link->client.addr6, c6, sizeof(c6));
	inet_ntop(AF_INET6, &link->server.addr6, s6, sizeof(s6));
	if (link->relay.tap[0]) {
		inet_ntop(AF_INET, &link->relay.gateway4, c6, sizeof(c6));
		inet_ntop(AF_INET, &link->relay.outer.addr4, s6, sizeof(s6));
		fprintf(to, "  client %s; relay %s and %s; server %s\n", c4, c6, s6, s4);
	} else {
		fprintf(to, "  client %s, %s; server %s, %s\n", c4, c6, s4, s6);
	}
}

static void print_links(FILE *to, const struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];
		char rtt[SB_UNIT_BUF], name[SB_NAME_MAX];
		size_t alike = i;

		/* Sixty-four equal links are told once. */
		while (alike + 1 < plan->link_count && same_link(link, &plan->links[alike + 1]))
			alike++;
		fprintf(to, "\nlink of %s", sb_link_name(name, plan, i));
		if (alike > i)
			fprintf(to, " to %s, each", sb_link_name(name, plan, alike));
		sb_format_time(rtt, link->dir[SB_UP].initial.delay_ns +
					link->dir[SB_DOWN].initial.delay_ns);
		fprintf(to, ": round trip %s\n", rtt);
		print_addresses(to, link);
		print_dir(to, link, SB_UP, sb_plan_sharers(plan, i, SB_UP));
		print_dir(to, link, SB_DOWN, sb_plan_sharers(plan, i, SB_DOWN));
		i = alike;
	}
}

/* --- events and timeline --- */

static void print_change(FILE *to, const struct sb_link_state *s,
			 const struct sb_link_state *before)
{
	char a[SB_UNIT_BUF];

	if (s->outage != before->outage)
		fprintf(to, "  %s", s->outage ? "outage" : "outage over");
	if (s->delay_ns != before->delay_ns)
		fprintf(to, "  delay %s", brief_time(a, s->delay_ns));
	if (s->queue_action)
		fprintf(to, "  queue %s", sb_queue_action_names[s->queue_action]);
	if (s->rate_bps != before->rate_bps)
		fprintf(to, "  rate %s", brief_rate(a, s->rate_bps));
	if (!sb_loss_equal(&s->loss, &before->loss)) {
		fprintf(to, "  loss ");
		sb_loss_print(to, &s->loss);
	}
}

static void print_step(FILE *to, const struct sb_plan *plan, const struct sb_step *s)
{
	const struct sb_link_state *before =
	    s->at_ns ? sb_plan_state_at(plan, s->link, (enum sb_dir)s->dir, s->at_ns - 1)
		     : &plan->links[s->link].dir[s->dir].initial;
	char node[SB_NAME_MAX];

	fprintf(to, "  %10.3fs  %s %-4s  %s:", (double)s->at_ns / (double)SB_NS_PER_S,
		sb_link_name(node, plan, s->link), sb_dir_name((enum sb_dir)s->dir),
		plan->events[s->event].name);
	print_change(to, &s->state, before);
	fputc('\n', to);
}

/* What people look for in a timeline; the rest goes on all the time. */
static bool is_edge(const struct sb_step *s)
{
	return s->cause == SB_CAUSE_EVENT || s->cause == SB_CAUSE_OUTAGE_END;
}

static void print_timeline(FILE *to, const struct sb_plan *plan)
{
	size_t steps[SB_CAUSES] = {0}, others = 0, edges;

	for (size_t i = 0; i < plan->step_count; i++)
		steps[plan->steps[i].cause]++;
	fprintf(to, "\ntimeline: %zu steps (%zu of jitter", plan->step_count,
		steps[SB_CAUSE_JITTER]);
	if (steps[SB_CAUSE_RAMP])
		fprintf(to, ", %zu along ramps", steps[SB_CAUSE_RAMP]);
	if (steps[SB_CAUSE_BURST])
		fprintf(to, ", %zu of bursts", steps[SB_CAUSE_BURST]);
	if (steps[SB_CAUSE_ORBIT])
		fprintf(to, ", %zu of the orbit", steps[SB_CAUSE_ORBIT]);
	if (steps[SB_CAUSE_RATE])
		fprintf(to, ", %zu of drawn rates", steps[SB_CAUSE_RATE]);
	if (steps[SB_CAUSE_TRACE])
		fprintf(to, ", %zu of traces", steps[SB_CAUSE_TRACE]);
	fprintf(to, "), hash %016" PRIx64 "\n", sb_plan_timeline_hash(plan));
	for (size_t i = 0; i < plan->pass_count && i < SHOWN_STEPS; i++) {
		sb_auto_free char *name = sb_clean(plan->passes[i].satellite);

		fprintf(to, "  %10.3fs  %s%s\n",
			(double)plan->passes[i].at_ns / (double)SB_NS_PER_S,
			*name ? "satellite: " : "no satellite", name);
	}
	if (plan->pass_count > SHOWN_STEPS)
		fprintf(to, "  ... and %zu more satellites\n", plan->pass_count - SHOWN_STEPS);
	for (size_t i = 0; i < plan->event_count; i++)
		fprintf(to, "  event %s: %" PRIu32 " time%s%s\n", plan->events[i].name,
			plan->events[i].count, plan->events[i].count == 1 ? "" : "s",
			plan->terminals > 1    ? ", counted for every link"
			: plan->link_count > 1 ? ", counted for every client"
					       : "");
	for (size_t i = 0; i < plan->step_count && others < SHOWN_STEPS; i++) {
		if (!is_edge(&plan->steps[i]))
			continue;
		print_step(to, plan, &plan->steps[i]);
		others++;
	}
	edges = steps[SB_CAUSE_EVENT] + steps[SB_CAUSE_OUTAGE_END];
	if (edges > others)
		fprintf(to, "  ... and %zu more\n", edges - others);
}

/* --- the whole --- */

static void print_split(FILE *to, const struct sb_plan *plan)
{
	const char *relay = sb_relay_name(plan->path);

	if (plan->placement == SB_INSIDE)
		fprintf(to, "  client ~ satellite ~ %s - server: ", relay);
	else
		fprintf(to, "  client - %s ~ satellite ~ server: ", relay);
	fprintf(to, "the link is %s, and TCP is two connections, one each side of %s\n",
		sb_placement_name(plan->placement), relay);
}

static void print_pep_sending(FILE *to, const char *who, const struct sb_pep_sending *p)
{
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	if (!p->cc[0])
		return;
	fprintf(to, "  the %s sends with %s, buffer %s", who, p->cc,
		sb_format_bytes(a, p->buffer_bytes));
	if (p->rate_bps)
		fprintf(to, ", from the start and at most at %s", sb_format_rate(b, p->rate_bps));
	fputc('\n', to);
}

static void print_pep(FILE *to, const struct sb_plan *plan)
{
	bool terminal = plan->pep & SB_PEP_TERMINAL, gateway = plan->pep & SB_PEP_GATEWAY;

	fprintf(to, "  client - %s ~ satellite ~ %s - server: TCP is %s connections\n",
		terminal ? "proxy" : "terminal", gateway ? "proxy" : "gateway",
		terminal && gateway ? "three" : "two");
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link_dir *dir = plan->links[i].dir,
					 *before = plan->links[i ? i - 1 : 0].dir;

		if (i && !memcmp(&dir[SB_UP].pep, &before[SB_UP].pep, sizeof(dir->pep)) &&
		    !memcmp(&dir[SB_DOWN].pep, &before[SB_DOWN].pep, sizeof(dir->pep)))
			continue;
		print_pep_sending(to, "terminal", &dir[SB_UP].pep);
		print_pep_sending(to, "gateway", &dir[SB_DOWN].pep);
	}
}

char *sb_plan_text(const struct sb_plan *plan)
{
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];
	char *text = NULL, why[160];
	size_t clients = sb_plan_nodes(plan) - 1;
	size_t len;
	FILE *to = sb_textstream_open(&text, &len);

	fprintf(to, "%s: %s\n", plan->name,
		plan->about && *plan->about ? plan->about : "no description");
	fprintf(to, "  %s, seed %" PRIu64 ", %zu client%s", sb_format_time(a, plan->duration_ns),
		plan->seed, clients, clients == 1 ? "" : "s");
	if (plan->terminals > 1)
		fprintf(to, " with %u terminals%s", plan->terminals, clients == 1 ? "" : " each");
	fputc('\n', to);
	fprintf(to, "  engine %s, path %s, backend %s, IPv%u, MTU %" PRIu32 "\n", plan->engine,
		sb_path_name(plan->path), sb_backend_name(plan->backend), plan->ip_version,
		plan->mtu);
	if (plan->clock == SB_CLOCK_VIRTUAL)
		fprintf(to, "  virtual clock, kernel %s\n", plan->kernel);
	if (plan->pep)
		print_pep(to, plan);
	else if (plan->path != SB_PATH_BRIDGE)
		print_split(to, plan);
	if (sb_plan_needs_user(plan, why, sizeof(why)))
		fprintf(to, "  only the user backend can play this: %s\n", why);
	else if (sb_plan_prefers_user(plan, why, sizeof(why)))
		fprintf(to, "  backend = auto takes user: %s\n", why);
	else
		fputs("  netem and user can both play this\n", to);
	fprintf(to, "  samples every %s, %" PRIu32 "B of each packet, capture buffer %s\n",
		sb_format_time(a, plan->sample_ns), plan->capture_snaplen,
		sb_format_bytes(b, plan->capture_buffer_bytes));
	print_links(to, plan);
	print_timeline(to, plan);
	sb_plan_print_flows(to, plan);
	sb_plan_print_warnings(to, plan);
	sb_textstream_close(to, &text);
	return text;
}
