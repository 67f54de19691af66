/* SPDX-License-Identifier: MIT */
/*
 * emulator.h - the process that shapes and captures, in the middle of every link
 *
 * One JSON object a line, both ways.  Times are CLOCK_MONOTONIC ns.
 *
 *   {"op":"open"}	offloads of the host-side halves off, backends attached with the initial states,
 *	captures of both ends of every link running
 *	{"ev":"open","backend":"netem","why":"...","offloads_off":true,"exact_steps":false,
 *	 "links":[{"up":{...},"down":{...}}],"confinement":{"seccomp":true,"landlock":7}}
 *	confinement: does a filter for system calls hold for the emulator, and which version of
 *	Landlock confines its files (0 = none)?  Neither where the kernel has it not
 *   {"op":"gauge"}	before the start: how late its timers are on this machine
 *	{"ev":"gauge","timer_late_ns":{"p50":N,"max":N}}
 *   {"op":"start","t0_ns":N}	play the timeline from then on
 *	{"ev":"steps","first":N,"late_ns":[...]}	as steps are applied, a few times a second
 *	With "sample_ns":N, at every such time after t0_ns until "stop":
 *	{"ev":"bytes","t_ns":N,"links":[[UP,DOWN],...]}, bytes of whole frames that have passed each
 *	link since the start; t_ns counts from t0_ns
 *   {"op":"set","id":N,"link":0,"dir":"down","state":{"delay_ns":40000000}}
 *	From now on that direction is in somebody's hands: the members of "state" (as in a plan)
 *	change, the others stay as they are, and the timeline passes it by.  Without "state": back
 *	to the timeline.  {"ev":"set","id":N,"state":{...}}: all of what is in force then
 *   {"op":"look","id":N}
 *	{"ev":"look","id":N,"links":[{"up":{"state":{...},"by_hand":false,"counters":{...}},
 *	 "down":{...}}]}	what is in force, and has happened, now
 *   {"op":"rest"}	the timeline is over: the initial states again, but what is set by hand
 *   {"op":"stop"}	no further step; captures drained and closed
 *	{"ev":"stopped","counters":[{...},...],"captures":[{...},...],
 *	 "cpu_s":1.5}
 *	cpu_s: processor seconds of the emulator since "start", captures included
 *	counters: two per link, up and down; captures: sb_plan_points() per link, by enum sb_point
 *	Where it can be told, "cpu":{"busy":0.5,"stolen":0.0}: of all processors, since "start"
 *	On a split path also "taps":[{"client":"client1","tap":"sbt1","tx_bytes":N,"rx_bytes":N}],
 *	what each has carried since "open", and from an engine that runs the relays itself
 *	"relays":[{"cpu_s":N}], with "ended":"..." where one has
 *	"failed":"..." says why a capture is not whole; an engine that runs the nodes itself adds
 *	"ended":[{"node":0,"signal":9}], those that have ended and how
 *	{"ev":"capture_failed","capture":N,"errno":N}	once, when a file cannot be written any more
 *   {"op":"quit"}	exit; so does end of file
 *
 * A failure: {"ev":"error","kind":"env","msg":"..."} with the request's "id", if it has one; the
 * emulator goes on listening.
 */
#ifndef SATBED_EMULATOR_H
#define SATBED_EMULATOR_H

#include "satbed/engine.h"

int sb_emulator_main(const struct sb_emulator_start *start);

#endif
