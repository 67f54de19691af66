/* SPDX-License-Identifier: MIT */
/*
 * sgp4.h - where a satellite is, from its two-line elements
 *
 * The theory of Hoots and Roehrich, Spacetrack Report No. 3 (1980), as corrected by Vallado,
 * Crawford, Hujsak and Kelso, "Revisiting Spacetrack Report #3" (AIAA 2006-6753), with the WGS-72
 * constants that elements are made with.  In orbits of 225 minutes and more sun and moon matter
 * (SDP4, sdp4.h).
 */
#ifndef SATBED_PLAN_SGP4_H
#define SATBED_PLAN_SGP4_H

#include "satbed/scenario_values.h"
#include "sdp4.h"

/** struct sb_sgp4 - what follows from the elements alone; lengths in earth radii, angles in
 * radians, times in minutes since the epoch */
struct sb_sgp4 {
	double bstar, inclination, node, eccentricity, perigee, anomaly;
	double motion, semi_axis;
	double cos_i, sin_i, x1mth2, con41;
	double eta, cc1, cc4, cc5, d2, d3, d4;
	double t2cof, t3cof, t4cof, t5cof;
	double mdot, argpdot, nodedot, omgcof, xmcof, nodecf, delmo, sinmao;
	bool simple; /* perigee below 220 km, or deep: fewer terms of drag */
	bool deep;
	struct sb_sdp4 far; /* of deep orbits */
};

/** sb_sgp4_init() - 0, or -1 with @err (SB_EINPUT): an orbit that is none */
int sb_sgp4_init(struct sb_sgp4 *s, const struct sb_elements *e, struct sb_err *err);
/**
 * sb_sgp4_position() - in km, in the frame of the elements (TEME: z to the pole, x to the equinox)
 *
 * Return: false when the satellite has come down by then
 */
bool sb_sgp4_position(const struct sb_sgp4 *s, double minutes, double km[3]);

#endif
