// SPDX-License-Identifier: MIT
/* readings.c - out of a run.json what arms are compared by */
#include "satbed/compare_readings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static const cJSON *member(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static double number(const cJSON *obj, const char *key)
{
	const cJSON *n = member(obj, key);

	return cJSON_IsNumber(n) ? n->valuedouble : NAN;
}

static const char *text(const cJSON *obj, const char *key)
{
	const cJSON *s = member(obj, key);

	return cJSON_IsString(s) ? s->valuestring : "";
}

/* A value that the run does not have is no value of the comparison, either. */
static void add(struct sb_readings *r, const char *unit, double value, const char *what,
		const char *of)
{
	struct sb_reading *item;

	if (!isfinite(value))
		return;
	r->items = sb_grow(r->items, r->count, &r->room, sizeof(*r->items));
	item = &r->items[r->count++];
	*item = (struct sb_reading){.unit = unit, .number = value};
	snprintf(item->name, sizeof(item->name), "%s%s%s", what, *of ? "." : "", of);
}

/* The name, and what tells this flow from others of that name. */
static void label_flow(char *buf, size_t size, const cJSON *flows, const cJSON *flow)
{
	bool clients = false, directions = false;
	const cJSON *other;

	cJSON_ArrayForEach(other, flows)
	{
		if (strcmp(text(other, "name"), text(flow, "name")))
			continue;
		clients |= strcmp(text(other, "client"), text(flow, "client")) != 0;
		directions |= strcmp(text(other, "direction"), text(flow, "direction")) != 0;
	}
	snprintf(buf, size, "%.31s%s%.12s%s%.4s", text(flow, "name"), clients ? "." : "",
		 clients ? text(flow, "client") : "", directions ? "." : "",
		 directions ? text(flow, "direction") : "");
}

static void take_flow(struct sb_readings *r, const cJSON *flow, const char *of)
{
	const cJSON *rr = member(flow, "rr"), *latency = member(rr, "latency_ms");
	double completion_s = number(member(flow, "file"), "completion_s");
	double packets = number(flow, "packets");
	bool stream = !strcmp(text(flow, "kind"), "stream");

	/* A paced stream's goodput is its pace: what says something is what it lost. */
	if (stream)
		add(r, "", packets > 0 ? number(flow, "lost") / packets : NAN, "lost", of);
	else
		add(r, "bit/s", number(flow, "goodput_bps"), "goodput", of);
	if (!strcmp(text(flow, "kind"), "bulk"))
		add(r, "bit/s", number(flow, "goodput_settled_bps"), "settled", of);
	add(r, "ms", completion_s * 1000, "completion", of);
	add(r, "ms", number(latency, "p50"), "latency", of);
	add(r, "ms", number(latency, "p99"), "latency_p99", of);
	add(r, "", number(rr, "timeouts"), "timeouts", of);
	add(r, "ms", number(flow, "handshake_ms"), "handshake", of);
	add(r, "ms", number(member(flow, "rtt_ms"), "p50"), "rtt", of);
	add(r, "", number(member(flow, "retransmits"), "pcap"), "retransmits", of);
}

/* Processor time by payload moved: the path's cost, whatever it moved. */
static void take_cpu(struct sb_readings *r, const cJSON *run)
{
	static const char *const parts[] = {"nodes", "emulator", "relay", "rootlesskit"};
	const cJSON *cpu = member(run, "cpu"), *flow;
	double gigabytes = 0, all = 0;

	cJSON_ArrayForEach(flow, member(run, "flows"))
	{
		double bytes = number(flow, "bytes");

		gigabytes += isfinite(bytes) ? bytes / 1e9 : 0;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(parts); i++) {
		double seconds = number(member(cpu, parts[i]), "seconds");

		if (gigabytes > 0)
			add(r, "s/GB", seconds / gigabytes, "cpu", parts[i]);
		/* A part that there is, but whose time nobody knows, makes the sum unknown. */
		if (cJSON_IsObject(member(cpu, parts[i])))
			all += seconds;
	}
	if (cJSON_IsObject(cpu) && gigabytes > 0)
		add(r, "s/GB", all / gigabytes, "cpu", "");
}

void sb_readings_take(const cJSON *run, struct sb_readings *out)
{
	const cJSON *flows = member(run, "flows"), *flow;
	char label[SB_READING_NAME - 16];

	add(out, "ms", number(member(run, "timings"), "up_ms"), "setup", "");
	cJSON_ArrayForEach(flow, flows)
	{
		label_flow(label, sizeof(label), flows, flow);
		take_flow(out, flow, label);
	}
	take_cpu(out, run);
}

void sb_readings_fini(struct sb_readings *r)
{
	free(r->items);
	*r = (struct sb_readings){0};
}

double sb_readings_find(const struct sb_readings *r, const char *name)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->items[i].name, name))
			return r->items[i].number;
	return NAN;
}

static void copy(cJSON *to, const char *name, const cJSON *from, const char *key)
{
	const cJSON *found = member(from, key);

	cJSON_AddItemToObject(to, name, found ? cJSON_Duplicate(found, true) : cJSON_CreateNull());
}

/* One leg on a bridge, as two on a split path: readers need not tell them apart. */
static void add_flow_facts(cJSON *list, const cJSON *flows, const cJSON *flow)
{
	cJSON *obj = cJSON_CreateObject(), *legs, *leg;
	char label[SB_READING_NAME - 16];

	cJSON_AddItemToArray(list, obj);
	label_flow(label, sizeof(label), flows, flow);
	sb_json_add_str(obj, "flow", label);
	copy(obj, "cc", flow, "cc");
	if (member(flow, "legs")) {
		copy(obj, "legs", flow, "legs");
	} else {
		legs = cJSON_AddArrayToObject(obj, "legs");
		leg = cJSON_CreateObject();
		cJSON_AddItemToArray(legs, leg);
		sb_json_add_str(leg, "leg", "satellite");
		copy(leg, "syn", flow, "syn");
		copy(leg, "syn_ack", flow, "syn_ack");
	}
	copy(obj, "window_cap_bps", flow, "window_cap_bps");
}

cJSON *sb_facts_take(const cJSON *run)
{
	const cJSON *flows = member(run, "flows"), *flow;
	const cJSON *manifest = member(run, "manifest");
	cJSON *facts = cJSON_CreateObject(), *list;

	copy(facts, "engine", manifest, "engine");
	copy(facts, "link_backend", run, "link_backend");
	copy(facts, "path", run, "path");
	copy(facts, "split", run, "split");
	copy(facts, "mtu", manifest, "mtu");
	list = cJSON_AddArrayToObject(facts, "flows");
	cJSON_ArrayForEach(flow, flows)
	{
		if (strcmp(text(flow, "kind"), "stream"))
			add_flow_facts(list, flows, flow);
	}
	return facts;
}
