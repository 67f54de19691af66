// SPDX-License-Identifier: MIT
/* from_json_links.c - the links of a plan back from JSON */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "json_read.h"
#include "plan/dir_fields.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static int read_mac(const cJSON *obj, const char *path, uint8_t mac[6], struct sb_err *err)
{
	static const char digits[] = "0123456789abcdef";
	const char *s;

	if (sb_json_get_str(obj, path, "mac", &s, err))
		return -1;
	for (size_t i = 0; i < 17; i++) {
		const char *digit = s[i] ? strchr(digits, s[i]) : NULL;

		if (i % 3 == 2 ? s[i] != ':' : !digit)
			return sb_fail(err, SB_EINPUT, 0, "%s.mac is not a MAC address", path);
		if (i % 3 == 0)
			mac[i / 3] = (uint8_t)((digit - digits) << 4);
		else if (i % 3 == 1)
			mac[i / 3] |= (uint8_t)(digit - digits);
	}
	return s[17] ? sb_fail(err, SB_EINPUT, 0, "%s.mac is not a MAC address", path) : 0;
}

static int read_address(const cJSON *obj, const char *path, const char *key, int family, void *out,
			struct sb_err *err)
{
	const char *s;

	if (sb_json_get_str(obj, path, key, &s, err))
		return -1;
	if (inet_pton(family, s, out) != 1)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is not an address", path, key);
	return 0;
}

static int read_endpoint(const cJSON *link, const char *path, const char *key,
			 struct sb_endpoint *e, struct sb_err *err)
{
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(link, key);
	char at[SB_PLAN_PATH_MAX + 8];

	snprintf(at, sizeof(at), "%s.%s", path, key);
	if (sb_get_name(obj, at, "ifname", e->ifname, sizeof(e->ifname), err) ||
	    sb_get_name(obj, at, "host_ifname", e->host_ifname, sizeof(e->host_ifname), err) ||
	    read_mac(obj, at, e->mac, err) ||
	    read_address(obj, at, "addr4", AF_INET, &e->addr4, err) ||
	    read_address(obj, at, "addr6", AF_INET6, &e->addr6, err))
		return -1;
	return 0;
}

static int read_points(const cJSON *obj, const char *path, const struct sb_plan *plan,
		       struct sb_link *link, struct sb_err *err)
{
	const cJSON *points = cJSON_GetObjectItemCaseSensitive(obj, "points"), *point;
	int count = (int)sb_plan_points(plan), i = 0;

	if (!cJSON_IsArray(points) || cJSON_GetArraySize(points) != count)
		return sb_fail(err, SB_EINPUT, 0, "%s.points is not a list of %d interfaces", path,
			       count);
	cJSON_ArrayForEach(point, points)
	{
		if (!cJSON_IsString(point) || !sb_is_name(point->valuestring) ||
		    sb_copy_str(link->point_ifname[i], SB_IFNAME_MAX, point->valuestring))
			return sb_fail(err, SB_EINPUT, 0, "%s.points[%d] is not an interface name",
				       path, i);
		i++;
	}
	return 0;
}

static int read_relay(const cJSON *link, const char *path, struct sb_relay *relay,
		      struct sb_err *err)
{
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(link, "relay");
	char at[SB_PLAN_PATH_MAX];

	if (!obj)
		return 0;
	snprintf(at, sizeof(at), "%.40s.relay", path);
	if (sb_get_name(obj, at, "tap", relay->tap, sizeof(relay->tap), err))
		return -1;
	if (!cJSON_HasObjectItem(obj, "bridge"))
		return 0;
	if (sb_get_name(obj, at, "bridge", relay->bridge, sizeof(relay->bridge), err) ||
	    read_address(obj, at, "gateway4", AF_INET, &relay->gateway4, err))
		return -1;
	return read_endpoint(obj, at, "outer", &relay->outer, err);
}

static int read_way(const cJSON *obj, const char *path, const struct sb_plan *plan,
		    struct sb_link *link, struct sb_err *err)
{
	if (read_points(obj, path, plan, link, err) ||
	    read_address(obj, path, "target4", AF_INET, &link->target4, err) ||
	    read_address(obj, path, "target6", AF_INET6, &link->target6, err))
		return -1;
	return read_relay(obj, path, &link->relay, err);
}

static int read_exact(const cJSON *obj, const char *path, struct sb_exact *out, struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(obj, "exact"), *item;
	uint32_t after = 0;

	if (!list)
		return 0;
	list = sb_get_list(obj, "exact", 1, SB_MAX_EXACT, err);
	if (!list)
		return -1;
	cJSON_ArrayForEach(item, list)
	{
		uint32_t *first = &out->range[out->count].first;
		uint32_t *last = &out->range[out->count].last;

		if (sb_get_u32(item, path, "first", 1, UINT32_MAX, first, err) ||
		    sb_get_u32(item, path, "last", *first, UINT32_MAX, last, err))
			return -1;
		if (*first <= after)
			return sb_fail(err, SB_EINPUT, 0, "%s.exact is not ascending", path);
		after = *last;
		out->count++;
	}
	return 0;
}

static int read_bursts(const cJSON *obj, const char *path, struct sb_bursts *out,
		       struct sb_err *err)
{
	const cJSON *b = cJSON_GetObjectItemCaseSensitive(obj, "bursts");

	if (!b)
		return 0;
	return sb_get_range(b, path, "burst_ns", 1, SB_PLAN_MAX_TIME_NS, &out->burst_ns, err) ||
		       sb_get_range(b, path, "gap_ns", 0, SB_PLAN_MAX_TIME_NS, &out->gap_ns, err)
		   ? -1
		   : 0;
}

static int read_trace(const cJSON *obj, const char *path, const char *key, char file[192],
		      uint64_t *xxh64, struct sb_err *err)
{
	char name[32], hash[20], end;

	if (!cJSON_HasObjectItem(obj, key))
		return 0;
	snprintf(name, sizeof(name), "%s_xxh64", key);
	if (sb_get_text(obj, path, key, file, 192, err) ||
	    sb_get_text(obj, path, name, hash, sizeof(hash), err))
		return -1;
	if (strlen(hash) != 16 || sscanf(hash, "%16" SCNx64 "%c", xxh64, &end) != 1)
		return sb_fail(err, SB_EINPUT, 0, "%s.%s is not a hash", path, name);
	return 0;
}

static int read_pep(const cJSON *obj, const char *path, struct sb_pep_sending *out,
		    struct sb_err *err)
{
	const cJSON *pep = cJSON_GetObjectItemCaseSensitive(obj, "pep");
	int64_t buffer;

	if (!pep)
		return 0;
	if (sb_get_name(pep, path, "cc", out->cc, sizeof(out->cc), err) ||
	    sb_get_rate(pep, path, "rate_bps", &out->rate_bps, err) ||
	    sb_get_range(pep, path, "buffer_bytes", SB_MIN_PEP_BUFFER, SB_MAX_PEP_BUFFER, &buffer,
			 err))
		return -1;
	out->buffer_bytes = (uint64_t)buffer;
	return 0;
}

static int read_seldom(const cJSON *obj, const char *path, struct sb_link_dir *d,
		       struct sb_err *err)
{
	const cJSON *aqm = cJSON_GetObjectItemCaseSensitive(obj, "discipline");
	int kind = SB_DROP_TAIL;

	if (aqm && (sb_get_word(aqm, path, "kind", sb_discipline_names, &kind, err) ||
		    sb_get_range(aqm, path, "target_ns", kind < SB_CODEL ? 0 : 1,
				 SB_PLAN_MAX_TIME_NS, &d->discipline.target_ns, err) ||
		    sb_get_range(aqm, path, "interval_ns", kind < SB_CODEL ? 0 : SB_NS_PER_MS,
				 SB_PLAN_MAX_TIME_NS, &d->discipline.interval_ns, err)))
		return -1;
	d->discipline.kind = (enum sb_discipline_kind)kind;
	if (sb_dir_fields_from_json(obj, path, d, err))
		return -1;
	if (cJSON_HasObjectItem(obj, "drawn_every_ns") &&
	    (sb_get_range(obj, path, "drawn_every_ns", SB_NS_PER_MS, SB_PLAN_MAX_TIME_NS,
			  &d->drawn_every_ns, err) ||
	     sb_get_rate(obj, path, "drawn_mean_bps", &d->drawn_mean_bps, err)))
		return -1;
	if (read_bursts(obj, path, &d->bursts, err) || read_pep(obj, path, &d->pep, err))
		return -1;
	return read_exact(obj, path, &d->exact, err);
}

static int read_dir(const cJSON *link, const char *path, enum sb_dir dir, struct sb_link_dir *d,
		    struct sb_err *err)
{
	const cJSON *obj = cJSON_GetObjectItemCaseSensitive(link, sb_dir_name(dir));
	char at[SB_PLAN_PATH_MAX], initial[SB_PLAN_PATH_MAX];
	int64_t bytes;

	snprintf(at, sizeof(at), "%.40s.%s", path, sb_dir_name(dir));
	snprintf(initial, sizeof(initial), "%.48s.initial", at);
	if (sb_get_state(cJSON_GetObjectItemCaseSensitive(obj, "initial"), initial, true,
			 &d->initial, err) ||
	    sb_get_range(obj, at, "queue_bytes", 1, INT64_C(1) << 40, &bytes, err) ||
	    sb_get_u32(obj, at, "queue_packets", 1, UINT32_MAX, &d->queue_packets, err) ||
	    sb_get_range(obj, at, "jitter_ns", 0, SB_PLAN_MAX_TIME_NS, &d->jitter_ns, err) ||
	    read_seldom(obj, at, d, err) || sb_json_get_u64(obj, at, "seed", &d->seed, err) ||
	    sb_get_rate(obj, at, "max_rate_bps", &d->max_rate_bps, err) ||
	    sb_get_range(obj, at, "max_delay_ns", 0, SB_PLAN_MAX_DELAY_NS, &d->max_delay_ns, err))
		return -1;
	d->queue_bytes = (uint64_t)bytes;
	return read_trace(obj, at, "trace", d->trace, &d->trace_xxh64, err) ||
		       read_trace(obj, at, "delay_trace", d->delay_trace, &d->delay_trace_xxh64,
				  err)
		   ? -1
		   : 0;
}

int sb_read_links(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = sb_get_list(json, "links", 1, SB_MAX_CLIENTS, err), *obj;

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
		    sb_get_name(obj, path, "bridge", link->bridge, sizeof(link->bridge), err) ||
		    read_way(obj, path, plan, link, err) ||
		    read_dir(obj, path, SB_UP, &link->dir[SB_UP], err) ||
		    read_dir(obj, path, SB_DOWN, &link->dir[SB_DOWN], err))
			return -1;
		plan->link_count++;
	}
	if (plan->link_count % sb_plan_terminals(plan))
		return sb_fail(err, SB_EINPUT, 0, "$.links are not $.terminals of each client");
	return 0;
}
