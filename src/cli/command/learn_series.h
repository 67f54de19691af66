/* SPDX-License-Identifier: MIT */
/* learn_series.h - satbed learn --series: fit series of measurements, or compare them */
#ifndef SATBED_CLI_LEARN_SERIES_H
#define SATBED_CLI_LEARN_SERIES_H

#include "satbed/learn_series.h"

/**
 * struct sb_learn_series_request - what is to be fitted
 * @from:	the files as they were given
 * @out:	for the scenario, NULL = standard output
 * @against:	a scenario to compare with instead of a fit
 * @figures:	a directory for figures, or NULL
 */
struct sb_learn_series_request {
	struct sb_measured_series series[SB_SERIES_KINDS];
	char *from;
	const char *out, *name, *against, *figures;
};

/** sb_learn_series_take() - one argument, "rtt=ping.txt", which is read */
int sb_learn_series_take(struct sb_learn_series_request *r, const char *arg, struct sb_err *err);
int sb_learn_series(const struct sb_learn_series_request *r, struct sb_err *err);
void sb_learn_series_fini(struct sb_learn_series_request *r);

#endif
