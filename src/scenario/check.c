// SPDX-License-Identifier: MIT
/* check.c - rules across the keys of a scenario */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "schema.h"

/* So many are told apart in reports and graphs; also keeps expanded plans small. */
#define MAX_EVENTS 64
#define MAX_FLOWS  64

/* IPv6 (or IPv4) and UDP headers in front of a datagram's payload. */
#define UDP_HEADERS4 28
#define UDP_HEADERS6 48

static bool is_written(const struct sb_section *s, enum sb_key key)
{
	return sb_value(s, key)->place != 0;
}

static uint64_t existing_clients(const struct sb_scenario *sc)
{
	return UINT64_MAX >> (64 - sb_clients(sc));
}

static void check_client_list(const struct sb_scenario *sc, const struct sb_section *s,
			      enum sb_key key, struct sb_findings *f)
{
	const struct sb_value *v = sb_value(s, key);
	uint64_t beyond;

	if (v->state != SB_VALUE_WRITTEN || v->clients == UINT64_MAX)
		return;
	beyond = v->clients & ~existing_clients(sc);
	if (beyond)
		sb_findings_add(f, v->place,
				"client: there is no client %d, [testbed] clients = %u",
				__builtin_ctzll(beyond) + 1, sb_clients(sc));
}

/* One finding for a line is enough, however many links it holds for. */
static bool was_just_told(const struct sb_findings *f, int place)
{
	return f->count && f->items[f->count - 1].place == place;
}

/* --- links --- */

static void check_queue(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			struct sb_findings *f)
{
	const struct sb_value *queue = sb_link_value(sc, client, dir, SB_KEY_QUEUE);
	const struct sb_value *rate = sb_link_value(sc, client, dir, SB_KEY_RATE);
	const struct sb_value *up = sb_link_value(sc, client, SB_UP, SB_KEY_DELAY);
	const struct sb_value *down = sb_link_value(sc, client, SB_DOWN, SB_KEY_DELAY);

	if (!sb_has(queue) || !sb_has(rate) || !sb_has(up) || !sb_has(down))
		return;
	if (queue->queue.kind != SB_QUEUE_TIME && queue->queue.kind != SB_QUEUE_BDP)
		return;
	if (was_just_told(f, queue->place))
		return;
	if (!rate->number)
		sb_findings_add(
		    f, queue->place,
		    "queue: without a rate a time or bdp says nothing; give [link.%s] a rate, or "
		    "write for example queue = 1000packets",
		    sb_dir_name(dir));
	else if (queue->queue.kind == SB_QUEUE_BDP && !up->time_ns && !down->time_ns)
		sb_findings_add(
		    f, queue->place,
		    "queue: without a delay the bandwidth-delay product is nothing; write for "
		    "example queue = 100ms");
}

static void check_links(const struct sb_scenario *sc, struct sb_findings *f)
{
	for (size_t i = 0; i < sc->section_count; i++) {
		const struct sb_section *s = &sc->sections[i];

		if (s->kind == SB_SEC_LINK && s->client > sb_clients(sc))
			sb_findings_add(f, s->place,
					"there is no client %u, [testbed] clients = %u", s->client,
					sb_clients(sc));
	}
	for (unsigned int client = 1; client <= sb_clients(sc); client++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			check_queue(sc, client, (enum sb_dir)dir, f);
}

/* --- events --- */

static void check_rate_step(const struct sb_scenario *sc, const struct sb_section *s,
			    struct sb_findings *f)
{
	const struct sb_value *clients = sb_value(s, SB_KEY_EVENT_CLIENT);
	const struct sb_value *direction = sb_value(s, SB_KEY_EVENT_DIRECTION);

	if (!sb_has(sb_value(s, SB_KEY_RATE_STEP)) || !sb_has(clients) || !sb_has(direction))
		return;
	for (unsigned int client = 1; client <= sb_clients(sc); client++) {
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			const struct sb_value *rate =
			    sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_RATE);

			if (!(clients->clients >> (client - 1) & 1) ||
			    (direction->word != SB_WORD_BOTH && direction->word != dir))
				continue;
			if (sb_has(rate) && !rate->number &&
			    !was_just_told(f, sb_value(s, SB_KEY_RATE_STEP)->place))
				sb_findings_add(f, sb_value(s, SB_KEY_RATE_STEP)->place,
						"rate_step: nothing to step, [link.%s] has no rate",
						sb_dir_name((enum sb_dir)dir));
		}
	}
}

static void check_event(const struct sb_scenario *sc, const struct sb_section *s,
			struct sb_findings *f)
{
	bool every = is_written(s, SB_KEY_EVERY), at = is_written(s, SB_KEY_AT);
	bool steps = is_written(s, SB_KEY_DELAY_STEP) || is_written(s, SB_KEY_RATE_STEP) ||
		     is_written(s, SB_KEY_EVENT_LOSS);

	if (!every && !at)
		sb_findings_add(
		    f, s->place,
		    "[event.%s] has no time, expected for example every = 15s or at = 5s 20s",
		    s->name);
	if (every && at)
		sb_findings_add(f, sb_value(s, SB_KEY_AT)->place,
				"at: beside every; one of them is enough");
	if (!every && is_written(s, SB_KEY_PHASE))
		sb_findings_add(f, sb_value(s, SB_KEY_PHASE)->place, "phase: needs every");
	if (!steps && !is_written(s, SB_KEY_OUTAGE))
		sb_findings_add(
		    f, s->place,
		    "[event.%s] changes nothing, expected outage, delay_step, rate_step or loss",
		    s->name);
	else if (!steps && is_written(s, SB_KEY_FOR))
		sb_findings_add(
		    f, sb_value(s, SB_KEY_FOR)->place,
		    "for: an outage has its own length; did you mean \"outage = ...\"?");
	check_client_list(sc, s, SB_KEY_EVENT_CLIENT, f);
	check_rate_step(sc, s, f);
}

/* --- flows --- */

static void check_not_for(const struct sb_section *s, enum sb_key key, const char *kind,
			  struct sb_findings *f)
{
	if (is_written(s, key))
		sb_findings_add(f, sb_value(s, key)->place, "%s: a %s flow has none",
				sb_key_rows[key].name, kind);
}

static void check_packet(const struct sb_scenario *sc, const struct sb_section *s,
			 struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *mtu = sb_value(testbed, SB_KEY_MTU),
			      *packet = sb_value(s, SB_KEY_PACKET);
	const struct sb_value *ip = sb_value(testbed, SB_KEY_IP);
	uint64_t headers;

	if (!sb_has(mtu) || !sb_has(packet) || !sb_has(ip))
		return;
	headers = ip->word ? UDP_HEADERS6 : UDP_HEADERS4;
	if (packet->number + headers > mtu->number)
		sb_findings_add(f, packet->place,
				"packet: %" PRIu64 "B and %" PRIu64
				"B of headers do not fit the MTU of %" PRIu64 "B",
				packet->number, headers, mtu->number);
}

static void check_flow_times(const struct sb_scenario *sc, const struct sb_section *s,
			     struct sb_findings *f)
{
	const struct sb_value *run =
	    sb_value(sb_scenario_section(sc, SB_SEC_SCENARIO, 0), SB_KEY_DURATION);
	const struct sb_value *start = sb_value(s, SB_KEY_START);
	const struct sb_value *duration = sb_value(s, SB_KEY_FLOW_DURATION);
	char a[SB_UNIT_BUF], b[SB_UNIT_BUF];

	if (!sb_has(run) || !sb_has(start))
		return;
	if (start->time_ns >= run->time_ns)
		sb_findings_add(f, start->place, "start: %s is not before the end of the run at %s",
				sb_format_time(a, start->time_ns), sb_format_time(b, run->time_ns));
	else if (sb_has(duration) && duration->time_ns > run->time_ns - start->time_ns)
		sb_findings_add(f, duration->place, "duration: the flow ends at %s, the run at %s",
				sb_format_time(a, start->time_ns + duration->time_ns),
				sb_format_time(b, run->time_ns));
}

static void check_flow(const struct sb_scenario *sc, const struct sb_section *s,
		       struct sb_findings *f)
{
	const struct sb_value *kind = sb_value(s, SB_KEY_KIND);

	if (kind->state == SB_VALUE_ABSENT)
		sb_findings_add(f, s->place,
				"[flow.%s] has no kind, expected kind = bulk or kind = stream",
				s->name);
	if (sb_has(kind) && kind->word == SB_FLOW_BULK) {
		check_not_for(s, SB_KEY_FLOW_RATE, "bulk", f);
		check_not_for(s, SB_KEY_PACKET, "bulk", f);
	}
	if (sb_has(kind) && kind->word == SB_FLOW_STREAM) {
		check_not_for(s, SB_KEY_STREAMS, "stream", f);
		check_not_for(s, SB_KEY_CC, "stream", f);
		check_packet(sc, s, f);
		if (sb_value(s, SB_KEY_FLOW_RATE)->state == SB_VALUE_ABSENT)
			sb_findings_add(f, s->place,
					"[flow.%s] is a stream without a rate, expected for "
					"example rate = 2mbit",
					s->name);
	}
	check_client_list(sc, s, SB_KEY_FLOW_CLIENT, f);
	check_flow_times(sc, s, f);
}

/* --- [expect] --- */

static void check_expectation(const struct sb_scenario *sc, const struct sb_expectation *x,
			      struct sb_findings *f)
{
	const char *names[MAX_FLOWS + 1] = {NULL};
	const char *dot = strchr(x->expect.what, '.'), *near;
	size_t count = 0;

	if (strncmp(x->expect.what, "goodput.", 8) && strncmp(x->expect.what, "retransmits.", 12))
		return;
	for (size_t i = 0; i < sc->section_count && count < MAX_FLOWS; i++) {
		const struct sb_section *s = &sc->sections[i];

		if (s->kind != SB_SEC_FLOW)
			continue;
		names[count++] = s->name;
		if (strcmp(s->name, dot + 1))
			continue;
		if (x->expect.what[0] == 'r' && sb_has(sb_value(s, SB_KEY_KIND)) &&
		    sb_value(s, SB_KEY_KIND)->word == SB_FLOW_STREAM)
			sb_findings_add(f, x->place, "%s: a stream flow retransmits nothing",
					x->expect.what);
		return;
	}
	near = sb_suggest(dot + 1, names);
	if (near)
		sb_findings_add(f, x->place, "%s: there is no [flow%s]; did you mean \"%.*s%s\"?",
				x->expect.what, dot, (int)(dot + 1 - x->expect.what),
				x->expect.what, near);
	else
		sb_findings_add(f, x->place, "%s: there is no [flow%s]", x->expect.what, dot);
}

void sb_scenario_check(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *s;

	check_links(sc, f);
	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_EVENT, i)); i++) {
		if (i == MAX_EVENTS) {
			sb_findings_add(f, s->place, "more than %d events", MAX_EVENTS);
			break;
		}
		check_event(sc, s, f);
	}
	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_FLOW, i)); i++) {
		if (i == MAX_FLOWS) {
			sb_findings_add(f, s->place, "more than %d flows", MAX_FLOWS);
			break;
		}
		check_flow(sc, s, f);
	}
	for (size_t i = 0; i < sc->expect_count; i++)
		check_expectation(sc, &sc->expects[i], f);
}
