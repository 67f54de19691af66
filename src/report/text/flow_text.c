// SPDX-License-Identifier: MIT
/* flow_text.c - the lines under a flow: why it sent again, how it came back, what held it up */
#include "report/report_priv.h"

#include <inttypes.h>
#include <math.h>

#include "satbed/pcap_quic.h"

static const char *const cause_words[] = {"link loss", "queue full", "outage", "spurious",
					  "unknown"};

static void print_quic(FILE *to, const struct sb_quic_result *q)
{
	char text[SB_QUIC_VERSION_MAX];

	fprintf(to, "  QUIC %s",
		sb_quic_version_name(q->version ? q->version : q->client_version, text));
	if (q->connections > 1)
		fprintf(to, ", %" PRIu64 " connections, the first", q->connections);
	if (!isnan(q->handshake_ms))
		fprintf(to, ": handshake %.1f ms", q->handshake_ms);
	if (!isnan(q->round_trip_ms))
		fprintf(to, ", its round trip %.1f ms", q->round_trip_ms);
	if (q->retry)
		fputs(", Retry", to);
	if (q->negotiation)
		fputs(", Version Negotiation", to);
	if (q->zero_rtt)
		fprintf(to, ", %" PRIu64 " 0-RTT datagrams", q->zero_rtt);
	if (q->coalesced)
		fprintf(to, ", %" PRIu64 " coalesced datagrams", q->coalesced);
	fprintf(to, "; spin bit %s\n", q->spins ? "in use" : "not in use");
}

static void print_mptcp(FILE *to, const struct sb_mptcp_result *m)
{
	bool any = false;

	for (size_t i = 0; i < SB_MAX_TERMINALS; i++) {
		const struct sb_mptcp_path *p = &m->path[i];

		if (!p->subflows)
			continue;
		fprintf(to, "%s %.3f MB over terminal %zu",
			any ? "," : "  MPTCP:", (double)p->bytes / 1e6, i + 1);
		if (p->subflows > 1)
			fprintf(to, " (%" PRIu32 " subflows)", p->subflows);
		any = true;
	}
	if (m->repeated)
		fprintf(to, "; %.3f MB of it more than once", (double)m->repeated / 1e6);
	fputc('\n', to);
}

static void print_datagrams(FILE *to, const struct sb_flow_result *f)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const struct sb_datagrams *d = &f->datagrams[dir];

		if (!d->sent)
			continue;
		fprintf(to, "  datagrams %s: %" PRIu64 " sent, %" PRIu64 " lost",
			sb_dir_name((enum sb_dir)dir), d->sent, d->lost);
		for (int i = 0, any = 0; i < SB_RETRANSMIT_CAUSES; i++)
			if (d->causes[i])
				fprintf(to, "%s%" PRIu64 " %s", any++ ? ", " : ": ", d->causes[i],
					cause_words[i]);
		fprintf(to, "; %.3f MB arrived\n", (double)d->bytes / 1e6);
	}
}

static void print_causes(FILE *to, const struct sb_flow_result *f, bool tcp)
{
	uint64_t sum = 0;

	for (int i = 0; i < SB_RETRANSMIT_CAUSES; i++)
		sum += f->causes[i];
	if (!sum)
		return;
	fprintf(to, "  %s", tcp ? "retransmit causes: " : "loss causes: ");
	for (int i = 0, any = 0; i < SB_RETRANSMIT_CAUSES; i++)
		if (f->causes[i])
			fprintf(to, "%s%" PRIu64 " %s", any++ ? ", " : "", f->causes[i],
				cause_words[i]);
	if (f->timeouts)
		fprintf(to, "; %" PRIu64 " by timeout (%" PRIu64 " spurious)", f->timeouts,
			f->spurious_timeouts);
	fputc('\n', to);
}

/* The worst of the outages stands for all: each is in run.json. */
static void print_recoveries(FILE *to, const struct sb_flow_result *f)
{
	double first_ms = 0, recovered_ms = 0;
	size_t silent = 0, slow = 0, judged = 0;

	if (!f->recovery_count)
		return;
	for (size_t i = 0; i < f->recovery_count; i++) {
		const struct sb_recovery *r = &f->recoveries[i];

		silent += isnan(r->first_byte_ms);
		first_ms = fmax(first_ms, isnan(r->first_byte_ms) ? 0 : r->first_byte_ms);
		if (isnan(r->before_bps))
			continue;
		judged++;
		slow += isnan(r->recovered_ms);
		recovered_ms = fmax(recovered_ms, isnan(r->recovered_ms) ? 0 : r->recovered_ms);
	}
	fprintf(to, "  after %zu outage%s: ", f->recovery_count, f->recovery_count == 1 ? "" : "s");
	if (silent < f->recovery_count)
		fprintf(to, "first new payload within %.0f ms", first_ms);
	if (silent)
		fprintf(to, "%sno new payload after %zu", silent < f->recovery_count ? ", " : "",
			silent);
	if (slow < judged)
		fprintf(to, "; 90 %% of the previous goodput within %.0f ms", recovered_ms);
	if (slow)
		fprintf(to, "; below 90 %% after %zu", slow);
	fputc('\n', to);
}

void sb_report_flow_text(FILE *to, const struct sb_flow_result *f, const struct sb_flow *flow)
{
	bool tcp = !sb_report_is_udp(flow, f);

	if (f->quic.connections)
		print_quic(to, &f->quic);
	if (f->mptcp.used)
		print_mptcp(to, &f->mptcp);
	if (flow->kind == SB_FLOW_EXEC)
		print_datagrams(to, f);
	/* The datagrams of programs have their causes above. */
	if (tcp ? f->retransmits >= 0 : flow->kind != SB_FLOW_EXEC)
		print_causes(to, f, tcp);
	print_recoveries(to, f);
	if (f->limits.text[0])
		fprintf(to, "  %s\n", f->limits.text);
}
