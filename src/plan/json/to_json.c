// SPDX-License-Identifier: MIT
/*
 * to_json.c - a plan as JSON, complete and canonical
 *
 * A step names only what differs from the state of its direction before it: most are jitter, which
 * changes one number, and a plan of 64 clients has to fit one line of the channel to the nodes.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan/dir_fields.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* There are hundreds of thousands of these: the keys are constants and need not be copied. */
static void add_number(cJSON *obj, const char *key, double value)
{
	cJSON_AddItemToObjectCS(obj, key, cJSON_CreateNumber(value));
}

static void add_word(cJSON *obj, const char *key, const char *value)
{
	cJSON_AddItemToObjectCS(obj, key, cJSON_CreateStringReference(value));
}

/* What differs from @before; all of it when there is no state before. */
static void add_state(cJSON *obj, const struct sb_link_state *s, const struct sb_link_state *before)
{
	if (!before || s->delay_ns != before->delay_ns)
		add_number(obj, "delay_ns", (double)s->delay_ns);
	if (!before || s->rate_bps != before->rate_bps)
		add_number(obj, "rate_bps", (double)s->rate_bps);
	if (!before || !sb_loss_equal(&s->loss, &before->loss))
		sb_loss_to_json(obj, &s->loss);
	if (!before || s->duplicate_ppb != before->duplicate_ppb)
		add_number(obj, "duplicate_ppb", s->duplicate_ppb);
	if (!before || s->reorder_ppb != before->reorder_ppb)
		add_number(obj, "reorder_ppb", s->reorder_ppb);
	if (!before || s->corrupt_ppb != before->corrupt_ppb)
		add_number(obj, "corrupt_ppb", s->corrupt_ppb);
	if (!before || s->outage != before->outage)
		cJSON_AddItemToObjectCS(obj, "outage", cJSON_CreateBool(s->outage));
	/* Of the instant, not of the state: never the same as before. */
	if (s->queue_action)
		add_word(obj, "queue_action", sb_queue_action_names[s->queue_action]);
}

cJSON *sb_link_state_to_json(const struct sb_link_state *s)
{
	cJSON *obj = cJSON_CreateObject();

	add_state(obj, s, NULL);
	return obj;
}

static void add_endpoint(cJSON *link, const char *key, const struct sb_endpoint *e)
{
	cJSON *obj = cJSON_AddObjectToObject(link, key);
	char text[INET6_ADDRSTRLEN];

	sb_json_add_str(obj, "ifname", e->ifname);
	sb_json_add_str(obj, "host_ifname", e->host_ifname);
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", e->mac[0], e->mac[1],
		 e->mac[2], e->mac[3], e->mac[4], e->mac[5]);
	sb_json_add_str(obj, "mac", text);
	sb_json_add_str(obj, "addr4", inet_ntop(AF_INET, &e->addr4, text, sizeof(text)));
	sb_json_add_str(obj, "addr6", inet_ntop(AF_INET6, &e->addr6, text, sizeof(text)));
}

static void add_relay(cJSON *link, const struct sb_relay *relay)
{
	cJSON *obj = cJSON_AddObjectToObject(link, "relay");
	char text[INET_ADDRSTRLEN];

	sb_json_add_str(obj, "tap", relay->tap);
	if (!relay->bridge[0])
		return;
	sb_json_add_str(obj, "bridge", relay->bridge);
	sb_json_add_str(obj, "gateway4", inet_ntop(AF_INET, &relay->gateway4, text, sizeof(text)));
	add_endpoint(obj, "outer", &relay->outer);
}

/* Where the link is shaped and captured, and what the client connects to. */
static void add_way(cJSON *obj, const struct sb_plan *plan, const struct sb_link *link)
{
	cJSON *points = cJSON_AddArrayToObject(obj, "points");
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < sb_plan_points(plan); i++)
		cJSON_AddItemToArray(points, cJSON_CreateString(link->point_ifname[i]));
	sb_json_add_str(obj, "target4", inet_ntop(AF_INET, &link->target4, text, sizeof(text)));
	sb_json_add_str(obj, "target6", inet_ntop(AF_INET6, &link->target6, text, sizeof(text)));
	if (link->relay.tap[0])
		add_relay(obj, &link->relay);
}

/* What few links have; left out where it is not so, so that older plans read as they were. */
static void add_seldom(cJSON *obj, const struct sb_link_dir *d)
{
	if (d->discipline.kind != SB_DROP_TAIL) {
		cJSON *aqm = cJSON_AddObjectToObject(obj, "discipline");

		sb_json_add_str(aqm, "kind", sb_discipline_names[d->discipline.kind]);
		sb_json_add_i64(aqm, "target_ns", d->discipline.target_ns);
		sb_json_add_i64(aqm, "interval_ns", d->discipline.interval_ns);
	}
	sb_dir_fields_to_json(obj, d);
	if (d->bursts.burst_ns) {
		cJSON *b = cJSON_AddObjectToObject(obj, "bursts");

		sb_json_add_i64(b, "burst_ns", d->bursts.burst_ns);
		sb_json_add_i64(b, "gap_ns", d->bursts.gap_ns);
	}
	if (d->drawn_every_ns) {
		sb_json_add_i64(obj, "drawn_every_ns", d->drawn_every_ns);
		sb_json_add_i64(obj, "drawn_mean_bps", (int64_t)d->drawn_mean_bps);
	}
	if (d->pep.cc[0]) {
		cJSON *pep = cJSON_AddObjectToObject(obj, "pep");

		sb_json_add_str(pep, "cc", d->pep.cc);
		sb_json_add_i64(pep, "rate_bps", (int64_t)d->pep.rate_bps);
		sb_json_add_i64(pep, "buffer_bytes", (int64_t)d->pep.buffer_bytes);
	}
	if (d->exact.count) {
		cJSON *list = cJSON_AddArrayToObject(obj, "exact");

		for (uint32_t i = 0; i < d->exact.count; i++) {
			cJSON *range = cJSON_CreateObject();

			sb_json_add_i64(range, "first", d->exact.range[i].first);
			sb_json_add_i64(range, "last", d->exact.range[i].last);
			cJSON_AddItemToArray(list, range);
		}
	}
}

static void add_trace(cJSON *obj, const char *key, const char *file, uint64_t xxh64)
{
	char name[32], hash[20];

	if (!*file)
		return;
	snprintf(name, sizeof(name), "%s_xxh64", key);
	snprintf(hash, sizeof(hash), "%016" PRIx64, xxh64);
	sb_json_add_str(obj, key, file);
	sb_json_add_str(obj, name, hash);
}

static void add_dir(cJSON *link, enum sb_dir dir, const struct sb_link_dir *d)
{
	cJSON *obj = cJSON_AddObjectToObject(link, sb_dir_name(dir));

	add_state(cJSON_AddObjectToObject(obj, "initial"), &d->initial, NULL);
	sb_json_add_i64(obj, "queue_bytes", (int64_t)d->queue_bytes);
	sb_json_add_i64(obj, "queue_packets", d->queue_packets);
	sb_json_add_i64(obj, "jitter_ns", d->jitter_ns);
	sb_json_add_u64(obj, "seed", d->seed);
	sb_json_add_i64(obj, "max_rate_bps", (int64_t)d->max_rate_bps);
	sb_json_add_i64(obj, "max_delay_ns", d->max_delay_ns);
	add_seldom(obj, d);
	add_trace(obj, "trace", d->trace, d->trace_xxh64);
	add_trace(obj, "delay_trace", d->delay_trace, d->delay_trace_xxh64);
}

static void add_links(cJSON *json, const struct sb_plan *plan)
{
	cJSON *links = cJSON_AddArrayToObject(json, "links");

	for (size_t i = 0; i < plan->link_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(links, obj);
		add_endpoint(obj, "client", &plan->links[i].client);
		add_endpoint(obj, "server", &plan->links[i].server);
		sb_json_add_str(obj, "bridge", plan->links[i].bridge);
		add_way(obj, plan, &plan->links[i]);
		add_dir(obj, SB_UP, &plan->links[i].dir[SB_UP]);
		add_dir(obj, SB_DOWN, &plan->links[i].dir[SB_DOWN]);
	}
}

/* What only flows of this kind have. */
static void add_interop(cJSON *obj, const struct sb_flow *f)
{
	cJSON *sizes;

	sb_json_add_str(obj, "server_image", f->server_image);
	sb_json_add_str(obj, "client_image", f->client_image);
	sb_json_add_str(obj, "testcase", f->testcase);
	sb_json_add_i64(obj, "seed", (int64_t)f->seed);
	sizes = cJSON_AddArrayToObject(obj, "file_bytes");
	for (uint32_t i = 0; i < f->file_count; i++)
		cJSON_AddItemToArray(sizes, cJSON_CreateNumber((double)f->file_bytes[i]));
}

static void add_kind(cJSON *obj, const struct sb_flow *f)
{
	if (f->kind == SB_FLOW_FILE) {
		sb_json_add_i64(obj, "size_bytes", (int64_t)f->size_bytes);
		sb_json_add_i64(obj, "stall_ns", f->stall_ns);
		sb_json_add_i64(obj, "seed", (int64_t)f->seed);
	} else if (f->kind == SB_FLOW_RR) {
		sb_json_add_str(obj, "transport",
				sb_transport_name((enum sb_transport)f->transport));
		sb_json_add_i64(obj, "request_bytes", f->request_bytes);
		sb_json_add_i64(obj, "response_bytes", f->response_bytes);
		sb_json_add_i64(obj, "interval_ns", f->interval_ns);
		sb_json_add_i64(obj, "timeout_ns", f->timeout_ns);
	} else if (f->kind == SB_FLOW_EXEC) {
		sb_json_add_i64(obj, "size_bytes", (int64_t)f->size_bytes);
		sb_json_add_str(obj, "server_command", f->server_command);
		sb_json_add_str(obj, "client_command", f->client_command);
		sb_json_add_str(obj, "files", f->files);
		sb_json_add_i64(obj, "ready_ns", f->ready_ns);
		if (f->setup[0])
			sb_json_add_str(obj, "setup", f->setup);
		if (f->user[0])
			sb_json_add_str(obj, "user", f->user);
		if (sb_flow_is_interop(f))
			add_interop(obj, f);
	}
}

static void add_flows(cJSON *json, const struct sb_plan *plan)
{
	cJSON *flows = cJSON_AddArrayToObject(json, "flows");

	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *f = &plan->flows[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(flows, obj);
		sb_json_add_str(obj, "name", f->name);
		sb_json_add_str(obj, "kind", sb_flow_kind_name(f->kind));
		sb_json_add_i64(obj, "client", f->client);
		sb_json_add_str(obj, "dir", sb_dir_name((enum sb_dir)f->dir));
		sb_json_add_i64(obj, "streams", f->streams);
		sb_json_add_str(obj, "cc", f->cc);
		if (f->mptcp)
			sb_json_add_bool(obj, "mptcp", true);
		sb_json_add_i64(obj, "port", f->port);
		sb_json_add_i64(obj, "connect_port", f->connect_port);
		sb_json_add_i64(obj, "start_ns", f->start_ns);
		sb_json_add_i64(obj, "duration_ns", f->duration_ns);
		sb_json_add_i64(obj, "rate_bps", (int64_t)f->rate_bps);
		sb_json_add_i64(obj, "packet_bytes", f->packet_bytes);
		add_kind(obj, f);
	}
}

static void add_expects(cJSON *json, const struct sb_plan *plan)
{
	cJSON *expects = cJSON_AddArrayToObject(json, "expects");

	for (size_t i = 0; i < plan->expect_count; i++) {
		const struct sb_expect *e = &plan->expects[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(expects, obj);
		sb_json_add_str(obj, "what", e->what);
		sb_json_add_str(obj, "relation", sb_relation_sign(e->relation));
		sb_json_add_num(obj, "value", e->value);
		sb_json_add_str(obj, "word", e->word);
		sb_json_add_str(obj, "text", e->text);
	}
}

static void add_events(cJSON *json, const struct sb_plan *plan)
{
	cJSON *events = cJSON_AddArrayToObject(json, "events");

	for (size_t i = 0; i < plan->event_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(events, obj);
		sb_json_add_str(obj, "name", plan->events[i].name);
		sb_json_add_i64(obj, "count", plan->events[i].count);
	}
}

static void add_passes(cJSON *json, const struct sb_plan *plan)
{
	cJSON *passes;

	if (!plan->pass_count)
		return;
	passes = cJSON_AddArrayToObject(json, "passes");
	for (size_t i = 0; i < plan->pass_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(passes, obj);
		sb_json_add_i64(obj, "at_ns", plan->passes[i].at_ns);
		sb_json_add_str(obj, "satellite", plan->passes[i].satellite);
	}
}

static void add_steps(cJSON *json, const struct sb_plan *plan)
{
	cJSON *steps = cJSON_AddArrayToObject(json, "steps");
	const struct sb_link_state *before[SB_MAX_CLIENTS][2];

	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			before[i][dir] = &plan->links[i].dir[dir].initial;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct sb_step *s = &plan->steps[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(steps, obj);
		add_number(obj, "at_ns", (double)s->at_ns);
		add_number(obj, "link", s->link);
		add_word(obj, "dir", sb_dir_name((enum sb_dir)s->dir));
		add_word(obj, "cause", sb_cause_name((enum sb_step_cause)s->cause));
		if (s->event >= 0)
			add_number(obj, "event", s->event);
		add_state(obj, &s->state, before[s->link][s->dir]);
		before[s->link][s->dir] = &s->state;
	}
}

cJSON *sb_plan_to_json(const struct sb_plan *plan)
{
	cJSON *json = cJSON_CreateObject();
	char hash[20];

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(plan));
	sb_json_add_i64(json, "format", SB_PLAN_FORMAT);
	sb_json_add_str(json, "name", plan->name);
	sb_json_add_str(json, "about", plan->about ? plan->about : "");
	sb_json_add_u64(json, "seed", plan->seed);
	sb_json_add_i64(json, "duration_ns", plan->duration_ns);
	sb_json_add_str(json, "engine", plan->engine);
	sb_json_add_str(json, "image", plan->image);
	sb_json_add_str(json, "path", sb_path_name(plan->path));
	sb_json_add_str(json, "placement", sb_placement_name(plan->placement));
	sb_json_add_str(json, "backend", sb_backend_name(plan->backend));
	sb_json_add_i64(json, "ip_version", plan->ip_version);
	sb_json_add_i64(json, "mtu", plan->mtu);
	sb_json_add_i64(json, "capture_snaplen", plan->capture_snaplen);
	/* Said where it is not as usual. */
	if (plan->clock == SB_CLOCK_VIRTUAL) {
		sb_json_add_str(json, "clock", sb_clock_name(plan->clock));
		sb_json_add_str(json, "kernel", plan->kernel);
	}
	if (plan->terminals > 1)
		sb_json_add_i64(json, "terminals", plan->terminals);
	if (plan->pep)
		sb_json_add_str(json, "pep", sb_pep_name(plan->pep));
	if (plan->until_done)
		sb_json_add_str(json, "until", "done");
	if (plan->no_probes)
		sb_json_add_bool(json, "probes", false);
	sb_json_add_i64(json, "capture_buffer_bytes", plan->capture_buffer_bytes);
	sb_json_add_i64(json, "sample_ns", plan->sample_ns);
	sb_json_add_str(json, "timeline_xxh64", hash);
	add_links(json, plan);
	add_flows(json, plan);
	add_expects(json, plan);
	add_events(json, plan);
	add_passes(json, plan);
	add_steps(json, plan);
	return json;
}
