/* SPDX-License-Identifier: MIT */
/* short.h - values as the cells of a run's table; private to src/report/text */
#ifndef SATBED_REPORT_TEXT_SHORT_H
#define SATBED_REPORT_TEXT_SHORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "satbed/analysis.h"
#include "satbed/base/err.h"

/** struct sb_short - the text of one, by value */
struct sb_short {
	char s[48];
};

struct sb_short sb_short(const char *fmt, ...) SB_PRINTF(1, 2);
/* What is not finite, or not @known, is "-". */
struct sb_short sb_short_rate(double bps);
struct sb_short sb_short_bytes(uint64_t bytes);
struct sb_short sb_short_ms(bool known, double ms);
struct sb_short sb_short_loss(double fraction);
/** sb_short_count() - "-" below 0 */
struct sb_short sb_short_count(int64_t count);

/** sb_verdict_colour() - the code of an escape: the word is always there, colour only underlines it */
const char *sb_verdict_colour(enum sb_verdict v);
/** sb_print_coloured() - @word, in colour @code where @colour */
void sb_print_coloured(FILE *to, bool colour, const char *code, const char *word);
/** sb_print_clean() - a text of others', made harmless */
void sb_print_clean(FILE *to, const char *text);

#endif
