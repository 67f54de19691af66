// SPDX-License-Identifier: MIT
/*
 * sdp4_resonance.c - orbits that keep step with the earth's rotation, and so with its bulges
 *
 * Motion and longitude are integrated from the epoch on in steps of half a day, as the theory has
 * it: its results are those of that step.
 */
#include <math.h>
#include <stddef.h>

#include "plan/timeline/draw.h"
#include "exact_trig.h"
#include "sdp4.h"
#include "sgp4.h"

#define STEP_MIN  720.0
#define STEP_HALF (STEP_MIN * STEP_MIN / 2)

/* Once a day; twice a day, where the orbit is eccentric. */
#define DAILY_MIN      0.0034906585
#define DAILY_MAX      0.0052359877
#define HALF_DAY_MIN   8.26e-3
#define HALF_DAY_MAX   9.24e-3
#define HALF_DAY_E     0.5
#define DAILY_TERMS    3
#define HALF_DAY_TERMS 10

/* A polynomial of the eccentricity. */
static double poly(double e, double c0, double c1, double c2, double c3)
{
	return c0 + e * (c1 + e * (c2 + e * c3));
}

static void resonate_daily(struct sb_sdp4 *d, const struct sb_sgp4 *s, double aonv)
{
	double e2 = s->eccentricity * s->eccentricity, one = 1 + s->cos_i;
	double all = 3 * s->motion * s->motion * aonv * aonv;
	double g200 = 1 + e2 * (-2.5 + 0.8125 * e2), g310 = 1 + 2 * e2;
	double g300 = 1 + e2 * (-6 + 6.60937 * e2);
	double f311 = 0.9375 * s->sin_i * s->sin_i * (1 + 3 * s->cos_i) - 0.75 * one;
	struct sb_sdp4_resonance *r = &d->resonance;

	r->d[0] = all * f311 * g310 * 2.1460748e-6 * aonv;
	r->d[1] = 2 * all * 0.75 * one * one * g200 * 1.7891679e-6;
	r->d[2] = 3 * all * 1.875 * one * one * one * g300 * 2.2123015e-7 * aonv;
	r->longitude = sb_turn(s->anomaly + s->node + s->perigee - d->sidereal);
	r->drift = s->mdot + s->argpdot + s->nodedot - SB_EARTH_TURN + d->anomaly_rate +
		   d->perigee_rate + d->node_rate - s->motion;
}

/* The functions of eccentricity and inclination of each term, in the order of half_day_angle(). */
static void half_day_functions(const struct sb_sgp4 *s, double g[HALF_DAY_TERMS],
			       double f[HALF_DAY_TERMS])
{
	double e = s->eccentricity, c = s->cos_i, c2 = c * c, si = s->sin_i, si2 = si * si;
	bool low = e <= 0.65;

	g[0] = -0.306 - (e - 0.64) * 0.440;
	g[1] = low ? poly(e, 3.616, -13.2470, 16.2900, 0)
		   : poly(e, -72.099, 331.819, -508.738, 266.724);
	g[2] = low ? poly(e, -19.302, 117.3900, -228.4190, 156.5910)
		   : poly(e, -346.844, 1582.851, -2415.925, 1246.113);
	g[3] = low ? poly(e, -18.9068, 109.7927, -214.6334, 146.5816)
		   : poly(e, -342.585, 1554.908, -2366.899, 1215.972);
	g[4] = low ? poly(e, -41.122, 242.6940, -471.0940, 313.9530)
		   : poly(e, -1052.797, 4758.686, -7193.992, 3651.957);
	g[5] = low ? poly(e, -146.407, 841.8800, -1629.014, 1083.4350)
		   : poly(e, -3581.690, 16178.110, -24462.770, 12422.520);
	g[6] = low	   ? poly(e, -532.114, 3017.977, -5740.032, 3708.2760)
	       : e > 0.715 ? poly(e, -5149.66, 29936.92, -54087.36, 31324.56)
			   : poly(e, 1464.74, -4664.75, 3763.64, 0);
	low = e < 0.7;
	g[7] = low ? poly(e, -853.66600, 4690.2500, -8624.7700, 5341.4)
		   : poly(e, -40023.880, 170470.89, -242699.48, 115605.82);
	g[8] = low ? poly(e, -822.71072, 4568.6173, -8491.4146, 5337.524)
		   : poly(e, -51752.104, 218913.95, -309468.16, 146349.42);
	g[9] = low ? poly(e, -919.22770, 4988.6100, -9064.7700, 5542.21)
		   : poly(e, -37995.780, 161616.52, -229838.20, 109377.94);
	f[0] = 0.75 * (1 + 2 * c + c2);
	f[1] = 1.5 * si2;
	f[2] = 1.875 * si * (1 - 2 * c - 3 * c2);
	f[3] = -1.875 * si * (1 + 2 * c - 3 * c2);
	f[4] = 35 * si2 * f[0];
	f[5] = 39.3750 * si2 * si2;
	f[6] = 9.84375 * si * (si2 * (1 - 2 * c - 5 * c2) + 0.33333333 * (-2 + 4 * c + 6 * c2));
	f[7] = si * (4.92187512 * si2 * (-2 - 4 * c + 10 * c2) + 6.56250012 * (1 + 2 * c - 3 * c2));
	f[8] = 29.53125 * si * (2 - 8 * c + c2 * (-12 + 8 * c + 10 * c2));
	f[9] = 29.53125 * si * (-2 - 8 * c + c2 * (12 + 8 * c - 10 * c2));
}

static void resonate_half_day(struct sb_sdp4 *d, const struct sb_sgp4 *s, double aonv)
{
	/* Of the earth's field; those of degree 4 and order 4 count twice. */
	static const double field[HALF_DAY_TERMS] = {
	    1.7891679e-6,     1.7891679e-6, 3.7393792e-7, 3.7393792e-7,	    2 * 7.3636953e-9,
	    2 * 7.3636953e-9, 1.1428639e-7, 1.1428639e-7, 2 * 2.1765803e-9, 2 * 2.1765803e-9};
	static const int degree[HALF_DAY_TERMS] = {2, 2, 3, 3, 4, 4, 5, 5, 5, 5};
	double g[HALF_DAY_TERMS], f[HALF_DAY_TERMS], power[6];
	struct sb_sdp4_resonance *r = &d->resonance;

	power[2] = 3 * s->motion * s->motion * aonv * aonv;
	for (int i = 3; i < 6; i++)
		power[i] = power[i - 1] * aonv;
	half_day_functions(s, g, f);
	for (size_t i = 0; i < HALF_DAY_TERMS; i++)
		r->d[i] = power[degree[i]] * field[i] * f[i] * g[i];
	r->longitude = sb_turn(s->anomaly + 2 * s->node - 2 * d->sidereal);
	r->drift =
	    s->mdot + d->anomaly_rate + 2 * (s->nodedot + d->node_rate - SB_EARTH_TURN) - s->motion;
}

void sb_sdp4_resonate(struct sb_sdp4 *d, const struct sb_sgp4 *s)
{
	struct sb_sdp4_resonance *r = &d->resonance;

	if (s->motion > DAILY_MIN && s->motion < DAILY_MAX)
		r->a_day = 1;
	else if (s->motion >= HALF_DAY_MIN && s->motion <= HALF_DAY_MAX &&
		 s->eccentricity >= HALF_DAY_E)
		r->a_day = 2;
	if (r->a_day == 1)
		resonate_daily(d, s, 1 / s->semi_axis);
	else if (r->a_day == 2)
		resonate_half_day(d, s, 1 / s->semi_axis);
}

/* Accelerations of the motion (@first) and their change with the angle (@second). */
static void accelerate(const struct sb_sdp4_resonance *r, const struct sb_sgp4 *s, double minutes,
		       double longitude, double *first, double *second)
{
	/* Of the perigee and of the longitude in each angle, and where it begins. */
	static const struct {
		double perigee, longitude, phase;
	} half_day[HALF_DAY_TERMS] = {
	    {2, 1, 5.7686396}, {0, 1, 5.7686396},  {1, 1, 0.95240898}, {-1, 1, 0.95240898},
	    {2, 2, 1.8014998}, {0, 2, 1.8014998},  {1, 1, 1.0508330},  {-1, 1, 1.0508330},
	    {1, 2, 4.4108898}, {-1, 2, 4.4108898},
	};
	static const double daily[DAILY_TERMS] = {0.13130908, 2.8843198, 0.37448087};
	double perigee = s->perigee + s->argpdot * minutes;
	size_t count = r->a_day == 1 ? DAILY_TERMS : HALF_DAY_TERMS;

	*first = *second = 0;
	for (size_t i = 0; i < count; i++) {
		double times = r->a_day == 1 ? (double)i + 1 : half_day[i].longitude;
		double angle = r->a_day == 1 ? times * (longitude - daily[i])
					     : half_day[i].perigee * perigee + times * longitude -
						   half_day[i].phase;

		*first += r->d[i] * sb_exact_sin(angle);
		*second += times * r->d[i] * sb_exact_cos(angle);
	}
}

void sb_sdp4_integrate(const struct sb_sdp4 *d, const struct sb_sgp4 *s, double minutes,
		       struct sb_sdp4_state *at)
{
	const struct sb_sdp4_resonance *r = &d->resonance;
	double longitude = r->longitude, motion = s->motion, now = 0, left, first, second, speed;
	double step = minutes < 0 ? -STEP_MIN : STEP_MIN;
	double theta = sb_turn(d->sidereal + minutes * SB_EARTH_TURN);

	for (;;) {
		accelerate(r, s, now, longitude, &first, &second);
		speed = motion + r->drift;
		second *= speed;
		left = minutes - now;
		if (fabs(left) < STEP_MIN)
			break;
		longitude += speed * step + first * STEP_HALF;
		motion += first * step + second * STEP_HALF;
		now += step;
	}
	at->motion = motion + first * left + second * left * left * 0.5;
	longitude += speed * left + first * left * left * 0.5;
	at->anomaly = r->a_day == 1 ? longitude - at->node - at->perigee + theta
				    : longitude - 2 * at->node + 2 * theta;
}
