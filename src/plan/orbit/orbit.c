// SPDX-License-Identifier: MIT
/*
 * orbit.c - what [orbit] comes to: which satellite, how far, and when there is none
 *
 * Satellites are computed in a frame that does not turn with the earth (circles of a Walker shell,
 * or SGP4), turned into the earth's by Greenwich mean sidereal time (the IAU 1982 formula; UT1 is
 * taken for UTC, which differ by less than a second), and seen from two places on the WGS-84
 * ellipsoid.  No refraction, no precession of a shell's nodes (5 degrees a day at 550 km: 0.2 in an
 * hour).
 */
#include "orbit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/timeline/draw.h"
#include "exact_trig.h"
#include "plan/plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "sgp4.h"

#define LIGHT_KM_S	 299792.458
#define EARTH_KM	 6378.137 /* WGS-84 */
#define EARTH_FLATTENING (1 / 298.257223563)
#define EARTH_MU	 398600.4418		     /* km^3 / s^2 */
#define J2000_NS	 INT64_C(946728000000000000) /* 2000-01-01 12:00 since 1970 */
#define DAY_NS		 (86400 * SB_NS_PER_S)
#define MAX_AGE_DAYS	 SB_TLE_MAX_AGE_DAYS
#define MAX_OUTAGE_NS	 (3600 * SB_NS_PER_S)

struct satellite {
	char name[SB_SERVING_SATELLITE_NAME];
	/* of a shell */
	double node, latitude; /* argument of latitude at the start, radians */
	/* of elements */
	struct sb_sgp4 sgp4;
	int64_t epoch_ns;
};

struct ground {
	double at_km[3], up[3];
};

struct emulator {
	size_t count;
	struct satellite *satellites;
	bool shell;
	double radius_km, motion, cos_i, sin_i; /* of a shell; motion in radians per second */
	struct ground terminal, gateway;
	double min_sin;	  /* of the least elevation */
	int64_t start_ns; /* of the run, since 1970 */
};

/* --- geometry --- */

static void put_on_ground(const struct sb_place *p, struct ground *g)
{
	double lat = (double)p->latitude_udeg / 1e6 * SB_DEG;
	double lon = (double)p->longitude_udeg / 1e6 * SB_DEG;
	double e2 = EARTH_FLATTENING * (2 - EARTH_FLATTENING), sin_lat = sb_exact_sin(lat);
	double n = EARTH_KM / sqrt(1 - e2 * sin_lat * sin_lat);

	g->up[0] = sb_exact_cos(lat) * sb_exact_cos(lon);
	g->up[1] = sb_exact_cos(lat) * sb_exact_sin(lon);
	g->up[2] = sin_lat;
	g->at_km[0] = n * g->up[0];
	g->at_km[1] = n * g->up[1];
	g->at_km[2] = n * (1 - e2) * g->up[2];
}

/* Greenwich mean sidereal time, IAU 1982, in radians. */
static double sidereal(int64_t utc_ns)
{
	double centuries = (double)(utc_ns - J2000_NS) / (double)DAY_NS / 36525.0;
	double seconds = 67310.54841 + (876600.0 * 3600 + 8640184.812866) * centuries +
			 0.093104 * centuries * centuries -
			 6.2e-6 * centuries * centuries * centuries;

	return sb_turn(seconds * SB_DEG / 240);
}

static bool position(const struct emulator *k, const struct satellite *s, int64_t at_ns,
		     double km[3])
{
	double turned = sidereal(k->start_ns + at_ns), c = sb_exact_cos(turned),
	       sn = sb_exact_sin(turned), x, y;

	if (k->shell) {
		double u = s->latitude + k->motion * ((double)at_ns / 1e9);
		double cos_u = sb_exact_cos(u), sin_u = sb_exact_sin(u);
		double cos_n = sb_exact_cos(s->node), sin_n = sb_exact_sin(s->node);

		km[0] = k->radius_km * (cos_u * cos_n - sin_u * sin_n * k->cos_i);
		km[1] = k->radius_km * (cos_u * sin_n + sin_u * cos_n * k->cos_i);
		km[2] = k->radius_km * sin_u * k->sin_i;
	} else if (!sb_sgp4_position(&s->sgp4, (double)(k->start_ns + at_ns - s->epoch_ns) / 60e9,
				     km)) {
		return false;
	}
	x = km[0];
	y = km[1];
	km[0] = c * x + sn * y;
	km[1] = c * y - sn * x;
	return true;
}

/* The way from a place, and the sine of the elevation over its horizon. */
static double look(const struct ground *g, const double km[3], double *sine)
{
	double d[3], sum = 0, up = 0;

	for (int i = 0; i < 3; i++) {
		d[i] = km[i] - g->at_km[i];
		sum += d[i] * d[i];
		up += d[i] * g->up[i];
	}
	*sine = up / sqrt(sum);
	return sqrt(sum);
}

/* struct view - one satellite at one instant; @sine: at the terminal */
struct view {
	bool seen;
	double sine, way_km;
};

static struct view view_of(const struct emulator *k, const struct satellite *s, int64_t at_ns)
{
	struct view v = {0};
	double km[3], gateway;

	if (!position(k, s, at_ns, km))
		return v;
	v.way_km = look(&k->terminal, km, &v.sine) + look(&k->gateway, km, &gateway);
	v.seen = v.sine >= k->min_sin && gateway >= k->min_sin;
	return v;
}

/*
 * A satellite that is above the least elevation at both ends of a slot is so throughout: within one
 * pass its elevation has one maximum and no minimum.
 */
static const struct satellite *choose(const struct emulator *k, int64_t from_ns, int64_t to_ns)
{
	const struct satellite *best = NULL;
	bool best_stays = false;
	double best_sine = 0;

	for (size_t i = 0; i < k->count; i++) {
		struct view v = view_of(k, &k->satellites[i], from_ns);
		bool stays;

		if (!v.seen)
			continue;
		stays = view_of(k, &k->satellites[i], to_ns).seen;
		if (best && (stays < best_stays || (stays == best_stays && v.sine <= best_sine)))
			continue;
		best = &k->satellites[i];
		best_stays = stays;
		best_sine = v.sine;
	}
	return best;
}

/* --- satellites --- */

static void fill_shell(const struct sb_shell *shell, struct emulator *k)
{
	double spread = shell->star ? SB_PI : 2 * SB_PI, inclination;
	unsigned int total = shell->planes * shell->per_plane;

	inclination = (double)shell->inclination_udeg / 1e6 * SB_DEG;
	k->shell = true;
	k->radius_km = EARTH_KM + (double)shell->altitude_m / 1e3;
	k->motion = sqrt(EARTH_MU / (k->radius_km * k->radius_km * k->radius_km));
	k->cos_i = sb_exact_cos(inclination);
	k->sin_i = sb_exact_sin(inclination);
	k->count = total;
	k->satellites = sb_alloc(total, sizeof(*k->satellites));
	for (unsigned int i = 0; i < total; i++) {
		struct satellite *s = &k->satellites[i];
		unsigned int plane = i / shell->per_plane, n = i % shell->per_plane;
		/* Of 20000 satellites at most: five digits, which the compiler is to know, too. */
		uint16_t plane_number = (uint16_t)(plane + 1), number = (uint16_t)(n + 1);

		snprintf(s->name, sizeof(s->name), "plane %u satellite %u", plane_number, number);
		s->node = spread * plane / shell->planes;
		s->latitude =
		    2 * SB_PI * n / shell->per_plane + 2 * SB_PI * shell->phasing * plane / total;
	}
}

/* An orbit that is none is left out, as a set that cannot be read is; all of them are an error. */
static int fill_elements(const struct sb_tle *tle, struct emulator *k, struct sb_err *err)
{
	struct sb_err first = {0};

	k->satellites = sb_alloc(tle->count, sizeof(*k->satellites));
	for (size_t i = 0; i < tle->count; i++) {
		struct satellite *s = &k->satellites[k->count];
		const struct sb_elements *e = &tle->list[i];
		int64_t age_days = (k->start_ns - e->epoch_ns) / DAY_NS;

		if (age_days > MAX_AGE_DAYS || age_days < -MAX_AGE_DAYS)
			return sb_fail(err, SB_EINPUT, 0,
				       "%s: the elements of %s are %" PRId64
				       " days from [orbit] start; they hold for days, the maximum "
				       "is %d; use newer ones, or another start",
				       tle->path, e->name, age_days < 0 ? -age_days : age_days,
				       MAX_AGE_DAYS);
		if (sb_sgp4_init(&s->sgp4, e, first.code ? NULL : &first))
			continue;
		sb_copy_str(s->name, sizeof(s->name), e->name);
		s->epoch_ns = e->epoch_ns;
		k->count++;
	}
	if (!k->count) {
		*err = first;
		return sb_wrap(err, "%s", tle->path);
	}
	if (first.code)
		sb_warn("%s: %zu of %zu element sets are left out; the first: %s", tle->path,
			tle->count - k->count, tle->count, first.msg);
	return 0;
}

/* --- the run --- */

struct course {
	struct sb_orbit *orbit;
	size_t row_room, pass_room;
	int64_t outage_until_ns, delay_ns;
};

static void add_row(struct course *c, const struct emulator *k, const struct satellite *s,
		    int64_t at_ns)
{
	struct sb_trace *t = &c->orbit->track;
	struct view v = s ? view_of(k, s, at_ns) : (struct view){0};
	struct sb_trace_row row = {.at_ns = at_ns, .has = SB_TRACE_DELAY | SB_TRACE_OUTAGE};

	/* Where there is no satellite nothing arrives, after whatever delay. */
	if (v.way_km > 0)
		c->delay_ns = sb_round(v.way_km / LIGHT_KM_S * 1e9);
	row.delay_ns = c->delay_ns;
	row.outage = !v.seen || at_ns < c->outage_until_ns;
	t->rows = sb_grow(t->rows, t->count, &c->row_room, sizeof(row));
	t->rows[t->count++] = row;
}

static void add_pass(struct course *c, const struct satellite *s, int64_t at_ns)
{
	struct sb_orbit *o = c->orbit;
	struct sb_serving_satellite pass = {.at_ns = at_ns};

	sb_copy_str(pass.satellite, sizeof(pass.satellite), s ? s->name : "");
	o->passes = sb_grow(o->passes, o->pass_count, &c->pass_room, sizeof(pass));
	o->passes[o->pass_count++] = pass;
}

/* The grid is one of UTC, the run begins somewhere within it. */
static int64_t next_slot(const struct emulator *k, int64_t at_ns, int64_t period_ns,
			 int64_t phase_ns)
{
	int64_t of_day = (k->start_ns + at_ns) % DAY_NS - phase_ns % period_ns;
	int64_t into = of_day % period_ns;

	if (into < 0)
		into += period_ns;
	return at_ns + period_ns - into;
}

static void travel(const struct sb_section *s, const struct emulator *k, uint64_t seed,
		   int64_t end_ns, struct course *c)
{
	int64_t period = sb_value(s, SB_KEY_RECONFIGURE)->time_ns;
	int64_t phase = sb_value(s, SB_KEY_RECONFIGURE_PHASE)->time_ns;
	int64_t step = sb_value(s, SB_KEY_ORBIT_STEP)->time_ns, to;
	const struct sb_value *outage = sb_value(s, SB_KEY_ORBIT_OUTAGE);
	const struct satellite *last = NULL;
	struct sb_rng rng;

	sb_draw_stream(&rng, seed, "orbit/outage");
	for (int64_t from = 0; from < end_ns; from = to) {
		const struct satellite *now;

		to = next_slot(k, from, period, phase);
		now = choose(k, from, to);
		if (from && now && last && now != last && sb_has(outage))
			c->outage_until_ns =
			    from + sb_draw_value(&rng, &outage->draw, MAX_OUTAGE_NS);
		if (!from || now != last)
			add_pass(c, now, from);
		last = now;
		for (int64_t at = from; at < to && at < end_ns;) {
			int64_t next = (at / step + 1) * step;

			add_row(c, k, now, at);
			if (c->outage_until_ns > at && c->outage_until_ns < next)
				next = c->outage_until_ns;
			at = next;
		}
	}
}

/* Before the first satellite nothing arrives, after whatever delay: the first one's.  false: there is
 * none at all. */
static bool settle_delay(struct sb_trace *t)
{
	size_t first = 0;

	while (first < t->count && t->rows[first].outage && !t->rows[first].delay_ns)
		first++;
	for (size_t i = 0; i < first && first < t->count; i++)
		t->rows[i].delay_ns = t->rows[first].delay_ns;
	return first < t->count;
}

void sb_orbit_free(struct sb_orbit *o)
{
	if (!o)
		return;
	free(o->track.rows);
	free(o->passes);
	free(o);
}

void sb_orbit_make(const struct sb_scenario *sc, uint64_t seed, int64_t end_ns,
		   struct sb_orbit **out, struct sb_findings *f)
{
	const struct sb_section *s = sb_scenario_section(sc, SB_SEC_ORBIT, 0);
	struct emulator k = {0};
	struct course c = {0};
	struct sb_err err = {0};
	int64_t rows;
	int rc = 0;

	*out = NULL;
	if (!s)
		return;
	rows = end_ns / sb_value(s, SB_KEY_ORBIT_STEP)->time_ns * 2 * (int64_t)sb_links(sc);
	if (rows > SB_MAX_STEPS) {
		sb_findings_add(f, s->place,
				"[orbit] makes a timeline of %" PRId64
				" steps, the maximum is %d; use a larger step, a shorter duration "
				"or fewer clients",
				rows, SB_MAX_STEPS);
		return;
	}
	k.start_ns = sb_value(s, SB_KEY_ORBIT_START)->utc_ns;
	k.min_sin = sb_exact_sin((double)sb_value(s, SB_KEY_MIN_ELEVATION)->udeg / 1e6 * SB_DEG);
	put_on_ground(&sb_value(s, SB_KEY_TERMINAL)->where, &k.terminal);
	put_on_ground(&sb_value(s, SB_KEY_GATEWAY)->where, &k.gateway);
	if (sb_has(sb_value(s, SB_KEY_SHELL)))
		fill_shell(&sb_value(s, SB_KEY_SHELL)->shell, &k);
	else
		rc = fill_elements(&sb_value(s, SB_KEY_TLE)->tle, &k, &err);
	if (rc) {
		sb_findings_add(f, sb_value(s, SB_KEY_TLE)->place, "tle: %s", err.msg);
	} else {
		c.orbit = sb_alloc(1, sizeof(*c.orbit));
		travel(s, &k, seed, end_ns, &c);
		if (settle_delay(&c.orbit->track)) {
			*out = c.orbit;
		} else {
			sb_findings_add(f, s->place,
					"[orbit]: no satellite is in sight of terminal and gateway "
					"at any time of the run; check both places, min_elevation "
					"and start");
			sb_orbit_free(c.orbit);
		}
	}
	free(k.satellites);
}
