// SPDX-License-Identifier: MIT
/* qlog.c - a run's TCP flows and links as qlog (draft-ietf-quic-qlog-main-schema), for its tools */
#include "satbed/report_qlog.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "satbed/base/clock.h"
#include "satbed/base/csv_columns.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/plan.h"
#include "satbed/report_dir.h"

/* What IP and TCP with timestamps take of an MTU. */
#define HEADERS4 52
#define HEADERS6 72

enum column {
	T_MS,
	FLOW,
	CLIENT,
	DIRECTION,
	SOURCE,
	STREAM,
	RTT,
	RTTVAR,
	MIN_RTT,
	CWND,
	SSTHRESH,
	UNACKED,
	RETRANSMITS,
	COLUMNS
};

static const char *const names[COLUMNS] = {
    "t_ms",	 "flow",       "client", "direction", "source",	 "stream",     "rtt_ms",
    "rttvar_ms", "min_rtt_ms", "cwnd",	 "ssthresh",  "unacked", "retransmits"};

/**
 * struct qlog - being written
 * @step:	the next of the plan's steps
 * @end_ms:	of the run, since the timeline's zero; steps beyond it were not played
 */
struct qlog {
	FILE *to;
	struct sb_plan *plan;
	size_t step;
	double start_unix_s, end_ms;
};

/* One record of a sequence: RS, the text, a newline (RFC 7464, section 2.2).  @obj is taken over. */
static void put(struct qlog *q, cJSON *obj)
{
	char *text = cJSON_PrintUnformatted(obj);

	if (text)
		fprintf(q->to, "\x1e%s\n", text);
	free(text);
	cJSON_Delete(obj);
}

static cJSON *event(double t_ms, const char *name, const char *group, cJSON **data)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_num(obj, "time", round(t_ms * 1e6) / 1e6);
	sb_json_add_str(obj, "name", name);
	sb_json_add_str(obj, "group_id", group);
	*data = cJSON_AddObjectToObject(obj, "data");
	return obj;
}

/* "2026-11-30T04:28:10.123456Z" (RFC 3339), as the main schema has a reference time. */
static char *start_text(const struct qlog *q)
{
	int64_t start_us = llround(q->start_unix_s * 1e6);
	time_t whole_s = start_us / 1000000;
	struct tm utc;
	char text[32];

	if (!gmtime_r(&whole_s, &utc) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc))
		return sb_strdup("unknown");
	return sb_asprintf("%s.%06dZ", text, (int)(start_us % 1000000));
}

static void put_head(struct qlog *q)
{
	cJSON *obj = cJSON_CreateObject(), *trace, *common, *list, *reference;
	sb_auto_free char *start = start_text(q);
	sb_auto_free char *title =
	    sb_asprintf("%s, seed %llu", q->plan->name, (unsigned long long)q->plan->seed);

	sb_json_add_str(obj, "file_schema", "urn:ietf:params:qlog:file:sequential");
	sb_json_add_str(obj, "serialization_format", "application/qlog+json-seq");
	/* For programs that go by an earlier draft. */
	sb_json_add_str(obj, "qlog_version", "0.3");
	sb_json_add_str(obj, "qlog_format", "JSON-SEQ");
	sb_json_add_str(obj, "title", title);
	trace = cJSON_AddObjectToObject(obj, "trace");
	sb_json_add_str(trace, "description", q->plan->about);
	list = cJSON_AddArrayToObject(trace, "event_schemas");
	cJSON_AddItemToArray(list, cJSON_CreateString("urn:satbed:qlog:tcp-and-links"));
	common = cJSON_AddObjectToObject(trace, "vantage_point");
	sb_json_add_str(common, "name", "satbed");
	sb_json_add_str(common, "type", "network");
	common = cJSON_AddObjectToObject(trace, "common_fields");
	sb_json_add_str(common, "time_format", "relative_to_epoch");
	reference = cJSON_AddObjectToObject(common, "reference_time");
	sb_json_add_str(reference, "clock_type", "system");
	sb_json_add_str(reference, "epoch", start);
	put(q, obj);
}

static const char *cause_of(const struct sb_step *s)
{
	static const char *const words[SB_CAUSES] = {"event", "outage_end", "jitter", "ramp",
						     "burst", "trace",	    "orbit",  "rate"};

	return s->cause < SB_CAUSES ? words[s->cause] : "event";
}

static void put_state(struct qlog *q, double t_ms, size_t link, enum sb_dir dir,
		      const struct sb_link_state *state, const struct sb_step *step)
{
	char client[SB_NAME_MAX], group[SB_NAME_MAX + 16];
	cJSON *data, *obj;

	snprintf(group, sizeof(group), "link %s %s", sb_link_name(client, q->plan, link),
		 sb_dir_name(dir));
	obj = event(t_ms, "satbed:link_state", group, &data);
	sb_json_add_num(data, "delay_ms", (double)state->delay_ns / SB_NS_PER_MS);
	if (state->rate_bps)
		sb_json_add_num(data, "rate_bps", (double)state->rate_bps);
	sb_json_add_num(data, "loss", sb_loss_mean(&state->loss));
	sb_json_add_bool(data, "outage", state->outage);
	if (step)
		sb_json_add_str(data, "cause", cause_of(step));
	if (step && step->event >= 0 && (size_t)step->event < q->plan->event_count)
		sb_json_add_str(data, "event", q->plan->events[step->event].name);
	put(q, obj);
}

static void put_steps(struct qlog *q, double until_ms)
{
	for (; q->step < q->plan->step_count; q->step++) {
		const struct sb_step *s = &q->plan->steps[q->step];
		double t_ms = (double)s->at_ns / SB_NS_PER_MS;

		if (t_ms > until_ms || t_ms > q->end_ms)
			return;
		put_state(q, t_ms, s->link, (enum sb_dir)s->dir, &s->state, s);
	}
}

/* --- samples.csv --- */

static bool is_number(const char *text, double *out)
{
	return !sb_parse_double(text, out) && fabs(*out) < 1e15;
}

/* The flow of a row that its sending end wrote; NULL: there is none, or it is not TCP's. */
static const struct sb_flow *find_flow(const struct sb_plan *plan, char *const field[COLUMNS])
{
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *f = &plan->flows[i];
		char client[SB_NAME_MAX];

		if (!strcmp(field[FLOW], f->name) &&
		    !strcmp(field[CLIENT], sb_flow_client(client, plan, f)) &&
		    !strcmp(field[DIRECTION], sb_dir_name(f->dir)) &&
		    !strcmp(field[SOURCE], f->dir == SB_UP ? "client" : "server") &&
		    sb_flow_transport(f) == SB_TRANSPORT_TCP)
			return f;
	}
	return NULL;
}

static void put_row(struct qlog *q, char *const field[COLUMNS])
{
	static const struct {
		enum column from;
		const char *key;
		bool segments;
	} values[] = {{RTT, "smoothed_rtt", false},	     {RTTVAR, "rtt_variance", false},
		      {MIN_RTT, "min_rtt", false},	     {CWND, "congestion_window", true},
		      {SSTHRESH, "ssthresh", true},	     {UNACKED, "bytes_in_flight", true},
		      {UNACKED, "packets_in_flight", false}, {RETRANSMITS, "retransmits", false}};
	const struct sb_flow *flow = find_flow(q->plan, field);
	double t_ms, stream, value, mss = q->plan->mtu;
	char client[SB_NAME_MAX], group[3 * SB_NAME_MAX];
	cJSON *data, *obj;

	if (!flow || !is_number(field[T_MS], &t_ms) || !is_number(field[STREAM], &stream) ||
	    !is_number(field[CWND], &value))
		return;
	mss -= q->plan->ip_version == 4 ? HEADERS4 : HEADERS6;
	put_steps(q, t_ms);
	snprintf(group, sizeof(group), "%s %s %s %.0f", flow->name,
		 sb_flow_client(client, q->plan, flow), sb_dir_name((enum sb_dir)flow->dir),
		 stream);
	obj = event(t_ms, "recovery:metrics_updated", group, &data);
	for (size_t i = 0; i < SB_ARRAY_LEN(values); i++) {
		/* "No threshold yet" is 2^31 - 1 in the kernel. */
		if (is_number(field[values[i].from], &value) &&
		    !(values[i].from == SSTHRESH && value >= INT32_MAX))
			sb_json_add_num(data, values[i].key,
					values[i].segments ? value * mss : value);
	}
	put(q, obj);
}

static int put_samples(struct qlog *q, const char *path, struct sb_err *err)
{
	struct sb_csv_columns csv;

	if (sb_csv_columns_open(&csv, path, names, COLUMNS, err))
		return -1;
	while (sb_csv_columns_next(&csv))
		put_row(q, csv.field);
	return sb_csv_columns_close(&csv, path, err);
}

/* --- what is known of the run's times --- */

static int read_times(struct qlog *q, const char *directory, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/events.jsonl", directory), *line = NULL;
	FILE *f = fopen(path, "re");
	size_t room = 0;

	q->end_ms = (double)q->plan->duration_ns / SB_NS_PER_MS;
	while (f && getline(&line, &room, f) > 0) {
		cJSON *obj = cJSON_Parse(line);
		const char *phase;
		double unix_s, t_ms;

		if (!sb_json_get_str(obj, "$", "phase", &phase, NULL) &&
		    !sb_json_get_double(obj, "$", "unix_s", &unix_s, NULL) &&
		    !sb_json_get_double(obj, "$", "t_ms", &t_ms, NULL)) {
			if (!strcmp(phase, "start"))
				q->start_unix_s = unix_s - t_ms / 1e3;
			else if (!strcmp(phase, "end") || !strcmp(phase, "interrupted"))
				q->end_ms = fmin(q->end_ms, t_ms);
		}
		cJSON_Delete(obj);
	}
	return f ? sb_close_read(f, path, err) : 0;
}

int sb_report_qlog(const char *directory, const char *file, struct sb_err *err)
{
	sb_auto_free char *samples = sb_asprintf("%s/samples.csv", directory);
	struct qlog q = {0};
	int rc;

	if (sb_report_dir_plan(directory, &q.plan, err))
		return -1;
	q.to = fopen(file, "we");
	if (!q.to) {
		sb_plan_free(q.plan);
		return sb_fail(err, SB_EENV, errno, "cannot write %s", file);
	}
	rc = read_times(&q, directory, err);
	put_head(&q);
	for (size_t i = 0; i < 2 * q.plan->link_count; i++)
		put_state(&q, 0, i / 2, (enum sb_dir)(i % 2),
			  &q.plan->links[i / 2].dir[i % 2].initial, NULL);
	if (!rc)
		rc = put_samples(&q, samples, err);
	put_steps(&q, q.end_ms);
	sb_plan_free(q.plan);
	if ((ferror(q.to) | fclose(q.to)) && !rc)
		rc = sb_fail(err, SB_EENV, errno, "cannot write %s", file);
	return rc;
}
