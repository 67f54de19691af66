/* SPDX-License-Identifier: MIT */
/* text.c - a flow_analysis for people */
#include <inttypes.h>
#include <time.h>

#include "satbed/base/clock.h"
#include "satbed/base/units.h"
#include "show.h"

static double seconds_of(int64_t from_ns, int64_t to_ns)
{
	return (double)(to_ns - from_ns) / SB_NS_PER_S;
}

/* 1000-fold steps, three digits. */
static void show_scaled(char *text, size_t size, double v, const char *const units[5])
{
	int i = 0;

	while (v >= 999.5 && i < 4) {
		v /= 1000;
		i++;
	}
	snprintf(text, size, "%.*f %s", !i || v >= 99.95 ? 0 : v >= 9.995 ? 1 : 2, v, units[i]);
}

static void show_bytes(char *text, size_t size, uint64_t bytes)
{
	static const char *const units[5] = {"B", "kB", "MB", "GB", "TB"};

	show_scaled(text, size, (double)bytes, units);
}

static void show_rate(char *text, size_t size, double bps)
{
	static const char *const units[5] = {"bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"};

	show_scaled(text, size, bps, units);
}

static void print_date(int64_t t_ns, FILE *to)
{
	time_t s = (time_t)(t_ns / SB_NS_PER_S);
	char text[64];
	struct tm tm;

	if (gmtime_r(&s, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm))
		fprintf(to, ", from %s", text);
}

static void print_times(const struct sb_flow_analysis *s, FILE *to)
{
	if (s->facts.untimed && s->facts.untimed == s->packets)
		fputs(
		    "note: the packets carry no times (pcapng Simple Packet Blocks): no rates, no "
		    "durations\n",
		    to);
	else if (s->facts.untimed)
		fprintf(to,
			"note: %" PRIu64 " packets carry no time and are given that of the packet "
			"before them\n",
			s->facts.untimed);
	if (s->facts.odd_times)
		fprintf(to,
			"note: %" PRIu64
			" packets have an invalid time, with a fraction of a second "
			"that is not below 1\n",
			s->facts.odd_times);
}

static void print_head(const struct sb_flow_analysis *s, const char *name, FILE *to)
{
	char bytes[SB_LINKTYPE_NAME_MAX];

	show_bytes(bytes, sizeof(bytes), s->wire_bytes);
	fprintf(to, "%s: %s, %" PRIu64 " packets, %s on the wire", name, s->facts.format,
		s->packets, bytes);
	if (s->packets && s->facts.untimed < s->packets) {
		fprintf(to, " in %.3f s", seconds_of(s->first_ns, s->last_ns));
		print_date(s->first_ns, to);
	}
	fputc('\n', to);
	print_times(s, to);
	if (s->facts.damage[0])
		fprintf(to, "warning: the file is %s; results cover what comes before\n",
			s->facts.damage);
	if (s->facts.dropped)
		fprintf(to,
			"warning: the capturing program missed %" PRIu64
			" packets; counts below do not include these\n",
			s->facts.dropped);
	if (s->facts.backwards)
		fprintf(to,
			"note: %" PRIu64 " packets carry a time before that of the packet before "
			"them\n",
			s->facts.backwards);
	if (s->undecoded)
		fprintf(to, "note: of %" PRIu64 " packets too little was captured\n", s->undecoded);
	if (s->unknown_link)
		fprintf(to, "note: %" PRIu64 " packets of link types that are not read, like %s\n",
			s->unknown_link, sb_linktype_name(s->unknown_linktype, bytes));
	if (s->not_ip || s->fragments)
		fprintf(to,
			"not in a flow: %" PRIu64 " frames that are not IP; without ports: %" PRIu64
			" later fragments\n",
			s->not_ip, s->fragments);
	if (s->other.flows)
		fprintf(to,
			"note: %" PRIu64 " flows were dropped from memory, with %" PRIu64
			" packets and %" PRIu64 " retransmits together\n",
			s->other.flows, s->other.packets, s->other.retransmits);
}

static void print_syn(const struct sb_handshake *h, const char *name, FILE *to)
{
	if (!h->seen)
		return;
	fprintf(to, "    %s:", name);
	if (h->mss >= 0)
		fprintf(to, " mss %d", h->mss);
	else
		fputs(" no mss", to);
	if (h->window_scale >= 0)
		fprintf(to, ", window scale %d", h->window_scale);
	else
		fputs(", no window scale", to);
	fprintf(to, ", %s, %s%s\n", h->sack ? "sack" : "no sack",
		h->timestamps ? "timestamps" : "no timestamps", h->ecn ? ", ecn" : "");
}

static void print_count(uint64_t n, const char *what, FILE *to)
{
	if (n)
		fprintf(to, ", %s %" PRIu64, what, n);
}

static void print_rtt(const struct sb_flow_analysis_spread *s, const char *how, FILE *to)
{
	if (s->count)
		fprintf(to,
			"              RTT %s p50 %.2f, p95 %.2f, p99 %.2f ms (%" PRIu64
			" samples)\n",
			how, s->p50_ms, s->p95_ms, s->p99_ms, s->count);
}

static void print_quic(const struct sb_flow_analysis_quic *q, FILE *to)
{
	char text[SB_QUIC_VERSION_MAX];

	fprintf(to, "    QUIC %s",
		sb_quic_version_name(q->version ? q->version : q->client_version, text));
	if (q->version && q->version != q->client_version)
		fprintf(to, " (the client asked for %s)",
			sb_quic_version_name(q->client_version, text));
	if (q->handshake_ns != SB_QUIC_UNKNOWN)
		fprintf(to, ", handshake %.2f ms", (double)q->handshake_ns / SB_NS_PER_MS);
	if (q->round_trip_ns != SB_QUIC_UNKNOWN)
		fprintf(to, ", RTT of the handshake %.2f ms",
			(double)q->round_trip_ns / SB_NS_PER_MS);
	if (q->retry)
		fputs(", Retry", to);
	if (q->negotiation)
		fputs(", Version Negotiation", to);
	print_count(q->zero_rtt, "0-RTT datagrams", to);
	print_count(q->coalesced, "coalesced datagrams", to);
	fprintf(to, ", spin bit %s\n", q->spins ? "in use" : "not in use");
}

static void print_dir(const struct sb_flow_analysis_flow *f, int i, FILE *to)
{
	const struct sb_flow_analysis_dir *d = &f->dir[i];
	double seconds = seconds_of(f->first_ns, f->last_ns);
	char bytes[32], rate[32], unseen[32];

	if (!d->packets)
		return;
	show_bytes(bytes, sizeof(bytes), d->goodput_bytes);
	fprintf(to, "    %s %s in %" PRIu64 " packets", i ? "to client" : "to server", bytes,
		d->packets);
	if (seconds > 0 && d->goodput_bytes) {
		show_rate(rate, sizeof(rate), 8 * (double)d->goodput_bytes / seconds);
		fprintf(to, ", %s", rate);
	}
	print_count(d->retransmits, "retransmits", to);
	if (d->retransmits && (d->lost_before || d->spurious))
		fprintf(to, " (%" PRIu64 " lost before this point, %" PRIu64 " spurious)",
			d->lost_before, d->spurious);
	print_count(d->reordered, "reordered", to);
	print_count(d->duplicates, "duplicated", to);
	print_count(d->dup_acks, "duplicate ACKs", to);
	print_count(d->zero_windows, "zero windows", to);
	if (d->unseen) {
		show_bytes(unseen, sizeof(unseen), d->unseen);
		fprintf(to, ", %s acknowledged but not captured", unseen);
	}
	if (d->rst)
		fputs(", reset", to);
	fputc('\n', to);
	print_rtt(&d->rtt, f->quic.known ? "from the spin bit" : "from ACKs", to);
	print_rtt(&d->ts_rtt, "from timestamps", to);
}

void sb_flow_analysis_print(const struct sb_flow_analysis *s, const char *name, size_t max_flows,
			    FILE *to)
{
	size_t n = max_flows && max_flows < s->flow_count ? max_flows : s->flow_count;

	print_head(s, name, to);
	for (size_t i = 0; i < n; i++) {
		const struct sb_flow_analysis_flow *f = &s->flows[i];
		char client[SB_FLOW_ANALYSIS_END_MAX], server[SB_FLOW_ANALYSIS_END_MAX];

		sb_flow_analysis_end(f, 0, client);
		sb_flow_analysis_end(f, 1, server);
		fprintf(to, "\n%s %s > %s, %.3f s%s\n", sb_flow_analysis_proto(f), client, server,
			seconds_of(f->first_ns, f->last_ns),
			f->proto == 6 && !f->saw_start ? ", under way when the capture began" : "");
		if (f->handshake_ns != INT64_MIN)
			fprintf(to, "    handshake RTT %.2f ms\n",
				(double)f->handshake_ns / SB_NS_PER_MS);
		if (f->quic.known)
			print_quic(&f->quic, to);
		print_syn(&f->dir[0].syn, "SYN", to);
		print_syn(&f->dir[1].syn, "SYN-ACK", to);
		print_dir(f, 0, to);
		print_dir(f, 1, to);
	}
	if (n < s->flow_count)
		fprintf(to, "\n%zu more flows, with less payload each; --all shows them\n",
			s->flow_count - n);
}
