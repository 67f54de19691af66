// SPDX-License-Identifier: MIT
/* recovery.c - how a flow comes back after each outage of its link */
#include "recovery.h"

#include <math.h>
#include <stdlib.h>

#include "satbed/base/bisect.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "analysis/match/nearly_sort.h"

#define BEFORE_NS     (1 * SB_NS_PER_S)
#define BEFORE_MIN_NS (200 * SB_NS_PER_MS)
#define WINDOW_MIN_NS (100 * SB_NS_PER_MS)
#define RECOVERED     0.9

/** struct outage - both directions together: out when one of them is; CLOCK_REALTIME */
struct outage {
	int64_t from_ns, to_ns;
	bool dir[2];
};

struct outages {
	struct outage *list;
	size_t count, room;
};

void sb_flow_progress_arrive(struct sb_flow_progress *m, int64_t sent_ns, int64_t arrived_ns,
			     uint64_t bytes)
{
	m->arrivals = sb_spill_grow(&m->arrival_spill, m->arrivals, m->arrival_count,
				    &m->arrival_room, sizeof(*m->arrivals));
	m->arrivals[m->arrival_count++] = (struct sb_arrival){sent_ns, arrived_ns, bytes};
}

void sb_flow_progress_timeout(struct sb_flow_progress *m, int64_t t_ns, bool spurious)
{
	m->timeouts =
	    sb_grow(m->timeouts, m->timeout_count, &m->timeout_room, sizeof(*m->timeouts));
	m->timeouts[m->timeout_count++] = (struct sb_timeout){t_ns, spurious};
}

void sb_flow_progress_fini(struct sb_flow_progress *m)
{
	sb_spill_free(&m->arrival_spill, m->arrivals);
	free(m->timeouts);
	*m = (struct sb_flow_progress){0};
}

bool sb_has_outage(const struct sb_plan *plan, size_t link)
{
	if (plan->links[link].dir[SB_UP].initial.outage ||
	    plan->links[link].dir[SB_DOWN].initial.outage)
		return true;
	for (size_t i = 0; i < plan->step_count; i++)
		if (plan->steps[i].link == link && plan->steps[i].state.outage)
			return true;
	return false;
}

static void add_outage(struct outages *o, int64_t from_ns, int64_t to_ns, const bool dir[2])
{
	o->list = sb_grow(o->list, o->count, &o->room, sizeof(*o->list));
	o->list[o->count++] = (struct outage){from_ns, to_ns, {dir[SB_UP], dir[SB_DOWN]}};
}

/* Steps are in order of time, so one pass over both directions gives the union. */
static void find_outages(const struct sb_analysis_input *in, size_t link, struct outages *out)
{
	const struct sb_plan *plan = in->plan;
	bool now[2] = {plan->links[link].dir[SB_UP].initial.outage,
		       plan->links[link].dir[SB_DOWN].initial.outage};
	bool seen[2] = {now[0], now[1]};
	int64_t from_ns = in->start_real_ns;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];
		bool before = now[0] || now[1], after;

		if (s->link != link || s->dir > SB_DOWN)
			continue;
		now[s->dir] = s->state.outage;
		after = now[0] || now[1];
		if (!before && after) {
			from_ns = in->start_real_ns + s->at_ns;
			seen[0] = seen[1] = false;
		}
		seen[s->dir] |= s->state.outage;
		if (before && !after)
			add_outage(out, from_ns, in->start_real_ns + s->at_ns, seen);
	}
	if (now[0] || now[1])
		add_outage(out, from_ns, in->end_real_ns, seen);
}

static int compare_arrivals(const void *a, const void *b)
{
	const struct sb_arrival *x = a, *y = b;

	if (x->arrived_ns != y->arrived_ns)
		return x->arrived_ns < y->arrived_ns ? -1 : 1;
	return (x->sent_ns > y->sent_ns) - (x->sent_ns < y->sent_ns);
}

/* The first arrival at or after @t_ns. */
static size_t find_arrival(const struct sb_flow_progress *m, int64_t t_ns)
{
	return sb_bisect(mid, 0, m->arrival_count, m->arrivals[mid].arrived_ns < t_ns);
}

static double goodput_before(const struct sb_flow_progress *m, int64_t from_ns, int64_t to_ns)
{
	double bytes = 0;

	if (from_ns < to_ns - BEFORE_NS)
		from_ns = to_ns - BEFORE_NS;
	if (m->arrival_count && from_ns < m->arrivals[0].arrived_ns)
		from_ns = m->arrivals[0].arrived_ns;
	if (to_ns - from_ns < BEFORE_MIN_NS)
		return NAN;
	for (size_t i = find_arrival(m, from_ns);
	     i < m->arrival_count && m->arrivals[i].arrived_ns < to_ns; i++)
		bytes += (double)m->arrivals[i].bytes;
	return bytes > 0 ? 8e9 * bytes / (double)(to_ns - from_ns) : NAN;
}

static double ms_since(int64_t from_ns, int64_t to_ns)
{
	return (double)(to_ns - from_ns) / SB_NS_PER_MS;
}

/* What was sent after @o has arrived again, and when as fast as before; until @limit_ns. */
static void follow(const struct sb_flow_progress *m, const struct outage *o, int64_t window_ns,
		   int64_t limit_ns, struct sb_recovery *r)
{
	double wanted = RECOVERED * r->before_bps * (double)window_ns / 8e9, sum = 0;
	size_t first = find_arrival(m, o->to_ns), oldest = first;

	for (size_t i = first; i < m->arrival_count; i++) {
		const struct sb_arrival *a = &m->arrivals[i];

		if (a->arrived_ns > limit_ns)
			return;
		if (a->sent_ns < o->to_ns)
			continue;
		if (isnan(r->first_byte_ms))
			r->first_byte_ms = ms_since(o->to_ns, a->arrived_ns);
		sum += (double)a->bytes;
		for (; m->arrivals[oldest].arrived_ns <= a->arrived_ns - window_ns; oldest++)
			if (m->arrivals[oldest].sent_ns >= o->to_ns)
				sum -= (double)m->arrivals[oldest].bytes;
		if (wanted > 0 && sum >= wanted) {
			r->recovered_ms = ms_since(o->to_ns, a->arrived_ns);
			return;
		}
	}
}

static void count_timeouts(const struct sb_flow_progress *m, int64_t from_ns, int64_t to_ns,
			   struct sb_recovery *r)
{
	for (size_t i = 0; i < m->timeout_count; i++) {
		if (m->timeouts[i].t_ns < from_ns || m->timeouts[i].t_ns >= to_ns)
			continue;
		r->timeouts++;
		r->spurious_timeouts += m->timeouts[i].spurious;
	}
}

static int64_t window_at(const struct sb_analysis_input *in, size_t link, int64_t t_ns)
{
	int64_t rtt_ns = 0, at_ns = t_ns - in->start_real_ns;

	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		rtt_ns += sb_plan_state_at(in->plan, link, (enum sb_dir)dir, at_ns)->delay_ns;
	return rtt_ns > WINDOW_MIN_NS ? rtt_ns : WINDOW_MIN_NS;
}

static struct sb_recovery recover_one(const struct sb_analysis_input *in, size_t link,
				      const struct sb_flow_progress *m, const struct outage *o,
				      int64_t after_ns, int64_t limit_ns)
{
	struct sb_recovery r = {.at_s = (double)(o->from_ns - in->start_real_ns) / SB_NS_PER_S,
				.outage_ms = ms_since(o->from_ns, o->to_ns),
				.dir = {o->dir[SB_UP], o->dir[SB_DOWN]},
				.first_byte_ms = NAN,
				.recovered_ms = NAN};
	int64_t until_ns = limit_ns;

	r.before_bps = goodput_before(m, after_ns, o->from_ns);
	follow(m, o, window_at(in, link, o->to_ns), limit_ns, &r);
	if (!isnan(r.recovered_ms))
		until_ns = o->to_ns + (int64_t)(r.recovered_ms * SB_NS_PER_MS);
	count_timeouts(m, o->from_ns, until_ns, &r);
	return r;
}

size_t sb_recover(const struct sb_analysis_input *in, size_t link, struct sb_flow_progress *m,
		  struct sb_recovery **out)
{
	struct outages all = {0};
	size_t count = 0;

	*out = NULL;
	if (!m->arrival_count)
		return 0;
	find_outages(in, link, &all);
	sb_nearly_sort(m->arrivals, m->arrival_count, sizeof(*m->arrivals), compare_arrivals,
		       &m->arrival_spill);
	*out = sb_alloc(all.count + 1, sizeof(**out));
	for (size_t i = 0; i < all.count; i++) {
		int64_t after_ns = i ? all.list[i - 1].to_ns : INT64_MIN, limit_ns = m->until_ns;

		/* Over before the flow moved anything, or after its time. */
		if (all.list[i].to_ns <= m->arrivals[0].sent_ns ||
		    all.list[i].from_ns >= m->until_ns)
			continue;
		if (i + 1 < all.count && all.list[i + 1].from_ns < limit_ns)
			limit_ns = all.list[i + 1].from_ns;
		(*out)[count++] = recover_one(in, link, m, &all.list[i], after_ns, limit_ns);
	}
	free(all.list);
	return count;
}
