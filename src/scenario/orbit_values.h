/* SPDX-License-Identifier: MIT */
/* orbit_values.h - what stands in [orbit]: shells, places, angles, instants, two-line elements */
#ifndef SATBED_SCENARIO_ORBIT_VALUES_H
#define SATBED_SCENARIO_ORBIT_VALUES_H

#include "satbed/scenario_values.h"

/* All of these: 0, or -1 with @err (SB_EINPUT) and @out not modified. */
int sb_read_shell(const char *text, struct sb_shell *out, struct sb_err *err);
/** sb_read_place() - "52.28N 8.05E" */
int sb_read_place(const char *text, struct sb_place *out, struct sb_err *err);
/** sb_read_degrees() - "25deg", in millionths of a degree */
int sb_read_degrees(const char *text, int64_t *out_udeg, struct sb_err *err);
/** sb_read_utc() - "2026-01-01T00:00:00Z", in ns since 1970 */
int sb_read_utc(const char *text, int64_t *out_ns, struct sb_err *err);
/**
 * sb_tle_read() - two-line elements, each with or without a line of its name before, or orbit
 * mean-elements messages as CSV, JSON or XML
 * @name:	of the file, for messages; @text: not trusted
 * @out:	@list and @count are set, the list is the caller's to free
 */
int sb_tle_read(const char *name, const char *text, size_t len, struct sb_tle *out,
		struct sb_err *err);

/** sb_tle_leave_out_old() - those that are too old, or too new, at @start_ns, unless all are; returns
 * how many, @why is of the last */
size_t sb_tle_leave_out_old(struct sb_tle *tle, int64_t start_ns, char *why, size_t size);

/** sb_shell_names - "starlink-shell-1|..." */
extern const char sb_shell_names[];

#endif
