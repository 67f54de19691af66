// SPDX-License-Identifier: MIT
/* reference_stretch.c - the rate of a link that was full: how long its packets took, stretch by stretch */
#include "reference_model.h"

#include "median_slope.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

/*
 * A stretch through a full serialiser counts for the rate when it is at least this long: the errors
 * of its two ends (a timer's lateness each, some 50 us) are then below 1 %.
 */
#define STRETCH_MIN_NS (10 * SB_NS_PER_MS)

/* The train has one stretch only and is all there is to go by: 2 %. */
#define TRAIN_MIN_NS (5 * SB_NS_PER_MS)

static void keep_stretch(struct sb_measure *out, const struct sb_followed_stretch *s,
			 double measured_ns)
{
	out->stretches = sb_spill_grow(&out->stretch_spill, out->stretches, out->stretch_count,
				       &out->stretch_room, sizeof(*out->stretches));
	out->stretches[out->stretch_count++] =
	    (struct sb_stretch){s->from_ns, s->bits, s->asked_ns, measured_ns};
}

static void add_train_point(struct sb_reference_model *m)
{
	m->train = sb_grow(m->train, m->train_count, &m->train_room, sizeof(*m->train));
	m->train[m->train_count++] = (struct sb_xy){m->stretch.asked_ns, m->stretch.arrived_ns};
}

void sb_stretch_close(struct sb_reference_model *m)
{
	const struct sb_followed_stretch *s = &m->stretch;
	struct sb_full *to = s->in_train ? &m->out->train : &m->out->flows;
	double n = (double)s->packets + 1, spread = s->xx - s->x * s->x / n, measured_ns;

	if (spread > 0 && s->asked_ns >= (double)(s->in_train ? TRAIN_MIN_NS : STRETCH_MIN_NS)) {
		to->bits += s->bits;
		to->asked_ns += s->asked_ns;
		measured_ns = s->asked_ns * (s->in_train ? sb_median_slope(m->train, m->train_count)
							 : (s->xy - s->x * s->y / n) / spread);
		to->measured_ns += measured_ns;
		to->packets += s->packets;
		if (!s->in_train)
			keep_stretch(m->out, s, measured_ns);
	}
	m->stretch = (struct sb_followed_stretch){0};
	m->train_count = 0;
}

void sb_stretch_follow(struct sb_reference_model *m, const struct sb_sent *s, int64_t delay_ns,
		       bool held)
{
	bool train = sb_in_train(m->window, s->t_ns), follows;
	int64_t before_ns = m->before ? m->before->arrived_ns : 0;
	double bytes = m->line.bytes - m->before_line.bytes;
	uint64_t rate_bps = m->line.rate_bps;

	follows = m->before && rate_bps && m->line.idles == m->before_line.idles &&
		  m->line.changes == m->before_line.changes && delay_ns == m->before_delay_ns &&
		  train == m->stretch.in_train;
	/* Copies and reordered packets are right for the model, but not for two arrivals' distance.
	 */
	if (follows && (held || s->reordered || m->before->reordered || m->before->copies > 1))
		follows = false;
	m->before = held ? NULL : s;
	m->before_delay_ns = delay_ns;
	m->before_line = m->line;
	if (!follows) {
		sb_stretch_close(m);
		m->stretch.in_train = train;
		m->stretch.from_ns = s->arrived_ns - delay_ns;
		if (train)
			add_train_point(m);
		return;
	}
	m->stretch.bits += 8.0 * bytes;
	m->stretch.asked_ns += 8e9 * bytes / (double)rate_bps;
	m->stretch.arrived_ns += (double)(s->arrived_ns - before_ns);
	m->stretch.x += m->stretch.asked_ns;
	m->stretch.y += m->stretch.arrived_ns;
	m->stretch.xx += m->stretch.asked_ns * m->stretch.asked_ns;
	m->stretch.xy += m->stretch.asked_ns * m->stretch.arrived_ns;
	m->stretch.packets++;
	if (train)
		add_train_point(m);
}
