/* SPDX-License-Identifier: MIT */
/* netem_table.h - netem's .dist tables */
#ifndef SATBED_SCENARIO_NETEM_TABLE_H
#define SATBED_SCENARIO_NETEM_TABLE_H

#include "satbed/scenario_values.h"

/**
 * sb_netem_table_read() - a .dist table, scaled as netem does to the standard deviation @out has
 * @text:	of @len bytes, not trusted
 * @out:	only its samples are set, in ns, ascending, the caller's to free; untouched on failure
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the line
 */
int sb_netem_table_read(const char *name, const char *text, size_t len, struct sb_jitter *out,
			struct sb_err *err);

#endif
