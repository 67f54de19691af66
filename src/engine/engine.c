// SPDX-License-Identifier: MIT
/* engine.c - choosing what runs the nodes */
#include "satbed/engine.h"

#include <string.h>

#include "satbed/base/mem.h"

static const struct sb_engine_ops *const engines[] = {&sb_engine_native};

const struct sb_engine_ops *sb_engine_find(const char *name, struct sb_err *err)
{
	struct sb_err first = {0};

	for (size_t i = 0; i < SB_ARRAY_LEN(engines); i++) {
		struct sb_err why = {0};

		if (strcmp(name, "auto") && strcmp(name, engines[i]->name))
			continue;
		if (!engines[i]->probe(&why))
			return engines[i];
		sb_wrap(&why, "engine %s cannot run here", engines[i]->name);
		if (!first.code)
			first = why;
	}
	if (!first.code)
		sb_fail(&first, SB_EINPUT, 0,
			"there is no engine \"%s\"; this version has: auto, native", name);
	if (err)
		*err = first;
	return NULL;
}
