/* SPDX-License-Identifier: MIT */
/* rows.c - what every flow did in every interval, as CSV, while the capture is read */
#include "rows.h"

#include <inttypes.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "show.h"

/* So many flows in one interval; then it is cut in two. */
#define MAX_TOUCHED 4096

void sb_rows_begin(struct sb_rows *r, FILE *to, int64_t interval_ns)
{
	*r = (struct sb_rows){.to = to, .interval_ns = interval_ns, .end_ns = INT64_MIN};
	fputs("time_s,proto,client,server,direction,packets,payload_bytes,goodput_bytes,"
	      "goodput_bps,retransmits,rtt_ms\n",
	      to);
}

static void write_half(const struct sb_rows *r, struct sb_live_flow *f, int end)
{
	const struct sb_half *h = &f->half[end];
	struct sb_row *before = &f->rows[end], now;
	char client[SB_FLOW_ANALYSIS_END_MAX], server[SB_FLOW_ANALYSIS_END_MAX];
	uint64_t samples, goodput;

	now = (struct sb_row){h->sum.packets,	  h->sum.payload, h->sum.goodput_bytes,
			      h->sum.retransmits, h->rtt_count,	  h->rtt_sum_ns};
	samples = now.rtt_count - before->rtt_count;
	goodput = now.goodput - before->goodput;
	if (now.packets != before->packets || samples) {
		sb_followed_end(f, f->first, client);
		sb_followed_end(f, !f->first, server);
		fprintf(r->to,
			"%.3f,%s,%s,%s,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.0f,%" PRIu64 ",",
			(double)(r->end_ns - r->interval_ns) / SB_NS_PER_S, sb_proto_name(f->proto),
			client, server, end == f->first ? "to-server" : "to-client",
			now.packets - before->packets, now.payload - before->payload, goodput,
			8.0 * (double)goodput * SB_NS_PER_S / (double)r->interval_ns,
			now.retransmits - before->retransmits);
		if (samples)
			fprintf(r->to, "%.3f",
				(double)(now.rtt_sum_ns - before->rtt_sum_ns) / (double)samples /
				    SB_NS_PER_MS);
		fputc('\n', r->to);
	}
	*before = now;
}

static void write_interval(struct sb_rows *r)
{
	for (size_t i = 0; i < r->count; i++) {
		write_half(r, r->flows[i], r->flows[i]->first);
		write_half(r, r->flows[i], !r->flows[i]->first);
		r->flows[i]->in_row = false;
	}
	r->count = 0;
}

void sb_rows_time(struct sb_rows *r, int64_t t_ns)
{
	int64_t past;

	if (t_ns < r->end_ns)
		return;
	write_interval(r);
	past = t_ns % r->interval_ns;
	if (past < 0)
		past += r->interval_ns;
	r->end_ns = t_ns - past + r->interval_ns;
}

void sb_rows_touch(struct sb_rows *r, struct sb_live_flow *f)
{
	if (f->in_row)
		return;
	if (r->count == MAX_TOUCHED)
		write_interval(r);
	if (!f->rows)
		f->rows = sb_alloc(2, sizeof(*f->rows));
	f->in_row = true;
	r->flows = sb_grow(r->flows, r->count, &r->room, sizeof(struct sb_live_flow *));
	r->flows[r->count++] = f;
}

void sb_rows_end(struct sb_rows *r)
{
	write_interval(r);
	free(r->flows);
	r->flows = NULL;
}
