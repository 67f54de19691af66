/* SPDX-License-Identifier: MIT */
/* sections.h - sections, keys and the lines they stand on; knows no key of satbed's */
#ifndef SATBED_SCENARIO_SECTIONS_H
#define SATBED_SCENARIO_SECTIONS_H

#include <stddef.h>

#include "satbed/scenario_values.h"

struct sb_ini_entry {
	int place;
	char *key, *value;
};

struct sb_ini_section {
	int place;
	char *name;
	size_t count, room;
	struct sb_ini_entry *entries;
};

struct sb_ini {
	size_t count, room;
	struct sb_ini_section *sections; /* as they come; the same name may come twice */
};

/** sb_ini_read() - @out zeroed, filled with all that can be read; the rest goes to @f */
void sb_ini_read(const char *text, size_t len, struct sb_findings *f, struct sb_ini *out);
/** sb_ini_set() - apply "section.key=value" as the @n-th (from 0) override */
void sb_ini_set(struct sb_ini *ini, const char *set, size_t n, struct sb_findings *f);
void sb_ini_fini(struct sb_ini *ini);

#endif
