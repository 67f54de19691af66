// SPDX-License-Identifier: MIT
/* plan_svg.c - a plan's link over time: delay, rate and outages */
#include <math.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/report_svg.h"

#define LINK 0

static double seconds(int64_t ns)
{
	return (double)ns / (double)SB_NS_PER_S;
}

/* An unlimited rate has no place on an axis. */
static double value_of(const struct sb_link_state *s, bool rate)
{
	if (rate)
		return s->rate_bps ? (double)s->rate_bps / 1e6 : NAN;
	return (double)s->delay_ns / (double)SB_NS_PER_MS;
}

static double largest(const struct sb_plan *plan, bool rate)
{
	double max = 0;

	for (int dir = SB_UP; dir <= SB_DOWN; dir++)
		max = fmax(max, value_of(&plan->links[LINK].dir[dir].initial, rate));
	for (size_t i = 0; i < plan->step_count; i++)
		if (plan->steps[i].link == LINK)
			max = fmax(max, value_of(&plan->steps[i].state, rate));
	return max;
}

static void draw_outages(struct sb_svg *svg, const struct sb_plan *plan, enum sb_dir dir)
{
	bool out = plan->links[LINK].dir[dir].initial.outage;
	double since = 0;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];

		if (s->link != LINK || s->dir != dir || s->state.outage == out)
			continue;
		if (out)
			sb_svg_band(svg, since, seconds(s->at_ns));
		out = s->state.outage;
		since = seconds(s->at_ns);
	}
	if (out)
		sb_svg_band(svg, since, seconds(plan->duration_ns));
}

static void draw_line(struct sb_svg *svg, const struct sb_plan *plan, enum sb_dir dir, bool rate)
{
	double last = value_of(&plan->links[LINK].dir[dir].initial, rate);

	sb_svg_begin(svg, dir, sb_dir_name(dir));
	sb_svg_step(svg, 0, last);
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];
		double now = value_of(&s->state, rate);

		if (s->link != LINK || s->dir != dir || now == last)
			continue;
		sb_svg_step(svg, seconds(s->at_ns), now);
		last = now;
	}
	sb_svg_end(svg);
}

char *sb_plan_svg(const struct sb_plan *plan)
{
	sb_auto_free char *title =
	    sb_asprintf("%s: %s", plan->name, plan->about ? plan->about : "");
	struct sb_svg *svg = sb_svg_new(title, seconds(plan->duration_ns), 2);

	for (int rate = 0; rate < 2; rate++) {
		sb_svg_panel(svg, rate ? "rate, Mbit/s" : "one-way delay, ms; grey: outages",
			     largest(plan, rate));
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			draw_outages(svg, plan, (enum sb_dir)dir);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			draw_line(svg, plan, (enum sb_dir)dir, rate);
	}
	return sb_svg_finish(svg);
}
