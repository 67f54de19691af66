// SPDX-License-Identifier: MIT
/* run_text.c - a run as the short table a terminal shows */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

/* A screenful: what is more is counted here and complete in run.json. */
#define MAX_LINKS    6
#define MAX_FLOWS    12
#define MAX_DETAILED 4 /* flows with lines of their own on why they are as they are */
#define MAX_REASONS  8
#define NAME_MIN     14

struct cell {
	char s[48];
};

static struct cell cell(const char *fmt, ...) SB_PRINTF(1, 2);
static struct cell cell(const char *fmt, ...)
{
	struct cell c;
	va_list args;

	va_start(args, fmt);
	vsnprintf(c.s, sizeof(c.s), fmt, args);
	va_end(args);
	return c;
}

/* Three significant digits or more, so that columns stay narrow and nothing looks exact that is
 * not. */
static int digits_after_point(double value)
{
	return value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
}

static struct cell scaled(double value, double first, const char *const *units, size_t unit_count)
{
	size_t unit = 0;

	value /= first;
	while (value >= 999.5 && unit + 1 < unit_count) {
		value /= 1000;
		unit++;
	}
	return cell("%.*f %s", unit == 0 && first <= 1 ? 0 : digits_after_point(value), value,
		    units[unit]);
}

static struct cell rate_cell(double bps)
{
	static const char *const units[] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s"};

	return isfinite(bps) ? scaled(bps, 1, units, SB_ARRAY_LEN(units)) : cell("-");
}

static struct cell bytes_cell(uint64_t bytes)
{
	static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};

	return scaled((double)bytes, 1, units, SB_ARRAY_LEN(units));
}

static struct cell ms_cell(bool known, double ms)
{
	return known && isfinite(ms) ? cell("%.*f ms", fabs(ms) < 99.995 ? 2 : 1, ms) : cell("-");
}

static struct cell loss_cell(double fraction)
{
	if (!isfinite(fraction))
		return cell("-");
	return cell("%.*f %%", fraction >= 0.1 ? 1 : fraction >= 0.001 ? 2 : 4, fraction * 100);
}

/* The word is always there; colour only underlines it. */
static const char *verdict_colour(enum sb_verdict v)
{
	return v == SB_PASS ? "32" : v == SB_WARN ? "33" : "31";
}

static void print_coloured(FILE *to, bool colour, const char *code, const char *word)
{
	if (colour)
		fprintf(to, "\033[1;%sm%s\033[0m", code, word);
	else
		fputs(word, to);
}

static void print_clean(FILE *to, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	fputs(clean, to);
}

static void print_cut_off(FILE *to, const struct sb_report *r, double planned_s)
{
	time_t at = (time_t)r->cut_off_unix_s;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&at, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	fprintf(to, "\ncut off after %.1f s of %.1f s (at %s): ", r->measured_s, planned_s, text);
	print_clean(to, r->cut_off);
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
	print_clean(to, kernel);
	fputs(", configuration ", to);
	print_clean(to, config);
}

static void print_head(FILE *to, const struct sb_report *r)
{
	const struct sb_plan *plan = r->plan;
	double planned_s = (double)plan->duration_ns / 1e9;

	print_clean(to, plan->name);
	if (plan->about && *plan->about) {
		fputs(": ", to);
		print_clean(to, plan->about);
	}
	print_clock(to, r);
	fprintf(to, "\nengine %s, path %s, links by %s", r->engine_kind, sb_path_name(plan->path),
		r->link_backend);
	if (r->backend_why && *r->backend_why) {
		/* Often a long sentence about this kernel: on a line of its own. */
		fprintf(to, "\nwhy %s: ", r->link_backend);
		print_clean(to, r->backend_why);
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

static void print_dir(struct sb_text_table *t, const struct sb_report *r, size_t link,
		      enum sb_dir dir, bool colour)
{
	const struct sb_dir_result *d = &r->result->links[link][dir];
	const struct sb_quantiles *asked = &d->configured_delay_ms, *got = &d->delay_ms;
	char client[SB_NAME_MAX], name[SB_NAME_MAX + 8];
	bool shaped = d->configured_rate_bps > 0;
	struct cell got_rate = isfinite(d->rate_bps) ? rate_cell(d->rate_bps)
						     : cell("%s", shaped ? "not filled" : "-");

	snprintf(name, sizeof(name), "%s %s", sb_node_name(client, link + 1), sb_dir_name(dir));
	sb_text_cell(t, "%s", name);
	sb_text_cell(t, "configured %9s", ms_cell(asked->count, asked->p50).s);
	sb_text_cell(t, "%s", ms_cell(asked->count, asked->p99).s);
	sb_text_cell(t, "%s", loss_cell(d->configured_loss).s);
	sb_text_cell(t, "%s", shaped ? rate_cell(d->configured_rate_bps).s : "unlimited");
	sb_text_end(t);
	sb_text_cell(t, "%s", "");
	sb_text_cell(t, "measured %11s", ms_cell(got->count, got->p50).s);
	sb_text_cell(t, "%s", ms_cell(got->count, got->p99).s);
	sb_text_cell(t, "%s", loss_cell(d->loss).s);
	sb_text_cell(t, "%s", got_rate.s);
	sb_text_cell(t, "%" PRIu64, d->sent);
	sb_text_cell(t, colour ? "\033[1;%sm%s\033[0m" : "%.0s%s", verdict_colour(d->verdict),
		     sb_verdict_name(d->verdict));
}

static enum sb_verdict link_verdict(const struct sb_report *r, size_t link)
{
	const struct sb_dir_result *d = r->result->links[link];

	return d[SB_UP].verdict > d[SB_DOWN].verdict ? d[SB_UP].verdict : d[SB_DOWN].verdict;
}

static void print_link(struct sb_text_table *t, const struct sb_report *r, size_t link, bool colour)
{
	print_dir(t, r, link, SB_UP, colour);
	print_dir(t, r, link, SB_DOWN, colour);
}

/* More links than fit: those that are not all right come first, the rest is counted. */
static void print_many_links(struct sb_text_table *t, const struct sb_report *r, bool colour)
{
	size_t i, shown = 0, more[SB_INVALID + 1] = {0};
	int verdict;

	for (verdict = SB_INVALID; verdict >= SB_PASS; verdict--)
		for (i = 0; i < r->result->link_count; i++) {
			if ((int)link_verdict(r, i) != verdict)
				continue;
			if (shown < MAX_LINKS) {
				print_link(t, r, i, colour);
				shown++;
			} else {
				more[verdict]++;
			}
		}
	fprintf(t->to, "... %zu more links in run.json: %zu PASS, %zu WARN, %zu INVALID\n",
		r->result->link_count - shown, more[SB_PASS], more[SB_WARN], more[SB_INVALID]);
}

/* "one beam down: 20.0 Mbit/s for 2 clients: client1 61 %, client2 39 % of what it carried" */
static void print_shared(FILE *to, const struct sb_report *r, enum sb_dir dir)
{
	size_t told = 0, sharers = 0;
	char client[SB_NAME_MAX];

	for (size_t i = 0; i < r->result->link_count; i++) {
		const struct sb_dir_result *d = &r->result->links[i][dir];

		if (d->sharers < 2)
			continue;
		if (!told++) {
			uint64_t asked = r->plan->links[i].dir[dir].initial.rate_bps;

			sharers = d->sharers;
			fprintf(to, "one beam %s: %s for %zu clients", sb_dir_name(dir),
				rate_cell((double)asked).s, sharers);
			if (!isfinite(d->share))
				break;
		}
		if (told <= MAX_LINKS)
			fprintf(to, "%s %s %.0f %%", told > 1 ? "," : ":",
				sb_node_name(client, i + 1), 100 * d->share);
	}
	if (told && told < sharers)
		fputs(", no traffic\n", to);
	else if (told)
		fprintf(to, "%s of its traffic\n", told > MAX_LINKS ? ", ..." : "");
}

static void print_links(FILE *to, const struct sb_report *r, bool colour)
{
	static const struct sb_text_column columns[] = {
	    {"LINK", 0, -NAME_MIN}, {"ONE-WAY DELAY p50", 1, 20},
	    {"p99", 1, 11},	    {"LOSS", 1, 10},
	    {"RATE", 1, 13},	    {"PACKETS", 1, 9},
	    {"VERDICT", 2, 0}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	size_t i;

	if (r->result->link_count == 0)
		return;
	fputc('\n', to);
	sb_text_head(&t, NULL);
	if (r->result->link_count > MAX_LINKS)
		print_many_links(&t, r, colour);
	for (i = 0; r->result->link_count <= MAX_LINKS && i < r->result->link_count; i++)
		print_link(&t, r, i, colour);
	print_shared(to, r, SB_UP);
	print_shared(to, r, SB_DOWN);
}

static struct cell flow_name(const struct sb_report *r, size_t i)
{
	const struct sb_flow *flow = &r->plan->flows[i];
	char client[SB_NAME_MAX];

	return cell("%.31s %.8s %s", flow->name, sb_node_name(client, (size_t)flow->client + 1),
		    sb_dir_name((enum sb_dir)flow->dir));
}

static struct cell count_cell(int64_t count)
{
	return count < 0 ? cell("-") : cell("%" PRId64, count);
}

/* Retransmits by capture and by the kernel stand side by side; a difference is said, not shown. */
static void put_flow_losses(struct sb_text_table *t, const struct sb_flow_result *f,
			    const struct sb_flow *flow)
{
	bool differ = f->retransmits >= 0 && f->retransmits_tcp_info >= 0 &&
		      f->retransmits != f->retransmits_tcp_info;

	if (sb_report_is_udp(flow, f))
		sb_text_cell(t, "%" PRIu64 " of %" PRIu64 " lost (%s)", f->lost, f->packets,
			     loss_cell(f->packets ? (double)f->lost / (double)f->packets : NAN).s);
	else
		sb_text_cell(t, "%s / %s%s", count_cell(f->retransmits).s,
			     count_cell(f->retransmits_tcp_info).s, differ ? " differ" : "");
}

static void print_transfer(FILE *to, const struct sb_flow_outcome *o)
{
	if (o->damaged_at >= 0)
		fprintf(to, "  DAMAGED from byte %" PRId64 " on", o->damaged_at);
	else if (o->complete)
		fprintf(to, "  complete and verified after %.2f s", o->completion_s);
	else
		fprintf(to, "  INCOMPLETE, %s arrived", bytes_cell((uint64_t)o->arrived_bytes).s);
	fprintf(to, "; %" PRId64 " connection%s", o->attempts, o->attempts == 1 ? "" : "s");
	if (o->wasted_bytes)
		fprintf(to, ", %s retransmitted", bytes_cell((uint64_t)o->wasted_bytes).s);
	fputc('\n', to);
}

static void print_latencies(FILE *to, const struct sb_flow_outcome *o)
{
	fprintf(to, "  %" PRId64 " of %" PRId64 " answered, %" PRId64 " timed out; latency",
		o->answered, o->asked, o->timeouts);
	for (size_t i = 0; i < SB_LATENCIES; i++)
		fprintf(to, " %s %s%s", i == 4 ? "p99.9" : sb_latency_names[i],
			ms_cell(true, o->latency_ms[i]).s, i + 1 < SB_LATENCIES ? "," : "\n");
}

static void print_exec_end(FILE *to, const char *who, const struct sb_exec_outcome *e)
{
	fprintf(to, "%s ", who);
	if (!e->started)
		fputs("not started", to);
	else if (e->error)
		fputs("could not be run", to);
	else if (!e->ended)
		fputs("did not end", to);
	else if (e->stopped)
		fprintf(to, "stopped after %.1f s", e->seconds);
	else if (e->signal >= 0)
		fprintf(to, "ended by signal %d after %.1f s", e->signal, e->seconds);
	else
		fprintf(to, "exit status %d after %.1f s", e->status, e->seconds);
	if (e->started)
		fprintf(to, " (%s)", e->log);
}

static void print_interop(FILE *to, const struct sb_flow_outcome *o, const struct sb_flow *flow)
{
	fprintf(to, "  interop, test case %s: %s", flow->testcase,
		sb_interop_result_name(o->interop));
	if (o->complete)
		fprintf(to, ", %u file%s of %s in %.2f s, %s", flow->file_count,
			flow->file_count == 1 ? "" : "s", bytes_cell((int64_t)flow->size_bytes).s,
			o->completion_s,
			rate_cell(8 * (double)flow->size_bytes / o->completion_s).s);
	fputc('\n', to);
}

static void print_outcome(FILE *to, const struct sb_flow_outcome *o, const struct sb_flow *flow)
{
	switch (o->kind) {
	case SB_FLOW_FILE:
		print_transfer(to, o);
		break;
	case SB_FLOW_RR:
		print_latencies(to, o);
		break;
	case SB_FLOW_EXEC:
		fputs("  ", to);
		print_exec_end(to, "client", &o->client);
		fputs(", ", to);
		print_exec_end(to, "server", &o->server);
		fputc('\n', to);
		if (o->interop)
			print_interop(to, o, flow);
		break;
	case SB_FLOW_BULK:
	case SB_FLOW_STREAM:
	case SB_FLOW_SESSION:
		break;
	}
}

static void print_flow(struct sb_text_table *t, const struct sb_report *r, size_t i)
{
	FILE *to = t->to;
	const struct sb_flow_result *f = &r->result->flows[i];
	const struct sb_quantiles *rtt = &f->rtt_ms;

	sb_text_cell(t, "%s", flow_name(r, i).s);
	sb_text_cell(t, "%s", bytes_cell(f->bytes).s);
	sb_text_cell(t, "%s", rate_cell(f->goodput_bps).s);
	sb_text_cell(t, "%s", ms_cell(rtt->count, rtt->p50).s);
	sb_text_cell(t, "%s", ms_cell(rtt->count, rtt->p95).s);
	sb_text_cell(t, "%s", ms_cell(rtt->count, rtt->p99).s);
	put_flow_losses(t, f, &r->plan->flows[i]);
	if (r->outcomes)
		print_outcome(to, &r->outcomes[i], &r->plan->flows[i]);
	if (r->result->flow_count <= MAX_DETAILED)
		sb_report_flow_text(to, f, &r->plan->flows[i]);
	if (r->flow_errors && r->flow_errors[i]) {
		fputs("  error: ", to);
		print_clean(to, r->flow_errors[i]);
		fputc('\n', to);
	}
}

/* A flow that went wrong is shown however many there are. */
static bool is_shown(const struct sb_report *r, size_t i)
{
	return i < MAX_FLOWS || (r->flow_errors && r->flow_errors[i]);
}

static void print_flows(FILE *to, const struct sb_report *r)
{
	struct sb_text_column columns[] = {{"FLOW", 0, -NAME_MIN},
					   {"PAYLOAD", 1, 8},
					   {"GOODPUT", 1, 11},
					   {"RTT p50", 1, 10},
					   {"p95", 1, 10},
					   {"p99", 1, 10},
					   {"RETRANSMITS pcap/TCP_INFO", 2, 0}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	size_t i, len, more = 0, count = r->result->flow_count;
	int width = NAME_MIN;

	if (count == 0)
		return;
	for (i = 0; i < count; i++) {
		len = strlen(flow_name(r, i).s);
		if ((int)len > width)
			width = (int)len;
		more += !is_shown(r, i);
	}
	columns[0].width = -width;
	fputc('\n', to);
	sb_text_head(&t, NULL);
	for (i = 0; i < count; i++)
		if (is_shown(r, i))
			print_flow(&t, r, i);
	if (more > 0)
		fprintf(to, "... %zu more flows in run.json\n", more);
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

static struct cell value_cell(const struct sb_report *r, const struct sb_expect_result *e)
{
	if (!e->known)
		return cell("not measured");
	if (e->expect->word[0])
		return cell("%s", sb_verdict_name(r->result->verdict));
	switch (sb_report_unit(e->expect->what)) {
	case SB_UNIT_RATE:
		return rate_cell(e->value);
	case SB_UNIT_FRACTION:
		return loss_cell(e->value);
	case SB_UNIT_MS:
		return ms_cell(true, e->value);
	case SB_UNIT_COUNT:
		break;
	}
	return cell("%.15g", e->value);
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
		print_clean(to, e->expect->what);
		fputc(' ', to);
		print_clean(to, e->expect->text);
		fprintf(to, ": %s, ", value_cell(r, e).s);
		print_coloured(to, colour, e->met ? "32" : "31", e->met ? "met" : "FAILED");
		fputc('\n', to);
	}
	free(results);
}

static void print_verdict(FILE *to, const struct sb_report *r, bool colour)
{
	const struct sb_reasons *why = &r->result->reasons;
	size_t i, shown = why->count < MAX_REASONS ? why->count : MAX_REASONS;

	fputs("verdict ", to);
	print_coloured(to, colour, verdict_colour(r->result->verdict),
		       sb_verdict_name(r->result->verdict));
	fputc('\n', to);
	for (i = 0; i < shown; i++) {
		fputs("  - ", to);
		print_clean(to, why->text[i]);
		fputc('\n', to);
	}
	if (shown < why->count)
		fprintf(to, "  ... %zu more reasons in run.json\n", why->count - shown);
}

void sb_report_text(FILE *to, const struct sb_report *r, bool colour)
{
	print_head(to, r);
	print_links(to, r, colour);
	sb_report_event_text(to, r);
	print_flows(to, r);
	sb_report_replay_text(to, r);
	sb_report_session_text(to, r);
	sb_report_split_text(to, r);
	print_captures(to, r);
	sb_report_host_baseline_text(to, r);
	if (r->directory) {
		fputs("results: ", to);
		print_clean(to, r->directory);
		fputc('\n', to);
	}
	fputc('\n', to);
	print_verdict(to, r, colour);
	print_expects(to, r, colour);
}
