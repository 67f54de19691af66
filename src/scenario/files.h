/* SPDX-License-Identifier: MIT */
/* files.h - what a scenario takes from other files, from beside its own */
#ifndef SATBED_SCENARIO_FILES_H
#define SATBED_SCENARIO_FILES_H

#include "satbed/scenario_values.h"

/**
 * sb_scenario_read_files() - read what values name; what goes wrong goes to @f
 * @beside:	the scenario's own path: relative paths are seen from its directory; "" = from the
 *		current one; NULL = files may not be read at all
 */
void sb_scenario_read_files(struct sb_scenario *sc, const char *beside, struct sb_findings *f);

/**
 * sb_jitter_table_read() - deviations to draw from: delay_ms (_us, _s) and then one value a line, or
 * where @out has a standard deviation one of netem's .dist tables
 * @out:	only its samples are set, sorted, the caller's to free
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the line
 */
int sb_jitter_table_read(const char *name, const char *text, size_t len, struct sb_jitter *out,
			 struct sb_err *err);

#endif
