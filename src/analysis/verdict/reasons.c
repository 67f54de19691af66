// SPDX-License-Identifier: MIT
/* reasons.c - reasons against a verdict, as they are found, and the names of all of them */
#include "verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

const char *sb_reason_code_name(enum sb_reason_code code)
{
	static const char *const names[SB_REASON_CODES] = {
	    [SB_REASON_PATH_DELAY] = "path_delay",
	    [SB_REASON_DELAY] = "delay",
	    [SB_REASON_LOSS] = "loss",
	    [SB_REASON_RATE] = "rate",
	    [SB_REASON_SHAPER_FAILED] = "shaper_failed",
	    [SB_REASON_LATE] = "late",
	    [SB_REASON_SHAPER_COUNT] = "shaper_count",
	    [SB_REASON_REORDERED] = "reordered",
	    [SB_REASON_DUPLICATED] = "duplicated",
	    [SB_REASON_OUTAGE_PASSED] = "outage_passed",
	    [SB_REASON_UNSEEN] = "unseen",
	    [SB_REASON_QUEUE_LIMIT] = "queue_limit",
	    [SB_REASON_QUEUE_PACKETS] = "queue_packets",
	    [SB_REASON_IDLE] = "idle",
	    [SB_REASON_FEW_PACKETS] = "few_packets",
	    [SB_REASON_NONE_ARRIVED] = "none_arrived",
	    [SB_REASON_CAPTURE_LOST] = "capture_lost",
	    [SB_REASON_CAPTURE_DAMAGED] = "capture_damaged",
	    [SB_REASON_OFFLOAD] = "offload",
	    [SB_REASON_NO_PAYLOAD] = "no_payload",
	    [SB_REASON_RETRANSMITS_DIFFER] = "retransmits_differ",
	    [SB_REASON_STEPS_MISSING] = "steps_missing",
	    [SB_REASON_STEPS_LATE] = "steps_late",
	    [SB_REASON_OUTAGE_EDGE] = "outage_edge",
	    [SB_REASON_DELAY_STEP] = "delay_step",
	    [SB_REASON_RATE_STEP] = "rate_step",
	    [SB_REASON_SLOW_MACHINE] = "slow_machine",
	    [SB_REASON_WRONG_PATH] = "wrong_path",
	    [SB_REASON_PATH_UNPROVEN] = "path_unproven",
	    [SB_REASON_RELAY_ENDED] = "relay_ended",
	    [SB_REASON_CUT_OFF] = "cut_off",
	    [SB_REASON_CUT_OFF_UNKNOWN] = "cut_off_unknown",
	    [SB_REASON_REPLAY_DAMAGED] = "replay_damaged",
	    [SB_REASON_REPLAY_INCOMPLETE] = "replay_incomplete",
	};

	return names[code];
}

void sb_reason_set_add(struct sb_reason_set *d, enum sb_verdict verdict, enum sb_reason_code code,
		       const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	d->list = sb_grow(d->list, d->count, &d->room, sizeof(*d->list));
	d->list[d->count++] = (struct sb_reason_entry){verdict, code, sb_strdup(text)};
}

enum sb_verdict sb_reason_set_settle(struct sb_reason_set *d, struct sb_reasons *out)
{
	enum sb_verdict worst = SB_PASS;

	out->text = sb_alloc(d->count + 1, sizeof(*out->text));
	out->code = sb_alloc(d->count + 1, sizeof(*out->code));
	out->count = 0;
	for (int v = SB_INVALID; v >= (int)SB_PASS; v--) {
		for (size_t i = 0; i < d->count; i++) {
			if ((int)d->list[i].verdict != v)
				continue;
			out->code[out->count] = d->list[i].code;
			out->text[out->count++] = d->list[i].text;
			if (d->list[i].verdict > worst)
				worst = d->list[i].verdict;
		}
	}
	free(d->list);
	*d = (struct sb_reason_set){0};
	return worst;
}

void sb_result_add_reason(struct sb_result *r, enum sb_verdict verdict, enum sb_reason_code code,
			  const char *fmt, ...)
{
	size_t count = r->reasons.count, room = count, at = verdict >= r->verdict ? 0 : count;
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	r->reasons.text = sb_realloc(r->reasons.text, room + 1, sizeof(*r->reasons.text));
	r->reasons.code = sb_realloc(r->reasons.code, room + 1, sizeof(*r->reasons.code));
	memmove(r->reasons.text + at + 1, r->reasons.text + at,
		(count - at) * sizeof(*r->reasons.text));
	memmove(r->reasons.code + at + 1, r->reasons.code + at,
		(count - at) * sizeof(*r->reasons.code));
	r->reasons.text[at] = sb_strdup(text);
	r->reasons.code[at] = code;
	r->reasons.count++;
	if (verdict > r->verdict)
		r->verdict = verdict;
}

const char *sb_verdict_name(enum sb_verdict v)
{
	switch (v) {
	case SB_PASS:
		return "PASS";
	case SB_WARN:
		return "WARN";
	case SB_INVALID:
		return "INVALID";
	}
	return "INVALID";
}

const char *sb_check_name(enum sb_check check)
{
	switch (check) {
	case SB_NOT_EXERCISED:
		return "not exercised";
	case SB_MET:
		return "met";
	case SB_MISSED:
		return "failed";
	}
	return "failed";
}
