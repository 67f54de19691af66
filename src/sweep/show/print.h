/* SPDX-License-Identifier: MIT */
/* print.h - groups of a sweep as a table and as JSON; private to src/sweep */
#ifndef SATBED_SWEEP_SHOW_PRINT_H
#define SATBED_SWEEP_SHOW_PRINT_H

#include <stdio.h>

#include "groups.h"

/** sb_sweep_print_text() - a row for each group; @s has a value */
void sb_sweep_print_text(FILE *to, const struct sb_sweep_groups *s);
/** sb_sweep_print_json() - the same as one JSON object */
void sb_sweep_print_json(FILE *to, const struct sb_sweep_groups *s);

#endif
