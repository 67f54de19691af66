/* SPDX-License-Identifier: MIT */
/* fault.h - the file that all processes of a run under fault.c share */
#ifndef SATBED_TESTS_FAULT_H
#define SATBED_TESTS_FAULT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define FAULT_SITES 8192
#define FAULT_BYTES 1048576 /* of the file: more than the structure has */

/** struct fault_site - @hash 0: no place; @name: FUNCTION@PROGRAM */
struct fault_site {
	_Atomic uint64_t hash;
	char name[48];
};

/** struct fault_file - @hit: the place that was to fail has */
struct fault_file {
	atomic_int hit;
	struct fault_site sites[FAULT_SITES];
};

_Static_assert(sizeof(struct fault_file) < FAULT_BYTES, "the file is large enough");

#endif
