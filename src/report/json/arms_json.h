/* SPDX-License-Identifier: MIT */
/* arms_json.h - the arms of a comparison over time, from the series of their runs */
#ifndef SATBED_REPORT_ARMS_JSON_H
#define SATBED_REPORT_ARMS_JSON_H

#include <cjson/cJSON.h>

/**
 * sb_arms_json() - {"bin_s", "bins", "flows": [{"name", "client", "direction", "values": [{"key",
 * "arms": [{"arm", "runs", "mean", "low", "high"}]}]}]}
 * @directory:	of the comparison
 * @compare:	its compare.json, which is not trusted: only directories below this one are looked
 *		into, runs without a series count as not there
 *
 * Flows are those of the first run; runs of other bins, or with other flows, are left out.
 *
 * Return: the caller's to delete
 */
cJSON *sb_arms_json(const char *directory, const cJSON *compare);

#endif
