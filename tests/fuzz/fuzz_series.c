// SPDX-License-Identifier: MIT
/* fuzz_series.c - series of measurements: no text crashes, and what is read can be fitted */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/learn_series.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte says which kind of series it is to be. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sb_measured_series series[SB_SERIES_KINDS] = {{0}};
	sb_auto_free char *text = NULL, *written = NULL;
	struct sb_series_fits fits;
	struct sb_err err = {0};
	size_t len = 0;
	int kind;
	FILE *to;

	if (!size || size > 4096)
		return 0;
	kind = data[0] % SB_SERIES_KINDS;
	text = sb_alloc(size, 1);
	memcpy(text, data + 1, size - 1);
	if (sb_series_parse("fuzz", text, (enum sb_series_kind)kind, &series[kind], &err)) {
		if (series[kind].count || err.code != SB_EINPUT)
			abort();
		return 0;
	}
	for (size_t i = 0; i < series[kind].count; i++)
		if (!series[kind].tests[i].count)
			abort();
	sb_series_fit(series, &fits);
	for (size_t k = 1; k < fits.fit[kind].points; k++)
		if (!(fits.fit[kind].p[k] > fits.fit[kind].p[k - 1]))
			abort();
	to = open_memstream(&written, &len);
	sb_series_write(to, &fits, "fuzz", "fuzz");
	fclose(to);
	sb_series_fini(&series[kind]);
	return 0;
}
