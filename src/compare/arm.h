/* SPDX-License-Identifier: MIT */
/* arm.h - one column of a comparison: engine, path, placement, backend, and what else is set */
#ifndef SATBED_COMPARE_ARM_H
#define SATBED_COMPARE_ARM_H

#include <stddef.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/**
 * struct sb_arm - start zeroed
 * @name:	as it was given, or as the arm was written; made unique by "#2" where it was written twice
 * @sets:	section.key=value, each the arm's own
 * @plan:	of the shaped runs; @unshaped: the same without a link, NULL where not asked for
 */
struct sb_arm {
	char *name;
	char **sets;
	size_t set_count, set_room;
	struct sb_plan *plan, *unshaped;
};

#define SB_ARM_NAME_MAX 40

/**
 * sb_arm_parse() - [NAME=]ENGINE[:PATH[:PLACEMENT]][:BACKEND][,SECTION.KEY=VALUE...]
 *
 * The engine may be an address ("unix:///run/docker.sock"), whose own colons stay.  Or [NAME=] and
 * nothing but SECTION.KEY=VALUE, with the scenario's own engine; of [testbed], "clock", "kernel" and
 * "pep" need no section.
 *
 * Return: 0, or -1 with @err (SB_EINPUT); @out is then not modified
 */
int sb_arm_parse(const char *text, struct sb_arm *out, struct sb_err *err);
void sb_arm_fini(struct sb_arm *arm);
/** sb_arm_slug() - a name for files: a2-native-slirp-inside for the second one */
void sb_arm_slug(char *buf, size_t size, const struct sb_arm *arm, size_t index);

#endif
