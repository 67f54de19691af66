// SPDX-License-Identifier: MIT
/* session.c - what a report says of an application's session: as captured, and as replayed */
#include "report_priv.h"

#include <inttypes.h>
#include <math.h>
#include <netinet/in.h>

#include "report/json/put.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/text_table.h"

/* Of many flows the largest are shown; run.json has all. */
#define MAX_SHOWN 12
#define SECONDS	  1e9

static void add_known(struct sb_put *to, const char *key, int64_t value, double scale)
{
	sb_put_number(to, key, value < 0 ? NAN : (double)value / scale);
}

static double rate_bps(uint64_t bytes, double seconds)
{
	return seconds > 0 ? 8 * (double)bytes / seconds : NAN;
}

static void add_dir(struct sb_put *to, const struct sb_session_flow *f,
		    const struct sb_session_result *r, enum sb_dir dir)
{
	sb_put_object(to, sb_dir_name(dir));

	sb_put_number(to, "captured_bytes", (double)f->bytes[dir]);
	sb_put_number(to, "replayed_bytes", (double)r->arrived[dir]);
	sb_put_rounded(to, "captured_bps", rate_bps(f->bytes[dir], r->captured_s), 1);
	sb_put_rounded(to, "replayed_bps", rate_bps(r->arrived[dir], r->replayed_s), 1);
	if (f->proto == IPPROTO_TCP) {
		sb_put_number(to, "captured_retransmits", (double)f->again[dir]);
		add_known(to, "replayed_retransmits", r->retransmits[dir], 1);
		sb_put_end(to);
		return;
	}
	sb_put_number(to, "captured_datagrams", (double)r->datagrams[dir]);
	sb_put_number(to, "sent_datagrams", (double)r->sent[dir]);
	sb_put_number(to, "arrived_datagrams", (double)r->came[dir]);
	sb_put_quantiles(to, "delay_ms", &r->delay_ms[dir]);
	sb_put_end(to);
}

static void add_flow(struct sb_put *to, const struct sb_session_flow *f,
		     const struct sb_session_result *r)
{
	char client[SB_SESSION_END_MAX], server[SB_SESSION_END_MAX];

	sb_session_end(f, 0, client);
	sb_session_end(f, 1, server);
	sb_put_item(to, client);
	sb_put_word(to, "transport", f->proto == IPPROTO_TCP ? "tcp" : "udp");
	sb_put_word(to, "client", client);
	sb_put_word(to, "server", server);
	sb_put_number(to, "start_s", (double)f->start_ns / SECONDS);
	sb_put_number(to, "turns", (double)f->count);
	sb_put_bool(to, "concurrent", f->concurrent);
	sb_put_bool(to, "opened_by_server", f->opened_by_server);
	sb_put_bool(to, "saw_start", f->saw_start);
	sb_put_number(to, "unseen_bytes", (double)f->unseen);
	add_known(to, "rtt_to_client_ms", f->rtt_ns[0], 1e6);
	add_known(to, "rtt_to_server_ms", f->rtt_ns[1], 1e6);
	sb_put_bool(to, "complete", r->complete);
	sb_put_word(to, "error", r->error);
	sb_put_rounded(to, "captured_s", r->captured_s, SECONDS);
	sb_put_rounded(to, "replayed_s", r->replayed_s, SECONDS);
	add_dir(to, f, r, SB_UP);
	add_dir(to, f, r, SB_DOWN);
	if (f->proto == IPPROTO_TCP) {
		sb_put_quantiles(to, "captured_response_ms", &r->captured_ms);
		sb_put_quantiles(to, "replayed_response_ms", &r->replayed_ms);
	}
	sb_put_end(to);
}

void sb_report_session_json(struct sb_put *to, const struct sb_report *r)
{
	const struct sb_session *s = r->session;

	if (!s)
		return;
	sb_put_object(to, "session");
	sb_put_number(to, "records", (double)s->records);
	sb_put_number(to, "not_ip", (double)s->not_ip);
	sb_put_number(to, "unread", (double)s->unread);
	sb_put_number(to, "other_flows", (double)s->others);
	sb_put_number(to, "empty_flows", (double)s->empty);
	sb_put_number(to, "captured_s", (double)s->duration_ns / SECONDS);
	sb_put_list(to, "flows");
	for (size_t i = 0; i < s->flow_count; i++)
		add_flow(to, &s->flows[i], &r->session_results[i]);
	sb_put_end(to);
	sb_put_end(to);
}

static void put_ms(struct sb_text_table *t, const struct sb_quantiles *q, double ms)
{
	if (q->count)
		sb_text_cell(t, "%.1f ms", ms);
	else
		sb_text_cell(t, "-");
}

static void print_line(struct sb_text_table *t, const char *what, const uint64_t bytes[2],
		       double seconds, const struct sb_quantiles *q)
{
	sb_text_cell(t, "  %s", what);
	sb_text_cell(t, "%" PRIu64, bytes[SB_UP]);
	sb_text_cell(t, "%" PRIu64, bytes[SB_DOWN]);
	if (isfinite(seconds))
		sb_text_cell(t, "%.3f s", seconds);
	else
		sb_text_cell(t, "-");
	put_ms(t, q, q->p50);
	put_ms(t, q, q->p95);
	put_ms(t, q, q->p99);
}

static void print_connection(struct sb_text_table *t, const struct sb_session_flow *f,
			     const struct sb_session_result *r)
{
	print_line(t, "captured", f->bytes, r->captured_s, &r->captured_ms);
	sb_text_cell(t, "%" PRIu64, f->again[SB_UP] + f->again[SB_DOWN]);
	print_line(t, "replayed", r->arrived, r->replayed_s, &r->replayed_ms);
	if (r->retransmits[SB_UP] < 0 || r->retransmits[SB_DOWN] < 0)
		sb_text_cell(t, "-");
	else
		sb_text_cell(t, "%" PRId64, r->retransmits[SB_UP] + r->retransmits[SB_DOWN]);
}

static void print_datagrams(struct sb_text_table *t, const struct sb_session_flow *f,
			    const struct sb_session_result *r)
{
	static const struct sb_quantiles none;
	FILE *to = t->to;

	print_line(t, "captured", f->bytes, r->captured_s, &none);
	sb_text_end(t);
	print_line(t, "replayed", r->arrived, r->replayed_s, &none);
	sb_text_end(t);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		if (r->datagrams[dir]) {
			const struct sb_quantiles *q = &r->delay_ms[dir];

			fprintf(to, "  %s: %" PRIu64 " of %" PRIu64 " datagrams arrived",
				sb_dir_name((enum sb_dir)dir), r->came[dir], r->datagrams[dir]);
			if (q->count)
				fprintf(to, ", one way p50 %.2f, p95 %.2f, p99 %.2f ms", q->p50,
					q->p95, q->p99);
			fputc('\n', to);
		}
}

static void print_flow(struct sb_text_table *t, const struct sb_session_flow *f,
		       const struct sb_session_result *r)
{
	FILE *to = t->to;
	char client[SB_SESSION_END_MAX], server[SB_SESSION_END_MAX];
	bool tcp = f->proto == IPPROTO_TCP;

	sb_session_end(f, 0, client);
	sb_session_end(f, 1, server);
	fprintf(to, "%s %s > %s, %zu %s%s%s%s\n", tcp ? "tcp" : "udp", client, server, f->count,
		tcp ? "turn" : "datagram", f->count == 1 ? "" : "s",
		f->concurrent ? ", both ends at once" : "",
		tcp && !f->saw_start ? ", begun before the capture" : "");
	if (tcp)
		print_connection(t, f, r);
	else
		print_datagrams(t, f, r);
	if (!r->complete) {
		sb_auto_free char *clean = sb_clean(r->error ? r->error : "not known why");

		fprintf(to, "  INCOMPLETE: %s\n", clean);
	}
}

static uint64_t size_of(const struct sb_session_flow *f)
{
	return f->bytes[SB_UP] + f->bytes[SB_DOWN];
}

/* Those with the most payload. */
static bool is_shown(const struct sb_report *r, size_t i)
{
	const struct sb_session *s = r->session;
	size_t larger = 0;

	for (size_t k = 0; k < s->flow_count; k++)
		larger += size_of(&s->flows[k]) > size_of(&s->flows[i]) ||
			  (k < i && size_of(&s->flows[k]) == size_of(&s->flows[i]));
	return larger < MAX_SHOWN;
}

static void print_notes(FILE *to, const struct sb_report *r)
{
	const struct sb_session *s = r->session;

	for (int v6 = 0; v6 < 2; v6++)
		if (s->pivot[v6][0])
			fprintf(to, "  %s in the capture is the %s\n", s->pivot[v6],
				s->is_server[v6] ? "server" : "client");
	if (s->others + s->empty)
		fprintf(to,
			"  left out: %" PRIu64 " connections without payload, %" PRIu64
			" flows or packets of other hosts or to many\n",
			s->empty, s->others);
	if (s->not_ip + s->unread)
		fprintf(to,
			"  of its %" PRIu64 " packets %" PRIu64 " are no IP, %" PRIu64
			" neither TCP nor UDP with whole headers\n",
			s->records, s->not_ip, s->unread);
	if (s->damage[0]) {
		sb_auto_free char *clean = sb_clean(s->damage);

		fprintf(to, "  the capture is damaged, and read as far as it goes: %s\n", clean);
	}
}

void sb_report_session_text(FILE *to, const struct sb_report *r)
{
	static const struct sb_text_column columns[] = {
	    {"SESSION", 0, -14},   {"UP, BYTES", 1, 12}, {"DOWN, BYTES", 1, 12}, {"TIME", 1, 11},
	    {"ANSWER p50", 1, 10}, {"p95", 1, 10},	 {"p99", 1, 10},	 {"AGAIN", 1, 10}};
	struct sb_text_table t = {.to = to, .columns = columns, .count = SB_ARRAY_LEN(columns)};
	const struct sb_session *s = r->session;
	size_t complete = 0, shown = 0;

	if (!s)
		return;
	fputc('\n', to);
	sb_text_head(&t, NULL);
	for (size_t i = 0; i < s->flow_count; i++) {
		complete += r->session_results[i].complete;
		if (!is_shown(r, i))
			continue;
		shown++;
		print_flow(&t, &s->flows[i], &r->session_results[i]);
	}
	if (shown < s->flow_count)
		fprintf(to, "  %zu more flows are in run.json\n", s->flow_count - shown);
	fprintf(to, "  %zu of %zu flows complete\n", complete, s->flow_count);
	print_notes(to, r);
}
