// SPDX-License-Identifier: MIT
/* read.c - from captures to a learned link */
#include <stdlib.h>

#include "one_end.h"
#include "satbed/analysis_path_match.h"
#include "satbed/base/mem.h"

static int64_t earliest(const struct sb_learn_trace t[2])
{
	int64_t first = INT64_MAX;

	for (int dir = 0; dir < 2; dir++)
		if (t[dir].count && t[dir].packets[0].sent_ns < first)
			first = t[dir].packets[0].sent_ns;
	return first;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
	while (b) {
		int64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

/* What all times are multiples of, from the first one on. */
static int64_t tick_of(const struct sb_learn_trace t[2], int64_t start_ns)
{
	int64_t tick_ns = 0;

	for (int dir = 0; dir < 2; dir++)
		for (size_t i = 0; i < t[dir].count && tick_ns != 1; i++) {
			const struct sb_learn_packet *p = &t[dir].packets[i];

			tick_ns = common_divisor(p->sent_ns - start_ns, tick_ns);
			if (p->arrived_ns != SB_LEARN_LOST)
				tick_ns = common_divisor(p->arrived_ns - start_ns, tick_ns);
		}
	return tick_ns < 0 ? -tick_ns : tick_ns;
}

static void learn_all(struct sb_learn_trace t[2], struct sb_learned *out)
{
	out->start_ns = earliest(t);
	out->tick_ns = tick_of(t, out->start_ns);
	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		out->known[dir] = t[dir].count > 0;
		if (!out->known[dir])
			continue;
		sb_learn_dir(&t[dir], out->start_ns, &out->dir[dir]);
		/* Acknowledgements come unevenly: of the rate its middle, and no steps. */
		if (out->one_end && out->dir[dir].rate_count) {
			out->dir[dir].rate_count = 1;
			out->dir[dir].usual_rate = 0;
			out->dir[dir].rates[0].value = out->dir[dir].rate_middle_bps;
		}
		if (out->dir[dir].span_ns > out->span_ns)
			out->span_ns = out->dir[dir].span_ns;
	}
	sb_learn_grid(out);
}

static void take_over(const struct sb_path_match *pair, enum sb_dir dir, struct sb_learn_trace *t)
{
	t->packets = sb_alloc(pair->count[dir] + 1, sizeof(*t->packets));
	for (size_t i = 0; i < pair->count[dir]; i++)
		t->packets[t->count++] = (struct sb_learn_packet){pair->packets[dir][i].sent_ns,
								  pair->packets[dir][i].arrived_ns,
								  pair->packets[dir][i].len};
}

int sb_learn_read(const char *client_end, const char *server_end, struct sb_learned *out,
		  struct sb_err *err)
{
	struct sb_learned l = {.one_end = !server_end};
	struct sb_learn_trace t[2] = {{0}};
	struct sb_path_match pair = {0};
	int rc;

	if (server_end) {
		rc = sb_path_match_read(client_end, server_end, &pair, err);
		for (int dir = SB_UP; dir <= SB_DOWN && !rc; dir++)
			take_over(&pair, dir, &t[dir]);
		if (!rc && !t[SB_UP].count && !t[SB_DOWN].count)
			rc = sb_fail(err, SB_EINPUT, 0,
				     "no packet is in both %s and %s: are they of one transfer, on "
				     "one clock, without address translation between them?",
				     client_end, server_end);
	} else {
		struct sb_learn_trace data = {0};

		rc = sb_one_end_read(client_end, &data, &l.data, l.how, &l.between, err);
		if (!rc)
			t[l.data] = data;
	}
	if (!rc) {
		learn_all(t, &l);
		*out = l;
	}
	for (int dir = 0; dir < 2; dir++) {
		free(pair.packets[dir]);
		free(t[dir].packets);
		free(t[dir].load);
	}
	return rc;
}
