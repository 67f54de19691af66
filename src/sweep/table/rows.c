// SPDX-License-Identifier: MIT
/* rows.c - the rows of one run, from its run.json, of which nothing is trusted */
#include "rows.h"

#include <math.h>

#include "satbed/base/mem.h"
#include "satbed/compare_readings.h"

static const cJSON *member(const cJSON *obj, const char *key)
{
	return cJSON_GetObjectItemCaseSensitive(obj, key);
}

static void bind_text(sqlite3_stmt *q, int at, const cJSON *obj, const char *key)
{
	sqlite3_bind_text(q, at, cJSON_GetStringValue(member(obj, key)), -1, SQLITE_TRANSIENT);
}

static void bind_number(sqlite3_stmt *q, int at, const cJSON *obj, const char *key)
{
	double value = cJSON_GetNumberValue(member(obj, key));

	if (isfinite(value))
		sqlite3_bind_double(q, at, value);
	else
		sqlite3_bind_null(q, at);
}

int sb_sweep_table_put_run(struct sb_sweep_table *t, const cJSON *json, int64_t case_id,
			   int64_t seed, const struct sb_sweep_run *r, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "INSERT INTO runs(hash,case_id,seed,verdict,failed,why,measured_s,wall_s,directory)"
	    " VALUES(?,?,?,?,?,?,?,?,?)",
	    err);
	const cJSON *clock = member(member(json, "manifest"), "clock");
	sb_auto_free char *directory = sb_asprintf("runs/%s", r->hash);
	const char *verdict = cJSON_GetStringValue(member(json, "verdict"));

	if (!q)
		return -1;
	sqlite3_bind_text(q, 1, r->hash, -1, SQLITE_STATIC);
	sqlite3_bind_int64(q, 2, case_id);
	sqlite3_bind_int64(q, 3, seed);
	sqlite3_bind_text(q, 4, json ? (verdict ? verdict : "") : "failed", -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(q, 5, (sqlite3_int64)r->failed);
	sqlite3_bind_text(q, 6, r->why, -1, SQLITE_STATIC);
	bind_number(q, 7, member(json, "timings"), "measured_s");
	bind_number(q, 8, clock, "wall_s");
	sqlite3_bind_text(q, 9, json ? directory : NULL, -1, SQLITE_STATIC);
	return sb_sweep_table_insert(t, q, err);
}

static int put_readings(struct sb_sweep_table *t, const cJSON *json, int64_t id, struct sb_err *err)
{
	struct sb_readings readings = {0};
	int rc = 0;

	sb_readings_take(json, &readings);
	for (size_t i = 0; !rc && i < readings.count; i++) {
		const struct sb_reading *item = &readings.items[i];
		sqlite3_stmt *q = sb_sweep_table_prepare(
		    t, "INSERT OR REPLACE INTO readings(name,run,unit,number) VALUES(?,?,?,?)",
		    err);

		if (!q) {
			rc = -1;
			break;
		}
		sqlite3_bind_text(q, 1, item->name, -1, SQLITE_STATIC);
		sqlite3_bind_int64(q, 2, id);
		sqlite3_bind_text(q, 3, item->unit, -1, SQLITE_STATIC);
		sqlite3_bind_double(q, 4, item->number);
		rc = sb_sweep_table_insert(t, q, err);
	}
	sb_readings_fini(&readings);
	return rc;
}

static int put_flow(struct sb_sweep_table *t, const cJSON *flow, int64_t id, struct sb_err *err)
{
	static const char *const texts[] = {"name", "client", "direction", "kind", "cc"};
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "INSERT INTO "
	    "flows(run,name,client,direction,kind,cc,bytes,seconds,goodput_bps,rtt_p50_ms,"
	    "rtt_p95_ms,retransmits,lost,error) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
	    err);

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	for (size_t i = 0; i < SB_ARRAY_LEN(texts); i++)
		bind_text(q, 2 + (int)i, flow, texts[i]);
	bind_number(q, 7, flow, "bytes");
	bind_number(q, 8, flow, "seconds");
	bind_number(q, 9, flow, "goodput_bps");
	bind_number(q, 10, member(flow, "rtt_ms"), "p50");
	bind_number(q, 11, member(flow, "rtt_ms"), "p95");
	bind_number(q, 12, member(flow, "retransmits"), "pcap");
	bind_number(q, 13, flow, "lost");
	bind_text(q, 14, flow, "error");
	return sb_sweep_table_insert(t, q, err);
}

static int put_link(struct sb_sweep_table *t, const cJSON *link, const char *direction, int64_t id,
		    struct sb_err *err)
{
	const cJSON *side = member(link, direction), *configured = member(side, "configured"),
		    *measured = member(side, "measured");
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t,
	    "INSERT INTO links(run,client,direction,verdict,configured_delay_p50_ms,"
	    "measured_delay_p50_ms,configured_loss,measured_loss,configured_rate_bps,"
	    "measured_rate_bps,packets) VALUES(?,?,?,?,?,?,?,?,?,?,?)",
	    err);

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	bind_text(q, 2, link, "client");
	sqlite3_bind_text(q, 3, direction, -1, SQLITE_STATIC);
	bind_text(q, 4, side, "verdict");
	bind_number(q, 5, member(configured, "delay_ms"), "p50");
	bind_number(q, 6, member(measured, "delay_ms"), "p50");
	bind_number(q, 7, configured, "loss");
	bind_number(q, 8, measured, "loss");
	bind_number(q, 9, configured, "rate_bps");
	bind_number(q, 10, measured, "rate_bps");
	bind_number(q, 11, measured, "packets");
	return sb_sweep_table_insert(t, q, err);
}

static int put_event(struct sb_sweep_table *t, const cJSON *event, int64_t id, struct sb_err *err)
{
	sqlite3_stmt *q = sb_sweep_table_prepare(
	    t, "INSERT INTO events(run,client,direction,at_s,name,what) VALUES(?,?,?,?,?,?)", err);
	sb_auto_free char *what = cJSON_PrintUnformatted(event);

	if (!q)
		return -1;
	sqlite3_bind_int64(q, 1, id);
	bind_text(q, 2, event, "client");
	bind_text(q, 3, event, "direction");
	bind_number(q, 4, event, "at_s");
	bind_text(q, 5, event, "name");
	sqlite3_bind_text(q, 6, what, -1, SQLITE_STATIC);
	return sb_sweep_table_insert(t, q, err);
}

int sb_sweep_table_put_parts(struct sb_sweep_table *t, const cJSON *json, int64_t id,
			     struct sb_err *err)
{
	const cJSON *item;

	if (put_readings(t, json, id, err))
		return -1;
	cJSON_ArrayForEach(item, member(json, "flows"))
	{
		if (put_flow(t, item, id, err))
			return -1;
	}
	cJSON_ArrayForEach(item, member(json, "links"))
	{
		if (put_link(t, item, "up", id, err) || put_link(t, item, "down", id, err))
			return -1;
	}
	cJSON_ArrayForEach(item, member(json, "events"))
	{
		if (put_event(t, item, id, err))
			return -1;
	}
	return 0;
}
