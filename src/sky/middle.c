// SPDX-License-Identifier: MIT
/* middle.c - shapers and captures of all links */
#include "middle.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"
#include "satbed/net.h"

/* Captures are numbered client's end, server's end; what a direction shapes is the egress towards
 * its receiver. */
static const struct sb_endpoint *capture_end(const struct sb_plan *plan, size_t i)
{
	return i % 2 ? &plan->links[i / 2].server : &plan->links[i / 2].client;
}

static const struct sb_endpoint *shaped_end(const struct sb_plan *plan, size_t i)
{
	return i % 2 == SB_UP ? &plan->links[i / 2].server : &plan->links[i / 2].client;
}

void sb_middle_init(struct sb_middle *m, const struct sb_plan *plan, const int *capture_fds)
{
	*m = (struct sb_middle){.plan = plan,
				.capture_fds = capture_fds,
				.shapers = sb_alloc(2 * plan->link_count, sizeof(m->shapers[0])),
				.captures = sb_alloc(2 * plan->link_count, sizeof(m->captures[0]))};
}

static int release_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_middle *m = arg;

	(void)err;
	if (i % 2)
		sb_capture_free(m->captures[i / 2]);
	else if (m->ops)
		m->ops->detach(m->shapers[i / 2]);
	return 0;
}

void sb_middle_fini(struct sb_middle *m)
{
	/* Each waits for grace periods of its own: shapers and captures are separate items. */
	sb_parallel(4 * m->plan->link_count, release_one, m, NULL);
	free(m->shapers);
	free(m->captures);
	free(m->why);
	*m = (struct sb_middle){0};
}

static int turn_offloads_off(const struct sb_plan *plan, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc = sb_rtnl_open(&nl, err);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < 2 * plan->link_count; i++)
		rc = sb_offloads_off(&nl, capture_end(plan, i)->host_ifname, err);
	sb_rtnl_close(&nl);
	return rc;
}

static int attach_one(struct sb_middle *m, size_t i, struct sb_err *err)
{
	const struct sb_plan *plan = m->plan;
	const char *ifname = shaped_end(plan, i)->host_ifname;

	if (m->shapers[i])
		return 0; /* the first one showed which backend works */
	if (m->ops->attach(ifname, &plan->links[i / 2].dir[i % 2], plan->mtu, &m->shapers[i], err))
		return sb_wrap(err, "link client%zu.%s on %s", i / 2 + 1, sb_dir_name(i % 2),
			       ifname);
	return 0;
}

static int capture_one(struct sb_middle *m, size_t i, struct sb_err *err)
{
	const char *ifname = capture_end(m->plan, i)->host_ifname;

	if (sb_capture_open(ifname, m->capture_fds[i], m->plan->capture_snaplen,
			    m->plan->capture_buffer_bytes, &m->captures[i], err))
		return sb_wrap(err, "capture on %s", ifname);
	return 0;
}

/* Items are twice as many as directions: a shaper and a capture in turn. */
static int open_one(void *arg, size_t i, struct sb_err *err)
{
	return i % 2 ? capture_one(arg, i / 2, err) : attach_one(arg, i / 2, err);
}

int sb_middle_open(struct sb_middle *m, struct sb_err *err)
{
	if (turn_offloads_off(m->plan, err))
		return -1;
	m->ops =
	    sb_link_choose(m->plan->backend, shaped_end(m->plan, 0)->host_ifname,
			   &m->plan->links[0].dir[0], m->plan->mtu, &m->shapers[0], &m->why, err);
	if (!m->ops)
		return -1;
	if (!sb_parallel(4 * m->plan->link_count, open_one, m, err))
		return 0;
	if (m->plan->backend == SB_BACKEND_AUTO && m->ops == &sb_link_user)
		return sb_wrap(err, "netem does not work here (%s), and", m->why);
	return -1;
}

static int stop_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_middle *m = arg;

	if (!m->captures[i] || !sb_capture_stop(m->captures[i], err))
		return 0;
	return sb_wrap(err, "capture on %s", capture_end(m->plan, i)->host_ifname);
}

int sb_middle_stop(struct sb_middle *m, struct sb_err *err)
{
	return sb_parallel(2 * m->plan->link_count, stop_one, m, err);
}

void sb_middle_describe(struct sb_middle *m, cJSON *into)
{
	cJSON *links;

	sb_json_add_str(into, "backend", m->ops->name);
	sb_json_add_str(into, "why", m->why);
	sb_json_add_bool(into, "offloads_off", true); /* or shaping would have failed */
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

static void add_counters(cJSON *into, const struct sb_link_counters *c)
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
	cJSON_AddItemToArray(into, obj);
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

int sb_middle_results(struct sb_middle *m, cJSON *into, struct sb_err *err)
{
	cJSON *counters = cJSON_AddArrayToObject(into, "counters");
	cJSON *captures = cJSON_AddArrayToObject(into, "captures");

	for (size_t i = 0; i < 2 * m->plan->link_count; i++) {
		struct sb_link_counters c = {0};

		if (!m->shapers[i])
			return sb_fail(err, SB_EINTERNAL, 0, "stopped before it was shaped");
		if (m->ops->counters(m->shapers[i], &c, err))
			return -1;
		add_counters(counters, &c);
		add_capture_stats(captures, m->captures[i]);
	}
	return 0;
}
