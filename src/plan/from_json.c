// SPDX-License-Identifier: MIT
/*
 * from_json.c - a plan back from its JSON form
 *
 * The text comes from a file anyone may have edited, or over a channel: every number is checked
 * against the range a scenario could have given it, every index against what it points into, and
 * the timeline against its hash, before anything is handed out.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define MAX_TIME_NS   (24 * 3600 * SB_NS_PER_S)
#define MAX_DELAY_NS  (64 * 61 * SB_NS_PER_S) /* the base and a step of every event */
#define MAX_EVENTS    64
#define MAX_EXPECTS   64
#define PATH_MAX_TEXT 64

/* --- one value --- */

static int get_range(const cJSON *obj, const char *path, const char *key, int64_t min, int64_t max,
		     int64_t *out, struct sb_err *err)
{
	int64_t v;

	if (sb_json_get_i64(obj, path, key, &v, err))
		return -1;
	if (v < min || v > max)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s.%s is %" PRId64 ", not in %" PRId64 " to %" PRId64, path, key, v,
			       min, max);
	*out = v;
	return 0;
}

static int get_u32(const cJSON *obj, const char *path, const char *key, uint32_t min, uint32_t max,
		   uint32_t *out, struct sb_err *err)
{
	int64_t v;

	if (get_range(obj, path, key, min, max, &v, err))
		return -1;
	*out = (uint32_t)v;
	return 0;
}

static int get_u16(const cJSON *obj, const char *path, const char *key, uint16_t min, uint16_t max,
		   uint16_t *out, struct sb_err *err)
{
	int64_t v;

	if (get_range(obj, path, key, min, max, &v, err))
		return -1;
	*out = (uint16_t)v;
	return 0;
}

static int get_text(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		    struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (strlen(s) >= size)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is longer than %zu bytes", path, key,
			       size - 1);
	memcpy(out, s, strlen(s) + 1);
	return 0;
}

/* Names of events, flows and interfaces become names of files and of kernel objects. */
static int get_name(const cJSON *obj, const char *path, const char *key, char *out, size_t size,
		    struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (!*s || s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is no name", path, key);
	return get_text(obj, path, key, out, size, err);
}

/* The place of a word in a list that ends with NULL. */
static int get_word(const cJSON *obj, const char *path, const char *key, const char *const *words,
		    int *out, struct sb_err *err)
{
	const char *word;

	if (sb_json_get_str(obj, path, key, &word, err))
		return -1;
	for (int n = 0; words[n]; n++) {
		if (strcmp(word, words[n]))
			continue;
		*out = n;
		return 0;
	}
	return sb_fail(err, SB_EINPUT, 0, "%s.%s is \"%.40s\", no known word", path, key, word);
}

static const cJSON *get_list(const cJSON *obj, const char *key, int min, int max,
			     struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(obj, key);
	int count = cJSON_IsArray(list) ? cJSON_GetArraySize(list) : -1;

	if (count < min || count > max) {
		sb_fail(err, SB_EINPUT, 0, "$.%s is not a list of %d to %d elements", key, min,
			max);
		return NULL;
	}
	return list;
}

/* --- states --- */

static int get_ppb(const cJSON *obj, const char *path, const char *key, uint32_t *out,
		   struct sb_err *err)
{
	return get_u32(obj, path, key, 0, SB_PPB, out, err);
}

static int read_loss(const cJSON *obj, const char *path, struct sb_loss *out, struct sb_err *err)
{
	const cJSON *l = cJSON_GetObjectItemCaseSensitive(obj, "loss");
	struct sb_loss loss = {0};
	char at[PATH_MAX_TEXT + 8];
	int kind;

	snprintf(at, sizeof(at), "%s.loss", path);
	if (get_word(l, at, "kind", sb_loss_kind_names, &kind, err))
		return -1;
	loss.kind = (enum sb_loss_kind)kind;
	if (loss.kind == SB_LOSS_RANDOM && get_ppb(l, at, "random_ppb", &loss.random_ppb, err))
		return -1;
	if (loss.kind == SB_LOSS_GEMODEL &&
	    (get_ppb(l, at, "bad_ppb", &loss.bad_ppb, err) ||
	     get_u32(l, at, "good_ppb", 1, SB_PPB, &loss.good_ppb, err) ||
	     get_ppb(l, at, "lost_in_bad_ppb", &loss.lost_in_bad_ppb, err) ||
	     get_ppb(l, at, "lost_in_good_ppb", &loss.lost_in_good_ppb, err)))
		return -1;
	*out = loss;
	return 0;
}

static int read_rate(const cJSON *obj, const char *path, const char *key, uint64_t *out,
		     struct sb_err *err)
{
	int64_t v = 0;

	if (get_range(obj, path, key, 0, (int64_t)SB_MAX_RATE_BPS, &v, err))
		return -1;
	if (v && v < (int64_t)SB_MIN_RATE_BPS)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is below %" PRIu64, path, key,
			       SB_MIN_RATE_BPS);
	*out = (uint64_t)v;
	return 0;
}

/* The members of @obj over the state that @s holds already; all must be there when @whole. */
static int read_state(const cJSON *obj, const char *path, bool whole, struct sb_link_state *s,
		      struct sb_err *err)
{
	static const char *const keys[] = {"delay_ns",	  "rate_bps",	 "loss",  "duplicate_ppb",
					   "reorder_ppb", "corrupt_ppb", "outage"};
	bool read[SB_ARRAY_LEN(keys)];

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		read[i] = whole || cJSON_HasObjectItem(obj, keys[i]);
	if ((read[0] && get_range(obj, path, keys[0], 0, MAX_DELAY_NS, &s->delay_ns, err)) ||
	    (read[1] && read_rate(obj, path, keys[1], &s->rate_bps, err)) ||
	    (read[2] && read_loss(obj, path, &s->loss, err)) ||
	    (read[3] && get_ppb(obj, path, keys[3], &s->duplicate_ppb, err)) ||
	    (read[4] && get_ppb(obj, path, keys[4], &s->reorder_ppb, err)) ||
	    (read[5] && get_ppb(obj, path, keys[5], &s->corrupt_ppb, err)) ||
	    (read[6] && sb_json_get_bool(obj, path, keys[6], &s->outage, err)))
		return -1;
	return 0;
}

/* --- links --- */

static int read_mac(const cJSON *obj, const char *path, uint8_t mac[6], struct sb_err *err)
{
	static const char digits[] = "0123456789abcdef";
	const char *s;

	if (sb_json_get_str(obj, path, "mac", &s, err))
		return -1;
	for (size_t i = 0; i < 17; i++) {
		const char *digit = s[i] ? strchr(digits, s[i]) : NULL;

		if (i % 3 == 2 ? s[i] != ':' : !digit)
			return sb_fail(err, SB_EINPUT, 0, "%s.mac is no MAC address", path);
		if (i % 3 == 0)
			mac[i / 3] = (uint8_t)((digit - digits) << 4);
		else if (i % 3 == 1)
			mac[i / 3] |= (uint8_t)(digit - digits);
	}
	return s[17] ? sb_fail(err, SB_EINPUT, 0, "%s.mac is no MAC address", path) : 0;
}

static int read_address(const cJSON *obj, const char *path, const char *key, int family, void *out,
			struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (inet_pton(family, s, out) != 1)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is no address", path, key);
	return 0;
}

static int read_endpoint(const cJSON *link, const char *path, const char *key,
			 struct sb_endpoint *e, struct sb_err *err)
{
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(link, key);
	char at[PATH_MAX_TEXT + 8];

	snprintf(at, sizeof(at), "%s.%s", path, key);
	if (get_name(obj, at, "ifname", e->ifname, sizeof(e->ifname), err) ||
	    get_name(obj, at, "host_ifname", e->host_ifname, sizeof(e->host_ifname), err) ||
	    read_mac(obj, at, e->mac, err) ||
	    read_address(obj, at, "addr4", AF_INET, &e->addr4, err) ||
	    read_address(obj, at, "addr6", AF_INET6, &e->addr6, err))
		return -1;
	return 0;
}

static int read_dir(const cJSON *link, const char *path, enum sb_dir dir, struct sb_link_dir *d,
		    struct sb_err *err)
{
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(link, sb_dir_name(dir));
	char at[PATH_MAX_TEXT], initial[PATH_MAX_TEXT];
	int64_t bytes;

	snprintf(at, sizeof(at), "%.40s.%s", path, sb_dir_name(dir));
	snprintf(initial, sizeof(initial), "%.48s.initial", at);
	if (read_state(cJSON_GetObjectItemCaseSensitive(obj, "initial"), initial, true, &d->initial,
		       err) ||
	    get_range(obj, at, "queue_bytes", 1, INT64_C(1) << 40, &bytes, err) ||
	    get_u32(obj, at, "queue_packets", 1, UINT32_MAX, &d->queue_packets, err) ||
	    get_range(obj, at, "jitter_ns", 0, MAX_TIME_NS, &d->jitter_ns, err) ||
	    sb_json_get_u64(obj, at, "seed", &d->seed, err) ||
	    read_rate(obj, at, "max_rate_bps", &d->max_rate_bps, err) ||
	    get_range(obj, at, "max_delay_ns", 0, MAX_DELAY_NS, &d->max_delay_ns, err))
		return -1;
	d->queue_bytes = (uint64_t)bytes;
	return 0;
}

static int read_links(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = get_list(json, "links", 1, SB_MAX_CLIENTS, err), *obj;

	if (!list)
		return -1;
	plan->links = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->links));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_link *link = &plan->links[plan->link_count];
		char path[32];

		snprintf(path, sizeof(path), "$.links[%zu]", plan->link_count);
		if (read_endpoint(obj, path, "client", &link->client, err) ||
		    read_endpoint(obj, path, "server", &link->server, err) ||
		    get_name(obj, path, "bridge", link->bridge, sizeof(link->bridge), err) ||
		    read_dir(obj, path, SB_UP, &link->dir[SB_UP], err) ||
		    read_dir(obj, path, SB_DOWN, &link->dir[SB_DOWN], err))
			return -1;
		plan->link_count++;
	}
	return 0;
}

/* --- flows, expectations, events --- */

static int read_flow(const cJSON *obj, const char *path, const struct sb_plan *plan,
		     struct sb_flow *f, struct sb_err *err)
{
	int64_t rate;
	int kind, dir;

	if (get_name(obj, path, "name", f->name, sizeof(f->name), err) ||
	    get_word(obj, path, "kind", sb_flow_kind_names, &kind, err) ||
	    get_u16(obj, path, "client", 0, (uint16_t)(plan->link_count - 1), &f->client, err) ||
	    get_word(obj, path, "dir", sb_dir_names, &dir, err) ||
	    get_u16(obj, path, "streams", 1, 128, &f->streams, err) ||
	    get_text(obj, path, "cc", f->cc, sizeof(f->cc), err) ||
	    get_u16(obj, path, "port", 1, UINT16_MAX, &f->port, err) ||
	    get_range(obj, path, "start_ns", 0, plan->duration_ns, &f->start_ns, err) ||
	    get_range(obj, path, "duration_ns", 1, plan->duration_ns - f->start_ns, &f->duration_ns,
		      err) ||
	    get_range(obj, path, "rate_bps", 0, (int64_t)SB_MAX_RATE_BPS, &rate, err) ||
	    get_u32(obj, path, "packet_bytes", 0, UINT16_MAX, &f->packet_bytes, err))
		return -1;
	f->kind = (enum sb_flow_kind)kind;
	f->dir = (uint8_t)dir;
	f->rate_bps = (uint64_t)rate;
	if (f->kind == SB_FLOW_STREAM && (!f->rate_bps || !f->packet_bytes))
		return sb_fail(err, SB_EINPUT, 0, "%s is a stream without rate or packets", path);
	return 0;
}

static int read_flows(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = get_list(json, "flows", 0, SB_MAX_PLAN_FLOWS, err), *obj;

	if (!list)
		return -1;
	plan->flows = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->flows));
	cJSON_ArrayForEach(obj, list)
	{
		char path[32];

		snprintf(path, sizeof(path), "$.flows[%zu]", plan->flow_count);
		if (read_flow(obj, path, plan, &plan->flows[plan->flow_count], err))
			return -1;
		plan->flow_count++;
	}
	return 0;
}

static int read_expects(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = get_list(json, "expects", 0, MAX_EXPECTS, err), *obj;

	if (!list)
		return -1;
	plan->expects = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->expects));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_expect *e = &plan->expects[plan->expect_count];
		char path[32];
		int relation;

		snprintf(path, sizeof(path), "$.expects[%zu]", plan->expect_count);
		if (get_text(obj, path, "what", e->what, sizeof(e->what), err) ||
		    get_word(obj, path, "relation", sb_relation_signs, &relation, err) ||
		    sb_json_get_double(obj, path, "value", &e->value, err) ||
		    get_text(obj, path, "word", e->word, sizeof(e->word), err) ||
		    get_text(obj, path, "text", e->text, sizeof(e->text), err))
			return -1;
		e->relation = (enum sb_relation)relation;
		plan->expect_count++;
	}
	return 0;
}

static int read_events(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = get_list(json, "events", 0, MAX_EVENTS, err), *obj;

	if (!list)
		return -1;
	plan->events = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->events));
	cJSON_ArrayForEach(obj, list)
	{
		struct sb_event *e = &plan->events[plan->event_count];
		char path[32];

		snprintf(path, sizeof(path), "$.events[%zu]", plan->event_count);
		if (get_name(obj, path, "name", e->name, sizeof(e->name), err) ||
		    get_u32(obj, path, "count", 0, SB_MAX_STEPS, &e->count, err))
			return -1;
		plan->event_count++;
	}
	return 0;
}

/* --- the timeline --- */

static bool comes_before(const struct sb_step *a, const struct sb_step *b)
{
	if (a->at_ns != b->at_ns)
		return a->at_ns < b->at_ns;
	return a->link != b->link ? a->link < b->link : a->dir < b->dir;
}

static int read_step(const cJSON *obj, const char *path, const struct sb_plan *plan,
		     struct sb_link_state before[][2], struct sb_step *s, struct sb_err *err)
{
	int64_t event = -1;
	int dir, cause;

	if (get_range(obj, path, "at_ns", 0, plan->duration_ns, &s->at_ns, err) ||
	    get_u16(obj, path, "link", 0, (uint16_t)(plan->link_count - 1), &s->link, err) ||
	    get_word(obj, path, "dir", sb_dir_names, &dir, err) ||
	    get_word(obj, path, "cause", sb_cause_names, &cause, err))
		return -1;
	s->dir = (uint8_t)dir;
	s->cause = (uint8_t)cause;
	if (s->cause != SB_CAUSE_JITTER &&
	    get_range(obj, path, "event", 0, (int64_t)plan->event_count - 1, &event, err))
		return -1;
	s->event = (int16_t)event;
	s->state = before[s->link][s->dir];
	if (read_state(obj, path, false, &s->state, err))
		return -1;
	before[s->link][s->dir] = s->state;
	if (plan->step_count && !comes_before(s - 1, s))
		return sb_fail(err, SB_EINPUT, 0, "%s does not come after the step before it",
			       path);
	return 0;
}

static int read_steps(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = get_list(json, "steps", 0, SB_MAX_STEPS, err), *obj;
	struct sb_link_state before[SB_MAX_CLIENTS][2];

	if (!list)
		return -1;
	for (size_t i = 0; i < plan->link_count; i++)
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			before[i][dir] = plan->links[i].dir[dir].initial;
	plan->steps = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->steps));
	cJSON_ArrayForEach(obj, list)
	{
		char path[40];

		snprintf(path, sizeof(path), "$.steps[%zu]", plan->step_count);
		if (read_step(obj, path, plan, before, &plan->steps[plan->step_count], err))
			return -1;
		plan->step_count++;
	}
	sb_plan_index(plan);
	return 0;
}

static int check_hash(const cJSON *json, const struct sb_plan *plan, struct sb_err *err)
{
	char hash[20], said[20];

	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(plan));
	if (get_text(json, "$", "timeline_xxh64", said, sizeof(said), err))
		return -1;
	if (strcmp(hash, said))
		return sb_fail(err, SB_EINPUT, 0,
			       "the timeline was changed: its hash is %s, $.timeline_xxh64 %s",
			       hash, said);
	return 0;
}

/* --- the whole --- */

static int read_run(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	int64_t format, ip;
	const char *about;
	int path, backend;

	if (get_range(json, "$", "format", SB_PLAN_FORMAT, SB_PLAN_FORMAT, &format, err) ||
	    get_name(json, "$", "name", plan->name, sizeof(plan->name), err) ||
	    sb_json_get_str(json, "$", "about", &about, err) ||
	    sb_json_get_u64(json, "$", "seed", &plan->seed, err) ||
	    get_range(json, "$", "duration_ns", 1, MAX_TIME_NS, &plan->duration_ns, err) ||
	    get_text(json, "$", "engine", plan->engine, sizeof(plan->engine), err) ||
	    get_text(json, "$", "image", plan->image, sizeof(plan->image), err) ||
	    get_word(json, "$", "path", sb_path_names, &path, err) ||
	    get_word(json, "$", "backend", sb_backend_names, &backend, err) ||
	    get_range(json, "$", "ip_version", 4, 6, &ip, err) ||
	    get_u32(json, "$", "mtu", 1280, 65535, &plan->mtu, err) ||
	    get_u32(json, "$", "capture_snaplen", 64, 65535, &plan->capture_snaplen, err) ||
	    get_u32(json, "$", "capture_buffer_bytes", 1u << 16, 1u << 30,
		    &plan->capture_buffer_bytes, err) ||
	    get_range(json, "$", "sample_ns", SB_NS_PER_MS, MAX_TIME_NS, &plan->sample_ns, err))
		return -1;
	if (ip == 5)
		return sb_fail(err, SB_EINPUT, 0, "$.ip_version is neither 4 nor 6");
	plan->ip_version = (uint8_t)ip;
	plan->path = (enum sb_path)path;
	plan->backend = (enum sb_backend)backend;
	plan->about = sb_strdup(about);
	return 0;
}

int sb_plan_from_json(const cJSON *json, struct sb_plan **out, struct sb_err *err)
{
	struct sb_plan *plan = sb_alloc(1, sizeof(*plan));

	if (read_run(json, plan, err) || read_links(json, plan, err) ||
	    read_flows(json, plan, err) || read_expects(json, plan, err) ||
	    read_events(json, plan, err) || read_steps(json, plan, err) ||
	    check_hash(json, plan, err)) {
		sb_plan_free(plan);
		return -1;
	}
	*out = plan;
	return 0;
}
