// SPDX-License-Identifier: MIT
/* check.c - rules across the keys of a scenario */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/expand.h"
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
		sb_findings_add(f, v->place, "client: no client %d; [testbed] clients = %u",
				__builtin_ctzll(beyond) + 1, sb_clients(sc));
}

/* One finding for a line is enough, however many links it holds for. */
static bool was_just_told(const struct sb_findings *f, int place)
{
	return f->count && f->items[f->count - 1].place == place;
}

/* --- testbed --- */

static void check_path(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *path = sb_value(testbed, SB_KEY_PATH);
	const struct sb_value *ip = sb_value(testbed, SB_KEY_IP);

	if (!sb_has(path))
		return;
	if (path->word == SB_PATH_BRIDGE && is_written(testbed, SB_KEY_PLACEMENT))
		sb_findings_add(f, sb_value(testbed, SB_KEY_PLACEMENT)->place,
				"placement: path = bridge has one leg only; it goes with "
				"path = slirp and path = pasta");
	if (path->word != SB_PATH_BRIDGE && sb_has(ip) && ip->word)
		sb_findings_add(f, ip->place,
				"ip: path = %s carries IPv4 only; write ip = 4, or path = bridge",
				sb_path_name((enum sb_path)path->word));
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
	    !was_just_told(f, memory->place))
		sb_findings_add(
		    f, memory->place,
		    "rate_memory: the rate of [link.%s] is not drawn; write for example "
		    "rate = quantiles p5 34mbit p50 243mbit p95 405mbit",
		    sb_dir_name(dir));
	if (sb_has(rate) && rate->rate.drawn && sb_has(shared) && shared->word &&
	    !was_just_told(f, rate->place))
		sb_findings_add(f, rate->place,
				"rate: quantiles are drawn for each client, so not with shared = "
				"yes");
	if (sb_has(rate) && rate->rate.drawn &&
	    sb_has(sb_link_value(sc, client, dir, SB_KEY_TRACE)) && !was_just_told(f, rate->place))
		sb_findings_add(f, rate->place, "rate: quantiles beside a trace; one is enough");
	memory = sb_link_value(sc, client, dir, SB_KEY_JITTER_MEMORY);
	if (has_memory(memory) && sb_has(jitter) && jitter->jitter.kind != SB_JITTER_NORMAL &&
	    jitter->jitter.kind != SB_JITTER_TABLE && jitter->jitter.kind != SB_JITTER_QUANTILES &&
	    !was_just_told(f, memory->place))
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
	}
	for (unsigned int client = 1; client <= sb_clients(sc); client++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			check_queue(sc, client, (enum sb_dir)dir, f);
	for (unsigned int client = 1; client <= sb_clients(sc); client++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			check_drawn(sc, client, (enum sb_dir)dir, f);
}

/* --- orbit --- */

static void check_orbit(const struct sb_scenario *sc, struct sb_findings *f)
{
	static const enum sb_key needed[] = {SB_KEY_TERMINAL, SB_KEY_GATEWAY};
	const struct sb_section *s = sb_scenario_section(sc, SB_SEC_ORBIT, 0);
	const struct sb_value *outage;

	if (!s)
		return;
	if (!is_written(s, SB_KEY_SHELL) && !is_written(s, SB_KEY_TLE))
		sb_findings_add(f, s->place,
				"[orbit] has no satellites, expected for example shell = "
				"starlink-shell-1, or tle = FILE");
	if (is_written(s, SB_KEY_SHELL) && is_written(s, SB_KEY_TLE))
		sb_findings_add(f, sb_value(s, SB_KEY_TLE)->place,
				"tle: beside shell; one of them is enough");
	for (size_t i = 0; i < SB_ARRAY_LEN(needed); i++)
		if (!is_written(s, needed[i]))
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
			    !sb_has(sb_link_value(sc, client, (enum sb_dir)dir, SB_KEY_TRACE)) &&
			    !was_just_told(f, sb_value(s, SB_KEY_RATE_STEP)->place))
				sb_findings_add(f, sb_value(s, SB_KEY_RATE_STEP)->place,
						"rate_step: nothing to step, [link.%s] has no rate",
						sb_dir_name((enum sb_dir)dir));
		}
	}
}

static void check_ramp(const struct sb_section *s, struct sb_findings *f)
{
	const struct sb_value *ramp = sb_value(s, SB_KEY_RAMP), *hold = sb_value(s, SB_KEY_FOR);

	if (!is_written(s, SB_KEY_DELAY_STEP) && !is_written(s, SB_KEY_RATE_STEP))
		sb_findings_add(f, ramp->place, "ramp: needs delay_step or rate_step");
	else if (sb_has(ramp) && sb_has(hold) && hold->time_ns < ramp->time_ns)
		sb_findings_add(f, hold->place,
				"for: ends before the ramp is through; it counts from the ramp's "
				"beginning, so make it at least as long");
}

static void check_event(const struct sb_scenario *sc, const struct sb_section *s,
			struct sb_findings *f)
{
	bool every = is_written(s, SB_KEY_EVERY), at = is_written(s, SB_KEY_AT);
	bool steps = is_written(s, SB_KEY_DELAY_STEP) || is_written(s, SB_KEY_RATE_STEP) ||
		     is_written(s, SB_KEY_EVENT_LOSS);
	bool acts = is_written(s, SB_KEY_OUTAGE) || is_written(s, SB_KEY_EVENT_QUEUE);

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
	if (!steps && !acts)
		sb_findings_add(f, s->place,
				"[event.%s] changes nothing, expected outage, delay_step, "
				"rate_step, loss or queue",
				s->name);
	else if (!steps && is_written(s, SB_KEY_FOR))
		sb_findings_add(
		    f, sb_value(s, SB_KEY_FOR)->place,
		    "for: an outage has its own length; did you mean \"outage = ...\"?");
	if (is_written(s, SB_KEY_RAMP))
		check_ramp(s, f);
	if (sb_has(sb_value(s, SB_KEY_EVENT_LOSS)) &&
	    sb_value(s, SB_KEY_EVENT_LOSS)->loss.form != SB_LOSS_PER_PACKET)
		sb_findings_add(f, sb_value(s, SB_KEY_EVENT_LOSS)->place,
				"loss: bursts and exact are for [link]; of an event expected none, "
				"random or gemodel");
	check_client_list(sc, s, SB_KEY_EVENT_CLIENT, f);
	check_rate_step(sc, s, f);
}

/* --- flows --- */

static void check_not_for(const struct sb_section *s, enum sb_key key, const char *kind,
			  struct sb_findings *f)
{
	if (is_written(s, key))
		sb_findings_add(f, sb_value(s, key)->place, "%s: %s %s flow has none",
				sb_key_rows[key].name, strchr("eir", kind[0]) ? "an" : "a", kind);
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

/* Which kinds of flows have a key of theirs; those not listed all flows have. */
static const struct {
	enum sb_key key;
	unsigned int kinds;
	bool needed;
} kind_keys[] = {
    {SB_KEY_STREAMS, 1u << SB_FLOW_BULK, false},
    {SB_KEY_CC, 1u << SB_FLOW_BULK | 1u << SB_FLOW_FILE | 1u << SB_FLOW_RR, false},
    {SB_KEY_FLOW_RATE, 1u << SB_FLOW_STREAM, false},
    {SB_KEY_PACKET, 1u << SB_FLOW_STREAM, false},
    {SB_KEY_SIZE, 1u << SB_FLOW_FILE | 1u << SB_FLOW_EXEC, false},
    {SB_KEY_STALL, 1u << SB_FLOW_FILE, false},
    {SB_KEY_TRANSPORT, 1u << SB_FLOW_RR, false},
    {SB_KEY_REQUEST, 1u << SB_FLOW_RR, false},
    {SB_KEY_RESPONSE, 1u << SB_FLOW_RR, false},
    {SB_KEY_FLOW_EVERY, 1u << SB_FLOW_RR, false},
    {SB_KEY_TIMEOUT, 1u << SB_FLOW_RR, false},
    {SB_KEY_SERVER_COMMAND, 1u << SB_FLOW_EXEC, true},
    {SB_KEY_CLIENT_COMMAND, 1u << SB_FLOW_EXEC, true},
    {SB_KEY_FILES, 1u << SB_FLOW_EXEC, false},
    {SB_KEY_READY, 1u << SB_FLOW_EXEC | 1u << SB_WORD_INTEROP, false},
    {SB_KEY_USER, 1u << SB_FLOW_EXEC, false},
    {SB_KEY_SETUP, 1u << SB_FLOW_EXEC, false},
    {SB_KEY_SERVER_IMAGE, 1u << SB_WORD_INTEROP, true},
    {SB_KEY_CLIENT_IMAGE, 1u << SB_WORD_INTEROP, false},
    {SB_KEY_TESTCASE, 1u << SB_WORD_INTEROP, false},
    {SB_KEY_SIZES, 1u << SB_WORD_INTEROP, false},
};

static bool is_absent(const struct sb_section *s, enum sb_key key)
{
	return sb_value(s, key)->state == SB_VALUE_ABSENT;
}

static void check_kind_keys(const struct sb_section *s, enum sb_flow_kind kind,
			    struct sb_findings *f)
{
	const char *name = (int)kind == SB_WORD_INTEROP ? "interop" : sb_flow_kind_name(kind);

	for (size_t i = 0; i < SB_ARRAY_LEN(kind_keys); i++) {
		enum sb_key key = kind_keys[i].key;

		if (!(kind_keys[i].kinds >> kind & 1))
			check_not_for(s, key, name, f);
		else if (kind_keys[i].needed && is_absent(s, key))
			sb_findings_add(f, s->place,
					"[flow.%s] has no %s, expected for example %s = %s",
					s->name, sb_key_rows[key].name, sb_key_rows[key].name,
					sb_key_rows[key].example);
	}
	if (kind == SB_FLOW_STREAM && is_absent(s, SB_KEY_FLOW_RATE))
		sb_findings_add(f, s->place,
				"[flow.%s] is a stream without a rate, expected for "
				"example rate = 2mbit",
				s->name);
	if (kind == SB_FLOW_FILE && is_absent(s, SB_KEY_SIZE))
		sb_findings_add(
		    f, s->place,
		    "[flow.%s] is a file without a size, expected for example size = 10MB",
		    s->name);
}

static void check_rr(const struct sb_scenario *sc, const struct sb_section *s,
		     struct sb_findings *f)
{
	static const enum sb_key sizes[] = {SB_KEY_REQUEST, SB_KEY_RESPONSE};
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *mtu = sb_value(testbed, SB_KEY_MTU),
			      *ip = sb_value(testbed, SB_KEY_IP),
			      *transport = sb_value(s, SB_KEY_TRANSPORT);

	check_not_for(s, SB_KEY_FLOW_DIRECTION, "rr", f);
	if (!sb_has(transport) || transport->word != SB_TRANSPORT_UDP)
		return;
	check_not_for(s, SB_KEY_CC, "udp", f);
	for (size_t i = 0; i < SB_ARRAY_LEN(sizes); i++) {
		const struct sb_value *size = sb_value(s, sizes[i]);

		if (sb_has(mtu) && sb_has(ip) && sb_has(size) &&
		    size->number + (ip->word ? UDP_HEADERS6 : UDP_HEADERS4) > mtu->number)
			sb_findings_add(f, size->place ? size->place : s->place,
					"%s: %" PRIu64
					"B and their headers do not fit one datagram of "
					"the MTU of %" PRIu64 "B",
					sb_key_rows[sizes[i]].name, size->number, mtu->number);
	}
}

static void check_exec(const struct sb_section *s, struct sb_findings *f)
{
	static const enum sb_key commands[] = {SB_KEY_SERVER_COMMAND, SB_KEY_CLIENT_COMMAND};
	const struct sb_value *size = sb_value(s, SB_KEY_SIZE),
			      *direction = sb_value(s, SB_KEY_FLOW_DIRECTION);
	const struct sb_brace any[] = {
	    {"server", "", NULL},
	    {"client", "", NULL},
	    {"port", "", NULL},
	    {"bytes", sb_has(size) ? "" : NULL, "{bytes} needs a size, for example size = 10MB"},
	    {NULL, NULL, NULL}};

	for (size_t i = 0; i < SB_ARRAY_LEN(commands); i++) {
		const struct sb_value *v = sb_value(s, commands[i]);
		struct sb_err err = {0};
		char *text = NULL;

		if (sb_has(v) && sb_expand(v->text, any, &text, &err))
			sb_findings_add(f, v->place, "%s: %s", sb_key_rows[commands[i]].name,
					err.msg);
		free(text);
	}
	if (sb_has(direction) && direction->word == SB_WORD_BOTH)
		sb_findings_add(f, direction->place,
				"direction: an exec flow runs once; up or down says which way its "
				"payload is counted");
}

/* What is downloaded goes down, and to its port. */
static void check_interop(const struct sb_section *s, struct sb_findings *f)
{
	const struct sb_value *direction = sb_value(s, SB_KEY_FLOW_DIRECTION);

	check_not_for(s, SB_KEY_PORT, "interop", f);
	if (sb_has(direction) && direction->word != SB_DOWN)
		sb_findings_add(f, direction->place, "direction: an interop flow is a download");
}

static void check_flow(const struct sb_scenario *sc, const struct sb_section *s,
		       struct sb_findings *f)
{
	const struct sb_value *kind = sb_value(s, SB_KEY_KIND);

	if (kind->state == SB_VALUE_ABSENT)
		sb_findings_add(f, s->place,
				"[flow.%s] has no kind, expected kind = bulk, stream, file, rr, "
				"exec or interop",
				s->name);
	if (sb_has(kind)) {
		check_kind_keys(s, (enum sb_flow_kind)kind->word, f);
		if (kind->word == SB_FLOW_STREAM)
			check_packet(sc, s, f);
		else if (kind->word == SB_FLOW_RR)
			check_rr(sc, s, f);
		else if (kind->word == SB_FLOW_EXEC)
			check_exec(s, f);
		else if (kind->word == SB_WORD_INTEROP)
			check_interop(s, f);
	}
	check_client_list(sc, s, SB_KEY_FLOW_CLIENT, f);
	check_flow_times(sc, s, f);
}

/* --- [expect] --- */

/* Values of [expect] that are of a flow: which kinds have them, and what to say to the others. */
static const struct {
	const char *name;
	unsigned int kinds;
	const char *why;
} flow_values[] = {
    {"goodput", ~0u, ""},
    {"retransmits", ~(1u << SB_FLOW_STREAM), "a stream flow retransmits nothing"},
    {"completion", 1u << SB_FLOW_FILE, "only a file flow completes"},
    {"latency", 1u << SB_FLOW_RR, "only an rr flow has latencies"},
    {"timeouts", 1u << SB_FLOW_RR, "only an rr flow has timeouts"},
};

/* The flow's name in "latency.web.p99", and whether the rest is as it should be. */
static bool split_what(const char *what, size_t stem, char name[SB_NAME_MAX])
{
	static const char *const quantiles[] = {"p50", "p90", "p95", "p99", "p999", "max"};
	const char *last = strrchr(what, '.');
	size_t len = strlen(what + stem + 1);
	bool good = true;

	if (!strncmp(what, "latency.", 8)) {
		good = false;
		for (size_t i = 0; i < SB_ARRAY_LEN(quantiles); i++)
			good |= last > what + stem && !strcmp(last + 1, quantiles[i]);
		if (good)
			len = (size_t)(last - (what + stem + 1));
	}
	if (len >= SB_NAME_MAX)
		len = SB_NAME_MAX - 1;
	memcpy(name, what + stem + 1, len);
	name[len] = '\0';
	return good;
}

static void check_expectation(const struct sb_scenario *sc, const struct sb_expectation *x,
			      struct sb_findings *f)
{
	const char *names[MAX_FLOWS + 1] = {NULL}, *what = x->expect.what, *near;
	size_t count = 0, row = 0, stem = strcspn(what, ".");
	char name[SB_NAME_MAX];

	while (row < SB_ARRAY_LEN(flow_values) &&
	       (strncmp(flow_values[row].name, what, stem) || flow_values[row].name[stem]))
		row++;
	if (row == SB_ARRAY_LEN(flow_values) || !what[stem])
		return;
	if (!split_what(what, stem, name)) {
		sb_findings_add(
		    f, x->place,
		    "%s: which quantile? Expected for example latency.%s.p99 (p50, p90, p95, "
		    "p99, p999 or max)",
		    what, name);
		return;
	}
	for (size_t i = 0; i < sc->section_count && count < MAX_FLOWS; i++) {
		const struct sb_section *s = &sc->sections[i];
		const struct sb_value *kind;

		if (s->kind != SB_SEC_FLOW)
			continue;
		names[count++] = s->name;
		if (strcmp(s->name, name))
			continue;
		kind = sb_value(s, SB_KEY_KIND);
		if (sb_has(kind) && !(flow_values[row].kinds >> kind->word & 1))
			sb_findings_add(f, x->place, "%s: %s", what, flow_values[row].why);
		return;
	}
	near = sb_suggest(name, names);
	if (near)
		sb_findings_add(f, x->place, "%s: no section [flow.%s]; did you mean \"%.*s.%s\"?",
				what, name, (int)stem, what, near);
	else
		sb_findings_add(f, x->place, "%s: no section [flow.%s]", what, name);
}

void sb_scenario_check(const struct sb_scenario *sc, struct sb_findings *f)
{
	const struct sb_section *s;

	check_path(sc, f);
	check_links(sc, f);
	check_orbit(sc, f);
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
