// SPDX-License-Identifier: MIT
/* text.c - a plan for people: what `satbed check` shows */
#include <arpa/inet.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

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
	return sb_format_rate(buf, bps >= 1000000 ? bps / 1000 * 1000 : bps);
}

/* --- links --- */

static void print_loss(FILE *to, const struct sb_loss *loss)
{
	if (loss->kind == SB_LOSS_NONE) {
		fprintf(to, "none");
		return;
	}
	if (loss->kind == SB_LOSS_RANDOM)
		fprintf(to, "random, %.4g%%", 100 * sb_loss_mean(loss));
	else
		fprintf(to, "gemodel, %.4g%% on average, %.3g packets in a row",
			100 * sb_loss_mean(loss), sb_loss_mean_burst(loss));
}

static void print_queue(FILE *to, const struct sb_link_dir *d, int64_t rtt_ns)
{
	uint64_t rate = d->initial.rate_bps, bdp = sb_bdp_bytes(rate, rtt_ns);
	char size[SB_UNIT_BUF];

	fprintf(to, "%s = %" PRIu32 " packets", sb_format_bytes(size, d->queue_bytes),
		d->queue_packets);
	if (rate)
		fprintf(to, " = %.4gms", (double)d->queue_bytes * 8e3 / (double)rate);
	if (bdp)
		fprintf(to, " = %.2f BDP", (double)d->queue_bytes / (double)bdp);
}

static void print_dir(FILE *to, const struct sb_link *link, enum sb_dir dir)
{
	const struct sb_link_dir *d = &link->dir[dir];
	const struct sb_link_state *s = &d->initial;
	int64_t rtt_ns = link->dir[SB_UP].initial.delay_ns + link->dir[SB_DOWN].initial.delay_ns;
	char a[SB_UNIT_BUF];

	fprintf(to, "  %-5s delay  %s one way", sb_dir_name(dir), sb_format_time(a, s->delay_ns));
	if (d->jitter_ns)
		fprintf(to, ", jitter %s (standard deviation)", sb_format_time(a, d->jitter_ns));
	fprintf(to, "\n        rate   %s",
		s->rate_bps ? sb_format_rate(a, s->rate_bps) : "unlimited");
	if (s->rate_bps)
		fprintf(to, ", BDP %s over the round trip",
			sb_format_bytes(a, sb_bdp_bytes(s->rate_bps, rtt_ns)));
	fprintf(to, "\n        queue  ");
	print_queue(to, d, rtt_ns);
	fprintf(to, "\n        loss   ");
	print_loss(to, &s->loss);
	fputc('\n', to);
	if (s->duplicate_ppb)
		fprintf(to, "        duplicates %s\n", sb_format_percent(a, s->duplicate_ppb));
	if (s->reorder_ppb)
		fprintf(to, "        reorders   %s\n", sb_format_percent(a, s->reorder_ppb));
	if (s->corrupt_ppb)
		fprintf(to, "        corrupts   %s\n", sb_format_percent(a, s->corrupt_ppb));
}

static bool same_dir(const struct sb_link_dir *a, const struct sb_link_dir *b)
{
	return sb_link_state_equal(&a->initial, &b->initial) && a->queue_bytes == b->queue_bytes &&
	       a->jitter_ns == b->jitter_ns;
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
	fprintf(to, "  client %s, %s; server %s, %s\n", c4, c6, s4, s6);
}

static void print_links(FILE *to, const struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->link_count; i++) {
		const struct sb_link *link = &plan->links[i];
		char rtt[SB_UNIT_BUF];
		size_t alike = i;

		/* Sixty-four equal links are told once. */
		while (alike + 1 < plan->link_count && same_link(link, &plan->links[alike + 1]))
			alike++;
		fprintf(to, "\nlink of client%zu", i + 1);
		if (alike > i)
			fprintf(to, " to client%zu, each", alike + 1);
		sb_format_time(rtt, link->dir[SB_UP].initial.delay_ns +
					link->dir[SB_DOWN].initial.delay_ns);
		fprintf(to, ": round trip %s\n", rtt);
		print_addresses(to, link);
		print_dir(to, link, SB_UP);
		print_dir(to, link, SB_DOWN);
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
	if (s->rate_bps != before->rate_bps)
		fprintf(to, "  rate %s", brief_rate(a, s->rate_bps));
	if (!sb_loss_equal(&s->loss, &before->loss)) {
		fprintf(to, "  loss ");
		print_loss(to, &s->loss);
	}
}

static void print_step(FILE *to, const struct sb_plan *plan, const struct sb_step *s)
{
	const struct sb_link_state *before =
	    s->at_ns ? sb_plan_state_at(plan, s->link, (enum sb_dir)s->dir, s->at_ns - 1)
		     : &plan->links[s->link].dir[s->dir].initial;
	char node[SB_NAME_MAX];

	fprintf(to, "  %10.3fs  %s %-4s  %s:", (double)s->at_ns / (double)SB_NS_PER_S,
		sb_node_name(node, (size_t)s->link + 1), sb_dir_name((enum sb_dir)s->dir),
		plan->events[s->event].name);
	print_change(to, &s->state, before);
	fputc('\n', to);
}

static void print_timeline(FILE *to, const struct sb_plan *plan)
{
	size_t jitter = 0, others = 0;

	for (size_t i = 0; i < plan->step_count; i++)
		jitter += plan->steps[i].cause == SB_CAUSE_JITTER;
	fprintf(to, "\ntimeline: %zu steps (%zu of jitter), hash %016" PRIx64 "\n",
		plan->step_count, jitter, sb_plan_timeline_hash(plan));
	for (size_t i = 0; i < plan->event_count; i++)
		fprintf(to, "  event %s: %" PRIu32 " time%s%s\n", plan->events[i].name,
			plan->events[i].count, plan->events[i].count == 1 ? "" : "s",
			plan->link_count > 1 ? ", counted for every client" : "");
	for (size_t i = 0; i < plan->step_count && others < SHOWN_STEPS; i++) {
		if (plan->steps[i].cause == SB_CAUSE_JITTER)
			continue;
		print_step(to, plan, &plan->steps[i]);
		others++;
	}
	if (plan->step_count - jitter > others)
		fprintf(to, "  ... and %zu more\n", plan->step_count - jitter - others);
}

/* --- flows --- */

static void print_flow(FILE *to, const struct sb_plan *plan, const struct sb_flow *f)
{
	const struct sb_link *link = &plan->links[f->client];
	char node[SB_NAME_MAX], address[INET6_ADDRSTRLEN], a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	if (plan->ip_version == 6)
		inet_ntop(AF_INET6, &link->server.addr6, address, sizeof(address));
	else
		inet_ntop(AF_INET, &link->server.addr4, address, sizeof(address));
	fprintf(to, "  %s: %s %s %s, server %s port %u, %s to %s", f->name,
		sb_node_name(node, (size_t)f->client + 1), sb_flow_kind_name(f->kind),
		sb_dir_name((enum sb_dir)f->dir), address, f->port, sb_format_time(a, f->start_ns),
		sb_format_time(b, f->start_ns + f->duration_ns));
	if (f->kind == SB_FLOW_STREAM)
		fprintf(to, ", %s in datagrams of %" PRIu32 "B", sb_format_rate(a, f->rate_bps),
			f->packet_bytes);
	else
		fprintf(to, ", %u connection%s, %s", f->streams, f->streams == 1 ? "" : "s",
			*f->cc ? f->cc : "the kernel's congestion control");
	fputc('\n', to);
}

static void print_flows(FILE *to, const struct sb_plan *plan)
{
	fprintf(to, "\nflows:%s\n", plan->flow_count ? "" : " none, the links will stay idle");
	for (size_t i = 0; i < plan->flow_count && i < SHOWN_STEPS; i++)
		print_flow(to, plan, &plan->flows[i]);
	if (plan->flow_count > SHOWN_STEPS)
		fprintf(to, "  ... and %zu more\n", plan->flow_count - SHOWN_STEPS);
	if (plan->expect_count)
		fputs("\nexpected:\n", to);
	for (size_t i = 0; i < plan->expect_count; i++)
		fprintf(to, "  %s: %s\n", plan->expects[i].what, plan->expects[i].text);
}

/* --- the whole --- */

char *sb_plan_text(const struct sb_plan *plan)
{
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		abort();
	fprintf(to, "%s: %s\n", plan->name,
		plan->about && *plan->about ? plan->about : "no description");
	fprintf(to, "  %s, seed %" PRIu64 ", %zu client%s\n", sb_format_time(a, plan->duration_ns),
		plan->seed, plan->link_count, plan->link_count == 1 ? "" : "s");
	fprintf(to, "  engine %s, path %s, backend %s, IPv%u, MTU %" PRIu32 "\n", plan->engine,
		sb_path_name(plan->path), sb_backend_name(plan->backend), plan->ip_version,
		plan->mtu);
	fprintf(to, "  samples every %s, %" PRIu32 "B of each packet, capture buffer %s\n",
		sb_format_time(a, plan->sample_ns), plan->capture_snaplen,
		sb_format_bytes(b, plan->capture_buffer_bytes));
	print_links(to, plan);
	print_timeline(to, plan);
	print_flows(to, plan);
	sb_plan_print_warnings(to, plan);
	if (fclose(to))
		abort();
	return text;
}
