// SPDX-License-Identifier: MIT
/* limits.c - what held a flow up, if it was not the link */
#include "limits.h"

#include <math.h>
#include <stdio.h>

#include "satbed/base/mem.h"

/* From here on it is worth a word; from there on the link was not what was measured. */
#define PARTLY	0.10
#define CHIEFLY 0.50

static double share_of(int64_t part_us, double all_us)
{
	return fmax(0, fmin(1, (double)part_us / all_us));
}

static void say(struct sb_limits *l)
{
	const struct {
		double share;
		const char *who;
	} limits[] = {{l->window, "the receive window"},
		      {l->buffer, "the send buffer"},
		      {l->application, "the application"}};
	size_t worst = 0;

	for (size_t i = 1; i < SB_ARRAY_LEN(limits); i++)
		if (limits[i].share > limits[worst].share)
			worst = i;
	if (limits[worst].share >= PARTLY)
		snprintf(l->text, sizeof(l->text),
			 "%s limited by the link: %s limited it for %.0f %% of the time",
			 limits[worst].share >= CHIEFLY ? "not" : "not always", limits[worst].who,
			 100 * limits[worst].share);
}

void sb_judge_limits(const struct sb_flow *flow, const struct sb_flow_report *report,
		     struct sb_flow_result *r)
{
	double all_us = r->seconds * 1e6 * flow->streams;

	r->limits = (struct sb_limits){.application = NAN, .window = NAN, .buffer = NAN};
	/* Requests wait for answers by design; of the user's own programs there is no TCP_INFO. */
	if ((flow->kind != SB_FLOW_BULK && flow->kind != SB_FLOW_FILE) || r->tcp_info_elsewhere)
		return;
	if (!report || report->busy_us <= 0 || all_us <= 0)
		return;
	r->limits.application = 1 - share_of(report->busy_us, all_us);
	r->limits.window = share_of(report->rwnd_us, all_us);
	r->limits.buffer = share_of(report->sndbuf_us, all_us);
	say(&r->limits);
}
