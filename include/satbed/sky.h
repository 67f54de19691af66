/* SPDX-License-Identifier: MIT */
/*
 * sky.h - the process that shapes and captures, in the middle of every link
 *
 * One JSON object a line, both ways.  Times are CLOCK_MONOTONIC ns.
 *
 *   {"op":"open"}	offloads of the host-side halves off, backends attached with the initial
 *states, captures of both ends of every link running
 *	{"ev":"open","backend":"netem","why":"...","offloads_off":true,"exact_steps":false,
 *	 "links":[{"up":{...},"down":{...}}]}
 *   {"op":"start","t0_ns":N}	play the timeline from then on
 *	{"ev":"steps","first":N,"late_ns":[...]}	as steps are applied, a few times a second
 *   {"op":"stop"}	no further step; captures drained and closed
 *	{"ev":"stopped","counters":[{...},...],"captures":[{...},...]}
 *	counters: two per link, up and down; captures: two per link, client's end and server's
 *   {"op":"quit"}	exit; so does end of file
 *
 * A failure: {"ev":"error","kind":"env","msg":"..."}; the sky goes on listening.
 */
#ifndef SATBED_SKY_H
#define SATBED_SKY_H

#include "satbed/engine.h"

int sb_sky_main(const struct sb_sky_start *start);

#endif
