// SPDX-License-Identifier: MIT
/* events.c - rules across the keys of an event, and clients and terminals that a section names */
#include "check.h"

#include "scenario/schema.h"

void sb_check_list(const struct sb_section *s, enum sb_key key, unsigned int count,
		   struct sb_findings *f)
{
	const struct sb_value *v = sb_value(s, key);
	uint64_t beyond;

	if (v->state != SB_VALUE_WRITTEN || v->clients == UINT64_MAX)
		return;
	beyond = v->clients & ~(UINT64_MAX >> (64 - count));
	if (beyond)
		sb_findings_add(f, v->place, "%s: no %s %d; [testbed] %ss = %u",
				sb_key_rows[key].name, sb_key_rows[key].name,
				__builtin_ctzll(beyond) + 1, sb_key_rows[key].name, count);
}

static void check_rate_step(const struct sb_scenario *sc, const struct sb_section *s,
			    struct sb_findings *f)
{
	const struct sb_value *clients = sb_value(s, SB_KEY_EVENT_CLIENT);
	const struct sb_value *direction = sb_value(s, SB_KEY_EVENT_DIRECTION);

	if (!sb_has(sb_value(s, SB_KEY_RATE_STEP)) || !sb_has(clients) || !sb_has(direction))
		return;
	for (unsigned int link = 1; link <= sb_links(sc); link++) {
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_value *rate =
			    sb_link_value(sc, link, (enum sb_dir)dir, SB_KEY_RATE);

			if (!sb_link_is_meant(sc, s, SB_KEY_EVENT_CLIENT, SB_KEY_EVENT_TERMINAL,
					      link) ||
			    (direction->word != SB_WORD_BOTH && direction->word != dir))
				continue;
			if (sb_has(rate) && !rate->number &&
			    !sb_has(sb_link_value(sc, link, (enum sb_dir)dir, SB_KEY_TRACE)) &&
			    !sb_was_just_told(f, sb_value(s, SB_KEY_RATE_STEP)->place))
				sb_findings_add(f, sb_value(s, SB_KEY_RATE_STEP)->place,
						"rate_step: nothing to step, [link.%s] has no rate",
						sb_dir_name((enum sb_dir)dir));
		}
	}
}

static void check_ramp(const struct sb_section *s, struct sb_findings *f)
{
	const struct sb_value *ramp = sb_value(s, SB_KEY_RAMP), *hold = sb_value(s, SB_KEY_FOR);

	if (!sb_is_written(s, SB_KEY_DELAY_STEP) && !sb_is_written(s, SB_KEY_RATE_STEP))
		sb_findings_add(f, ramp->place, "ramp: needs delay_step or rate_step");
	else if (sb_has(ramp) && sb_has(hold) && hold->time_ns < ramp->time_ns)
		sb_findings_add(f, hold->place,
				"for: ends before the ramp is through; it counts from the ramp's "
				"beginning, so make it at least as long");
}

void sb_check_event(const struct sb_scenario *sc, const struct sb_section *s, struct sb_findings *f)
{
	bool every = sb_is_written(s, SB_KEY_EVERY), at = sb_is_written(s, SB_KEY_AT);
	bool steps = sb_is_written(s, SB_KEY_DELAY_STEP) || sb_is_written(s, SB_KEY_RATE_STEP) ||
		     sb_is_written(s, SB_KEY_EVENT_LOSS);
	bool acts = sb_is_written(s, SB_KEY_OUTAGE) || sb_is_written(s, SB_KEY_EVENT_QUEUE);

	if (!every && !at)
		sb_findings_add(
		    f, s->place,
		    "[event.%s] has no time, expected for example every = 15s or at = 5s 20s",
		    s->name);
	if (every && at)
		sb_findings_add(f, sb_value(s, SB_KEY_AT)->place,
				"at: beside every; one of them is enough");
	if (!every && sb_is_written(s, SB_KEY_PHASE))
		sb_findings_add(f, sb_value(s, SB_KEY_PHASE)->place, "phase: needs every");
	if (!steps && !acts)
		sb_findings_add(f, s->place,
				"[event.%s] changes nothing, expected outage, delay_step, "
				"rate_step, loss or queue",
				s->name);
	else if (!steps && sb_is_written(s, SB_KEY_FOR))
		sb_findings_add(
		    f, sb_value(s, SB_KEY_FOR)->place,
		    "for: an outage has its own length; did you mean \"outage = ...\"?");
	if (sb_is_written(s, SB_KEY_RAMP))
		check_ramp(s, f);
	if (sb_has(sb_value(s, SB_KEY_EVENT_LOSS)) &&
	    sb_value(s, SB_KEY_EVENT_LOSS)->loss.form != SB_LOSS_PER_PACKET)
		sb_findings_add(f, sb_value(s, SB_KEY_EVENT_LOSS)->place,
				"loss: bursts and exact are for [link]; of an event expected none, "
				"random or gemodel");
	sb_check_list(s, SB_KEY_EVENT_CLIENT, sb_clients(sc), f);
	sb_check_list(s, SB_KEY_EVENT_TERMINAL, sb_terminals(sc), f);
	check_rate_step(sc, s, f);
}
