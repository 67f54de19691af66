// SPDX-License-Identifier: MIT
/* run_text.c - a run as the short table a terminal shows */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "short.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define MAX_REASONS 8

static void print_cut_off(FILE *to, const struct sb_report *r, double planned_s)
{
	time_t at = (time_t)r->cut_off_unix_s;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(to, "\ncut off after %.1f s of %.1f s (at %s): ", r->measured_s, planned_s, text);
	sb_print_clean(to, r->cut_off);
	fprintf(to, "\nran %.1f s", r->measured_s);
}

static void print_clock(FILE *to, const struct sb_report *r)
{
	const cJSON *clock = cJSON_GetObjectItemCaseSensitive(r->manifest, "clock");
	const char *kernel, *config;

	if (r->plan->clock == SB_CLOCK_REAL ||
	    sb_json_get_str(clock, "$", "kernel", &kernel, NULL) ||
	    sb_json_get_str(clock, "$", "kernel_config", &config, NULL))
		return;
	fputs("\nvirtual clock, kernel ", to);
	sb_print_clean(to, kernel);
	fputs(", configuration ", to);
	sb_print_clean(to, config);
}

static void print_head(FILE *to, const struct sb_report *r)
{
	const struct sb_plan *plan = r->plan;
	double planned_s = (double)plan->duration_ns / 1e9;

	sb_print_clean(to, plan->name);
	if (plan->about && *plan->about) {
		fputs(": ", to);
		sb_print_clean(to, plan->about);
	}
	print_clock(to, r);
	fprintf(to, "\nengine %s, path %s, links by %s", r->engine_kind, sb_path_name(plan->path),
		r->link_backend);
	if (r->backend_why && *r->backend_why) {
		/* Often a long sentence about this kernel: on a line of its own. */
		fprintf(to, "\nwhy %s: ", r->link_backend);
		sb_print_clean(to, r->backend_why);
	}
	if (r->interrupted)
		fprintf(to, "\ninterrupted after %.1f s of %.1f s", r->measured_s, planned_s);
	else if (r->cut_off)
		print_cut_off(to, r, planned_s);
	else
		fprintf(to, "\nran %.1f s", r->measured_s);
	fprintf(to, ", seed %" PRIu64, plan->seed);
	if (isfinite(r->up_ms) && isfinite(r->down_ms))
		fprintf(to, ", testbed up in %.0f ms, down in %.0f ms", r->up_ms, r->down_ms);
	fputs("\n", to);
}

static void print_captures(FILE *to, const struct sb_report *r)
{
	uint64_t written = 0, dropped = 0;
	size_t i;

	if (r->capture_count == 0)
		return;
	if (r->cut_off && !r->captures_known) {
		fprintf(to, "\n%zu captures, cut off: what they missed is not known\n",
			r->capture_count);
		return;
	}
	for (i = 0; i < r->capture_count; i++) {
		written += r->captures[i].stats.written;
		dropped += r->captures[i].stats.dropped + r->captures[i].stats.interface_dropped;
	}
	fprintf(to, "\n%zu captures, %" PRIu64 " packets, ", r->capture_count, written);
	if (dropped == 0)
		fputs("none missed\n", to);
	else
		fprintf(to, "%" PRIu64 " MISSED\n", dropped);
	for (i = 0; dropped > 0 && i < r->capture_count; i++) {
		const struct sb_capture_stats *s = &r->captures[i].stats;

		if (s->dropped + s->interface_dropped > 0)
			fprintf(to, "  %s missed %" PRIu64 " of %" PRIu64 "\n", r->captures[i].file,
				s->dropped + s->interface_dropped, s->received);
	}
}

static struct sb_short value_cell(const struct sb_report *r, const struct sb_expect_result *e)
{
	if (!e->known)
		return sb_short("not measured");
	if (e->expect->word[0])
		return sb_short("%s", sb_verdict_name(r->result->verdict));
	switch (sb_report_unit(e->expect->what)) {
	case SB_UNIT_RATE:
		return sb_short_rate(e->value);
	case SB_UNIT_FRACTION:
		return sb_short_loss(e->value);
	case SB_UNIT_MS:
		return sb_short_ms(true, e->value);
	case SB_UNIT_COUNT:
		break;
	}
	return sb_short("%.15g", e->value);
}

static void print_expects(FILE *to, const struct sb_report *r, bool colour)
{
	struct sb_expect_result *results =
	    sb_alloc(r->plan->expect_count + 1, sizeof(struct sb_expect_result));
	size_t i;

	sb_report_expects(r, results);
	for (i = 0; i < r->plan->expect_count; i++) {
		const struct sb_expect_result *e = &results[i];

		fputs("expected ", to);
		sb_print_clean(to, e->expect->what);
		fputc(' ', to);
		sb_print_clean(to, e->expect->text);
		fprintf(to, ": %s, ", value_cell(r, e).s);
		sb_print_coloured(to, colour, e->met ? "32" : "31", e->met ? "met" : "FAILED");
		fputc('\n', to);
	}
	free(results);
}

static void print_verdict(FILE *to, const struct sb_report *r, bool colour)
{
	const struct sb_reasons *why = &r->result->reasons;
	size_t i, shown = why->count < MAX_REASONS ? why->count : MAX_REASONS;

	fputs("verdict ", to);
	sb_print_coloured(to, colour, sb_verdict_colour(r->result->verdict),
			  sb_verdict_name(r->result->verdict));
	fputc('\n', to);
	for (i = 0; i < shown; i++) {
		fputs("  - ", to);
		sb_print_clean(to, why->text[i]);
		fputc('\n', to);
	}
	if (shown < why->count)
		fprintf(to, "  ... %zu more reasons in run.json\n", why->count - shown);
}

void sb_report_text(FILE *to, const struct sb_report *r, bool colour)
{
	print_head(to, r);
	sb_report_link_table(to, r, colour);
	sb_report_event_text(to, r);
	sb_report_flow_table(to, r);
	sb_report_replay_text(to, r);
	sb_report_session_text(to, r);
	sb_report_split_text(to, r);
	print_captures(to, r);
	sb_report_host_baseline_text(to, r);
	if (r->directory) {
		fputs("results: ", to);
		sb_print_clean(to, r->directory);
		fputc('\n', to);
	}
	fputc('\n', to);
	print_verdict(to, r, colour);
	print_expects(to, r, colour);
}
