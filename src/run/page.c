// SPDX-License-Identifier: MIT
/* page.c - the series of a run, and its page */
#include "satbed/report_page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"
#include "state.h"

int sb_run_page(struct sb_run *run, const struct sb_result *result, struct sb_err *err)
{
	sb_auto_free char *samples_path = sb_rundir_path(&run->dir, "samples.csv");
	sb_auto_free char *series_path = sb_rundir_path(&run->dir, "series.json"), *text = NULL;
	struct sb_flow_samples *samples = NULL;
	struct sb_series_input in = {
	    .plan = run->plan, .result = result, .late_ns = run->links.late_ns};
	int rc;

	if (fflush(run->dir.samples))
		return sb_fail(err, SB_EENV, errno, "cannot write %s", samples_path);
	if (sb_samples_read(samples_path, run->plan, &result->series->grid, &samples, err))
		return -1;
	in.samples = samples;
	text = sb_series_json(&in);
	sb_samples_free(samples, run->plan->flow_count);
	rc = sb_replace_file(series_path, text, strlen(text), err);
	/* Who started the guest adds to run.json what only real time tells, and makes the page. */
	return rc || run->options->inside ? rc : sb_report_dir(run->dir.path, NULL, err);
}
