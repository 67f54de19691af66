// SPDX-License-Identifier: MIT
/*
 * series_json.c - series.json: what the charts are drawn from, one number per bin
 *
 * Written as text at once: a run with 64 clients has millions of numbers, too many for a tree.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/json_writer.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"
#include "satbed/base/textstream.h"
#include "satbed/report_page.h"

/* Marks and outages that are told one by one; a page with more is a grey area. */
#define LIST_MAX 1000

enum which { MIN, MEAN, MAX };

static double pick(const struct sb_spread *s, enum which which)
{
	if (!s->count)
		return NAN;
	if (which == MEAN)
		return s->sum / s->count;
	return which == MIN ? (double)s->min : (double)s->max;
}

static void spread(struct sb_json_writer *w, const char *key, const struct sb_spread *bins,
		   size_t count)
{
	static const char *const names[] = {"min", "mean", "max"};

	sb_json_write_begin(w, key, '{');
	for (int which = MIN; which <= MAX; which++) {
		sb_json_write_begin(w, names[which], '[');
		for (size_t i = 0; i < count; i++)
			sb_json_write_short(w, NULL, pick(&bins[i], (enum which)which));
		sb_json_write_end(w, ']');
	}
	sb_json_write_end(w, '}');
}

static double seconds(int64_t ns)
{
	return (double)ns / SB_NS_PER_S;
}

static void rate(struct sb_json_writer *w, const char *key, const uint64_t *bytes,
		 const struct sb_grid *grid)
{
	sb_json_write_begin(w, key, '[');
	for (size_t i = 0; i < grid->count; i++)
		sb_json_write_short(w, NULL, 8 * (double)bytes[i] / seconds(grid->bin_ns));
	sb_json_write_end(w, ']');
}

/*
 * What was configured for a bin, as the mean of instants spread over it: jitter changes more often than
 * bins do, and what is measured beside it is a mean, too.
 */
#define INSTANTS 10

static void configured(struct sb_json_writer *w, const struct sb_plan *plan, size_t link, int dir,
		       const struct sb_grid *grid)
{
	double *rate_bps = sb_alloc(grid->count, sizeof(*rate_bps));

	sb_json_write_begin(w, "configured_delay_ms", '[');
	for (size_t i = 0; i < grid->count; i++) {
		double delay_ns = 0;
		int limited = 0;

		for (int k = 0; k < INSTANTS; k++) {
			const struct sb_link_state *s =
			    sb_plan_state_at(plan, link, (enum sb_dir)dir,
					     (int64_t)i * grid->bin_ns +
						 grid->bin_ns * (2 * k + 1) / (2 * INSTANTS));

			delay_ns += (double)s->delay_ns / INSTANTS;
			rate_bps[i] += (double)s->rate_bps;
			limited += s->rate_bps > 0;
		}
		sb_json_write_short(w, NULL, delay_ns / SB_NS_PER_MS);
		rate_bps[i] = limited ? rate_bps[i] / limited : NAN;
	}
	sb_json_write_end(w, ']');
	sb_json_write_begin(w, "configured_rate_bps", '[');
	for (size_t i = 0; i < grid->count; i++)
		sb_json_write_short(w, NULL, rate_bps[i]);
	sb_json_write_end(w, ']');
	free(rate_bps);
}

/* [from, to) in seconds; an outage that is not over ends with the run. */
static void outages(struct sb_json_writer *w, const struct sb_plan *plan, size_t link, int dir)
{
	bool out = plan->links[link].dir[dir].initial.outage;
	int64_t from_ns = 0;
	size_t count = 0;

	sb_json_write_begin(w, "outages_s", '[');
	for (size_t i = 0; i <= plan->step_count && count < LIST_MAX; i++) {
		bool last = i == plan->step_count;
		const struct sb_step *step = last ? NULL : &plan->steps[i];
		int64_t at_ns = last ? plan->duration_ns : step->at_ns;

		if (!last && (step->link != link || step->dir != dir || step->state.outage == out))
			continue;
		if (out && at_ns > from_ns) {
			sb_json_write_begin(w, NULL, '[');
			sb_json_write_short(w, NULL, seconds(from_ns));
			sb_json_write_short(w, NULL, seconds(at_ns));
			sb_json_write_end(w, ']');
			count++;
		}
		from_ns = at_ns;
		out = !out;
	}
	sb_json_write_end(w, ']');
}

static void direction(struct sb_json_writer *w, const struct sb_series_input *in, size_t link,
		      int dir)
{
	static const char *const causes[] = {"link", "queue", "outage"};
	const struct sb_series *s = in->result->series;
	const struct sb_dir_series *d = &s->links[link][dir];

	sb_json_write_begin(w, sb_dir_name((enum sb_dir)dir), '{');
	configured(w, in->plan, link, dir, &s->grid);
	spread(w, "delay_ms", d->delay_ms, s->grid.count);
	spread(w, "wait_ms", d->wait_ms, s->grid.count);
	rate(w, "sent_bps", d->sent_bytes, &s->grid);
	rate(w, "arrived_bps", d->arrived_bytes, &s->grid);
	sb_json_write_begin(w, "lost", '{');
	for (int cause = 0; cause < SB_SERIES_LOSSES; cause++) {
		sb_json_write_begin(w, causes[cause], '[');
		for (size_t i = 0; i < s->grid.count; i++)
			sb_json_write_short(w, NULL, d->lost[cause][i]);
		sb_json_write_end(w, ']');
	}
	sb_json_write_end(w, '}');
	outages(w, in->plan, link, dir);
	sb_json_write_end(w, '}');
}

/* Bins of sb_flow_result are of one sample each; @goodput: as a rate in bits, else retransmits. */
static void rebin(struct sb_json_writer *w, const char *key, const struct sb_series_input *in,
		  const struct sb_flow_result *f, bool goodput)
{
	const struct sb_grid *grid = &in->result->series->grid;
	int64_t together = in->plan->sample_ns > 0 ? grid->bin_ns / in->plan->sample_ns : 1;

	sb_json_write_begin(w, key, '[');
	for (size_t i = 0; i < grid->count; i++) {
		double sum = 0;

		for (size_t bin = i * (size_t)together;
		     bin < (i + 1) * (size_t)together && bin < f->bin_count; bin++)
			sum += goodput ? 8 * (double)f->bins[bin] : f->bin_retransmits[bin];
		sb_json_write_short(w, NULL, goodput ? sum / seconds(grid->bin_ns) : sum);
	}
	sb_json_write_end(w, ']');
}

static void sampled(struct sb_json_writer *w, const char *key, const struct sb_spread *bins,
		    const struct sb_grid *grid, uint16_t streams)
{
	sb_json_write_begin(w, key, '[');
	for (size_t i = 0; i < grid->count; i++)
		sb_json_write_short(w, NULL, pick(&bins[i], MEAN) * streams);
	sb_json_write_end(w, ']');
}

static void sequence(struct sb_json_writer *w, const struct sb_sequence *q,
		     const struct sb_grid *grid)
{
	const uint64_t *const lines[] = {q->sent, q->acked};
	static const char *const names[] = {"sent", "acked"};

	sb_json_write_begin(w, "sequence", '{');
	for (size_t line = 0; line < SB_ARRAY_LEN(lines); line++) {
		sb_json_write_begin(w, names[line], '[');
		for (size_t i = 0; i < grid->count; i++) {
			if (lines[line][i])
				sb_json_write_u64(w, NULL, lines[line][i]);
			else
				sb_json_write_short(w, NULL, NAN);
		}
		sb_json_write_end(w, ']');
	}
	sb_json_write_begin(w, "again", '[');
	for (size_t i = 0; i < q->mark_count; i++) {
		sb_json_write_begin(w, NULL, '[');
		sb_json_write_short(w, NULL, seconds(q->marks[i].t_ns - grid->start_ns));
		sb_json_write_u64(w, NULL, q->marks[i].byte);
		sb_json_write_end(w, ']');
	}
	sb_json_write_end(w, ']');
	sb_json_write_short(w, "again_total", (double)q->mark_total);
	sb_json_write_end(w, '}');
}

static void flow(struct sb_json_writer *w, const struct sb_series_input *in, size_t i)
{
	const struct sb_flow *plan = &in->plan->flows[i];
	const struct sb_series *s = in->result->series;
	char client[SB_NAME_MAX];

	sb_json_write_begin(w, NULL, '{');
	sb_json_write_str(w, "name", plan->name);
	sb_json_write_str(w, "client", sb_flow_client(client, in->plan, plan));
	sb_json_write_str(w, "direction", sb_dir_name((enum sb_dir)plan->dir));
	sb_json_write_str(w, "kind", sb_flow_kind_name(plan->kind));
	rebin(w, "goodput_bps", in, &in->result->flows[i], true);
	if (sb_flow_transport(plan) != SB_TRANSPORT_UDP) {
		rebin(w, "retransmits", in, &in->result->flows[i], false);
		sb_json_write_begin(w, "retransmits_by_cause", '{');
		for (int cause = 0; cause < SB_RETRANSMIT_CAUSES; cause++) {
			sb_json_write_begin(
			    w, sb_retransmit_cause_name((enum sb_retransmit_cause)cause), '[');
			for (size_t bin = 0; bin < s->grid.count; bin++)
				sb_json_write_short(w, NULL, s->flows[i].again[cause][bin]);
			sb_json_write_end(w, ']');
		}
		sb_json_write_end(w, '}');
		spread(w, "rtt_ms", s->flows[i].rtt_ms, s->grid.count);
		if (in->samples) {
			sampled(w, "cwnd", in->samples[i].cwnd, &s->grid, plan->streams);
			sampled(w, "unacked", in->samples[i].unacked, &s->grid, plan->streams);
		}
		if (s->flows[i].sequence)
			sequence(w, s->flows[i].sequence, &s->grid);
	}
	sb_json_write_end(w, '}');
}

static void events(struct sb_json_writer *w, const struct sb_series_input *in)
{
	size_t count = 0;

	sb_json_write_begin(w, "events", '[');
	for (size_t i = 0; i < in->plan->step_count && count < LIST_MAX; i++) {
		const struct sb_step *step = &in->plan->steps[i];
		char client[SB_NAME_MAX];

		if (step->cause != SB_CAUSE_EVENT || step->event < 0 ||
		    (size_t)step->event >= in->plan->event_count)
			continue;
		count++;
		sb_json_write_begin(w, NULL, '{');
		sb_json_write_short(w, "t_s", seconds(step->at_ns));
		sb_json_write_str(w, "name", in->plan->events[step->event].name);
		sb_json_write_str(w, "client", sb_link_name(client, in->plan, step->link));
		sb_json_write_str(w, "direction", sb_dir_name((enum sb_dir)step->dir));
		sb_json_write_short(w, "delay_ms", (double)step->state.delay_ns / SB_NS_PER_MS);
		sb_json_write_short(w, "rate_bps",
				    step->state.rate_bps ? (double)step->state.rate_bps : NAN);
		sb_json_write_short(w, "outage", step->state.outage);
		sb_json_write_short(w, "late_ms",
				    in->late_ns && in->late_ns[i] >= 0
					? (double)in->late_ns[i] / SB_NS_PER_MS
					: NAN);
		sb_json_write_end(w, '}');
	}
	sb_json_write_end(w, ']');
}

char *sb_series_json(const struct sb_series_input *in)
{
	const struct sb_series *s = in->result->series;
	char *out = NULL, client[SB_NAME_MAX];
	size_t size = 0;
	struct sb_json_writer w = {.to = sb_textstream_open(&out, &size), .first = true};

	sb_json_write_begin(&w, NULL, '{');
	sb_json_write_short(&w, "format", SB_RESULTS_FORMAT);
	sb_json_write_short(&w, "bin_s", seconds(s->grid.bin_ns));
	sb_json_write_short(&w, "bins", (double)s->grid.count);
	sb_json_write_begin(&w, "links", '[');
	for (size_t i = 0; i < s->link_count; i++) {
		sb_json_write_begin(&w, NULL, '{');
		sb_json_write_str(&w, "client", sb_link_name(client, in->plan, i));
		direction(&w, in, i, SB_UP);
		direction(&w, in, i, SB_DOWN);
		sb_json_write_end(&w, '}');
	}
	sb_json_write_end(&w, ']');
	sb_json_write_begin(&w, "flows", '[');
	for (size_t i = 0; i < s->flow_count; i++)
		flow(&w, in, i);
	sb_json_write_end(&w, ']');
	events(&w, in);
	sb_json_write_end(&w, '}');
	fputc('\n', w.to);
	sb_textstream_close(w.to, &out);
	return out;
}
