/* SPDX-License-Identifier: MIT */
/* figure.h - charts for papers: lines and points over time, as SVG or for gnuplot */
#ifndef SATBED_REPORT_FIGURE_H
#define SATBED_REPORT_FIGURE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct sb_curve - one line, or points
 * @x:	seconds; @y: NAN = a gap
 */
struct sb_curve {
	char *name;
	bool points;
	size_t count;
	double *x, *y;
};

/** struct sb_figure - @name: of its files; @unit: of the y axis, with what it is; @x_unit: NULL =
 * "time (s)" */
struct sb_figure {
	const char *name, *unit, *x_unit;
	size_t count, room;
	struct sb_curve *curves;
};

/** sb_figure_add() - one more curve, with room for @count values; valid until the next one */
struct sb_curve *sb_figure_add(struct sb_figure *f, const char *name, size_t count, bool points);
void sb_figure_fini(struct sb_figure *f);

/** sb_figure_svg() - a drawing of 720 by 360; the caller's to free */
char *sb_figure_svg(const struct sb_figure *f);
/** sb_figure_data() - a block of "x y" lines for each curve, two empty lines apart */
char *sb_figure_data(const struct sb_figure *f);
/** sb_figure_script() - for gnuplot: reads NAME.dat, writes NAME.pdf */
char *sb_figure_script(const struct sb_figure *f);

#endif
