// SPDX-License-Identifier: MIT
/* event_text.c - the timeline's events in the short table: a line for each name */
#include "report/report_priv.h"

#include <math.h>

struct tally {
	size_t of[SB_MISSED + 1];
};

static void print_tally(FILE *to, const struct tally *t, const char *what, bool *any)
{
	size_t all = t->of[SB_NOT_EXERCISED] + t->of[SB_MET] + t->of[SB_MISSED];

	if (!all)
		return;
	fprintf(to, "%s%zu of %zu %s as configured", *any ? ", " : "", t->of[SB_MET], all, what);
	*any = true;
	if (t->of[SB_MISSED])
		fprintf(to, " (%zu FAILED)", t->of[SB_MISSED]);
	if (t->of[SB_NOT_EXERCISED])
		fprintf(to, " (%zu not exercised)", t->of[SB_NOT_EXERCISED]);
}

static void print_event(FILE *to, const struct sb_report *r, size_t event)
{
	struct tally edges = {{0}}, delays = {{0}}, rates = {{0}};
	bool any = false;

	for (size_t i = 0; i < r->result->event_occurrence_count; i++) {
		const struct sb_event_occurrence *h = &r->result->event_occurrences[i];

		if ((size_t)h->event != event)
			continue;
		if (h->outage) {
			edges.of[h->begin.check]++;
			edges.of[h->end.check]++;
		}
		if (h->delay)
			delays.of[h->delay_check]++;
		if (h->rate)
			rates.of[h->rate_check]++;
	}
	if (!edges.of[0] && !edges.of[1] && !edges.of[2] && !delays.of[0] && !delays.of[1] &&
	    !delays.of[2] && !rates.of[0] && !rates.of[1] && !rates.of[2])
		return;
	fprintf(to, "%-14s ", r->plan->events[event].name);
	print_tally(to, &edges, "outage edges", &any);
	print_tally(to, &delays, "delay steps", &any);
	print_tally(to, &rates, "rate steps", &any);
	fputc('\n', to);
}

void sb_report_event_text(FILE *to, const struct sb_report *r)
{
	if (!r->result->event_occurrence_count)
		return;
	fputs("\nEVENT\n", to);
	for (size_t i = 0; i < r->plan->event_count; i++)
		print_event(to, r, i);
}

/* The worst client's; of several each has its own in run.json. */
static void print_rtt(FILE *to, const struct sb_report *r)
{
	const struct sb_path_rtt *worst = NULL;

	for (size_t i = 0; r->rtts && i < r->result->link_count; i++)
		if (r->rtts[i].answered && (!worst || r->rtts[i].p50_ns > worst->p50_ns))
			worst = &r->rtts[i];
	if (worst)
		fprintf(to, "; baseline RTT %.3f ms (p50), %.3f ms (p99)",
			(double)worst->p50_ns / 1e6, (double)worst->p99_ns / 1e6);
}

void sb_report_host_baseline_text(FILE *to, const struct sb_report *r)
{
	const struct sb_host_baseline *s = &r->result->host_baseline;

	if (!s->timer_known)
		return;
	fprintf(to, "machine: timers %.3f ms late (p50), %.3f ms at most",
		(double)s->timer_p50_ns / 1e6, (double)s->timer_max_ns / 1e6);
	print_rtt(to, r);
	if (s->cpu_known)
		fprintf(to, "; processors %.0f %% busy", 100 * s->cpu_busy);
	if (s->cpu_known && s->cpu_stolen >= 0.005)
		fprintf(to, ", %.0f %% stolen", 100 * s->cpu_stolen);
	fputc('\n', to);
}
