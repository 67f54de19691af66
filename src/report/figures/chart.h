/* SPDX-License-Identifier: MIT */
/* chart.h - what every figure is drawn with, as SVG: axes, lines, a key */
#ifndef SATBED_REPORT_CHART_H
#define SATBED_REPORT_CHART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct sb_chart - where values go
 * @left, @right, @top, @bottom: edges, in pixels
 * @x_max, @y_max: values at the right and the upper edge; the others are of zero
 */
struct sb_chart {
	int left, right;
	double top, bottom;
	double x_max, y_max;
};

/**
 * struct sb_chart_ticks - what is written at the axes
 * @dx, @dy:	from one to the next
 * @x_unit:	after each on the x axis: " s"
 * @x_below:	baseline of these, in pixels below the axis
 * @digits:	that are told of a number at most
 */
struct sb_chart_ticks {
	double dx, dy;
	const char *x_unit;
	int x_below, digits;
};

enum sb_chart_anchor { SB_CHART_START, SB_CHART_MIDDLE, SB_CHART_END };

/** sb_chart_colour() - of the @series-th line; a few, then from the start again */
const char *sb_chart_colour(size_t series);
/** sb_chart_can_show() - finite and of a size that something measured may have; else it is a gap */
bool sb_chart_can_show(double value);
/** sb_tick() - distance of at least @least between ticks: 1, 2 or 5 times a power of ten */
double sb_tick(double least);

double sb_chart_x(const struct sb_chart *c, double x);
double sb_chart_y(const struct sb_chart *c, double y);

/** sb_chart_head() - the document's beginning, and its white ground; @attributes: more of <svg> */
void sb_chart_head(FILE *to, int width, int height, const char *attributes);
/** sb_chart_text() - any text, escaped here; @attributes: more of <text>, or "" */
void sb_chart_text(FILE *to, double x, double y, enum sb_chart_anchor anchor,
		   const char *attributes, const char *text);
/** sb_chart_key() - @name in the colour of @series; @mark: before it, or "" */
void sb_chart_key(FILE *to, double x, double y, enum sb_chart_anchor anchor, size_t series,
		  const char *mark, const char *name);
/** sb_chart_axes() - lines across at the ticks of the y axis, and the numbers of both */
void sb_chart_axes(FILE *to, const struct sb_chart *c, const struct sb_chart_ticks *ticks);

/** struct sb_chart_line - one that is being drawn */
struct sb_chart_line {
	FILE *to;
	const struct sb_chart *chart;
	bool steps, drawing;
};

/** sb_chart_line() - begin one; @steps: a value holds until the next, else straight from it there
 */
struct sb_chart_line sb_chart_line(FILE *to, const struct sb_chart *c, size_t series, double width,
				   bool steps);
/** sb_chart_line_to() - a @y that is not finite is a gap */
void sb_chart_line_to(struct sb_chart_line *line, double x, double y);
/** sb_chart_line_end() - steps hold until the right edge */
void sb_chart_line_end(struct sb_chart_line *line);

#endif
