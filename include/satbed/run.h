/* SPDX-License-Identifier: MIT */
/* run.h - a whole run: up, shape, capture, traffic, collect, down, analysis, report */
#ifndef SATBED_RUN_H
#define SATBED_RUN_H

#include <stdbool.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_run_options - how a run is done, apart from what it does
 * @out_dir:	run directory; NULL = captures/NAME-TIME; must not hold a run already
 * @json:	print run.json on stdout instead of the table
 * @plain:	no live line that overwrites itself, no colours
 * @quiet:	nothing on stderr but errors and warnings
 */
struct sb_run_options {
	const char *out_dir;
	bool json, plain, quiet;
};

/**
 * sb_run() - carry out @plan
 * @exit_status: 0 all verdicts and expectations hold, 1 one does not, 130 interrupted (what was
 *		measured until then is reported)
 *
 * Whatever happens, nothing of the testbed is left.
 *
 * Return: 0 with *@exit_status set, or -1 with @err
 */
int sb_run(const struct sb_plan *plan, const struct sb_run_options *options, int *exit_status,
	   struct sb_err *err);

/**
 * sb_interrupts_catch() - count SIGINT, SIGTERM and SIGHUP from now on; the second one leaves at
 * once
 *
 * The namespaces of a testbed die with the orchestrator, so leaving at once leaves nothing behind.
 */
void sb_interrupts_catch(void);
bool sb_interrupted(void);

#endif
