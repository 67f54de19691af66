// SPDX-License-Identifier: MIT
/* pie.c - Proportional Integral controller Enhanced, RFC 8033 */
#include "pie.h"

#include "satbed/base/clock.h"

/* The RFC's constants: gains per second of delay, and how long a burst passes unharmed. */
#define ALPHA	     0.125
#define BETA	     1.25
#define MAX_BURST_NS (150 * SB_NS_PER_MS)
#define DECAY	     0.98

/* The smaller the probability, the smaller its steps (section 4.2). */
static double scale(double prob)
{
	static const struct {
		double below, divisor;
	} steps[] = {{1e-6, 2048}, {1e-5, 512}, {1e-4, 128}, {1e-3, 32}, {1e-2, 8}, {1e-1, 2}};

	for (unsigned int i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (prob < steps[i].below)
			return steps[i].divisor;
	return 1;
}

static bool is_calm(const struct sb_pie *p, int64_t qdelay_ns)
{
	return p->drop_prob <= 0 && qdelay_ns < p->target_ns / 2 &&
	       p->qdelay_old_ns < p->target_ns / 2;
}

void sb_pie_update(struct sb_pie *p, int64_t qdelay_ns)
{
	double change = ALPHA * (double)(qdelay_ns - p->target_ns) / (double)SB_NS_PER_S +
			BETA * (double)(qdelay_ns - p->qdelay_old_ns) / (double)SB_NS_PER_S;

	if (!p->active)
		return;
	change /= scale(p->drop_prob);
	if (p->drop_prob >= 0.1 && change > 0.02)
		change = 0.02;
	p->drop_prob += change;
	if (!qdelay_ns && !p->qdelay_old_ns)
		p->drop_prob *= DECAY;
	if (p->drop_prob < 0)
		p->drop_prob = 0;
	if (p->drop_prob > 1)
		p->drop_prob = 1;
	p->burst_allowance_ns -= p->update_ns;
	if (p->burst_allowance_ns < 0)
		p->burst_allowance_ns = 0;
	if (is_calm(p, qdelay_ns))
		p->burst_allowance_ns = MAX_BURST_NS;
	p->qdelay_old_ns = qdelay_ns;
}

static bool drop_early(struct sb_pie *p, uint64_t waiting_bytes, uint32_t mtu_bytes, double draw)
{
	if ((p->qdelay_old_ns < p->target_ns / 2 && p->drop_prob < 0.2) ||
	    waiting_bytes <= 2 * (uint64_t)mtu_bytes)
		return false;
	if (p->drop_prob <= 0)
		p->accu_prob = 0;
	p->accu_prob += p->drop_prob;
	/* Not two drops close together, and not none for long (section 5.4). */
	if (p->accu_prob < 0.85)
		return false;
	return p->accu_prob >= 8.5 || draw < p->drop_prob;
}

bool sb_pie_drops(struct sb_pie *p, uint64_t waiting_bytes, uint32_t mtu_bytes, double draw)
{
	if (!p->active || p->burst_allowance_ns > 0 ||
	    !drop_early(p, waiting_bytes, mtu_bytes, draw))
		return false;
	p->accu_prob = 0;
	return true;
}

void sb_pie_queued(struct sb_pie *p, uint64_t waiting_bytes)
{
	if (!p->active && waiting_bytes > p->limit_bytes / 3) {
		p->active = true;
		p->qdelay_old_ns = 0;
		p->drop_prob = p->accu_prob = 0;
		p->burst_allowance_ns = MAX_BURST_NS;
	} else if (p->active && p->drop_prob <= 0 && !p->qdelay_old_ns && !waiting_bytes) {
		p->active = false;
	}
}
