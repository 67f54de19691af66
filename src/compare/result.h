/* SPDX-License-Identifier: MIT */
/* result.h - what the runs of a comparison come to; renderers never compute */
#ifndef SATBED_COMPARE_RESULT_H
#define SATBED_COMPARE_RESULT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

#include "state.h"
#include "stats.h"

/**
 * struct sb_result_row - one value in one pass, of all arms
 * @numbers:	[arm * rounds + round], NAN where a round has none
 * @spread, @paired, @finding: by arm; the last two mean nothing for the baseline, arm 0
 */
struct sb_result_row {
	char name[SB_READING_NAME];
	const char *unit;
	enum sb_pass pass;
	double *numbers;
	struct sb_summary spread[SB_MAX_ARMS];
	struct sb_paired paired[SB_MAX_ARMS];
	enum sb_difference finding[SB_MAX_ARMS];
};

/**
 * struct sb_judged - one expectation, held against the median of an arm's rounds
 * @value:	NAN where a round has none; of fidelity that of the worst round (enum sb_fate)
 * @rounds:	that were looked at
 */
struct sb_judged {
	size_t arm, rounds;
	const struct sb_expect *expect;
	bool met;
	double value;
};

/**
 * struct sb_compared - all of it
 * @cells:	by sb_cell_index(); borrowed
 * @missing:	slots without a usable run; @invalid, @broken: attempts
 * @family:	[pass][arm]: values judged together
 * @complete:	every slot has a usable run, or has been tried often enough
 */
struct sb_compared {
	const struct sb_comparison *c;
	const struct sb_cell *cells;
	struct sb_result_row *rows;
	size_t row_count, row_room;
	struct sb_judged *judged;
	size_t judged_count;
	size_t missing, invalid, broken;
	size_t family[SB_PASSES][SB_MAX_ARMS];
	bool complete, interrupted;
};

size_t sb_cell_index(const struct sb_comparison *c, enum sb_pass pass, size_t arm, size_t round);
/** sb_compared_make() - @out: sb_compared_fini() by the caller */
void sb_compared_make(const struct sb_comparison *c, const struct sb_cell *cells, bool interrupted,
		      struct sb_compared *out);
void sb_compared_fini(struct sb_compared *r);
/** sb_compared_verdict() - of one arm against the baseline, in words; the caller's to free */
char *sb_compared_verdict(const struct sb_compared *r, enum sb_pass pass, size_t arm);
/** sb_compared_facts() - of the arm's first usable run, NULL = there is none */
const cJSON *sb_compared_facts(const struct sb_compared *r, enum sb_pass pass, size_t arm);

struct sb_junit;
/** sb_compared_junit() - a suite for each arm: that each round has a usable run, and [expect] */
void sb_compared_junit(const struct sb_compared *r, struct sb_junit *out);
/** sb_compared_json() - compare.json; the caller's to delete */
cJSON *sb_compared_json(const struct sb_compared *r);
/** sb_compared_csv() - a line for every attempt; the caller's to free */
char *sb_compared_csv(const struct sb_compared *r);
void sb_compared_text(FILE *to, const struct sb_compared *r, bool colour);

#endif
