// SPDX-License-Identifier: MIT
/* elements.c - mean elements gathered from a file, and those left out */
#include "elements.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "satbed/base/mem.h"

#define PI  3.14159265358979323846
#define DEG (PI / 180.0)

int sb_elements_add(struct sb_element_list *l, const struct sb_elements *e, struct sb_err *err)
{
	if (l->count == SB_MAX_SATELLITES)
		return sb_fail(err, SB_EINPUT, 0, "%s: more than %d satellites", l->name,
			       SB_MAX_SATELLITES);
	l->list = sb_grow(l->list, l->count, &l->room, sizeof(*e));
	l->list[l->count++] = *e;
	return 0;
}

void sb_elements_leave_out(struct sb_element_list *l, const char *fmt, ...)
{
	va_list ap;

	if (l->left_out++)
		return;
	va_start(ap, fmt);
	vsnprintf(l->why, sizeof(l->why), fmt, ap);
	va_end(ap);
}

int sb_elements_set_angles(struct sb_elements *e, double inclination, double node, double perigee,
			   double anomaly, double motion)
{
	if (!(motion > 0 && motion <= 20) || !(inclination >= 0 && inclination <= 180) ||
	    !(e->eccentricity >= 0 && e->eccentricity < 1) || !(fabs(node) <= 360) ||
	    !(fabs(perigee) <= 360) || !(fabs(anomaly) <= 360))
		return -1;
	e->inclination_rad = inclination * DEG;
	e->node_rad = node * DEG;
	e->perigee_rad = perigee * DEG;
	e->anomaly_rad = anomaly * DEG;
	e->motion_rad_min = motion * 2 * PI / 1440;
	return 0;
}
