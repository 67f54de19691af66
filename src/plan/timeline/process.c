// SPDX-License-Identifier: MIT
/* process.c - a quantity that varies over time: quantiles of its distribution, and its memory */
#include "process.h"

#include <math.h>
#include <stdio.h>

#include "draw.h"
#include "satbed/base/clock.h"
#include "satbed/plan.h"

bool sb_memory_any(const struct sb_memory *m)
{
	return m->run_ppb || m->slot_ppb || m->held_ppb;
}

void sb_process_init(struct sb_process *p, uint64_t seed, const char *purpose,
		     const struct sb_memory *memory, int64_t slot_ns, int64_t phase_ns)
{
	*p = (struct sb_process){.memory = *memory, .slot_ns = slot_ns, .phase_ns = phase_ns};
	sb_draw_stream(&p->rng, seed, purpose);
	p->run = sb_rng_normal(&p->rng);
}

/* Of the usual MTU, with its Ethernet header. */
#define FRAME_BITS (1514 * 8)

/* Which slot an instant is in; those before the first boundary are in slot -1 or earlier. */
static int64_t slot_of(const struct sb_process *p, int64_t at_ns)
{
	int64_t since = at_ns - p->phase_ns;

	if (!p->slot_ns)
		return 0;
	return since >= 0 ? since / p->slot_ns : -1 - (-since - 1) / p->slot_ns;
}

double sb_process_next(struct sb_process *p, int64_t at_ns)
{
	const struct sb_memory *m = &p->memory;
	int64_t index = slot_of(p, at_ns);
	uint32_t rest = SB_PPB - m->run_ppb - m->slot_ppb - m->held_ppb;
	double sum;

	if (!p->begun || index != p->slot_index) {
		p->slot = sb_rng_normal(&p->rng);
		p->held = sb_rng_normal(&p->rng);
		p->slot_index = index;
		p->begun = true;
	} else if (m->held_ppb) {
		double lag = (double)(at_ns - p->last_ns) / (double)m->hold_ns;
		double kept = lag < 700 ? sb_exact_exp(-lag) : 0;

		p->held = kept * p->held + sqrt(1 - kept * kept) * sb_rng_normal(&p->rng);
	}
	p->last_ns = at_ns;
	sum = sqrt((double)m->run_ppb) * p->run + sqrt((double)m->slot_ppb) * p->slot +
	      sqrt((double)m->held_ppb) * p->held;
	if (rest)
		sum += sqrt((double)rest) * sb_rng_normal(&p->rng);
	return sum / sqrt((double)SB_PPB);
}

void sb_link_process(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		     enum sb_key memory, const char *what, uint64_t seed, struct sb_process *out)
{
	char purpose[64];

	snprintf(purpose, sizeof(purpose), "%s/client%u/%s", what, client, sb_dir_name(dir));
	sb_process_init(out, seed, purpose, &sb_link_value(sc, client, dir, memory)->memory,
			sb_link_value(sc, client, dir, SB_KEY_SLOT)->time_ns,
			sb_link_value(sc, client, dir, SB_KEY_SLOT_PHASE)->time_ns);
}

void sb_drawn_rate(int64_t rate_bps, int64_t every_ns, struct sb_link_state *s)
{
	s->outage = (double)rate_bps * (double)every_ns < (double)FRAME_BITS * (double)SB_NS_PER_S;
	if (!s->outage)
		s->rate_bps = (uint64_t)rate_bps;
}

void sb_drawn_rate_begin(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			 uint64_t seed, struct sb_link_state *s)
{
	const struct sb_link_rate *rate = &sb_link_value(sc, client, dir, SB_KEY_RATE)->rate;
	struct sb_process p;

	sb_link_process(sc, client, dir, SB_KEY_RATE_MEMORY, "rate", seed, &p);
	sb_drawn_rate(sb_quantile(rate->drawn, sb_normal_probability(sb_process_next(&p, 0))),
		      sb_link_value(sc, client, dir, SB_KEY_RATE_EVERY)->time_ns, s);
}
