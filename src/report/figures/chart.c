// SPDX-License-Identifier: MIT
/* chart.c - what every figure is drawn with, as SVG: axes, lines, a key */
#include "chart.h"

#include <math.h>
#include <stdlib.h>

#include "report/page/html.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

/* A tick that is at the edge stays there when its product is rounded up. */
#define ROUNDING (1 + 1e-9)
/* Beyond any rate in bit/s; files of results are anybody's. */
#define SHOWN_MAX 1e15
#define TICKS_MAX 100

/* Told apart in print and by the colour-blind: Okabe and Ito 2008. */
static const char *const colours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
				      "#56b4e9", "#e69f00", "#000000"};

const char *sb_chart_colour(size_t series)
{
	return colours[series % SB_ARRAY_LEN(colours)];
}

bool sb_chart_can_show(double value)
{
	return isfinite(value) && fabs(value) <= SHOWN_MAX;
}

double sb_tick(double least)
{
	double power, step;

	if (!(least > 0) || !isfinite(least))
		return 1;
	power = pow(10, floor(log10(least)));
	step = least / power;
	return power * (step <= 1 ? 1 : step <= 2 ? 2 : step <= 5 ? 5 : 10);
}

double sb_chart_x(const struct sb_chart *c, double x)
{
	return c->left + x / c->x_max * (c->right - c->left);
}

double sb_chart_y(const struct sb_chart *c, double y)
{
	return c->bottom - y / c->y_max * (c->bottom - c->top);
}

void sb_chart_head(FILE *to, int width, int height, const char *attributes)
{
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" "
		"font-family=\"sans-serif\" font-size=\"12\"%s>\n"
		"<rect width=\"%d\" height=\"%d\" fill=\"white\"/>\n",
		width, height, attributes, width, height);
}

static void begin_text(FILE *to, double x, double y, enum sb_chart_anchor anchor,
		       const char *attributes)
{
	static const char *const anchors[] = {
	    [SB_CHART_START] = "",
	    [SB_CHART_MIDDLE] = " text-anchor=\"middle\"",
	    [SB_CHART_END] = " text-anchor=\"end\"",
	};

	fprintf(to, "<text x=\"%.1f\" y=\"%.1f\"%s%s>", x, y, anchors[anchor], attributes);
}

void sb_chart_text(FILE *to, double x, double y, enum sb_chart_anchor anchor,
		   const char *attributes, const char *text)
{
	begin_text(to, x, y, anchor, attributes);
	sb_html_escape(to, text);
	fputs("</text>\n", to);
}

void sb_chart_key(FILE *to, double x, double y, enum sb_chart_anchor anchor, size_t series,
		  const char *mark, const char *name)
{
	sb_auto_free char *fill = sb_asprintf(" fill=\"%s\"", sb_chart_colour(series));

	begin_text(to, x, y, anchor, fill);
	fputs(mark, to);
	sb_html_escape(to, name);
	fputs("</text>\n", to);
}

static void put_number(FILE *to, double x, double y, enum sb_chart_anchor anchor, int digits,
		       double number, const char *unit)
{
	begin_text(to, x, y, anchor, "");
	fprintf(to, "%.*g%s</text>\n", digits, number, unit);
}

void sb_chart_axes(FILE *to, const struct sb_chart *c, const struct sb_chart_ticks *ticks)
{
	for (int i = 0; i < TICKS_MAX && i * ticks->dy <= c->y_max * ROUNDING; i++) {
		double y = sb_chart_y(c, i * ticks->dy);

		fprintf(to, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>", c->left, y, c->right);
		put_number(to, c->left - 6, y + 4, SB_CHART_END, ticks->digits, i * ticks->dy, "");
	}
	for (int i = 0; i < TICKS_MAX && i * ticks->dx <= c->x_max * ROUNDING; i++)
		put_number(to, sb_chart_x(c, i * ticks->dx), c->bottom + ticks->x_below,
			   SB_CHART_MIDDLE, ticks->digits, i * ticks->dx, ticks->x_unit);
}

struct sb_chart_line sb_chart_line(FILE *to, const struct sb_chart *c, size_t series, double width,
				   bool steps)
{
	fprintf(to, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%g\" d=\"",
		sb_chart_colour(series), width);
	return (struct sb_chart_line){.to = to, .chart = c, .steps = steps};
}

void sb_chart_line_to(struct sb_chart_line *line, double x, double y)
{
	double at_x = sb_chart_x(line->chart, x), at_y = sb_chart_y(line->chart, y);
	bool shown = sb_chart_can_show(y);

	if (line->steps && line->drawing)
		fprintf(line->to, "H%.2f", at_x);
	if (shown && line->steps && line->drawing)
		fprintf(line->to, "V%.2f", at_y);
	else if (shown)
		fprintf(line->to, "%c%.2f %.2f", line->drawing ? 'L' : 'M', at_x, at_y);
	line->drawing = shown;
}

void sb_chart_line_end(struct sb_chart_line *line)
{
	if (line->steps && line->drawing)
		fprintf(line->to, "H%d", line->chart->right);
	fputs("\"/>\n", line->to);
}
