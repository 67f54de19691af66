// SPDX-License-Identifier: MIT
/* figure.c - charts for papers: lines and points over time, as SVG or for gnuplot */
#include "figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "satbed/base/textstream.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

#define WIDTH  720
#define HEIGHT 360
#define LEFT   64
#define RIGHT  16
#define TOP    18
#define BOTTOM 46

struct sb_curve *sb_figure_add(struct sb_figure *f, const char *name, size_t count, bool points)
{
	struct sb_curve *c;

	f->curves = sb_grow(f->curves, f->count, &f->room, sizeof(*f->curves));
	c = &f->curves[f->count++];
	*c = (struct sb_curve){.name = sb_clean(name),
			       .points = points,
			       .count = count,
			       .x = sb_alloc(count, sizeof(*c->x)),
			       .y = sb_alloc(count, sizeof(*c->y))};
	return c;
}

void sb_figure_fini(struct sb_figure *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->curves[i].name);
		free(f->curves[i].x);
		free(f->curves[i].y);
	}
	free(f->curves);
	f->curves = NULL;
	f->count = f->room = 0;
}

/* --- SVG --- */

/* Room for a character of the key: sans-serif of 12 is narrower on average. */
#define CHAR_WIDTH 7
#define KEY_ROW	   16

/* Columns of a text: its characters, not its bytes. */
static int text_width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += (*text & 0xc0) != 0x80;
	return n * CHAR_WIDTH;
}

/* Where the next name of the key goes, and on which row. */
static void place_key(const struct sb_curve *c, int *x, int *row)
{
	int width = text_width(c->name) + 4 * CHAR_WIDTH;

	if (*x > LEFT && *x + width > WIDTH - RIGHT) {
		*x = LEFT;
		++*row;
	}
	*x += width;
}

static struct sb_chart chart_of(const struct sb_figure *f)
{
	struct sb_chart c = {.left = LEFT, .right = WIDTH - RIGHT, .bottom = HEIGHT - BOTTOM};
	int x = LEFT, row = 0;

	for (size_t i = 0; i < f->count; i++) {
		place_key(&f->curves[i], &x, &row);
		for (size_t k = 0; k < f->curves[i].count; k++) {
			if (sb_chart_can_show(f->curves[i].x[k]))
				c.x_max = fmax(c.x_max, f->curves[i].x[k]);
			if (sb_chart_can_show(f->curves[i].y[k]))
				c.y_max = fmax(c.y_max, f->curves[i].y[k]);
		}
	}
	/* A key of very many names leaves half of the drawing to the curves. */
	c.top = TOP + KEY_ROW * (row < 9 ? row + 1 : 10);
	c.x_max = c.x_max > 0 ? c.x_max : 1;
	c.y_max = c.y_max > 0 ? c.y_max * 1.05 : 1;
	return c;
}

static void draw_axes(FILE *to, const struct sb_chart *c, const char *unit, const char *x_unit)
{
	const struct sb_chart_ticks ticks = {.dx = sb_tick(c->x_max / 8),
					     .dy = sb_tick(c->y_max / 6),
					     .x_unit = "",
					     .x_below = 18,
					     .digits = 6};
	sb_auto_free char *upright = sb_asprintf(" transform=\"translate(16 %d) rotate(-90)\"",
						 (int)(c->top + c->bottom) / 2);

	sb_chart_axes(to, c, &ticks);
	sb_chart_text(to, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, SB_CHART_MIDDLE, "",
		      x_unit ? x_unit : "time (s)");
	sb_chart_text(to, 0, 0, SB_CHART_MIDDLE, upright, unit);
}

static void draw_line(FILE *to, const struct sb_chart *c, const struct sb_curve *curve, size_t i)
{
	struct sb_chart_line line = sb_chart_line(to, c, i, 1, false);

	for (size_t k = 0; k < curve->count; k++)
		sb_chart_line_to(&line, curve->x[k], curve->y[k]);
	sb_chart_line_end(&line);
}

static void draw_points(FILE *to, const struct sb_chart *c, const struct sb_curve *curve, size_t i)
{
	fprintf(to, "<g fill=\"%s\">", sb_chart_colour(i));
	for (size_t k = 0; k < curve->count; k++)
		if (sb_chart_can_show(curve->x[k]) && sb_chart_can_show(curve->y[k]))
			fprintf(to, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"1.8\"/>",
				sb_chart_x(c, curve->x[k]), sb_chart_y(c, curve->y[k]));
	fputs("</g>\n", to);
}

char *sb_figure_svg(const struct sb_figure *f)
{
	struct sb_chart chart = chart_of(f);
	sb_auto_free char *attributes =
	    sb_asprintf(" width=\"%d\" height=\"%d\" fill=\"#222\"", WIDTH, HEIGHT);
	int x = LEFT, row = 0;
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	sb_chart_head(to, WIDTH, HEIGHT, attributes);
	draw_axes(to, &chart, f->unit, f->x_unit);
	for (size_t i = 0; i < f->count; i++)
		(f->curves[i].points ? draw_points : draw_line)(to, &chart, &f->curves[i], i);
	for (size_t i = 0; i < f->count; i++) {
		const struct sb_curve *c = &f->curves[i];

		place_key(c, &x, &row);
		sb_chart_key(to, x - text_width(c->name) - 4 * CHAR_WIDTH, TOP + KEY_ROW * row,
			     SB_CHART_START, i, c->points ? "● " : "━ ", c->name);
	}
	fputs("</svg>\n", to);
	sb_textstream_close(to, &out);
	return out;
}

/* --- gnuplot --- */

char *sb_figure_data(const struct sb_figure *f)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	for (size_t i = 0; i < f->count; i++) {
		const struct sb_curve *c = &f->curves[i];

		fprintf(to, "%s# %s\n", i ? "\n\n" : "", c->name);
		/* A block without a line would not be counted as one. */
		if (!c->count)
			fputs("0 NaN\n", to);
		for (size_t k = 0; k < c->count; k++) {
			if (isfinite(c->y[k]))
				fprintf(to, "%.6f %.9g\n", c->x[k], c->y[k]);
			else
				fprintf(to, "%.6f NaN\n", c->x[k]);
		}
	}
	sb_textstream_close(to, &out);
	return out;
}

/* Within single quotes gnuplot knows one special thing: two of them are one. */
static void put_quoted(FILE *to, const char *text)
{
	fputc('\'', to);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', to);
		fputc(*text, to);
	}
	fputc('\'', to);
}

char *sb_figure_script(const struct sb_figure *f)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = sb_textstream_open(&out, &size);

	fprintf(to,
		"# gnuplot %s.gp\nset terminal pdfcairo noenhanced size 12cm,7cm\n"
		"set output '%s.pdf'\nset xlabel 'time (s)'\nset ylabel ",
		f->name, f->name);
	put_quoted(to, f->unit);
	fputs("\nset yrange [0:*]\nset grid\nset key outside top center horizontal\nplot ", to);
	for (size_t i = 0; i < f->count; i++) {
		const struct sb_curve *c = &f->curves[i];

		fprintf(to, "%s'%s.dat' index %zu using 1:2 with %s lc rgb '%s' title ",
			i ? ", \\\n     " : "", f->name, i,
			c->points ? "points pt 7 ps 0.3" : "lines", sb_chart_colour(i));
		put_quoted(to, c->name);
	}
	fputc('\n', to);
	sb_textstream_close(to, &out);
	return out;
}
