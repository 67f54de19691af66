// SPDX-License-Identifier: MIT
/* series.c - what happened when: a run in equal bins of time, for charts */
#include "satbed/analysis_series.h"

#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

struct sb_grid sb_grid_make(int64_t start_ns, int64_t end_ns, int64_t sample_ns)
{
	struct sb_grid g = {.start_ns = start_ns, .bin_ns = sample_ns > 0 ? sample_ns : 1};
	uint64_t samples, together;

	if (end_ns <= start_ns)
		return g;
	samples = ((uint64_t)end_ns - (uint64_t)start_ns - 1) / (uint64_t)g.bin_ns + 1;
	together = (samples - 1) / SB_SERIES_BINS + 1;
	g.count = (size_t)((samples - 1) / together + 1);
	g.bin_ns *= (int64_t)together;
	return g;
}

int64_t sb_grid_bin(const struct sb_grid *g, int64_t t_ns)
{
	uint64_t bin;

	if (t_ns < g->start_ns)
		return -1;
	bin = ((uint64_t)t_ns - (uint64_t)g->start_ns) / (uint64_t)g->bin_ns;
	return bin < g->count ? (int64_t)bin : -1;
}

void sb_spread_add(struct sb_spread *s, double value)
{
	if (!s->count || (float)value < s->min)
		s->min = (float)value;
	if (!s->count || (float)value > s->max)
		s->max = (float)value;
	s->sum += value;
	s->count++;
}

static void init_dir(struct sb_dir_series *d, const struct sb_grid *grid)
{
	d->grid = *grid;
	d->delay_ms = sb_alloc(grid->count, sizeof(*d->delay_ms));
	d->wait_ms = sb_alloc(grid->count, sizeof(*d->wait_ms));
	d->sent_bytes = sb_alloc(grid->count, sizeof(*d->sent_bytes));
	d->arrived_bytes = sb_alloc(grid->count, sizeof(*d->arrived_bytes));
	for (int i = 0; i < SB_SERIES_LOSSES; i++)
		d->lost[i] = sb_alloc(grid->count, sizeof(*d->lost[i]));
}

struct sb_series *sb_series_new(const struct sb_grid *grid, size_t links, size_t flows)
{
	struct sb_series *s = sb_alloc(1, sizeof(*s));

	s->grid = *grid;
	s->link_count = links;
	s->flow_count = flows;
	s->links = sb_alloc(links, sizeof(*s->links));
	s->flows = sb_alloc(flows, sizeof(*s->flows));
	for (size_t i = 0; i < links; i++) {
		init_dir(&s->links[i][0], grid);
		init_dir(&s->links[i][1], grid);
	}
	for (size_t i = 0; i < flows; i++) {
		struct sb_flow_series *f = &s->flows[i];

		f->rtt_ms = sb_alloc(grid->count, sizeof(*f->rtt_ms));
		for (size_t cause = 0; cause < SB_SERIES_CAUSES; cause++)
			f->again[cause] = sb_alloc(grid->count, sizeof(*f->again[cause]));
	}
	return s;
}

static void fini_dir(struct sb_dir_series *d)
{
	free(d->delay_ms);
	free(d->wait_ms);
	free(d->sent_bytes);
	free(d->arrived_bytes);
	for (int i = 0; i < SB_SERIES_LOSSES; i++)
		free(d->lost[i]);
}

void sb_series_free(struct sb_series *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->link_count; i++) {
		fini_dir(&s->links[i][0]);
		fini_dir(&s->links[i][1]);
	}
	for (size_t i = 0; i < s->flow_count; i++) {
		free(s->flows[i].rtt_ms);
		for (size_t cause = 0; cause < SB_SERIES_CAUSES; cause++)
			free(s->flows[i].again[cause]);
		sb_sequence_free(s->flows[i].sequence);
	}
	free(s->links);
	free(s->flows);
	free(s);
}

void sb_series_lost(struct sb_dir_series *d, int64_t sent_ns, uint32_t bytes,
		    enum sb_series_loss cause)
{
	int64_t bin = sb_grid_bin(&d->grid, sent_ns);

	if (bin < 0)
		return;
	d->sent_bytes[bin] += bytes;
	d->lost[cause][bin]++;
}

void sb_series_carried(struct sb_dir_series *d, int64_t sent_ns, int64_t arrived_ns, uint32_t bytes,
		       int64_t wait_ns, int64_t delay_ns)
{
	int64_t bin = sb_grid_bin(&d->grid, sent_ns);

	if (bin >= 0) {
		d->sent_bytes[bin] += bytes;
		sb_spread_add(&d->delay_ms[bin], (double)delay_ns / SB_NS_PER_MS);
		sb_spread_add(&d->wait_ms[bin], (double)wait_ns / SB_NS_PER_MS);
	}
	bin = sb_grid_bin(&d->grid, arrived_ns);
	if (bin >= 0)
		d->arrived_bytes[bin] += bytes;
}

struct sb_sequence *sb_sequence_new(const struct sb_grid *g, uint64_t base)
{
	struct sb_sequence *q = sb_alloc(1, sizeof(*q));

	q->base = base;
	q->sent = sb_alloc(g->count, sizeof(*q->sent));
	q->acked = sb_alloc(g->count, sizeof(*q->acked));
	q->stride = 1;
	return q;
}

void sb_sequence_free(struct sb_sequence *q)
{
	if (!q)
		return;
	free(q->sent);
	free(q->acked);
	free(q->marks);
	free(q);
}

static void raise_to(uint64_t *highest, const struct sb_sequence *q, const struct sb_grid *g,
		     int64_t t_ns, uint64_t number)
{
	int64_t bin = sb_grid_bin(g, t_ns);

	if (bin >= 0 && number > q->base && number - q->base > highest[bin])
		highest[bin] = number - q->base;
}

void sb_sequence_sent(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t next)
{
	raise_to(q->sent, q, g, t_ns, next);
	if (next > q->base && next - q->base > q->highest)
		q->highest = next - q->base;
}

void sb_sequence_acked(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t ack)
{
	raise_to(q->acked, q, g, t_ns, ack);
}

/* When there is no room for more marks, every other one goes, and so for all that come. */
static void thin_out(struct sb_sequence *q)
{
	for (size_t i = 0; 2 * i < q->mark_count; i++)
		q->marks[i] = q->marks[2 * i];
	q->mark_count = (q->mark_count + 1) / 2;
	q->stride *= 2;
}

void sb_sequence_again(struct sb_sequence *q, const struct sb_grid *g, int64_t t_ns, uint64_t from)
{
	if (sb_grid_bin(g, t_ns) < 0 || from < q->base)
		return;
	if (!q->marks)
		q->marks = sb_alloc(SB_SERIES_MARKS, sizeof(*q->marks));
	if (q->mark_total++ % q->stride)
		return;
	if (q->mark_count == SB_SERIES_MARKS) {
		thin_out(q);
		if ((q->mark_total - 1) % q->stride)
			return;
	}
	q->marks[q->mark_count++] = (struct sb_mark){t_ns, from - q->base};
}
