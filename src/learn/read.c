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

static void learn_all(struct sb_learn_trace t[2], struct sb_learned *out)
{
	out->start_ns = earliest(t);
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

		rc = sb_one_end_read(client_end, &data, &l.data, err);
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
	}
	return rc;
}
