/* SPDX-License-Identifier: MIT */
/* sweep_section.h - [sweep] for the files of src/scenario alone */
#ifndef SATBED_SCENARIO_SWEEP_SECTION_H
#define SATBED_SCENARIO_SWEEP_SECTION_H

#include "sections.h"

/** sb_sweep_section_check() - keys that [sweep] does not know go to @f */
void sb_sweep_section_check(const struct sb_ini_section *from, struct sb_findings *f);
/** sb_sweep_section_scenario() - the scenario that the file of a sweep names; NULL: it is a scenario itself */
const char *sb_sweep_section_scenario(const struct sb_ini *ini);

#define SB_SWEEP_HELP                                                                           \
	"What satbed sweep varies; every other command passes it over. It may also stand in a " \
	"file of its own, which names the scenario. The command line adds to it."

/** sb_sweep_form() - what may stand in [sweep], with @help and @example; sb_sweep_forms() of them */
const char *sb_sweep_form(size_t i, const char **help, const char **example);
size_t sb_sweep_forms(void);

#endif
