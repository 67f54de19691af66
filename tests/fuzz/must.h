/* SPDX-License-Identifier: MIT */
/* must.h - what a fuzz target holds: MUST(CONDITION) names it and ends the program where it does not */
#ifndef SATBED_TESTS_FUZZ_MUST_H
#define SATBED_TESTS_FUZZ_MUST_H

#include <stdio.h>
#include <stdlib.h>

#define MUST(condition)                                              \
	do {                                                         \
		if (!(condition)) {                                  \
			fprintf(stderr, "broken: %s\n", #condition); \
			abort();                                     \
		}                                                    \
	} while (0)

#endif
