// SPDX-License-Identifier: MIT
/*
 * grid.c - do outages and delay steps come at instants 15 s apart?
 *
 * Rayleigh's test (Mardia and Jupp 2000, section 6.3.1): n instants as angles of the period; the
 * length R of their mean vector is near 0 for instants of any time, and at least that long by
 * chance in exp(-n R^2).  Events of both directions within a second are one.  15 s is the period of
 * Starlink's reconfigurations (Mohan et al., WWW '24); no other one is looked for.
 */
#include <math.h>
#include <stdlib.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/learn.h"

#define PERIOD_NS  (15 * SB_NS_PER_S)
#define TOGETHER   (SB_NS_PER_S)
#define MIN_EVENTS 3
#define MAX_P	   1e-2
#define MIN_R	   0.9 /* within about 1.1 s of each other */
#define MIN_STEP   1e6 /* ns; smaller ones may be noise */

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static size_t gather(const struct sb_learned *l, int64_t *at)
{
	size_t n = 0, kept = 0;

	for (int dir = 0; dir < 2; dir++) {
		const struct sb_learned_dir *d = &l->dir[dir];

		for (size_t i = 0; l->known[dir] && i < d->outage_count; i++)
			at[n++] = d->outages[i].from_ns;
		for (size_t i = 1; l->known[dir] && i < d->delay_count; i++)
			if (fabs(d->delays[i].value - d->delays[i - 1].value) > MIN_STEP)
				at[n++] = d->delays[i].at_ns;
	}
	qsort(at, n, sizeof(*at), compare);
	for (size_t i = 0; i < n; i++)
		if (!kept || at[i] - at[kept - 1] > TOGETHER)
			at[kept++] = at[i];
	return kept;
}

void sb_learn_grid(struct sb_learned *l)
{
	int64_t *at = sb_alloc(l->dir[0].outage_count + l->dir[0].delay_count +
				   l->dir[1].outage_count + l->dir[1].delay_count + 1,
			       sizeof(*at));
	size_t n = gather(l, at);
	double c = 0, s = 0, r, angle;

	for (size_t i = 0; i < n; i++) {
		angle = 2 * M_PI * (double)(at[i] % PERIOD_NS) / (double)PERIOD_NS;
		c += cos(angle);
		s += sin(angle);
	}
	free(at);
	l->grid_events = n;
	if (n < MIN_EVENTS)
		return;
	r = sqrt(c * c + s * s) / (double)n;
	l->grid_p = exp(-(double)n * r * r);
	if (l->grid_p > MAX_P || r < MIN_R) {
		/* n events in one place: exp(-n); three give 0.05, which is all there is to say. */
		if (n > 4 || r < 0.98)
			return;
	}
	angle = atan2(s, c);
	l->grid_ns = PERIOD_NS;
	l->grid_phase_ns =
	    (int64_t)((angle < 0 ? angle + 2 * M_PI : angle) / (2 * M_PI) * (double)PERIOD_NS);
}

void sb_learned_fini(struct sb_learned *l)
{
	for (int dir = 0; dir < 2; dir++) {
		free(l->dir[dir].delays);
		free(l->dir[dir].rates);
		free(l->dir[dir].outages);
	}
	*l = (struct sb_learned){0};
}
