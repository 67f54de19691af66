/* SPDX-License-Identifier: MIT */
/* compare_readings.h - the values of one run that arms are compared by, out of its run.json */
#ifndef SATBED_COMPARE_READINGS_H
#define SATBED_COMPARE_READINGS_H

#include <cjson/cJSON.h>
#include <stddef.h>

#include "satbed/base/err.h"

#define SB_READING_NAME 80

/**
 * struct sb_reading - one value
 * @name:	"goodput.bulk", as in [expect] where that has it; of a flow with several clients or
 *		directions "goodput.bulk.client2.up"
 * @unit:	"bit/s", "ms", "s/GB", "" for counts and shares; static
 * @number:	NAN where the run has none
 */
struct sb_reading {
	char name[SB_READING_NAME];
	const char *unit;
	double number;
};

struct sb_readings {
	struct sb_reading *items;
	size_t count, room;
};

/** sb_readings_take() - from a run.json, which is not trusted: what is not there is left out */
void sb_readings_take(const cJSON *run, struct sb_readings *out);
void sb_readings_fini(struct sb_readings *r);
/** sb_readings_find() - by name; NAN where there is none */
double sb_readings_find(const struct sb_readings *r, const char *name);

/**
 * sb_facts_take() - what is the same in every run of an arm: engine, backend, MTU, who ends TCP,
 * the options of each leg's handshake; the caller's to delete
 */
cJSON *sb_facts_take(const cJSON *run);

#endif
