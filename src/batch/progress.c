// SPDX-License-Identifier: MIT
/* progress.c - how far a batch is: what is left, and the same as OpenMetrics */
#include <math.h>
#include <stdio.h>

#include "satbed/base/clock.h"
#include "satbed/base/textstream.h"
#include "satbed/batch.h"

double sb_batch_left_s(const struct sb_batch_progress *p)
{
	double each_s;

	if (!p->done || p->done >= p->to_do)
		return NAN;
	each_s = (double)(sb_mono_ns() - p->begin_ns) / 1e9 / (double)p->done;
	return each_s * (double)(p->to_do - p->done);
}

char *sb_batch_metrics(const struct sb_batch_progress *p)
{
	double left_s = sb_batch_left_s(p);
	char *text = NULL;
	size_t size;
	FILE *to = sb_textstream_open(&text, &size);

	fprintf(to,
		"# TYPE satbed_batch_runs gauge\n"
		"# HELP satbed_batch_runs Runs of the comparison or sweep by what became of them.\n"
		"satbed_batch_runs{state=\"complete\"} %zu\n"
		"satbed_batch_runs{state=\"failed\"} %zu\n"
		"satbed_batch_runs{state=\"open\"} %zu\n"
		"# TYPE satbed_batch_jobs gauge\n"
		"# HELP satbed_batch_jobs Runs side by side.\n"
		"satbed_batch_jobs %zu\n",
		p->complete, p->failed, p->total - p->complete - p->failed, p->jobs);
	if (isfinite(left_s))
		fprintf(to,
			"# TYPE satbed_batch_left_seconds gauge\n"
			"# UNIT satbed_batch_left_seconds seconds\n"
			"# HELP satbed_batch_left_seconds Estimate of the time to the end.\n"
			"satbed_batch_left_seconds %.0f\n",
			left_s);
	sb_textstream_close(to, &text);
	return text;
}
