/* SPDX-License-Identifier: MIT */
/* pair_text.c - two captures matched, for people */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "satbed/flow_analysis_pair.h"
#include "show.h"

static void show_end(const struct sb_pair_flow *f, int end, bool second,
		     char text[SB_FLOW_ANALYSIS_END_MAX])
{
	sb_show_end(f->ip_version, second ? f->addr_at_second[end] : f->addr[end],
		    second ? f->port_at_second[end] : f->port[end], text);
}

static void print_dir(const struct sb_pair *p, const struct sb_pair_flow *f, int end,
		      const char *const names[2], FILE *to)
{
	const struct sb_pair_dir *d = &f->dir[end];
	char from[SB_FLOW_ANALYSIS_END_MAX], there[SB_FLOW_ANALYSIS_END_MAX];

	if (!d->sent && !d->unmatched)
		return;
	show_end(f, end, false, from);
	fprintf(to, "    from %s", from);
	show_end(f, end, true, there);
	if (f->translated && strcmp(from, there))
		fprintf(to, " (%s there)", there);
	fprintf(to, ", towards %s: %" PRIu64 " sent, %" PRIu64 " lost", names[d->from_first],
		d->sent, d->lost);
	if (d->sent)
		fprintf(to, " (%.2f %%)", 100.0 * (double)d->lost / (double)d->sent);
	if (d->reordered)
		fprintf(to, ", %" PRIu64 " reordered", d->reordered);
	if (d->duplicated)
		fprintf(to, ", %" PRIu64 " duplicated", d->duplicated);
	if (d->unmatched)
		fprintf(to, ", %" PRIu64 " more arrived that the other capture missed",
			d->unmatched);
	fputc('\n', to);
	if (d->delay.count)
		fprintf(to, "        one way p50 %.2f, p95 %.2f, p99 %.2f ms (%.2f to %.2f)%s\n",
			d->delay.p50_ms, d->delay.p95_ms, d->delay.p99_ms, d->delay.min_ms,
			d->delay.max_ms, p->offset_ns ? ", assuming equal one-way delays" : "");
}

void sb_pair_print(const struct sb_pair *p, const char *const names[2], size_t max_flows, FILE *to)
{
	size_t n = max_flows && max_flows < p->flow_count ? max_flows : p->flow_count;

	for (int i = 0; i < 2; i++) {
		fprintf(to, "%s: %s, %" PRIu64 " packets\n", names[i], p->facts[i].format,
			p->facts[i].records);
		if (p->facts[i].damage[0])
			fprintf(to, "warning: %s is %s\n", names[i], p->facts[i].damage);
		if (p->facts[i].dropped)
			fprintf(to,
				"warning: the program that wrote %s missed %" PRIu64
				" packets, which look lost or unknown\n",
				names[i], p->facts[i].dropped);
	}
	fprintf(to, "%" PRIu64 " packets in both", p->matched);
	if (p->translated)
		fputs("; addresses are translated between them", to);
	fputc('\n', to);
	if (p->offset_ns)
		fprintf(to,
			"warning: the clocks differ: the second is %.3f ms ahead if both ways take "
			"equally long; sums of both ways are right, one-way delays are not\n",
			(double)p->offset_ns / SB_NS_PER_MS);
	if (p->gave_up)
		fprintf(to,
			"warning: %" PRIu64
			" packets were dropped from memory before %lld s were over\n",
			p->gave_up, (long long)(SB_PAIR_WAIT_NS / SB_NS_PER_S));
	for (size_t i = 0; i < n; i++) {
		const struct sb_pair_flow *f = &p->flows[i];
		char a[SB_FLOW_ANALYSIS_END_MAX], b[SB_FLOW_ANALYSIS_END_MAX];

		show_end(f, 0, false, a);
		show_end(f, 1, false, b);
		fprintf(to, "\n%s %s - %s\n", f->quic ? "quic" : sb_proto_name(f->proto), a, b);
		print_dir(p, f, 0, names, to);
		print_dir(p, f, 1, names, to);
	}
	if (n < p->flow_count)
		fprintf(to, "\n%zu more flows, with fewer packets each; --all shows them\n",
			p->flow_count - n);
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * By how many bytes two connections of the same time differ, or UINT64_MAX where nothing says that
 * they carry the same: a beginning in common, or, where none was captured, lengths within 1 %. What
 * the relay still holds when the capture ends makes the lengths differ.
 */
static uint64_t difference(const struct sb_flow_analysis_flow *a,
			   const struct sb_flow_analysis_flow *b)
{
	uint64_t bytes = 0, total = 0;
	bool same_head = false;

	if (a->proto != 6 || b->proto != 6 || a->first_ns > b->last_ns || b->first_ns > a->last_ns)
		return UINT64_MAX;
	for (int d = 0; d < 2; d++) {
		const struct sb_flow_analysis_dir *x = &a->dir[d], *y = &b->dir[d];

		if (x->head && y->head && x->head != y->head)
			return UINT64_MAX;
		same_head |= x->head && y->head;
		bytes += apart(x->goodput_bytes, y->goodput_bytes);
		total += x->goodput_bytes;
	}
	return same_head || (total && bytes <= total / 100) ? bytes : UINT64_MAX;
}

static const struct sb_flow_analysis_flow *find_other_leg(const struct sb_flow_analysis_flow *a,
							  const struct sb_flow_analysis *in)
{
	const struct sb_flow_analysis_flow *best = NULL;
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < in->flow_count; i++) {
		uint64_t bytes = difference(a, &in->flows[i]);

		if (bytes >= least)
			continue;
		least = bytes;
		best = &in->flows[i];
	}
	return best;
}

static void print_leg(const struct sb_flow_analysis_flow *f, const char *name, FILE *to)
{
	char client[SB_FLOW_ANALYSIS_END_MAX], server[SB_FLOW_ANALYSIS_END_MAX];

	sb_flow_analysis_end(f, 0, client);
	sb_flow_analysis_end(f, 1, server);
	fprintf(to, "    %s: %s > %s", name, client, server);
	for (int d = 0; d < 2; d++) {
		const struct sb_handshake *h = &f->dir[d].syn;

		if (!h->seen)
			continue;
		fprintf(to, "; %s mss %d, %s, %s, %s", d ? "SYN-ACK" : "SYN", h->mss,
			h->window_scale >= 0 ? "window scale" : "no window scale",
			h->sack ? "sack" : "no sack",
			h->timestamps ? "timestamps" : "no timestamps");
	}
	for (int d = 0; d < 2; d++) {
		const struct sb_flow_analysis_dir *x = &f->dir[d];

		if (!x->goodput_bytes)
			continue;
		fprintf(to, "\n        %s %" PRIu64 " bytes, %" PRIu64 " retransmits",
			d ? "to client" : "to server", x->goodput_bytes, x->retransmits);
		if (x->rtt.count)
			fprintf(to, ", RTT p50 %.2f ms", x->rtt.p50_ms);
	}
	fputc('\n', to);
}

void sb_pair_split_print(const struct sb_flow_analysis flow_analyses[2], const char *const names[2],
			 FILE *to)
{
	size_t found = 0;

	fprintf(to,
		"%s and %s have no packets in common: something between them ends connections and "
		"opens its own, as slirp and TCP proxies do.\n",
		names[0], names[1]);
	for (size_t i = 0; i < flow_analyses[0].flow_count; i++) {
		const struct sb_flow_analysis_flow *a = &flow_analyses[0].flows[i];
		const struct sb_flow_analysis_flow *b = find_other_leg(a, &flow_analyses[1]);

		if (!b)
			continue;
		if (!found++)
			fputs("Connections that carry the same bytes at the same time:\n", to);
		fputc('\n', to);
		print_leg(a, names[0], to);
		print_leg(b, names[1], to);
		fprintf(to, "    the second begins %.3f ms after the first\n",
			(double)(b->first_ns - a->first_ns) / SB_NS_PER_MS);
	}
	if (!found)
		fputs("Nor do two connections in them carry the same bytes at the same time.\n",
		      to);
}
