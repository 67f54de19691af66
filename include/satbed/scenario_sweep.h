/* SPDX-License-Identifier: MIT */
/* scenario_sweep.h - [sweep] of a scenario, or of a file of its own that names one */
#ifndef SATBED_SCENARIO_SWEEP_H
#define SATBED_SCENARIO_SWEEP_H

#include <stddef.h>

#include "satbed/base/err.h"

/** struct sb_sweep_entry - "vary.flow.bulk.cc" and "cubic, bbr" */
struct sb_sweep_entry {
	char *key, *value;
};

/**
 * struct sb_sweep_section - as written; what keys and values mean is the sweep's
 * @scenario:	path of the scenario that the file is about; NULL = the file is one itself
 */
struct sb_sweep_section {
	char *scenario;
	struct sb_sweep_entry *entries;
	size_t count, room;
};

/**
 * sb_sweep_section_read() - of a file, which may have none
 * @out:	sb_sweep_section_fini() frees it
 *
 * Of a scenario, only [sweep] is looked at.
 *
 * Return: 0, or -1 with @err
 */
int sb_sweep_section_read(const char *path, struct sb_sweep_section *out, struct sb_err *err);
void sb_sweep_section_fini(struct sb_sweep_section *s);

#endif
