// SPDX-License-Identifier: MIT
/* flows.c - rules across the keys of a flow: times, and what its kind has and needs */
#include "check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/expand.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "scenario/schema.h"

/* IPv6 (or IPv4) and UDP headers in front of a datagram's payload. */
#define UDP_HEADERS4 28
#define UDP_HEADERS6 48

static void check_not_for(const struct sb_section *s, enum sb_key key, const char *kind,
			  struct sb_findings *f)
{
	if (sb_is_written(s, key))
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
    {SB_KEY_MPTCP, 1u << SB_FLOW_BULK | 1u << SB_FLOW_FILE, false},
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

static void check_terminal(const struct sb_scenario *sc, const struct sb_section *s,
			   struct sb_findings *f)
{
	const struct sb_value *terminal = sb_value(s, SB_KEY_FLOW_TERMINAL);

	if (sb_has(terminal) && terminal->number > sb_terminals(sc))
		sb_findings_add(f, terminal->place,
				"terminal: no terminal %u; [testbed] terminals = %u",
				(unsigned int)terminal->number, sb_terminals(sc));
}

void sb_check_flow(const struct sb_scenario *sc, const struct sb_section *s, struct sb_findings *f)
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
	sb_check_list(s, SB_KEY_FLOW_CLIENT, sb_clients(sc), f);
	check_terminal(sc, s, f);
	check_flow_times(sc, s, f);
}
