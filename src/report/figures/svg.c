// SPDX-License-Identifier: MIT
/* svg.c - figures as SVG: a few panels over one axis of time */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "chart.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"
#include "satbed/report_svg.h"

#define WIDTH  900
#define LEFT   70
#define RIGHT  20
#define TOP    40
#define HEIGHT 150 /* of a panel */
#define GAP    40
#define TICKS  5

struct sb_svg {
	FILE *to;
	char *text;
	size_t size, panel;
	struct sb_chart chart; /* the current panel */
	struct sb_chart_line line;
};

struct sb_svg *sb_svg_new(const char *title, double seconds, size_t panels)
{
	struct sb_svg *s = sb_alloc(1, sizeof(*s));

	s->to = sb_textstream_open(&s->text, &s->size);
	s->chart = (struct sb_chart){.left = LEFT, .right = WIDTH - RIGHT, .x_max = seconds};
	sb_chart_head(s->to, WIDTH, TOP + (int)panels * (HEIGHT + GAP), "");
	sb_chart_text(s->to, LEFT, 22, SB_CHART_START, " font-size=\"15\"", title);
	return s;
}

void sb_svg_panel(struct sb_svg *s, const char *label, double max)
{
	double most = max > 0 ? max : 1;
	struct sb_chart_ticks ticks = {.dx = sb_tick(s->chart.x_max / TICKS),
				       .dy = sb_tick(most / TICKS),
				       .x_unit = " s",
				       .x_below = 16,
				       .digits = 4};

	s->chart.top = (double)(TOP + s->panel++ * (HEIGHT + GAP));
	s->chart.bottom = s->chart.top + HEIGHT;
	s->chart.y_max = ticks.dy * ceil(most / ticks.dy);
	sb_chart_axes(s->to, &s->chart, &ticks);
	sb_chart_text(s->to, LEFT + 4, s->chart.top - 5, SB_CHART_START, " fill=\"#555\"", label);
}

void sb_svg_begin(struct sb_svg *s, unsigned int series, const char *name)
{
	sb_chart_key(s->to, WIDTH - RIGHT - 60 * (int)series, s->chart.top - 5, SB_CHART_END,
		     series, "", name);
	s->line = sb_chart_line(s->to, &s->chart, series, 1.5, true);
}

void sb_svg_step(struct sb_svg *s, double seconds, double value)
{
	sb_chart_line_to(&s->line, seconds, value);
}

void sb_svg_end(struct sb_svg *s)
{
	sb_chart_line_end(&s->line);
}

void sb_svg_band(struct sb_svg *s, double from, double to)
{
	double x = sb_chart_x(&s->chart, from), width = sb_chart_x(&s->chart, to) - x;

	/* An outage of milliseconds in a run of minutes is to be seen, too. */
	fprintf(s->to,
		"<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"#999\" "
		"fill-opacity=\"0.5\"/>\n",
		x, s->chart.top, width < 1 ? 1 : width, HEIGHT);
}

char *sb_svg_finish(struct sb_svg *s)
{
	char *text;

	fputs("</svg>\n", s->to);
	sb_textstream_close(s->to, &s->text);
	text = s->text;
	free(s);
	return text;
}
