// SPDX-License-Identifier: MIT
/*
 * estimate.c - rate, delay, queue and loss of one direction, from its packets
 *
 * The model is that of a link: packets wait for a serialiser of the rate R, and then for the delay.
 *
 * Rate: two packets that arrive one after the other left a busy serialiser when the second had been
 * sent before the first left (by the smallest delay seen), and when they arrive further apart than
 * they were sent; then they arrive as far apart as the second takes: its bits / R.  The median of
 * such pairs, per window.
 *
 * Delay: only of packets that found the serialiser idle, at the lowest rate seen: they took the
 * delay and their own bits / R.  A serialiser is known to be idle again, whatever the rate, when
 * the packet before must have left it: the smallest delay before its arrival.
 */
#include "estimate_state.h"

#include <math.h>
#include <stdlib.h>

#include "satbed/base/mem.h"

#define NOT_KNOWN      NAN
#define MIN_RATE_PAIRS 100  /* in all */
#define SPREAD	       0.8  /* pairs sent closer than this share of how far apart they arrived */
#define RATE_APART     0.25 /* pairs of a full link agree; what jitter spreads does not */
#define AGREEING       0.5  /* of all pairs, in such windows */
#define MIN_WINDOWS    3    /* of a level of the delay */
#define DELAY_FLOOR_NS 20000.0
#define RATE_FLOOR     0.005 /* of the logarithm */
#define ALIKE	       0.01
#define MAX_LEVELS     4096
#define CHAIN	       2 /* so many pairs in a row are no accident: the link was full */
#define MAX_WINDOWS    (UINT64_C(1) << 24)

static size_t window_of(const struct sb_estimate *e, int64_t t_ns)
{
	int64_t at = (t_ns - e->out->first_ns) / e->rate.window_ns;

	return at < 0 ? 0 : (size_t)at >= e->rate.count ? e->rate.count - 1 : (size_t)at;
}

static void make_series(const struct sb_estimate *e, struct sb_estimate_series *s)
{
	s->window_ns = SB_LEARN_WINDOW_NS;
	while ((uint64_t)(e->out->span_ns / s->window_ns) > MAX_WINDOWS)
		s->window_ns *= 2;
	s->count = (size_t)(e->out->span_ns / s->window_ns) + 1;
	s->value = sb_alloc(s->count, sizeof(*s->value));
	for (size_t i = 0; i < s->count; i++)
		s->value[i] = NOT_KNOWN;
}

/** struct sample - one value for a window's median */
struct sample {
	size_t window;
	double value;
};

struct samples {
	struct sample *list;
	size_t count, room;
};

static void add_sample(struct samples *s, size_t window, double value)
{
	s->list = sb_grow(s->list, s->count, &s->room, sizeof(*s->list));
	s->list[s->count++] = (struct sample){window, value};
}

/*
 * Medians of the windows that have at least @least samples, the middle half of them no further
 * apart than @apart of the median; samples come in order of windows.
 *
 * @taken: samples in these windows
 */
static uint64_t take_medians(const struct samples *s, size_t least, double apart,
			     struct sb_estimate_series *out, size_t *taken)
{
	double *v = sb_alloc(s->count + 1, sizeof(*v)), median;
	uint64_t windows = 0;

	*taken = 0;
	for (size_t i = 0, n; i < s->count; i += n) {
		for (n = 0; i + n < s->count && s->list[i + n].window == s->list[i].window; n++)
			v[n] = s->list[i + n].value;
		if (n < least)
			continue;
		median = sb_median(v, n);
		if (sb_quantile_of(v, n, 0.75) - sb_quantile_of(v, n, 0.25) > apart * median)
			continue;
		out->value[s->list[i].window] = median;
		windows++;
		*taken += n;
	}
	free(v);
	return windows;
}

static int by_window(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->window > y->window) - (x->window < y->window);
}

static void find_smallest(struct sb_estimate *e)
{
	e->smallest_ns = INT64_MAX;
	for (size_t i = 0; i < e->t->count; i++) {
		const struct sb_learn_packet *p = &e->t->packets[i];

		if (p->arrived_ns != SB_LEARN_LOST && p->arrived_ns - p->sent_ns < e->smallest_ns)
			e->smallest_ns = p->arrived_ns - p->sent_ns;
	}
}

static int by_arrival(const void *a, const void *b)
{
	const struct sb_learn_packet *const *x = a, *const *y = b;

	if ((*x)->arrived_ns != (*y)->arrived_ns)
		return (*x)->arrived_ns < (*y)->arrived_ns ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

static const struct sb_learn_packet **in_order_of_arrival(const struct sb_learn_trace *t, size_t *n)
{
	const struct sb_learn_packet **list = sb_alloc(t->count + 1, sizeof(*list));
	bool sorted = true;

	*n = 0;
	for (size_t i = 0; i < t->count; i++) {
		if (t->packets[i].arrived_ns == SB_LEARN_LOST)
			continue;
		sorted &= !*n || list[*n - 1]->arrived_ns <= t->packets[i].arrived_ns;
		list[(*n)++] = &t->packets[i];
	}
	if (!sorted)
		qsort(list, *n, sizeof(*list), by_arrival);
	return list;
}

/* Levels whose values are the same within a hundredth are one: a link that goes back and forth. */
static size_t longest(const struct sb_learn_step *steps, size_t count, int64_t span_ns)
{
	size_t best = 0;
	int64_t best_ns = -1;

	for (size_t k = 0; k < count; k++) {
		int64_t lasts_ns = 0;

		for (size_t i = 0; i < count; i++)
			if (fabs(steps[i].value - steps[k].value) <= ALIKE * steps[k].value)
				lasts_ns +=
				    (i + 1 < count ? steps[i + 1].at_ns : span_ns) - steps[i].at_ns;
		if (lasts_ns > best_ns) {
			best_ns = lasts_ns;
			best = k;
		}
	}
	return best;
}

static void set_rate_levels(struct sb_estimate *e)
{
	double *logs = sb_alloc(e->rate.count, sizeof(*logs)), *v;
	size_t *starts = sb_alloc(MAX_LEVELS, sizeof(*starts)), levels;

	for (size_t i = 0; i < e->rate.count; i++)
		logs[i] = log(e->rate.value[i]);
	levels = sb_steps_find(logs, e->rate.count, RATE_FLOOR, starts, MAX_LEVELS);
	e->out->rates = sb_alloc(levels, sizeof(*e->out->rates));
	v = sb_alloc(e->rate.count, sizeof(*v));
	for (size_t k = 0; k < levels; k++) {
		size_t end = k + 1 < levels ? starts[k + 1] : e->rate.count, n = 0;

		for (size_t i = starts[k]; i < end; i++)
			if (!isnan(e->rate.value[i]))
				v[n++] = e->rate.value[i];
		e->out->rates[e->out->rate_count++] =
		    (struct sb_learn_step){.at_ns = k ? (int64_t)starts[k] * e->rate.window_ns : 0,
					   .value = sb_median(v, n)};
	}
	e->out->usual_rate = longest(e->out->rates, e->out->rate_count, e->out->span_ns);
	free(logs);
	free(starts);
	free(v);
}

static void find_envelope(struct sb_estimate *e)
{
	double *v = sb_alloc(e->rate.count, sizeof(*v));
	size_t n = 0;

	for (size_t i = 0; i < e->rate.count; i++)
		if (!isnan(e->rate.value[i]))
			v[n++] = e->rate.value[i];
	sb_median(v, n);
	e->out->rate_low_bps = sb_quantile_of(v, n, 0.05);
	e->out->rate_middle_bps = sb_quantile_of(v, n, 0.5);
	e->out->rate_high_bps = sb_quantile_of(v, n, 0.95);
	free(v);
}

/* Did a busy serialiser space them?  @a was sent before @b, and both arrived. */
static bool is_pair(const struct sb_estimate *e, const struct sb_learn_packet *a,
		    const struct sb_learn_packet *b)
{
	int64_t gap = b->arrived_ns - a->arrived_ns;

	return gap > 0 && b->sent_ns + e->smallest_ns <= a->arrived_ns &&
	       (double)(b->sent_ns - a->sent_ns) <= SPREAD * (double)gap;
}

static void find_rate(struct sb_estimate *e)
{
	struct samples s = {0};
	double bits = 0;
	size_t n, window = 0, taken;
	uint64_t windows = 0;
	const struct sb_learn_packet **list = in_order_of_arrival(e->t, &n);

	for (size_t i = 1, many; i < n; i += many) {
		const struct sb_learn_packet *a = list[i - 1], *b;
		double together = 0;
		int64_t gap;
		size_t w = window_of(e, list[i]->arrived_ns);

		/* One acknowledgement may tell of several. */
		for (many = 0; i + many < n && list[i + many]->arrived_ns == list[i]->arrived_ns;
		     many++)
			together += list[i + many]->len * 8.0;
		b = list[i + many - 1];
		gap = b->arrived_ns - a->arrived_ns;
		/* However the packets lie, so much went through. */
		bits = w == window ? bits + together : together;
		window = w;
		if (bits * 1e9 / (double)e->rate.window_ns > e->out->fastest_bps)
			e->out->fastest_bps = bits * 1e9 / (double)e->rate.window_ns;
		if (!is_pair(e, a, b))
			continue;
		add_sample(&s, w, together * 1e9 / (double)gap);
	}
	free(list);
	e->out->rate_packets = s.count;
	if (s.count >= MIN_RATE_PAIRS)
		windows = take_medians(&s, MIN_PAIRS, RATE_APART, &e->rate, &taken);
	/* Where hardly any agree, it was not the link that spaced them. */
	if (windows && taken >= AGREEING * (double)s.count) {
		e->out->rate_windows = windows;
		find_envelope(e);
		set_rate_levels(e);
	}
	free(s.list);
}

static double rate_at(const struct sb_learned_dir *d, int64_t t_ns)
{
	double rate = 0;

	for (size_t k = 0; k < d->rate_count && d->rates[k].at_ns <= t_ns - d->first_ns; k++)
		rate = d->rates[k].value;
	return rate;
}

static double bits_ns(uint32_t len, double rate)
{
	return rate > 0 ? len * 8.0 * 1e9 / rate : 0;
}

/*
 * One-way delay less its own bits, of those that found the link idle.  A link of which no rate is
 * known may have been full for a moment, by a train of packets: of these only the first found it
 * so.  Where acknowledgements tell when packets arrived, trains are not to be seen, and the queue
 * of a bulk transfer stands: then only those did that were sent when all before were acknowledged.
 */
static void find_idle(struct sb_estimate *e, struct samples *s)
{
	double low = e->out->rate_count ? e->out->rate_low_bps : 0, free_ns = -INFINITY;
	int64_t latest_ns = INT64_MIN;
	int64_t first = e->out->first_ns;
	const struct sb_learn_packet *before = NULL;
	unsigned int chain = 0;
	size_t load = 0;

	for (size_t i = 0; i < e->t->count; i++) {
		const struct sb_learn_packet *p = &e->t->packets[i];
		double sent, left;
		bool alone = p->sent_ns >= latest_ns;

		if (p->arrived_ns == SB_LEARN_LOST)
			continue;
		for (; load < e->t->load_count && e->t->load[load].sent_ns <= p->sent_ns; load++)
			free_ns = fmax((double)(e->t->load[load].sent_ns - first), free_ns) +
				  bits_ns(e->t->load[load].len, low);
		sent = (double)(p->sent_ns - first);
		left = (double)(p->arrived_ns - first - e->smallest_ns);
		chain = before && is_pair(e, before, p) ? chain + 1 : 0;
		before = p;
		if (p->arrived_ns > latest_ns)
			latest_ns = p->arrived_ns;
		if (low > 0 ? sent >= free_ns : e->t->by_acks ? alone : chain < CHAIN)
			add_sample(s, window_of(e, p->sent_ns),
				   (double)(p->arrived_ns - p->sent_ns) -
				       bits_ns(p->len, rate_at(e->out, p->sent_ns)));
		free_ns = (sent > free_ns ? sent : free_ns) + bits_ns(p->len, low);
		if (left < free_ns)
			free_ns = left;
	}
	if (!s->count) {
		e->out->delay_is_least = true;
		add_sample(s, 0, (double)e->smallest_ns);
	}
	qsort(s->list, s->count, sizeof(*s->list), by_window);
}

/* Levels of a moment are none, unless there is no other (@last). */
static void add_delay(struct sb_estimate *e, size_t from, size_t end, bool last, double *v,
		      double *residuals, size_t *residual_count)
{
	struct sb_learned_dir *d = e->out;
	bool first = !d->delay_count;
	double level;
	size_t n = 0;

	for (size_t i = from; i < end; i++)
		if (!isnan(e->delay.value[i]))
			v[n++] = e->delay.value[i];
	if (!n || (n < MIN_WINDOWS && !(last && first)))
		return;
	level = sb_median(v, n);
	for (size_t i = 0; i < n; i++)
		residuals[(*residual_count)++] = fabs(v[i] - level);
	d->delays[d->delay_count++] = (struct sb_learn_step){
	    .at_ns = first ? 0 : (int64_t)from * e->delay.window_ns, .value = level};
}

static void set_delay_levels(struct sb_estimate *e)
{
	size_t *starts = sb_alloc(MAX_LEVELS, sizeof(*starts)), residual_count = 0;
	size_t levels =
	    sb_steps_find(e->delay.value, e->delay.count, DELAY_FLOOR_NS, starts, MAX_LEVELS);
	double *v = sb_alloc(e->delay.count, sizeof(*v));
	double *residuals = sb_alloc(e->delay.count, sizeof(*residuals)), spread;

	e->out->delays = sb_alloc(levels, sizeof(*e->out->delays));
	for (size_t k = 0; k < levels; k++)
		add_delay(e, starts[k], k + 1 < levels ? starts[k + 1] : e->delay.count,
			  k + 1 == levels, v, residuals, &residual_count);
	e->out->usual_delay = longest(e->out->delays, e->out->delay_count, e->out->span_ns);
	spread = 1.4826 * sb_median(residuals, residual_count);
	e->out->jitter_ns = isnan(spread) ? 0 : spread;
	/* Of a median, 1.25 times that of a mean (normal noise). */
	if (e->out->delay_count)
		e->out->delay_error_ns =
		    1.96 * 1.2533 * e->out->jitter_ns /
		    sqrt((double)e->out->delay_windows / (double)e->out->delay_count);
	free(starts);
	free(v);
	free(residuals);
}

static void find_delay(struct sb_estimate *e)
{
	struct samples s = {0};
	size_t taken;

	find_idle(e, &s);
	e->out->delay_windows = take_medians(&s, 1, INFINITY, &e->delay, &taken);
	e->out->windows = e->delay.count;
	if (e->out->delay_windows)
		set_delay_levels(e);
	free(s.list);
}

void sb_learn_dir(const struct sb_learn_trace *t, int64_t start_ns, struct sb_learned_dir *out)
{
	struct sb_estimate e = {.t = t, .out = out};

	*out = (struct sb_learned_dir){.packets = t->count, .first_ns = start_ns};
	for (size_t i = 0; i < t->count; i++) {
		const struct sb_learn_packet *p = &t->packets[i];
		int64_t last = p->arrived_ns == SB_LEARN_LOST ? p->sent_ns : p->arrived_ns;

		out->lost += p->arrived_ns == SB_LEARN_LOST;
		if (last - start_ns > out->span_ns)
			out->span_ns = last - start_ns;
	}
	if (out->lost == out->packets)
		return;
	make_series(&e, &e.rate);
	make_series(&e, &e.delay);
	find_smallest(&e);
	find_rate(&e);
	find_delay(&e);
	sb_estimate_loss(&e);
	free(e.rate.value);
	free(e.delay.value);
}
