/* SPDX-License-Identifier: MIT */
/* junit.h - what held and what did not, as JUnit XML for a CI server */
#ifndef SATBED_JUNIT_H
#define SATBED_JUNIT_H

#include <stdbool.h>
#include <stddef.h>

#include "satbed/base/err.h"

/**
 * struct sb_junit_case - one thing that was to hold
 * @suite:	cases of one suite follow each other
 * @message:	what was measured; of a failure also why
 */
struct sb_junit_case {
	char *suite, *name, *message;
	bool failed;
};

/** struct sb_junit - start zeroed; @name: of the whole */
struct sb_junit {
	struct sb_junit_case *cases;
	size_t count, room;
};

/** sb_junit_add() - all texts are copied; control characters become '?' */
void sb_junit_add(struct sb_junit *j, const char *suite, const char *name, bool failed,
		  const char *message);
/** sb_junit_write() - whole or not at all; 0 or -1 with @err */
int sb_junit_write(const struct sb_junit *j, const char *path, struct sb_err *err);
void sb_junit_fini(struct sb_junit *j);

#endif
