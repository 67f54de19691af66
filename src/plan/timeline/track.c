// SPDX-License-Identifier: MIT
/* track.c - the base state of one direction as it moves: traces */
#include "track.h"

#include <math.h>

#include "draw.h"

const struct sb_trace *sb_track_of(const struct sb_scenario *sc, unsigned int client,
				   enum sb_dir dir, enum sb_key key)
{
	const struct sb_value *v = sb_link_value(sc, client, dir, key);

	return sb_has(v) ? v->file.trace : NULL;
}

void sb_track_apply(const struct sb_trace_row *row, struct sb_link_state *s)
{
	if (row->has & SB_TRACE_DELAY)
		s->delay_ns = row->delay_ns;
	if (row->has & SB_TRACE_RATE)
		s->rate_bps = row->rate_bps;
	if (row->has & SB_TRACE_LOSS)
		s->loss = row->loss_ppb ? (struct sb_loss){.kind = SB_LOSS_RANDOM,
							   .random_ppb = row->loss_ppb}
					: (struct sb_loss){.kind = SB_LOSS_NONE};
	if (row->has & SB_TRACE_OUTAGE)
		s->outage = row->outage;
	if (row->has & SB_TRACE_DUPLICATE)
		s->duplicate_ppb = row->duplicate_ppb;
}

const struct sb_trace_row *sb_track_next(const struct sb_trace *t, size_t n, int64_t end_ns,
					 int64_t *at_ns)
{
	size_t round = n / t->count;
	const struct sb_trace_row *row = &t->rows[n % t->count];

	if (round && (!t->period_ns || (int64_t)round > end_ns / t->period_ns))
		return NULL;
	*at_ns = (int64_t)round * t->period_ns + row->at_ns;
	return *at_ns < end_ns ? row : NULL;
}

uint64_t sb_track_mean_rate(const struct sb_trace *t, int64_t end_ns, uint64_t base_bps)
{
	const struct sb_trace_row *row;
	double rate = (double)base_bps, sum = 0;
	int64_t last_ns = 0, at_ns = 0;
	bool any = false;

	for (size_t n = 0; (row = sb_track_next(t, n, end_ns, &at_ns)); n++) {
		if (!(row->has & SB_TRACE_RATE))
			continue;
		sum += rate * (double)(at_ns - last_ns);
		rate = (double)row->rate_bps;
		last_ns = at_ns;
		any = true;
	}
	sum += rate * (double)(end_ns - last_ns);
	return any ? (uint64_t)sb_round(sum / (double)end_ns) : base_bps;
}

int64_t sb_track_deviation(const struct sb_trace *t, int64_t end_ns)
{
	const struct sb_trace_row *row;
	double half = 0, sum = 0;
	int64_t last_ns = 0, at_ns = 0;

	for (size_t n = 0; (row = sb_track_next(t, n, end_ns, &at_ns)); n++) {
		if (!(row->has & SB_TRACE_JITTER))
			continue;
		sum += half * half / 3 * (double)(at_ns - last_ns);
		half = (double)row->jitter_ns;
		last_ns = at_ns;
	}
	sum += half * half / 3 * (double)(end_ns - last_ns);
	return sb_round(sqrt(sum / (double)end_ns));
}

int64_t sb_jitter_deviation(const struct sb_jitter *j)
{
	double sum = 0, squares = 0, n = (double)j->sample_count;

	if (j->kind != SB_JITTER_TABLE)
		return j->deviation_ns;
	for (size_t i = 0; i < j->sample_count; i++)
		sum += (double)j->samples_ns[i];
	for (size_t i = 0; i < j->sample_count; i++) {
		double d = (double)j->samples_ns[i] - sum / n;

		squares += d * d;
	}
	return sb_round(sqrt(squares / n));
}
