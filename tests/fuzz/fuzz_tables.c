// SPDX-License-Identifier: MIT
/*
 * fuzz_tables.c - any bytes as the files that a scenario names
 *
 * The first byte says which: a trace, delays alone, a table of jitter, one of netem's, or elements of satellites in any form.
 * What is read is in order and in range.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "scenario/files.h"
#include "scenario/orbit_values.h"
#include "scenario/tables/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void trace(const char *text, size_t len, bool delays)
{
	struct sb_trace *t = NULL;
	struct sb_err err = {0};

	if (delays ? sb_delay_trace_read("t", text, len, 10000000, &t, &err)
		   : sb_trace_read("t", text, len, &t, &err)) {
		require(!t && err.msg[0]);
		return;
	}
	require(t->count > 0 && t->period_ns >= 0 && t->length_ns > t->rows[t->count - 1].at_ns);
	for (size_t i = 0; i < t->count; i++) {
		const struct sb_trace_row *r = &t->rows[i];

		require(r->at_ns >= 0 && (!i || r->at_ns > t->rows[i - 1].at_ns));
		require(!t->period_ns || r->at_ns < t->period_ns);
		if (r->has & SB_TRACE_RATE)
			require(r->rate_bps == SB_RATE_STOPPED ||
				(r->rate_bps >= 1000 && r->rate_bps <= UINT64_C(100000000000)));
		require(r->loss_ppb <= 1000000000 && r->duplicate_ppb <= 1000000000);
		require(r->delay_ns >= 0 && r->delay_ns <= 60000000000 && r->jitter_ns >= 0);
	}
	sb_trace_free(t);
}

static void jitter(const char *text, size_t len, int64_t deviation_ns)
{
	struct sb_jitter j = {.deviation_ns = deviation_ns};
	struct sb_err err = {0};

	if (sb_jitter_table_read("t", text, len, &j, &err))
		return;
	for (size_t i = 1; i < j.sample_count; i++)
		require(j.samples_ns[i] >= j.samples_ns[i - 1]);
	free(j.samples_ns);
}

static void elements(const char *text, size_t len)
{
	struct sb_tle t = {0};
	struct sb_err err = {0};
	char why[200];

	if (sb_tle_read("t", text, len, &t, &err)) {
		require(!t.list && err.msg[0]);
		return;
	}
	require(t.count > 0);
	for (size_t i = 0; i < t.count; i++) {
		const struct sb_elements *e = &t.list[i];

		require(e->eccentricity >= 0 && e->eccentricity < 1 && e->motion_rad_min > 0);
		require(isfinite(e->bstar) && isfinite(e->node_rad) && isfinite(e->perigee_rad));
		require(memchr(e->name, '\0', sizeof(e->name)) != NULL);
	}
	(void)sb_tle_leave_out_old(&t, t.list[0].epoch_ns, why, sizeof(why));
	free(t.list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* A copy of its own size, for the sanitizer to guard its end. */
	char *text;

	if (!size)
		return 0;
	text = sb_alloc(size, 1);
	memcpy(text, data + 1, size - 1);
	switch (data[0] % 6) {
	case 0:
		trace(text, size - 1, false);
		break;
	case 1:
		jitter(text, size - 1, 0);
		break;
	case 4:
		trace(text, size - 1, true);
		break;
	case 3:
		jitter(text, size - 1, 10000000000);
		break;
	default:
		elements(text, size - 1);
		break;
	}
	free(text);
	return 0;
}
