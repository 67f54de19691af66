/* SPDX-License-Identifier: MIT */
/* series_read.h - the kinds of files that series come in; see sb_series_parse() */
#ifndef SATBED_LEARN_SERIES_READ_H
#define SATBED_LEARN_SERIES_READ_H

#include "satbed/learn_series.h"

/** sb_series_check() - is it a value that such a series may have? (series.c) */
int sb_series_check(const char *name, enum sb_series_kind kind, double value, struct sb_err *err);
/** sb_series_read_csv() - a first line of names: a time, the value, and perhaps the test it is of */
int sb_series_read_csv(const char *name, const char *text, enum sb_series_kind kind,
		       struct sb_measured_series *out, struct sb_err *err);
/** sb_series_read_json() - of irtt or iperf3 */
int sb_series_read_json(const char *name, const char *text, enum sb_series_kind kind,
			struct sb_measured_series *out, struct sb_err *err);

#endif
