// SPDX-License-Identifier: MIT
/* session_played.c - a session as it went in a run, beside the one that was captured */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/replay_session.h"

/* Numbers in the files, which sb_session_file() writes in this order. */
static void make_maps(struct sb_session_played *p)
{
	const struct sb_session *s = p->session;

	for (int dir = 0; dir < 2; dir++) {
		p->flow_map[dir] = sb_alloc(s->flow_count + 1, sizeof(size_t));
		p->turn_map[dir] = sb_alloc(s->turn_count + 1, sizeof(size_t));
	}
	for (size_t i = 0; i < s->flow_count; i++) {
		const struct sb_session_flow *f = &s->flows[i];
		enum sb_dir dir = sb_session_dir(f);

		p->flow_map[dir][p->flow_count[dir]++] = i;
		for (size_t k = 0; k < f->count; k++)
			p->turn_map[dir][p->turn_count[dir]++] = f->first + k;
	}
}

struct sb_session_played *sb_session_played_new(const struct sb_session *s)
{
	struct sb_session_played *p = sb_alloc(1, sizeof(*p));

	p->session = s;
	for (int end = 0; end < 2; end++) {
		p->ends[end] = sb_alloc(s->flow_count + 1, sizeof(*p->ends[end]));
		p->at_ns[end] = sb_alloc(s->turn_count + 1, sizeof(*p->at_ns[end]));
		for (size_t i = 0; i < s->turn_count; i++)
			p->at_ns[end][i] = -1;
	}
	make_maps(p);
	return p;
}

void sb_session_played_free(struct sb_session_played *p)
{
	if (!p)
		return;
	for (int i = 0; i < 2; i++) {
		for (size_t k = 0; k < p->session->flow_count; k++)
			free(p->ends[i][k].error);
		free(p->ends[i]);
		free(p->at_ns[i]);
		free(p->flow_map[i]);
		free(p->turn_map[i]);
	}
	free(p);
}

void sb_session_played_flow(struct sb_session_played *p, enum sb_dir dir, int end, int64_t index,
			    const struct sb_session_played_end *said)
{
	struct sb_session_played_end *to;

	if (index < 0 || (uint64_t)index >= p->flow_count[dir])
		return;
	to = &p->ends[end][p->flow_map[dir][index]];
	free(to->error);
	*to = *said;
	to->heard = true;
	to->error = sb_strdup(said->error);
}

void sb_session_played_times(struct sb_session_played *p, enum sb_dir dir, int end, int64_t first,
			     const int64_t *at_ns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (first >= 0 && (uint64_t)first + i < p->turn_count[dir])
			p->at_ns[end][p->turn_map[dir][(uint64_t)first + i]] = at_ns[i];
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Hyndman and Fan 1996, definition 7, as for all quantiles of a report. */
static double quantile(const double *sorted, size_t count, double q)
{
	double at = q * (double)(count - 1);
	size_t below = (size_t)at;

	if (below + 1 >= count)
		return sorted[count - 1];
	return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

static struct sb_quantiles quantiles_of(double *ms, size_t count)
{
	struct sb_quantiles q = {.count = count};

	if (!count)
		return q;
	qsort(ms, count, sizeof(*ms), by_size);
	for (size_t i = 0; i < count; i++)
		q.mean += ms[i] / (double)count;
	q.p50 = quantile(ms, count, 0.5);
	q.p95 = quantile(ms, count, 0.95);
	q.p99 = quantile(ms, count, 0.99);
	q.max = ms[count - 1];
	return q;
}

static bool is_answer(const struct sb_session *s, const struct sb_session_flow *f, size_t turn)
{
	return turn > f->first && s->turns[turn].dir == SB_DOWN && s->turns[turn].needs &&
	       s->turns[turn - 1].dir == SB_UP;
}

static void judge_responses(const struct sb_session_played *p, const struct sb_session_flow *f,
			    double *room, struct sb_session_result *out)
{
	const struct sb_session *s = p->session;
	int64_t to_client_ns = f->rtt_ns[0] > 0 ? f->rtt_ns[0] : 0;
	size_t n = 0;

	for (size_t i = f->first; i < f->first + f->count; i++)
		if (is_answer(s, f, i))
			room[n++] = (double)(s->turns[i].last_ns - s->turns[i - 1].first_ns +
					     to_client_ns) /
				    1e6;
	out->captured_ms = quantiles_of(room, n);
	n = 0;
	for (size_t i = f->first; i < f->first + f->count; i++)
		if (is_answer(s, f, i) && p->at_ns[0][i] >= 0 && p->at_ns[0][i - 1] >= 0)
			room[n++] = (double)(p->at_ns[0][i] - p->at_ns[0][i - 1]) / 1e6;
	out->replayed_ms = quantiles_of(room, n);
}

static void judge_datagrams(const struct sb_session_played *p, const struct sb_session_flow *f,
			    double *room, struct sb_session_result *out)
{
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		const int64_t *from = p->at_ns[dir == SB_UP ? 0 : 1];
		const int64_t *to = p->at_ns[dir == SB_UP ? 1 : 0];
		size_t n = 0;

		for (size_t i = f->first; i < f->first + f->count; i++) {
			if (p->session->turns[i].dir != dir)
				continue;
			out->datagrams[dir]++;
			if (from[i] >= 0 && to[i] >= 0)
				room[n++] = (double)(to[i] - from[i]) / 1e6;
		}
		out->delay_ms[dir] = quantiles_of(room, n);
	}
}

static void judge_flow(const struct sb_session_played *p, size_t i, double *room,
		       struct sb_session_result *out)
{
	const struct sb_session_flow *f = &p->session->flows[i];
	const struct sb_session_played_end *client = &p->ends[0][i], *server = &p->ends[1][i];
	int64_t last_ns = -1;

	*out = (struct sb_session_result){
	    .error = client->error ? client->error : server->error,
	    .arrived = {server->received, client->received},
	    .sent = {client->sent, server->sent},
	    .came = {server->arrived, client->arrived},
	    .retransmits = {client->heard ? client->retransmits : -1,
			    server->heard ? server->retransmits : -1},
	    .captured_s = (double)(f->end_ns - f->start_ns) / 1e9,
	    .replayed_s = NAN,
	};
	for (size_t k = f->first; k < f->first + f->count; k++)
		for (int end = 0; end < 2; end++)
			if (p->at_ns[end][k] > last_ns)
				last_ns = p->at_ns[end][k];
	if (last_ns >= 0)
		out->replayed_s = (double)(last_ns - f->start_ns) / 1e9;
	if (f->proto == IPPROTO_TCP) {
		judge_responses(p, f, room, out);
		out->complete = out->arrived[SB_UP] == f->bytes[SB_UP] &&
				out->arrived[SB_DOWN] == f->bytes[SB_DOWN];
	} else {
		judge_datagrams(p, f, room, out);
		out->complete = out->sent[SB_UP] == out->datagrams[SB_UP] &&
				out->sent[SB_DOWN] == out->datagrams[SB_DOWN];
	}
	/* What has arrived whole, its sender need not have been told. */
	if (out->complete)
		out->error = NULL;
}

void sb_session_judge(const struct sb_session_played *p, struct sb_session_result *out)
{
	double *room = sb_alloc(p->session->turn_count + 1, sizeof(*room));

	for (size_t i = 0; i < p->session->flow_count; i++)
		judge_flow(p, i, room, &out[i]);
	free(room);
}
