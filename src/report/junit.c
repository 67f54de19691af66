// SPDX-License-Identifier: MIT
/* junit.c - cases for a CI server; what XML cannot hold at all is cleaned */
#include "satbed/junit.h"

#include <stdlib.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

void sb_junit_add(struct sb_junit *j, const char *suite, const char *name, bool failed,
		  const char *message)
{
	j->cases = sb_grow(j->cases, j->count, &j->room, sizeof(*j->cases));
	j->cases[j->count++] = (struct sb_junit_case){.suite = sb_clean(suite),
						      .name = sb_clean(name),
						      .message = sb_clean(message),
						      .failed = failed};
}

void sb_junit_fini(struct sb_junit *j)
{
	for (size_t i = 0; i < j->count; i++) {
		free(j->cases[i].suite);
		free(j->cases[i].name);
		free(j->cases[i].message);
	}
	free(j->cases);
	*j = (struct sb_junit){0};
}
