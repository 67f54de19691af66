/* SPDX-License-Identifier: MIT */
/*
 * report_svg.h - figures as SVG: a few panels over one axis of time
 *
 * Pure: numbers in, text out, the same bytes everywhere.  Text from outside is escaped here.
 */
#ifndef SATBED_REPORT_SVG_H
#define SATBED_REPORT_SVG_H

#include <stdbool.h>
#include <stddef.h>

struct sb_plan;
struct sb_svg;

/** sb_svg_new() - @title: any text; time goes from 0 to @seconds on the x axis of every panel */
struct sb_svg *sb_svg_new(const char *title, double seconds, size_t panels);
/** sb_svg_panel() - the next panel, from zero to at least @max on its y axis; @label: "delay, ms"
 */
void sb_svg_panel(struct sb_svg *s, const char *label, double max);
/** sb_svg_begin() - a line in the panel, of a colour by @series (0, 1, ...); @name: in its legend
 */
void sb_svg_begin(struct sb_svg *s, unsigned int series, const char *name);
/** sb_svg_step() - from @seconds on it is at @value; a value that is not finite is a gap */
void sb_svg_step(struct sb_svg *s, double seconds, double value);
void sb_svg_end(struct sb_svg *s);
/** sb_svg_band() - a time that is marked over the panel's whole height: an outage */
void sb_svg_band(struct sb_svg *s, double from, double to);
/** sb_svg_finish() - the document, the caller's to free; @s is freed */
char *sb_svg_finish(struct sb_svg *s);

/** sb_plan_svg() - delay, rate and outages of the first client's link over the run; caller frees */
char *sb_plan_svg(const struct sb_plan *plan);

#endif
