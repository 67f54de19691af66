/* SPDX-License-Identifier: MIT */
/*
 * sdp4.h - what sun, moon and the earth's resonances do to orbits of 225 minutes and more
 *
 * The deep-space part of the theory that sgp4.h names.  Lengths, angles and times as there.
 */
#ifndef SATBED_PLAN_SDP4_H
#define SATBED_PLAN_SDP4_H

#include <stdint.h>

struct sb_sgp4;

/**
 * struct sb_sdp4_body - sun or moon
 * @anomaly, @rate, @own_e: its mean anomaly at the epoch, per minute, and its eccentricity
 * @e2 to @h3:	how far each element swings with twice (2, 3) and once (4) its true anomaly
 */
struct sb_sdp4_body {
	double anomaly, rate, own_e;
	double e2, e3, i2, i3, l2, l3, l4, gh2, gh3, gh4, h2, h3;
};

/**
 * struct sb_sdp4_resonance - with the earth's rotation
 * @a_day:	1 = once a day, 2 = twice and eccentric, 0 = none
 * @d:		strengths of its terms; @longitude, @drift: of the resonant angle, from the epoch on
 */
struct sb_sdp4_resonance {
	int a_day;
	double d[10], longitude, drift;
};

/** struct sb_sdp4 - what follows from the elements; the first five in radians (1) per minute */
struct sb_sdp4 {
	double e_rate, i_rate, anomaly_rate, perigee_rate, node_rate, sidereal;
	struct sb_sdp4_body sun, moon;
	struct sb_sdp4_resonance resonance;
};

struct sb_sdp4_state {
	double eccentricity, inclination, node, perigee, anomaly, motion;
};

/** sb_sdp4_init() - of @s, whose secular rates and motion are there */
void sb_sdp4_init(struct sb_sdp4 *d, const struct sb_sgp4 *s, int64_t epoch_ns);
/** sb_sdp4_drift() - what has added up in @minutes, and the resonances' motion */
void sb_sdp4_drift(const struct sb_sdp4 *d, const struct sb_sgp4 *s, double minutes,
		   struct sb_sdp4_state *at);
/** sb_sdp4_swing() - what comes and goes with sun and moon */
void sb_sdp4_swing(const struct sb_sdp4 *d, double minutes, struct sb_sdp4_state *at);

/* sdp4_resonance.c */

#define SB_EARTH_TURN 4.37526908801129966e-3 /* radians per minute, of the theory */

/** sb_sdp4_resonate() - the part of sb_sdp4_init() that is the earth's, after that of the others */
void sb_sdp4_resonate(struct sb_sdp4 *d, const struct sb_sgp4 *s);
/** sb_sdp4_integrate() - motion and anomaly of a resonant orbit; @at: all else drifted already */
void sb_sdp4_integrate(const struct sb_sdp4 *d, const struct sb_sgp4 *s, double minutes,
		       struct sb_sdp4_state *at);

#endif
