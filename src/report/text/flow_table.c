// SPDX-License-Identifier: MIT
/* flow_table.c - the flows of a run, each with what its kind has to say below it */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "short.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

/* A screenful: what is more is counted here and complete in run.json. */
#define MAX_FLOWS    12
#define MAX_DETAILED 4 /* flows with lines of their own on why they are as they are */
#define NAME_MIN     14

static struct sb_short flow_name(const struct sb_report *r, size_t i)
{
	const struct sb_flow *flow = &r->plan->flows[i];
	char client[SB_NAME_MAX];

	return sb_short("%.31s %.8s %s", flow->name, sb_flow_client(client, r->plan, flow),
			sb_dir_name((enum sb_dir)flow->dir));
}

/* Retransmits by capture and by the kernel stand side by side; a difference is said, not shown. */
static void put_flow_losses(struct sb_text_table *t, const struct sb_flow_result *f,
			    const struct sb_flow *flow)
{
	bool differ = f->retransmits >= 0 && f->retransmits_tcp_info >= 0 &&
		      f->retransmits != f->retransmits_tcp_info;

	if (sb_report_is_udp(flow, f))
		sb_text_cell(
		    t, "%" PRIu64 " of %" PRIu64 " lost (%s)", f->lost, f->packets,
		    sb_short_loss(f->packets ? (double)f->lost / (double)f->packets : NAN).s);
	else
		sb_text_cell(t, "%s / %s%s", sb_short_count(f->retransmits).s,
			     sb_short_count(f->retransmits_tcp_info).s, differ ? " differ" : "");
}

static void print_transfer(FILE *to, const struct sb_flow_outcome *o)
{
	if (o->damaged_at >= 0)
		fprintf(to, "  DAMAGED from byte %" PRId64 " on", o->damaged_at);
	else if (o->complete)
		fprintf(to, "  complete and verified after %.2f s", o->completion_s);
	else
		fprintf(to, "  INCOMPLETE, %s arrived",
			sb_short_bytes((uint64_t)o->arrived_bytes).s);
	fprintf(to, "; %" PRId64 " connection%s", o->attempts, o->attempts == 1 ? "" : "s");
	if (o->wasted_bytes)
		fprintf(to, ", %s retransmitted", sb_short_bytes((uint64_t)o->wasted_bytes).s);
	fputc('\n', to);
}

static void print_latencies(FILE *to, const struct sb_flow_outcome *o)
{
	fprintf(to, "  %" PRId64 " of %" PRId64 " answered, %" PRId64 " timed out; latency",
		o->answered, o->asked, o->timeouts);
	for (size_t i = 0; i < SB_LATENCIES; i++)
		fprintf(to, " %s %s%s", i == 4 ? "p99.9" : sb_latency_names[i],
			sb_short_ms(true, o->latency_ms[i]).s, i + 1 < SB_LATENCIES ? "," : "\n");
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
			flow->file_count == 1 ? "" : "s",
			sb_short_bytes((int64_t)flow->size_bytes).s, o->completion_s,
			sb_short_rate(8 * (double)flow->size_bytes / o->completion_s).s);
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
	sb_text_cell(t, "%s", sb_short_bytes(f->bytes).s);
	sb_text_cell(t, "%s", sb_short_rate(f->goodput_bps).s);
	sb_text_cell(t, "%s", sb_short_ms(rtt->count, rtt->p50).s);
	sb_text_cell(t, "%s", sb_short_ms(rtt->count, rtt->p95).s);
	sb_text_cell(t, "%s", sb_short_ms(rtt->count, rtt->p99).s);
	put_flow_losses(t, f, &r->plan->flows[i]);
	if (r->outcomes)
		print_outcome(to, &r->outcomes[i], &r->plan->flows[i]);
	if (r->result->flow_count <= MAX_DETAILED)
		sb_report_flow_text(to, f, &r->plan->flows[i]);
	if (r->flow_errors && r->flow_errors[i]) {
		fputs("  error: ", to);
		sb_print_clean(to, r->flow_errors[i]);
		fputc('\n', to);
	}
}

/* A flow that went wrong is shown however many there are. */
static bool is_shown(const struct sb_report *r, size_t i)
{
	return i < MAX_FLOWS || (r->flow_errors && r->flow_errors[i]);
}

void sb_report_flow_table(FILE *to, const struct sb_report *r)
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
