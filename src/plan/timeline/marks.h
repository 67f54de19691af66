/* SPDX-License-Identifier: MIT */
/* marks.h - what changes one direction of a link, and when: what the timeline is swept by */
#ifndef SATBED_PLAN_MARKS_H
#define SATBED_PLAN_MARKS_H

#include "event_occurrences.h"
#include "plan/plan_priv.h"

/* At one instant in this order: what begins comes first and so names the step. */
enum mark_kind {
	MARK_BEGIN,
	MARK_STEPS_END,
	MARK_OUTAGE_END,
	MARK_RAMP_IN,
	MARK_RAMP_OUT,
	MARK_TRACE,
	MARK_ORBIT,
	MARK_BURST,
	MARK_JITTER,
	MARK_RATE
};

/* @value: of jitter, the deviation in ns; of a drawn rate, bit/s; of a ramp, how far it has come in millionths;
 * of a burst, whether it begins or ends; @row: of a trace */
struct sb_plan_mark {
	int64_t at_ns;
	enum mark_kind kind;
	int16_t event;
	uint32_t occurrence;
	int64_t value;
	const struct sb_trace_row *row;
};

struct sb_marks {
	size_t count, room;
	struct sb_plan_mark *list;
};

/** sb_marks_lay_out() - all of one direction, in the order of time; @h: of every event; @m: starts zeroed */
void sb_marks_lay_out(const struct sb_scenario *sc, const struct sb_orbit *orbit,
		      const struct sb_plan *plan, unsigned int client, enum sb_dir dir,
		      const struct sb_event_occurrences *h, struct sb_marks *m);

/** sb_is_jitter() - does it ever deviate? */
bool sb_is_jitter(const struct sb_jitter *j);

/** sb_timeline_check_size() - how many steps there may be; -1 and a finding when that is too many
 * (timeline_size.c) */
int sb_timeline_check_size(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f);

#endif
