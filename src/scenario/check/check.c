// SPDX-License-Identifier: MIT
/* check.c - rules across the keys of a scenario: testbed, links, orbit */
#include "check.h"

#include <stdio.h>

#include "satbed/base/mem.h"
#include "scenario/schema.h"

/* So many are told apart in reports and graphs; also keeps expanded plans small. */
#define MAX_EVENTS 64

/* --- testbed --- */

static void check_path(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *path = sb_value(testbed, SB_KEY_PATH);
	const struct sb_value *ip = sb_value(testbed, SB_KEY_IP);

	if (!sb_has(path))
		return;
	if (path->word == SB_PATH_BRIDGE && sb_is_written(testbed, SB_KEY_PLACEMENT))
		sb_findings_add(f, sb_value(testbed, SB_KEY_PLACEMENT)->place,
				"placement: path = bridge has one leg only; it goes with "
				"path = slirp and path = pasta");
	if (path->word != SB_PATH_BRIDGE && sb_has(ip) && ip->word)
		sb_findings_add(f, ip->place,
				"ip: path = %s carries IPv4 only; write ip = 4, or path = bridge",
				sb_path_name((enum sb_path)path->word));
}

static void check_terminals(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *terminals = sb_value(testbed, SB_KEY_TERMINALS);
	const struct sb_value *clients = sb_value(testbed, SB_KEY_CLIENTS);

	if (sb_has(terminals) && sb_has(clients) &&
	    terminals->number * clients->number > SB_MAX_CLIENTS)
		sb_findings_add(f, terminals->place,
				"terminals: %u of each of %u clients are more than %d links",
				(unsigned int)terminals->number, (unsigned int)clients->number,
				SB_MAX_CLIENTS);
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
	if (sb_was_just_told(f, queue->place))
		return;
	/* A trace may bring a rate and a delay, which is only known when it has been read. */
	if (sb_has(sb_link_value(sc, client, dir, SB_KEY_TRACE)))
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

static bool has_memory(const struct sb_value *v)
{
	return sb_has(v) && v->memory.run_ppb + v->memory.slot_ppb + v->memory.held_ppb;
}

/* What is drawn for each step, and what only goes with it. */
static void check_drawn(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			struct sb_findings *f)
{
	const struct sb_value *rate = sb_link_value(sc, client, dir, SB_KEY_RATE);
	const struct sb_value *jitter = sb_link_value(sc, client, dir, SB_KEY_JITTER);
	const struct sb_value *memory = sb_link_value(sc, client, dir, SB_KEY_RATE_MEMORY);
	const struct sb_value *shared = sb_link_value(sc, client, dir, SB_KEY_SHARED);

	if (has_memory(memory) && sb_has(rate) && !rate->rate.drawn &&
	    !sb_was_just_told(f, memory->place))
		sb_findings_add(
		    f, memory->place,
		    "rate_memory: the rate of [link.%s] is not drawn; write for example "
		    "rate = quantiles p5 34mbit p50 243mbit p95 405mbit",
		    sb_dir_name(dir));
	if (sb_has(rate) && rate->rate.drawn && sb_has(shared) && shared->word &&
	    !sb_was_just_told(f, rate->place))
		sb_findings_add(f, rate->place,
				"rate: quantiles are drawn for each client, so not with shared = "
				"yes");
	if (sb_has(rate) && rate->rate.drawn &&
	    sb_has(sb_link_value(sc, client, dir, SB_KEY_TRACE)) &&
	    !sb_was_just_told(f, rate->place))
		sb_findings_add(f, rate->place, "rate: quantiles beside a trace; one is enough");
	memory = sb_link_value(sc, client, dir, SB_KEY_JITTER_MEMORY);
	if (has_memory(memory) && sb_has(jitter) && jitter->jitter.kind != SB_JITTER_NORMAL &&
	    jitter->jitter.kind != SB_JITTER_TABLE && jitter->jitter.kind != SB_JITTER_QUANTILES &&
	    !sb_was_just_told(f, memory->place))
		sb_findings_add(f, memory->place,
				"jitter_memory: only a jitter that is normal, table or quantiles "
				"has one");
}

static void check_links(const struct sb_scenario *sc, struct sb_findings *f)
{
	for (size_t i = 0; i < sc->section_count; i++) {
		const struct sb_section *s = &sc->sections[i];

		if (s->kind == SB_SEC_LINK && s->client > sb_clients(sc))
			sb_findings_add(f, s->place, "no client %u; [testbed] clients = %u",
					s->client, sb_clients(sc));
		if (s->kind == SB_SEC_LINK && s->terminal > sb_terminals(sc))
			sb_findings_add(f, s->place, "no terminal %u; [testbed] terminals = %u",
					s->terminal, sb_terminals(sc));
	}
	for (unsigned int link = 1; link <= sb_links(sc); link++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			check_queue(sc, link, (enum sb_dir)dir, f);
	for (unsigned int link = 1; link <= sb_links(sc); link++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			check_drawn(sc, link, (enum sb_dir)dir, f);
}

/* --- orbit --- */

static void check_orbit(const struct sb_scenario *sc, struct sb_findings *f)
{
	static const enum sb_key needed[] = {SB_KEY_TERMINAL, SB_KEY_GATEWAY};
	const struct sb_section *s = sb_scenario_section(sc, SB_SEC_ORBIT, 0);
	const struct sb_value *outage;

	if (!s)
		return;
	if (!sb_is_written(s, SB_KEY_SHELL) && !sb_is_written(s, SB_KEY_TLE))
		sb_findings_add(f, s->place,
				"[orbit] has no satellites, expected for example shell = "
				"starlink-shell-1, or tle = FILE");
	if (sb_is_written(s, SB_KEY_SHELL) && sb_is_written(s, SB_KEY_TLE))
		sb_findings_add(f, sb_value(s, SB_KEY_TLE)->place,
				"tle: beside shell; one of them is enough");
	for (size_t i = 0; i < SB_ARRAY_LEN(needed); i++)
		if (!sb_is_written(s, needed[i]))
			sb_findings_add(f, s->place,
					"[orbit] has no %s, expected for example %s = %s",
					sb_key_rows[needed[i]].name, sb_key_rows[needed[i]].name,
					sb_key_rows[needed[i]].example);
	outage = sb_value(s, SB_KEY_ORBIT_OUTAGE);
	if (sb_has(outage) &&
	    (outage->draw.kind == SB_DRAW_OLD_NEW || outage->draw.kind == SB_DRAW_ALTERNATE))
		sb_findings_add(f, outage->place,
				"outage: for [orbit] a time, or uniform, lognormal or exponential");
}

void sb_scenario_check(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *s;

	check_path(sc, f);
	check_terminals(sc, f);
	check_links(sc, f);
	check_orbit(sc, f);
	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_EVENT, i)); i++) {
		if (i == MAX_EVENTS) {
			sb_findings_add(f, s->place, "more than %d events", MAX_EVENTS);
			break;
		}
		sb_check_event(sc, s, f);
	}
	for (size_t i = 0; (s = sb_scenario_section(sc, SB_SEC_FLOW, i)); i++) {
		if (i == SB_FLOWS_MAX) {
			sb_findings_add(f, s->place, "more than %d flows", SB_FLOWS_MAX);
			break;
		}
		sb_check_flow(sc, s, f);
	}
	for (size_t i = 0; i < sc->expect_count; i++)
		sb_check_expectation(sc, &sc->expects[i], f);
}
