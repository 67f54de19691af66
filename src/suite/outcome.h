/* SPDX-License-Identifier: MIT */
/* outcome.h - what came of a suite's run; private to src/suite */
#ifndef SATBED_SUITE_OUTCOME_H
#define SATBED_SUITE_OUTCOME_H

#include <cjson/cJSON.h>

#include "satbed/base/text_table.h"
#include "satbed/batch.h"
#include "satbed/suite.h"

/**
 * struct sb_suite_outcome - of one run; NAN = not measured
 * @verdict:	of its fidelity; "-" = there is none
 * @directory:	of the attempt that counts, or of the last one
 * @next:	of the next attempt
 * @spent:	attempts that count against the retries
 */
struct sb_suite_outcome {
	double seconds, goodput_bps, retransmits;
	char verdict[16];
	bool complete, failed, filled, unsupported;
	enum sb_fate fate;
	size_t spent;
	char *directory, *next, *why;
};

/** sb_outcome_read() - from a run.json */
void sb_outcome_read(struct sb_suite_outcome *o, const cJSON *json);
/** sb_outcome_judge() - "pass", "fail", or what stands in the way of either; @o.failed */
const char *sb_outcome_judge(const struct sb_suite_case *c, struct sb_suite_outcome *o);
cJSON *sb_outcome_json(const struct sb_suite_case *c, const struct sb_suite_outcome *o,
		       const char *result);
/** sb_outcome_table() - for cases such as @c; sb_outcome_print(): a row of it */
struct sb_text_table sb_outcome_table(FILE *to, const struct sb_suite_case *c);
void sb_outcome_print(struct sb_text_table *t, const struct sb_suite_case *c,
		      const struct sb_suite_outcome *o, const char *result);
/** sb_outcome_print_notes() - each link of whose objectives there is something to be said, once */
void sb_outcome_print_notes(FILE *to, const struct sb_suite_case *cases, size_t count);

#endif
