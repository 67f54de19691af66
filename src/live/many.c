// SPDX-License-Identifier: MIT
/*
 * many.c - many runs on a served page: how many are done, what came of each
 *
 *   state   {"kind":"many","title","total","done","failed","left_s","running":true,"results":[...]}
 *   result  {"result":{...},"done","failed","left_s"}, or the last three alone
 *   over    see dashboard.c
 */
#include "satbed/live_many.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/dashboard.h"

#define RESULTS_MAX 500
#define SERVE_MS    50

/** struct sb_live_many - @lock: of everything but @thread and @ending */
struct sb_live_many {
	struct sb_live_many_options o;
	struct sb_dashboard *dashboard;
	cJSON *results;
	size_t done, ran, failed;
	int64_t begin_ns;
	pthread_mutex_t lock;
	pthread_t thread;
	atomic_bool ending;
};

/* What those that were made here took, of which some went on side by side. */
static void add_progress(const struct sb_live_many *m, cJSON *to)
{
	double passed_s = (double)(sb_mono_ns() - m->begin_ns) / 1e9;

	sb_json_add_i64(to, "done", (int64_t)m->done);
	sb_json_add_i64(to, "failed", (int64_t)m->failed);
	if (m->ran && m->done < m->o.total)
		sb_json_add_num(to, "left_s",
				passed_s / (double)m->ran * (double)(m->o.total - m->done));
	else
		cJSON_AddNullToObject(to, "left_s");
}

/* With the lock held: pages come in sb_dashboard_serve(). */
static char *state_text(void *arg)
{
	const struct sb_live_many *m = arg;
	cJSON *state = cJSON_CreateObject();
	char *text;

	sb_json_add_str(state, "kind", "many");
	sb_json_add_str(state, "title", m->o.title);
	sb_json_add_i64(state, "total", (int64_t)m->o.total);
	sb_json_add_bool(state, "running", true);
	add_progress(m, state);
	cJSON_AddItemReferenceToObject(state, "results", m->results);
	text = cJSON_PrintUnformatted(state);
	cJSON_Delete(state);
	return text ? text : sb_strdup("{}");
}

static void *serve(void *arg)
{
	struct sb_live_many *m = arg;

	while (!m->ending) {
		struct pollfd p = {.fd = sb_dashboard_fd(m->dashboard), .events = POLLIN};

		poll(&p, 1, SERVE_MS);
		pthread_mutex_lock(&m->lock);
		sb_dashboard_serve(m->dashboard);
		pthread_mutex_unlock(&m->lock);
	}
	return NULL;
}

int sb_live_many_open(const struct sb_live_many_options *options, struct sb_live_many **out,
		      struct sb_err *err)
{
	struct sb_live_many *m = sb_alloc(1, sizeof(*m));
	const struct sb_dashboard_options o = {.address = options->serve,
					       .token_file = options->serve_token,
					       .title = options->title,
					       .state = state_text,
					       .arg = m};
	sb_auto_free char *line = NULL;
	int rc;

	m->o = *options;
	m->done = options->done;
	m->begin_ns = sb_mono_ns();
	if (sb_dashboard_open(&o, &m->dashboard, err)) {
		free(m);
		return -1;
	}
	m->results = cJSON_CreateArray();
	pthread_mutex_init(&m->lock, NULL);
	rc = pthread_create(&m->thread, NULL, serve, m);
	if (rc) {
		sb_dashboard_close(m->dashboard);
		cJSON_Delete(m->results);
		free(m);
		return sb_fail(err, SB_EENV, rc, "cannot start a thread for the live page");
	}
	line = sb_asprintf("satbed: live page: %s", sb_dashboard_url(m->dashboard));
	sb_log_line(line);
	*out = m;
	return 0;
}

/* With the lock held. */
static void publish(struct sb_live_many *m, const cJSON *result)
{
	cJSON *event = cJSON_CreateObject();
	sb_auto_free char *text = NULL;

	if (result)
		cJSON_AddItemToObject(event, "result", cJSON_Duplicate(result, true));
	add_progress(m, event);
	text = cJSON_PrintUnformatted(event);
	cJSON_Delete(event);
	sb_dashboard_publish(m->dashboard, "result", text ? text : "{}");
}

void sb_live_many_result(struct sb_live_many *m, cJSON *result, bool failed)
{

	if (!m) {
		cJSON_Delete(result);
		return;
	}
	pthread_mutex_lock(&m->lock);
	m->ran++;
	m->failed += failed;
	publish(m, result);
	if (cJSON_GetArraySize(m->results) >= RESULTS_MAX)
		cJSON_DeleteItemFromArray(m->results, 0);
	cJSON_AddItemToArray(m->results, result);
	pthread_mutex_unlock(&m->lock);
}

void sb_live_many_done(struct sb_live_many *m)
{
	if (!m)
		return;
	pthread_mutex_lock(&m->lock);
	m->done++;
	publish(m, NULL);
	pthread_mutex_unlock(&m->lock);
}

void sb_live_many_close(struct sb_live_many *m, const char *report)
{
	if (!m)
		return;
	m->ending = true;
	pthread_join(m->thread, NULL);
	sb_dashboard_finish(m->dashboard, report);
	sb_dashboard_close(m->dashboard);
	cJSON_Delete(m->results);
	pthread_mutex_destroy(&m->lock);
	free(m);
}
