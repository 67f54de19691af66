/* SPDX-License-Identifier: MIT */
/* check.h - rules across the keys of a scenario */
#ifndef SATBED_SCENARIO_CHECK_H
#define SATBED_SCENARIO_CHECK_H

#include "satbed/scenario_values.h"

void sb_scenario_check(const struct sb_scenario *sc, struct sb_findings *f);

#endif
