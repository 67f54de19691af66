/* SPDX-License-Identifier: MIT */
/* state.h - what a suite was begun with, so that it can be gone on with; private to src/suite */
#ifndef SATBED_SUITE_STATE_H
#define SATBED_SUITE_STATE_H

#include <cjson/cJSON.h>

#include "satbed/suite.h"

/** struct sb_suite - @o: as given, or as read; @json: what read texts are part of, NULL = none were */
struct sb_suite {
	const char *name;
	struct sb_suite_options o;
	const char **sets;
	cJSON *json;
};

/** sb_suite_save() - @directory/state.json; 0, or -1 with @err */
int sb_suite_save(const char *directory, const struct sb_suite *s, struct sb_err *err);
/** sb_suite_load() - from @s->o.resume, over @s; the file is not trusted; 0, or -1 with @err */
int sb_suite_load(struct sb_suite *s, struct sb_err *err);
void sb_suite_fini(struct sb_suite *s);

#endif
