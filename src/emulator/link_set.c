// SPDX-License-Identifier: MIT
/* link_set.c - shapers and captures of all links */
#include "link_set.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/net.h"

/* Captures are numbered by link and point, shapers by link and direction. */
static const char *captured(const struct sb_link_set *m, size_t i)
{
	return m->plan->links[i / m->points].point_ifname[i % m->points];
}

/* What a direction shapes is the egress towards its receiver. */
static const char *shaped(const struct sb_plan *plan, size_t i)
{
	return plan->links[i / 2].point_ifname[i % 2 == SB_UP ? SB_AT_SERVER : SB_AT_CLIENT];
}

static size_t shaper_count(const struct sb_link_set *m)
{
	return 2 * m->plan->link_count;
}

static size_t capture_count(const struct sb_link_set *m)
{
	return m->points * m->plan->link_count;
}

void sb_link_set_init(struct sb_link_set *m, const struct sb_plan *plan, const int *capture_fds)
{
	*m = (struct sb_link_set){
	    .plan = plan, .points = sb_plan_points(plan), .capture_fds = capture_fds};
	m->shapers = sb_alloc(shaper_count(m), sizeof(m->shapers[0]));
	m->captures = sb_alloc(capture_count(m), sizeof(m->captures[0]));
}

static int release_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_link_set *m = arg;

	(void)err;
	if (i >= shaper_count(m))
		sb_capture_free(m->captures[i - shaper_count(m)]);
	else {
		if (m->ops)
			m->ops->detach(m->shapers[i]);
		if (m->ingress_filter)
			sb_link_ingress_filter_delete(shaped(m->plan, i));
	}
	return 0;
}

void sb_link_set_fini(struct sb_link_set *m)
{
	/* Each waits for grace periods of its own: shapers and captures are separate items. */
	sb_parallel(shaper_count(m) + capture_count(m), release_one, m, NULL);
	free(m->shapers);
	free(m->captures);
	free(m->why);
	*m = (struct sb_link_set){0};
}

static int turn_offloads_off(const struct sb_link_set *m, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc = sb_rtnl_open(&nl, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < capture_count(m); i++)
		rc = sb_offloads_off(&nl, captured(m, i), err);
	sb_rtnl_close(&nl);
	return rc;
}

/* The first of those that share a direction attaches all of them. */
static int attach_shared(struct sb_link_set *m, size_t i, struct sb_err *err)
{
	const struct sb_plan *plan = m->plan;
	const struct sb_link_dir *dirs[SB_MAX_CLIENTS];
	const char *ifnames[SB_MAX_CLIENTS];
	struct sb_shaper *shapers[SB_MAX_CLIENTS];
	size_t links[SB_MAX_CLIENTS], count = 0;
	enum sb_dir dir = (enum sb_dir)(i % 2);

	if (sb_plan_first_sharer(plan, i / 2, dir) != i / 2)
		return 0;
	if (!m->ops->attach_shared)
		return sb_fail(err, SB_EINTERNAL, 0, "%s cannot share a direction", m->ops->name);
	for (size_t link = i / 2; link < plan->link_count; link++) {
		if (!plan->links[link].dir[dir].shared)
			continue;
		links[count] = link;
		ifnames[count] = shaped(plan, 2 * link + (size_t)dir);
		dirs[count++] = &plan->links[link].dir[dir];
	}
	if (m->ops->attach_shared(ifnames, dirs, count, plan->mtu, shapers, err))
		return sb_wrap(err, "the %s direction that %zu clients share", sb_dir_name(dir),
			       count);
	for (size_t n = 0; n < count; n++)
		m->shapers[2 * links[n] + (size_t)dir] = shapers[n];
	return 0;
}

static int attach_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_link_set *m = arg;
	const struct sb_plan *plan = m->plan;
	const char *ifname = shaped(plan, i);
	char name[SB_NAME_MAX];

	if (m->shapers[i])
		return 0; /* the first one showed which backend works */
	if (plan->links[i / 2].dir[i % 2].shared)
		return attach_shared(m, i, err);
	if (m->ops->attach(ifname, &plan->links[i / 2].dir[i % 2], plan->mtu, &m->shapers[i], err))
		return sb_wrap(err, "link %s.%s on %s", sb_link_name(name, plan, i / 2),
			       sb_dir_name(i % 2), ifname);
	return 0;
}

static int capture_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_link_set *m = arg;
	const char *ifname = captured(m, i);

	if (!m->capture_fds)
		return 0;
	if (sb_capture_open(ifname, m->capture_fds[i], m->plan->capture_snaplen,
			    m->plan->capture_buffer_bytes, &m->captures[i], err))
		return sb_wrap(err, "capture on %s", ifname);
	return 0;
}

static int open_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_link_set *m = arg;

	return i < shaper_count(m) ? attach_one(m, i, err)
				   : capture_one(m, i - shaper_count(m), err);
}

/* What passes towards its receiver comes from the other end. */
static int ingress_filter_one(void *arg, size_t i, struct sb_err *err)
{
	const struct sb_link_set *m = arg;
	const struct sb_link *link = &m->plan->links[i / 2];

	return sb_link_ingress_filter(shaped(m->plan, i),
				      i % 2 == SB_UP ? link->client.mac : link->server.mac, err);
}

/* Without it results are a little less exact: no reason to have none. */
static void ingress_filter_all(struct sb_link_set *m)
{
	struct sb_err err = {0};

	if (!m->ingress_filter || !sb_parallel(shaper_count(m), ingress_filter_one, m, &err))
		return;
	sb_warn("the daemon's bridges cannot be kept off the links: %s", err.msg);
	for (size_t i = 0; i < shaper_count(m); i++)
		sb_link_ingress_filter_delete(shaped(m->plan, i));
	m->ingress_filter = false;
}

/* What netem cannot play goes to the user-space link; where netem is asked for, that is an error.
 */
static int choose(struct sb_link_set *m, struct sb_err *err)
{
	enum sb_backend backend = m->plan->backend;
	char needs[160];
	bool user = sb_plan_needs_user(m->plan, needs, sizeof(needs));

	if (user && backend == SB_BACKEND_NETEM)
		return sb_fail(err, SB_EINPUT, 0, "%s; use backend = user, or backend = auto",
			       needs);
	if (!user && backend == SB_BACKEND_AUTO)
		user = sb_plan_prefers_user(m->plan, needs, sizeof(needs));
	m->ops =
	    sb_link_choose(user ? SB_BACKEND_USER : backend, shaped(m->plan, 0),
			   &m->plan->links[0].dir[0], m->plan->mtu, &m->shapers[0], &m->why, err);
	if (user && backend == SB_BACKEND_AUTO) {
		free(m->why);
		m->why = sb_strdup(needs);
	}
	return m->ops ? 0 : -1;
}

/* What a bridge says must be neither in a shaper's queue nor in a capture: its filter is there first. */
int sb_link_set_open(struct sb_link_set *m, struct sb_err *err)
{
	if (turn_offloads_off(m, err))
		return -1;
	ingress_filter_all(m);
	if (choose(m, err))
		return -1;
	if (!sb_parallel(shaper_count(m) + capture_count(m), open_one, m, err))
		return 0;
	if (m->plan->backend == SB_BACKEND_AUTO && m->ops == &sb_link_user)
		return sb_wrap(err, "netem cannot be taken (%s), and", m->why);
	return -1;
}

static int stop_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_link_set *m = arg;

	return m->captures[i] ? sb_capture_stop(m->captures[i], err) : 0;
}

int sb_link_set_write_error(const struct sb_link_set *m, size_t *capture)
{
	for (size_t i = 0; i < capture_count(m); i++) {
		int failed = m->captures[i] ? sb_capture_write_error(m->captures[i]) : 0;

		if (failed) {
			*capture = i;
			return failed;
		}
	}
	return 0;
}

int sb_link_set_stop(struct sb_link_set *m, struct sb_err *err)
{
	return sb_parallel(capture_count(m), stop_one, m, err);
}

void sb_link_set_describe(struct sb_link_set *m, cJSON *into)
{
	cJSON *links;

	sb_json_add_str(into, "backend", m->ops->name);
	sb_json_add_str(into, "why", m->why);
	sb_json_add_bool(into, "offloads_off", true); /* or shaping would have failed */
	sb_json_add_bool(into, "ingress_filters", m->ingress_filter);
	sb_json_add_bool(into, "exact_steps", m->ops->lookahead_ns > 0);
	links = cJSON_AddArrayToObject(into, "links");
	for (size_t i = 0; i < m->plan->link_count; i++) {
		cJSON *link = cJSON_CreateObject();

		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			m->ops->describe(m->shapers[2 * i + (size_t)dir],
					 cJSON_AddObjectToObject(link, sb_dir_name(dir)));
		cJSON_AddItemToArray(links, link);
	}
}

cJSON *sb_counters_json(const struct sb_link_counters *c)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_i64(obj, "arrived", c->arrived);
	sb_json_add_i64(obj, "sent", c->sent);
	sb_json_add_i64(obj, "lost", c->lost);
	sb_json_add_i64(obj, "outage", c->outage);
	sb_json_add_i64(obj, "queue_dropped", c->queue_dropped);
	sb_json_add_i64(obj, "duplicated", c->duplicated);
	sb_json_add_i64(obj, "reordered", c->reordered);
	sb_json_add_i64(obj, "corrupted", c->corrupted);
	sb_json_add_i64(obj, "failed", c->failed);
	sb_json_add_i64(obj, "late", c->late);
	return obj;
}

static void add_capture_stats(cJSON *into, struct sb_capture *capture)
{
	struct sb_capture_stats s = {0};
	cJSON *obj = cJSON_CreateObject();

	if (capture)
		sb_capture_stats(capture, &s);
	sb_json_add_i64(obj, "received", (int64_t)s.received);
	sb_json_add_i64(obj, "dropped", (int64_t)s.dropped);
	sb_json_add_i64(obj, "interface_dropped", (int64_t)s.interface_dropped);
	sb_json_add_i64(obj, "written", (int64_t)s.written);
	cJSON_AddItemToArray(into, obj);
}

int sb_link_set_results(struct sb_link_set *m, cJSON *into, struct sb_err *err)
{
	cJSON *counters = cJSON_AddArrayToObject(into, "counters");
	cJSON *captures = cJSON_AddArrayToObject(into, "captures");

	for (size_t i = 0; i < shaper_count(m); i++) {
		struct sb_link_counters c = {0};

		if (!m->shapers[i])
			return sb_fail(err, SB_EINTERNAL, 0, "stopped before it was shaped");
		if (m->ops->counters(m->shapers[i], &c, err))
			return -1;
		cJSON_AddItemToArray(counters, sb_counters_json(&c));
	}
	for (size_t i = 0; i < capture_count(m); i++)
		add_capture_stats(captures, m->captures[i]);
	return 0;
}
