/* SPDX-License-Identifier: MIT */
/* report_series.h - measured series against generated ones: distances, figures */
#ifndef SATBED_REPORT_SERIES_H
#define SATBED_REPORT_SERIES_H

#include <stdio.h>

#include "satbed/base/err.h"
#include "satbed/learn_series.h"

/** sb_report_series_text() - a few lines: distance, medians, nothing, autocorrelation */
void sb_report_series_text(FILE *to, enum sb_series_kind kind,
			   const struct sb_measured_series *measured,
			   const struct sb_measured_series *generated);
/**
 * sb_report_series_figures() - KIND-distribution.svg, KIND-autocorrelation.svg and, where it is known
 * when the tests began, KIND-slot.svg into @dir, which is made
 */
int sb_report_series_figures(const char *dir, enum sb_series_kind kind,
			     const struct sb_measured_series *measured,
			     const struct sb_measured_series *generated, struct sb_err *err);

#endif
