// SPDX-License-Identifier: MIT
/* outcome_names.c - what run.json, the table and [expect] call the outcomes of flows */
#include "report_priv.h"

const char *const sb_latency_names[SB_LATENCIES] = {"p50", "p90", "p95", "p99", "p999", "max"};

const char *sb_interop_result_name(enum sb_interop_result result)
{
	static const char *const names[] = {"none", "succeeded", "failed", "unsupported"};

	return names[result];
}
