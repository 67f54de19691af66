// SPDX-License-Identifier: MIT
/*
 * event_occurrences.c - every occurrence of an event drawn
 *
 * Each quantity has a stream of its own, named after event, client and quantity, so that another
 * event, client or key leaves the values alone.
 */
#include "event_occurrences.h"

#include <stdio.h>

#include "draw.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define MAX_OUTAGE_NS  (3600 * SB_NS_PER_S)
#define MAX_STEP_NS    (60 * SB_NS_PER_S)
#define MIN_SPACING_NS (10 * SB_NS_PER_MS)
#define MAX_SPACING_NS (24 * 3600 * SB_NS_PER_S)

static void open_stream(struct sb_rng *rng, uint64_t seed, const char *event, unsigned int client,
			const char *what)
{
	char purpose[128];

	snprintf(purpose, sizeof(purpose), "event/%s/client%u/%s", event, client, what);
	sb_draw_stream(rng, seed, purpose);
}

/* Where an event is in time: instants are read off a list, counted, or drawn one after another. */
struct clockwork {
	const struct sb_section *section;
	struct sb_rng rng;
	size_t n;
	int64_t last_ns;
};

static int64_t spacing(struct clockwork *c, const struct sb_draw *every)
{
	int64_t ns = sb_draw_value(&c->rng, every, MAX_SPACING_NS);

	return ns < MIN_SPACING_NS ? MIN_SPACING_NS : ns;
}

/* The next instant, or -1 when there is none before @end_ns. */
static int64_t next_instant(struct clockwork *c, int64_t end_ns)
{
	const struct sb_value *every = sb_value(c->section, SB_KEY_EVERY);
	const struct sb_value *phase = sb_value(c->section, SB_KEY_PHASE);
	const struct sb_value *at = sb_value(c->section, SB_KEY_AT);
	size_t n = c->n++;

	if (sb_has(at))
		c->last_ns = n < at->instants.count ? at->instants.ns[n] : end_ns;
	else if (!n && sb_has(phase))
		c->last_ns = phase->time_ns;
	else
		c->last_ns += spacing(c, &every->draw);
	return c->last_ns < end_ns ? c->last_ns : -1;
}

static int64_t draw_if(struct sb_rng *rng, const struct sb_value *v, size_t n, int64_t max,
		       int64_t otherwise)
{
	if (!sb_has(v))
		return otherwise;
	if (v->draw.kind == SB_DRAW_ALTERNATE)
		return n % 2 ? v->draw.b : v->draw.a;
	return sb_draw_value(rng, &v->draw, max);
}

/* What LeoEM makes of a handover: so many times the delay of the link that is left, and so many
 * times that of the link that is taken; each the mean of both directions. */
static int64_t old_and_new(const struct sb_draw *d, const struct sb_link *link,
			   const int64_t old_step_ns[2], const int64_t new_step_ns[2])
{
	double sum = 0;

	for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
		int64_t base = link->dir[dir].initial.delay_ns;
		int64_t old_ns = base + old_step_ns[dir], new_ns = base + new_step_ns[dir];

		sum += (double)d->a * (double)(old_ns > 0 ? old_ns : 0) +
		       (double)d->b * (double)(new_ns > 0 ? new_ns : 0);
	}
	sum /= 2 * (double)SB_PPM;
	return sum > (double)MAX_OUTAGE_NS ? MAX_OUTAGE_NS : sb_round(sum);
}

void sb_event_occurrences_draw(const struct sb_scenario *sc, const struct sb_section *s,
			       unsigned int client, const struct sb_link *link, uint64_t seed,
			       int64_t end_ns, struct sb_event_occurrences *out)
{
	const struct sb_value *hold = sb_value(s, SB_KEY_FOR), *ramp = sb_value(s, SB_KEY_RAMP);
	const struct sb_value *broken = sb_value(s, SB_KEY_OUTAGE);
	int direction = sb_value(s, SB_KEY_EVENT_DIRECTION)->word;
	struct sb_rng chance, outage, delay[2], factor[2];
	struct clockwork clockwork = {.section = s};
	int64_t at, in_force_ns[2] = {0, 0};
	size_t room = 0;

	*out = (struct sb_event_occurrences){.section = s,
					     .hold_ns = sb_has(hold) ? hold->time_ns : INT64_MAX,
					     .ramp_ns = sb_has(ramp) ? ramp->time_ns : 0};
	if (!sb_link_is_meant(sc, s, SB_KEY_EVENT_CLIENT, SB_KEY_EVENT_TERMINAL, client))
		return;
	open_stream(&clockwork.rng, seed, s->name, client, "instants");
	open_stream(&chance, seed, s->name, client, "chance");
	open_stream(&outage, seed, s->name, client, "outage");
	open_stream(&delay[SB_UP], seed, s->name, client, "delay/up");
	open_stream(&delay[SB_DOWN], seed, s->name, client, "delay/down");
	open_stream(&factor[SB_UP], seed, s->name, client, "rate/up");
	open_stream(&factor[SB_DOWN], seed, s->name, client, "rate/down");
	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		out->concerns[dir] = direction == SB_WORD_BOTH || direction == dir;
	for (size_t n = 0; (at = next_instant(&clockwork, end_ns)) >= 0; n++) {
		struct sb_occurrence o = {.at_ns = at};
		bool happens = sb_rng_chance(&chance, sb_value(s, SB_KEY_CHANCE)->ppb);

		/* Drawn even when it does not happen: another chance leaves the others' values
		 * alone. */
		o.outage_ns = draw_if(&outage, broken, n, MAX_OUTAGE_NS, 0);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			o.delay_ns[dir] =
			    draw_if(&delay[dir], sb_value(s, SB_KEY_DELAY_STEP), n, MAX_STEP_NS, 0);
			o.factor_ppm[dir] = draw_if(&factor[dir], sb_value(s, SB_KEY_RATE_STEP), n,
						    INT64_MAX / 2, SB_PPM);
		}
		if (!happens)
			continue;
		if (sb_has(broken) && broken->draw.kind == SB_DRAW_OLD_NEW)
			o.outage_ns = old_and_new(&broken->draw, link, in_force_ns, o.delay_ns);
		in_force_ns[SB_UP] = o.delay_ns[SB_UP];
		in_force_ns[SB_DOWN] = o.delay_ns[SB_DOWN];
		out->list = sb_grow(out->list, out->count, &room, sizeof(o));
		out->list[out->count++] = o;
	}
}

int64_t sb_event_occurrences_expected(const struct sb_section *s, int64_t duration_ns)
{
	const struct sb_value *every = sb_value(s, SB_KEY_EVERY);

	if (!sb_has(every))
		return (int64_t)sb_value(s, SB_KEY_AT)->instants.count;
	if (every->draw.kind == SB_DRAW_FIXED)
		return 1 + duration_ns / every->draw.a;
	/* Spacings of an exponential distribution of mean M: n of them take n M, give or take
	 * sqrt(n) M; of a uniform one the smallest counts. */
	if (every->draw.kind == SB_DRAW_UNIFORM)
		return 1 + duration_ns /
			       (every->draw.a > MIN_SPACING_NS ? every->draw.a : MIN_SPACING_NS);
	return 20 + 2 * duration_ns / every->draw.a;
}

int64_t sb_ramp_step_ns(int64_t ramp_ns)
{
	int64_t step = ramp_ns / 1000;

	if (step < 10 * SB_NS_PER_MS)
		return 10 * SB_NS_PER_MS;
	return step > 100 * SB_NS_PER_MS ? 100 * SB_NS_PER_MS : step;
}
