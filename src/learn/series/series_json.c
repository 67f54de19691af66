// SPDX-License-Identifier: MIT
/* series_json.c - series as irtt and iperf3 write them in JSON */
#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "series_read.h"

static double number_of(const cJSON *obj, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(obj, key);

	return cJSON_IsNumber(v) ? v->valuedouble : NAN;
}

/*
 * irtt client -o: round_trips[], each with seqno, lost ("false", "true", "true_up", "true_down"),
 * timestamps.client.send.wall and delay.{rtt,send,receive} in ns; up is what it calls send.
 */
static int read_irtt(const char *name, const cJSON *trips, enum sb_series_kind kind,
		     struct sb_measured_series *out, struct sb_err *err)
{
	const char *which = kind == SB_SERIES_RTT	 ? "rtt"
			    : kind == SB_SERIES_DELAY_UP ? "send"
							 : "receive";
	double first = NAN;
	const cJSON *trip;

	if (kind >= SB_SERIES_CAPACITY_UP)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: irtt measures delays; use it as rtt=%s, delay.up=%s or "
			       "delay.down=%s",
			       name, name, name, name);
	cJSON_ArrayForEach(trip, trips)
	{
		const cJSON *at = cJSON_GetObjectItemCaseSensitive(trip, "timestamps");
		double wall, ns;

		at = cJSON_GetObjectItemCaseSensitive(at, "client");
		wall = number_of(cJSON_GetObjectItemCaseSensitive(at, "send"), "wall");
		ns = number_of(cJSON_GetObjectItemCaseSensitive(trip, "delay"), which);
		if (isnan(wall))
			return sb_fail(err, SB_EINPUT, 0, "%s: a round trip of irtt has no time",
				       name);
		if (isnan(first))
			first = wall;
		if (sb_series_check(name, kind, ns / 1e6, err))
			return -1;
		sb_series_add(out, "1", (wall - first) / 1e9, ns / 1e6);
	}
	if (out->count)
		out->tests[0].second = fmod(first / 1e9, 60);
	return 0;
}

/* iperf3 -J: intervals[].sum (of the receiver, with --server or -R) with start and bits_per_second. */
static int read_iperf3(const char *name, const cJSON *root, const cJSON *intervals,
		       enum sb_series_kind kind, struct sb_measured_series *out, struct sb_err *err)
{
	const cJSON *start = cJSON_GetObjectItemCaseSensitive(root, "start"), *interval;
	double block = number_of(cJSON_GetObjectItemCaseSensitive(start, "test_start"), "blksize");

	if (kind < SB_SERIES_CAPACITY_UP)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: iperf3 measures rates; use it as capacity.up=%s or "
			       "capacity.down=%s",
			       name, name, name);
	cJSON_ArrayForEach(interval, intervals)
	{
		const cJSON *sum = cJSON_GetObjectItemCaseSensitive(interval, "sum");
		double at = number_of(sum, "start"), bps = number_of(sum, "bits_per_second");

		if (isnan(at) || isnan(bps))
			return sb_fail(err, SB_EINPUT, 0, "%s: an interval of iperf3 has no rate",
				       name);
		if (sb_series_check(name, kind, bps / 1e6, err))
			return -1;
		sb_series_add(out, "1", at, bps / 1e6);
	}
	if (block >= 16 && block <= 65507)
		out->payload_bytes = (uint32_t)block;
	return 0;
}

int sb_series_read_json(const char *name, const char *text, enum sb_series_kind kind,
			struct sb_measured_series *out, struct sb_err *err)
{
	cJSON *root = cJSON_Parse(text);
	const cJSON *trips = cJSON_GetObjectItemCaseSensitive(root, "round_trips");
	const cJSON *intervals = cJSON_GetObjectItemCaseSensitive(root, "intervals");
	int rc;

	if (!root)
		return sb_fail(err, SB_EINPUT, 0, "%s: not valid JSON", name);
	if (cJSON_IsArray(trips))
		rc = read_irtt(name, trips, kind, out, err);
	else if (cJSON_IsArray(intervals))
		rc = read_iperf3(name, root, intervals, kind, out, err);
	else
		rc = sb_fail(
		    err, SB_EINPUT, 0,
		    "%s: JSON, but neither of irtt (round_trips) nor of iperf3 (intervals)", name);
	cJSON_Delete(root);
	if (!rc && !out->count)
		rc = sb_fail(err, SB_EINPUT, 0, "%s: no measurements in it", name);
	return rc;
}
