// SPDX-License-Identifier: MIT
/* sgp4.c - where a satellite is, from its two-line elements; names of terms are those of the report
 */
#include "sgp4.h"

#include <math.h>

#include "plan/timeline/draw.h"
#include "exact_trig.h"

/* WGS-72, as in the report. */
#define RADIUS_KM 6378.135
#define MU	  398600.8
#define J2	  0.001082616
#define J3	  (-0.00000253881)
#define J4	  (-0.00000165597)
#define J3OJ2	  (J3 / J2)
#define DEEP_MIN  225.0

/* sqrt(mu) in earth radii and minutes. */
static double ke(void)
{
	return 60.0 / sqrt(RADIUS_KM * RADIUS_KM * RADIUS_KM / MU);
}

static double two_thirds(double x)
{
	return sb_exact_exp(2.0 / 3.0 * sb_natural_log(x));
}

static double square(double x)
{
	return x * x;
}

/* Brouwer's mean motion and semi-major axis out of Kozai's, which elements have. */
static void un_kozai(struct sb_sgp4 *s, double kozai)
{
	double cos2 = square(s->cos_i), omeosq = 1 - square(s->eccentricity);
	double ak = two_thirds(ke() / kozai);
	double d1 = 0.75 * J2 * (3 * cos2 - 1) / (sqrt(omeosq) * omeosq);
	double del = d1 / square(ak);
	double adel = ak * (1 - square(del) - del * (1.0 / 3.0 + 134 * square(del) / 81));

	s->motion = kozai / (1 + d1 / square(adel));
	s->semi_axis = two_thirds(ke() / s->motion);
}

/* The density function's parameters, which depend on the height of the perigee. */
static void density(double perigee_km, double *sfour, double *qzms24)
{
	double s = 78;

	if (perigee_km < 156)
		s = perigee_km < 98 ? 20 : perigee_km - 78;
	*qzms24 = square(square((120 - s) / RADIUS_KM));
	*sfour = s / RADIUS_KM + 1;
}

static void secular(struct sb_sgp4 *s, double pinvsq)
{
	double cos2 = square(s->cos_i), cos4 = square(cos2), n = s->motion;
	double root = sqrt(1 - square(s->eccentricity)), con42 = 1 - 5 * cos2;
	double temp1 = 1.5 * J2 * pinvsq * n, temp2 = 0.5 * temp1 * J2 * pinvsq;
	double temp3 = -0.46875 * J4 * square(pinvsq) * n, xhdot1 = -temp1 * s->cos_i;

	s->mdot = n + 0.5 * temp1 * root * s->con41 +
		  0.0625 * temp2 * root * (13 - 78 * cos2 + 137 * cos4);
	s->argpdot = -0.5 * temp1 * con42 + 0.0625 * temp2 * (7 - 114 * cos2 + 395 * cos4) +
		     temp3 * (3 - 36 * cos2 + 49 * cos4);
	s->nodedot =
	    xhdot1 + (0.5 * temp2 * (4 - 19 * cos2) + 2 * temp3 * (3 - 7 * cos2)) * s->cos_i;
	s->nodecf = 3.5 * square(root) * xhdot1 * s->cc1;
}

static void drag_series(struct sb_sgp4 *s, double tsi, double sfour)
{
	double a = s->semi_axis, c1 = s->cc1, c2 = square(c1), temp;

	s->d2 = 4 * a * tsi * c2;
	temp = s->d2 * tsi * c1 / 3;
	s->d3 = (17 * a + sfour) * temp;
	s->d4 = 0.5 * temp * a * tsi * (221 * a + 31 * sfour) * c1;
	s->t3cof = s->d2 + 2 * c2;
	s->t4cof = 0.25 * (3 * s->d3 + c1 * (12 * s->d2 + 10 * c2));
	s->t5cof =
	    0.2 * (3 * s->d4 + 12 * c1 * s->d3 + 6 * square(s->d2) + 15 * c2 * (2 * s->d2 + c2));
}

static void drag(struct sb_sgp4 *s)
{
	double a = s->semi_axis, e = s->eccentricity, n = s->motion, omeosq = 1 - square(e);
	double rp = a * (1 - e), sfour, qzms24, tsi, etasq, eeta, psisq, coef, coef1, cc2, cc3 = 0;

	density((rp - 1) * RADIUS_KM, &sfour, &qzms24);
	s->simple = s->deep || rp < 220 / RADIUS_KM + 1;
	tsi = 1 / (a - sfour);
	s->eta = a * e * tsi;
	etasq = square(s->eta);
	eeta = e * s->eta;
	psisq = fabs(1 - etasq);
	coef = qzms24 * square(square(tsi));
	coef1 = coef / (psisq * psisq * psisq * sqrt(psisq));
	cc2 = coef1 * n *
	      (a * (1 + 1.5 * etasq + eeta * (4 + etasq)) +
	       0.375 * J2 * tsi / psisq * s->con41 * (8 + 3 * etasq * (8 + etasq)));
	s->cc1 = s->bstar * cc2;
	if (e > 1e-4)
		cc3 = -2 * coef * tsi * J3OJ2 * n * s->sin_i / e;
	s->cc4 = 2 * n * coef1 * a * omeosq *
		 (s->eta * (2 + 0.5 * etasq) + e * (0.5 + 2 * etasq) -
		  J2 * tsi / (a * psisq) *
		      (-3 * s->con41 * (1 - 2 * eeta + etasq * (1.5 - 0.5 * eeta)) +
		       0.75 * s->x1mth2 * (2 * etasq - eeta * (1 + etasq)) *
			   sb_exact_cos(2 * s->perigee)));
	s->cc5 = 2 * coef1 * a * omeosq * (1 + 2.75 * (etasq + eeta) + eeta * etasq);
	s->omgcof = s->bstar * cc3 * sb_exact_cos(s->perigee);
	s->xmcof = e > 1e-4 ? -2.0 / 3.0 * coef * s->bstar / eeta : 0;
	s->t2cof = 1.5 * s->cc1;
	if (!s->simple)
		drag_series(s, tsi, sfour);
}

int sb_sgp4_init(struct sb_sgp4 *s, const struct sb_elements *e, struct sb_err *err)
{
	*s = (struct sb_sgp4){.bstar = e->bstar,
			      .inclination = e->inclination_rad,
			      .node = e->node_rad,
			      .eccentricity = e->eccentricity,
			      .perigee = e->perigee_rad,
			      .anomaly = e->anomaly_rad};
	s->cos_i = sb_exact_cos(s->inclination);
	s->sin_i = sb_exact_sin(s->inclination);
	s->con41 = 3 * square(s->cos_i) - 1;
	s->x1mth2 = 1 - square(s->cos_i);
	un_kozai(s, e->motion_rad_min);
	if (s->semi_axis * (1 - s->eccentricity) < 1)
		return sb_fail(err, SB_EINPUT, 0, "satellite %s has a perigee below the ground",
			       e->name);
	s->deep = 2 * SB_PI / s->motion >= DEEP_MIN;
	drag(s);
	secular(s, 1 / square(s->semi_axis * (1 - square(s->eccentricity))));
	s->delmo = 1 + s->eta * sb_exact_cos(s->anomaly);
	s->delmo = s->delmo * s->delmo * s->delmo;
	s->sinmao = sb_exact_sin(s->anomaly);
	if (s->deep)
		sb_sdp4_init(&s->far, s, e->epoch_ns);
	return 0;
}

/* What of the inclination the periodic terms are made of; deep orbits' changes. */
struct tilt {
	double inclination, cos_i, sin_i, con41, x1mth2, x7thm1, xlcof, aycof;
};

static void find_tilt(double inclination, struct tilt *t)
{
	double one_cos;

	t->inclination = inclination;
	t->cos_i = sb_exact_cos(inclination);
	t->sin_i = sb_exact_sin(inclination);
	t->con41 = 3 * square(t->cos_i) - 1;
	t->x1mth2 = 1 - square(t->cos_i);
	t->x7thm1 = 7 * square(t->cos_i) - 1;
	one_cos = 1 + t->cos_i;
	if (fabs(one_cos) <= 1.5e-12)
		one_cos = 1.5e-12;
	t->xlcof = -0.25 * J3OJ2 * t->sin_i * (3 + 5 * t->cos_i) / one_cos;
	t->aycof = -0.5 * J3OJ2 * t->sin_i;
}

/* The mean elements at a time, with secular gravity and drag, and with sun and moon. */
struct mean {
	double axis, eccentricity, node, perigee, longitude;
	struct tilt tilt;
};

static bool mean_at(const struct sb_sgp4 *s, double t, struct mean *m)
{
	double xmdf = s->anomaly + s->mdot * t, argpdf = s->perigee + s->argpdot * t;
	double t2 = t * t, t3 = t2 * t, t4 = t3 * t, mm = xmdf, argpm = argpdf;
	double nodem = s->node + s->nodedot * t + s->nodecf * t2;
	double tempa = 1 - s->cc1 * t, tempe = s->bstar * s->cc4 * t, templ = s->t2cof * t2;
	struct sb_sdp4_state far = {.motion = s->motion};

	if (!s->simple) {
		double grown = 1 + s->eta * sb_exact_cos(xmdf);
		double temp = s->omgcof * t + s->xmcof * (grown * grown * grown - s->delmo);

		mm = xmdf + temp;
		argpm = argpdf - temp;
		tempa -= s->d2 * t2 + s->d3 * t3 + s->d4 * t4;
		tempe += s->bstar * s->cc5 * (sb_exact_sin(mm) - s->sinmao);
		templ += s->t3cof * t3 + t4 * (s->t4cof + t * s->t5cof);
	}
	far.eccentricity = s->eccentricity;
	far.inclination = s->inclination;
	far.node = nodem;
	far.perigee = argpm;
	far.anomaly = mm;
	if (s->deep)
		sb_sdp4_drift(&s->far, s, t, &far);
	m->axis = two_thirds(ke() / far.motion) * square(tempa);
	far.eccentricity -= tempe;
	if (far.motion <= 0 || far.eccentricity >= 1 || far.eccentricity < -0.001 || m->axis < 0.95)
		return false;
	if (far.eccentricity < 1e-6)
		far.eccentricity = 1e-6;
	far.anomaly += s->motion * templ;
	if (s->deep)
		sb_sdp4_swing(&s->far, t, &far);
	if (far.eccentricity < 0 || far.eccentricity >= 1)
		return false;
	m->eccentricity = far.eccentricity;
	m->node = sb_turn(far.node);
	m->perigee = sb_turn(far.perigee);
	m->longitude = sb_turn(far.anomaly + far.perigee + far.node);
	find_tilt(far.inclination, &m->tilt);
	return true;
}

/* Kepler's equation for the eccentric longitude, by Newton with steps that cannot run away. */
static double solve_kepler(double u, double axnl, double aynl)
{
	double e = u, step = 1;

	for (int i = 0; i < 10 && fabs(step) >= 1e-12; i++) {
		double sin_e = sb_exact_sin(e), cos_e = sb_exact_cos(e);

		step = (u - aynl * cos_e + axnl * sin_e - e) / (1 - cos_e * axnl - sin_e * aynl);
		if (fabs(step) >= 0.95)
			step = step > 0 ? 0.95 : -0.95;
		e += step;
	}
	return e;
}

bool sb_sgp4_position(const struct sb_sgp4 *s, double minutes, double km[3])
{
	double axnl, aynl, temp, u, e, sin_e, cos_e, ecose, esine, el2, pl, rl, betal;
	double sinu, cosu, su, sin2u, cos2u, temp1, temp2, r, node, inc, sin_su, cos_su;
	struct mean m;
	const struct tilt *tilt = &m.tilt;

	if (!mean_at(s, minutes, &m))
		return false;
	/* Long periods. */
	axnl = m.eccentricity * sb_exact_cos(m.perigee);
	temp = 1 / (m.axis * (1 - square(m.eccentricity)));
	aynl = m.eccentricity * sb_exact_sin(m.perigee) + temp * tilt->aycof;
	u = sb_turn(m.longitude + temp * tilt->xlcof * axnl - m.node);
	e = solve_kepler(u, axnl, aynl);
	sin_e = sb_exact_sin(e);
	cos_e = sb_exact_cos(e);
	/* Short periods. */
	ecose = axnl * cos_e + aynl * sin_e;
	esine = axnl * sin_e - aynl * cos_e;
	el2 = square(axnl) + square(aynl);
	pl = m.axis * (1 - el2);
	if (pl < 0)
		return false;
	rl = m.axis * (1 - ecose);
	betal = sqrt(1 - el2);
	temp = esine / (1 + betal);
	sinu = m.axis / rl * (sin_e - aynl - axnl * temp);
	cosu = m.axis / rl * (cos_e - axnl + aynl * temp);
	sin2u = 2 * cosu * sinu;
	cos2u = 1 - 2 * square(sinu);
	temp1 = 0.5 * J2 / pl;
	temp2 = temp1 / pl;
	r = rl * (1 - 1.5 * temp2 * betal * tilt->con41) + 0.5 * temp1 * tilt->x1mth2 * cos2u;
	su = sb_exact_atan2(sinu, cosu) - 0.25 * temp2 * tilt->x7thm1 * sin2u;
	node = m.node + 1.5 * temp2 * tilt->cos_i * sin2u;
	inc = tilt->inclination + 1.5 * temp2 * tilt->cos_i * tilt->sin_i * cos2u;
	if (r < 1)
		return false;
	sin_su = sb_exact_sin(su);
	cos_su = sb_exact_cos(su);
	km[0] = r * RADIUS_KM *
		(cos_su * sb_exact_cos(node) - sin_su * sb_exact_sin(node) * sb_exact_cos(inc));
	km[1] = r * RADIUS_KM *
		(cos_su * sb_exact_sin(node) + sin_su * sb_exact_cos(node) * sb_exact_cos(inc));
	km[2] = r * RADIUS_KM * sin_su * sb_exact_sin(inc);
	return true;
}
