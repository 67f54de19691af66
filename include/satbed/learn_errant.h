/* SPDX-License-Identifier: MIT */
/*
 * learn_errant.h - a link out of the tables of ERRANT, an emulator of mobile and satellite access
 *
 * Three tables are told apart by their columns: profiles (means of an operator, country, technology and
 * signal quality), speed tests (one a row, which ERRANT's models are made of), and its log (which
 * values were played when).  Pure: nothing is read but the text.
 */
#ifndef SATBED_LEARN_ERRANT_H
#define SATBED_LEARN_ERRANT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/base/err.h"

enum sb_errant_kind { SB_ERRANT_PROFILES, SB_ERRANT_TESTS, SB_ERRANT_LOG };

/** struct sb_errant_row - rates in Mbit/s, round trips in ms; @rtt_deviation_ms: of profiles alone;
 * @at_s: of the log alone, since 1970; @quality: empty where the table has none */
struct sb_errant_row {
	char operator[32], country[32], technology[16], quality[16];
	double down_mbit, up_mbit, rtt_ms, rtt_deviation_ms, at_s;
};

struct sb_errant {
	enum sb_errant_kind kind;
	size_t count;
	struct sb_errant_row *rows;
};

/** sb_errant_is() - does a file that begins with @text have the columns of one of these tables? */
bool sb_errant_is(const char *text);
/**
 * sb_errant_read() - all rows of a table
 * @text:	ends with a NUL, not trusted
 * @out:	the caller's to sb_errant_fini(); zeroed on failure
 *
 * Return: 0, or -1 with @err (SB_EINPUT) naming the line
 */
int sb_errant_read(const char *name, const char *text, struct sb_errant *out, struct sb_err *err);
/**
 * sb_errant_choose() - keep the rows of one profile
 * @profile:	"operator,country,technology,quality", or the first of these; NULL = there is one only
 *
 * Return: 0, or -1 with @err (SB_EINPUT) listing the profiles there are
 */
int sb_errant_choose(const char *name, struct sb_errant *e, const char *profile,
		     struct sb_err *err);
void sb_errant_fini(struct sb_errant *e);

/**
 * sb_errant_write() - the rows of one profile as a scenario, each value with its evidence
 * @period_ns:	rates and delays are drawn anew so often; 0 = once for the run
 * @traces:	of the log: names of the files that hold what was played, up and down
 */
void sb_errant_write(FILE *to, const struct sb_errant *e, const char *name, const char *from,
		     int64_t period_ns, const char *const traces[2]);
/** sb_errant_write_trace() - what the log played in one direction, as columns; @up: with the delay */
void sb_errant_write_trace(FILE *to, const struct sb_errant *e, bool up);

#endif
