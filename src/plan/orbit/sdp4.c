// SPDX-License-Identifier: MIT
/* sdp4.c - what sun and moon do to an orbit; names of terms are those of the report */
#include "sdp4.h"

#include <math.h>

#include "exact_trig.h"
#include "satbed/base/clock.h"
#include "sgp4.h"

/* Days from 1899-12-31 12:00, which sun and moon are reckoned from, to 1970. */
#define DAYS_TO_1970 25567.5
#define DAY_NS	     (86400 * SB_NS_PER_S)

#define SUN_RATE   1.19459e-5
#define SUN_E	   0.01675
#define SUN_FORCE  2.9864797e-6
#define MOON_RATE  1.5835218e-4
#define MOON_E	   0.05490
#define MOON_FORCE 4.7968065e-7

/* The ecliptic, and where the sun's perigee is. */
#define SIN_ECLIPTIC	0.39785416
#define COS_ECLIPTIC	0.91744867
#define COS_SUN_PERIGEE 0.1945905
#define SIN_SUN_PERIGEE (-0.98088458)

#define FLAT	  5.2359877e-2 /* 3 degrees: nodes of flatter orbits mean nothing */
#define LYDDANE_I 0.2	       /* below, node and perigee are taken together */

static double square(double x)
{
	return x * x;
}

/** struct plane - of a body's orbit: perigee (g), inclination (i), node (h) as seen from ours */
struct plane {
	double cos_g, sin_g, cos_i, sin_i, cos_h, sin_h;
};

/** struct terms - of one body's force on an orbit */
struct terms {
	double s1, s2, s3, s4, s5, s6, s7;
	double z1, z2, z3, z11, z12, z13, z21, z22, z23, z31, z32, z33;
};

static void find_terms(const struct sb_sgp4 *s, const struct plane *p, double force,
		       struct terms *t)
{
	double e2 = square(s->eccentricity), beta2 = 1 - e2, beta = sqrt(beta2);
	double cos_w = sb_exact_cos(s->perigee), sin_w = sb_exact_sin(s->perigee);
	double a1 = p->cos_g * p->cos_h + p->sin_g * p->cos_i * p->sin_h;
	double a3 = -p->sin_g * p->cos_h + p->cos_g * p->cos_i * p->sin_h;
	double a7 = -p->cos_g * p->sin_h + p->sin_g * p->cos_i * p->cos_h;
	double a8 = p->sin_g * p->sin_i;
	double a9 = p->sin_g * p->sin_h + p->cos_g * p->cos_i * p->cos_h;
	double a10 = p->cos_g * p->sin_i;
	double a2 = s->cos_i * a7 + s->sin_i * a8, a4 = s->cos_i * a9 + s->sin_i * a10;
	double a5 = -s->sin_i * a7 + s->cos_i * a8, a6 = -s->sin_i * a9 + s->cos_i * a10;
	double x1 = a1 * cos_w + a2 * sin_w, x2 = a3 * cos_w + a4 * sin_w;
	double x3 = -a1 * sin_w + a2 * cos_w, x4 = -a3 * sin_w + a4 * cos_w;
	double x5 = a5 * sin_w, x6 = a6 * sin_w, x7 = a5 * cos_w, x8 = a6 * cos_w;

	t->z31 = 12 * x1 * x1 - 3 * x3 * x3;
	t->z32 = 24 * x1 * x2 - 6 * x3 * x4;
	t->z33 = 12 * x2 * x2 - 3 * x4 * x4;
	t->z1 = 2 * (3 * (a1 * a1 + a2 * a2) + t->z31 * e2) + beta2 * t->z31;
	t->z2 = 2 * (6 * (a1 * a3 + a2 * a4) + t->z32 * e2) + beta2 * t->z32;
	t->z3 = 2 * (3 * (a3 * a3 + a4 * a4) + t->z33 * e2) + beta2 * t->z33;
	t->z11 = -6 * a1 * a5 + e2 * (-24 * x1 * x7 - 6 * x3 * x5);
	t->z12 =
	    -6 * (a1 * a6 + a3 * a5) + e2 * (-24 * (x2 * x7 + x1 * x8) - 6 * (x3 * x6 + x4 * x5));
	t->z13 = -6 * a3 * a6 + e2 * (-24 * x2 * x8 - 6 * x4 * x6);
	t->z21 = 6 * a2 * a5 + e2 * (24 * x1 * x5 - 6 * x3 * x7);
	t->z22 =
	    6 * (a4 * a5 + a2 * a6) + e2 * (24 * (x2 * x5 + x1 * x6) - 6 * (x4 * x7 + x3 * x8));
	t->z23 = 6 * a4 * a6 + e2 * (24 * x2 * x6 - 6 * x4 * x8);
	t->s3 = force / s->motion;
	t->s2 = -0.5 * t->s3 / beta;
	t->s4 = t->s3 * beta;
	t->s1 = -15 * s->eccentricity * t->s4;
	t->s5 = x1 * x3 + x2 * x4;
	t->s6 = x2 * x3 + x1 * x4;
	t->s7 = x2 * x4 - x1 * x3;
}

static void find_swings(struct sb_sdp4_body *b, const struct terms *t, double e)
{
	b->e2 = 2 * t->s1 * t->s6;
	b->e3 = 2 * t->s1 * t->s7;
	b->i2 = 2 * t->s2 * t->z12;
	b->i3 = 2 * t->s2 * (t->z13 - t->z11);
	b->l2 = -2 * t->s3 * t->z2;
	b->l3 = -2 * t->s3 * (t->z3 - t->z1);
	b->l4 = -2 * t->s3 * (-21 - 9 * e * e) * b->own_e;
	b->gh2 = 2 * t->s4 * t->z32;
	b->gh3 = 2 * t->s4 * (t->z33 - t->z31);
	b->gh4 = -18 * t->s4 * b->own_e;
	b->h2 = -2 * t->s2 * t->z22;
	b->h3 = -2 * t->s2 * (t->z23 - t->z21);
}

/* What one body adds to the elements per minute, its own swings aside. */
static void add_rates(struct sb_sdp4 *d, const struct sb_sgp4 *s, const struct terms *t,
		      double rate)
{
	double node = -rate * t->s2 * (t->z21 + t->z23);

	if (s->inclination < FLAT || s->inclination > SB_PI - FLAT)
		node = 0;
	if (s->sin_i != 0)
		node /= s->sin_i;
	d->e_rate += rate * t->s1 * t->s5;
	d->i_rate += rate * t->s2 * (t->z11 + t->z13);
	d->anomaly_rate -= rate * t->s3 * (t->z1 + t->z3 - 14 - 6 * square(s->eccentricity));
	d->perigee_rate += rate * t->s4 * (t->z31 + t->z33 - 6) - s->cos_i * node;
	d->node_rate += node;
}

static void add_body(struct sb_sdp4 *d, struct sb_sdp4_body *b, const struct sb_sgp4 *s,
		     const struct plane *p, double force)
{
	struct terms t;

	find_terms(s, p, force, &t);
	find_swings(b, &t, s->eccentricity);
	add_rates(d, s, &t, b->rate);
}

static void add_sun(struct sb_sdp4 *d, const struct sb_sgp4 *s, double day)
{
	struct plane p = {COS_SUN_PERIGEE, SIN_SUN_PERIGEE,	  COS_ECLIPTIC,
			  SIN_ECLIPTIC,	   sb_exact_cos(s->node), sb_exact_sin(s->node)};

	d->sun = (struct sb_sdp4_body){.rate = SUN_RATE, .own_e = SUN_E};
	d->sun.anomaly = sb_turn(6.2565837 + 0.017201977 * day);
	add_body(d, &d->sun, s, &p, SUN_FORCE);
}

/* The moon's orbit leans against the ecliptic, and its node goes round in 18.6 years. */
static void add_moon(struct sb_sdp4 *d, const struct sb_sgp4 *s, double day)
{
	double lunar_node = sb_turn(4.5236020 - 9.2422029e-4 * day);
	double sin_n = sb_exact_sin(lunar_node), cos_n = sb_exact_cos(lunar_node);
	double cos_i = 0.91375164 - 0.03568096 * cos_n, sin_i = sqrt(1 - cos_i * cos_i);
	double sin_h = 0.089683511 * sin_n / sin_i, cos_h = sqrt(1 - sin_h * sin_h);
	double longitude = 5.8351514 + 0.0019443680 * day;
	double perigee = longitude - lunar_node +
			 sb_exact_atan2(SIN_ECLIPTIC * sin_n / sin_i,
					cos_h * cos_n + COS_ECLIPTIC * sin_h * sin_n);
	double cos_node = sb_exact_cos(s->node), sin_node = sb_exact_sin(s->node);
	struct plane p = {sb_exact_cos(perigee),
			  sb_exact_sin(perigee),
			  cos_i,
			  sin_i,
			  cos_h * cos_node + sin_h * sin_node,
			  sin_node * cos_h - cos_node * sin_h};

	d->moon = (struct sb_sdp4_body){.rate = MOON_RATE, .own_e = MOON_E};
	d->moon.anomaly = sb_turn(4.7199672 + 0.22997150 * day - longitude);
	add_body(d, &d->moon, s, &p, MOON_FORCE);
}

/* Greenwich sidereal time as the theory has it: of the days since the last one of 1969. */
static double sidereal(double days)
{
	double whole = floor(days + 1e-8), day_turn = 1.72027916940703639e-2;

	return sb_turn(1.7321343856509374 + day_turn * whole +
		       (day_turn + 2 * SB_PI) * (days - whole) +
		       days * days * 5.07551419432269442e-15);
}

void sb_sdp4_init(struct sb_sdp4 *d, const struct sb_sgp4 *s, int64_t epoch_ns)
{
	double days = (double)epoch_ns / (double)DAY_NS;

	*d = (struct sb_sdp4){.sidereal = sidereal(days + 1)};
	add_sun(d, s, days + DAYS_TO_1970);
	add_moon(d, s, days + DAYS_TO_1970);
	sb_sdp4_resonate(d, s);
}

void sb_sdp4_drift(const struct sb_sdp4 *d, const struct sb_sgp4 *s, double minutes,
		   struct sb_sdp4_state *at)
{
	at->eccentricity += d->e_rate * minutes;
	at->inclination += d->i_rate * minutes;
	at->perigee += d->perigee_rate * minutes;
	at->node += d->node_rate * minutes;
	at->anomaly += d->anomaly_rate * minutes;
	if (d->resonance.a_day)
		sb_sdp4_integrate(d, s, minutes, at);
}

struct swing {
	double e, i, l, gh, h;
};

static void add_swing(const struct sb_sdp4_body *b, double minutes, struct swing *sum)
{
	double mean = b->anomaly + b->rate * minutes;
	double f = mean + 2 * b->own_e * sb_exact_sin(mean);
	double sin_f = sb_exact_sin(f), f2 = 0.5 * sin_f * sin_f - 0.25;
	double f3 = -0.5 * sin_f * sb_exact_cos(f);

	sum->e += b->e2 * f2 + b->e3 * f3;
	sum->i += b->i2 * f2 + b->i3 * f3;
	sum->l += b->l2 * f2 + b->l3 * f3 + b->l4 * sin_f;
	sum->gh += b->gh2 * f2 + b->gh3 * f3 + b->gh4 * sin_f;
	sum->h += b->h2 * f2 + b->h3 * f3;
}

/* Lyddane's way, where an orbit is so flat that dividing by the sine of its inclination fails. */
static void swing_flat(const struct swing *w, double sin_i, double cos_i, struct sb_sdp4_state *at)
{
	double sin_h = sb_exact_sin(at->node), cos_h = sb_exact_cos(at->node), node, sum;
	double alpha = sin_i * sin_h + w->h * cos_h + w->i * cos_i * sin_h;
	double beta = sin_i * cos_h - w->h * sin_h + w->i * cos_i * cos_h;

	/* With its sign: the published results depend on which turn it is. */
	at->node = fmod(at->node, 2 * SB_PI);
	sum = at->anomaly + at->perigee + cos_i * at->node + w->l + w->gh - w->i * at->node * sin_i;
	node = sb_exact_atan2(alpha, beta);
	if (fabs(at->node - node) > SB_PI)
		node += node < at->node ? 2 * SB_PI : -2 * SB_PI;
	at->node = node;
	at->anomaly += w->l;
	at->perigee = sum - at->anomaly - cos_i * node;
}

void sb_sdp4_swing(const struct sb_sdp4 *d, double minutes, struct sb_sdp4_state *at)
{
	struct swing w = {0};
	double sin_i, cos_i;

	add_swing(&d->sun, minutes, &w);
	add_swing(&d->moon, minutes, &w);
	at->eccentricity += w.e;
	at->inclination += w.i;
	sin_i = sb_exact_sin(at->inclination);
	cos_i = sb_exact_cos(at->inclination);
	if (at->inclination < LYDDANE_I) {
		swing_flat(&w, sin_i, cos_i, at);
	} else {
		at->perigee += w.gh - cos_i * w.h / sin_i;
		at->node += w.h / sin_i;
		at->anomaly += w.l;
	}
	if (at->inclination < 0) {
		at->inclination = -at->inclination;
		at->node += SB_PI;
		at->perigee -= SB_PI;
	}
}
