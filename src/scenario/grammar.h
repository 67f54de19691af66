/* SPDX-License-Identifier: MIT */
/* grammar.h - values of more than one word: losses, distributions, queues, comparisons */
#ifndef SATBED_SCENARIO_GRAMMAR_H
#define SATBED_SCENARIO_GRAMMAR_H

#include "schema.h"

#define SB_MAX_WORDS 64
#define PPM	     INT64_C(1000000)

/** struct sb_words - a text cut at separators; the words live in @copy */
struct sb_words {
	size_t count;
	const char *word[SB_MAX_WORDS];
	char copy[256];
};

/* All of these: 0, or -1 with @err and @out not modified. */
int sb_split_words(const char *text, const char *separators, struct sb_words *out,
		   struct sb_err *err);
int sb_read_count(const char *text, uint64_t *out, struct sb_err *err);
int sb_read_queue(const char *text, struct sb_queue_written *out, struct sb_err *err);
/* loss.c */
int sb_read_loss(const char *text, struct sb_loss *out, struct sb_err *err);
int sb_read_discipline(const char *text, struct sb_discipline *out, struct sb_err *err);
/** sb_read_loss_written() - per packet as sb_read_loss() has it, by time, or by number */
int sb_read_loss_written(const char *text, struct sb_loss_written *out, struct sb_err *err);

/* What is drawn decides which distributions make sense and how their numbers are written. */
enum sb_draw_of { SB_DRAW_OF_LENGTH, SB_DRAW_OF_CHANGE, SB_DRAW_OF_FACTOR, SB_DRAW_OF_SPACING };
int sb_read_draw(enum sb_draw_of of, int64_t max, const char *text, struct sb_draw *out,
		 struct sb_err *err);
/* "quantiles p5 34mbit ..." as words; rates are not negative. */
enum sb_quantiles_of { SB_QUANTILES_OF_RATE, SB_QUANTILES_OF_TIME };
int sb_read_quantiles(enum sb_quantiles_of of, int64_t max, const struct sb_words *w,
		      struct sb_quantile_points *out, struct sb_err *err);
double sb_quantiles_mean(const struct sb_quantile_points *q);
double sb_quantiles_variance(const struct sb_quantile_points *q);
int sb_read_memory(const char *text, struct sb_memory *out, struct sb_err *err);
/** sb_read_expect() - relation, value, word and text of @out; its @what stays empty */
int sb_read_expect(const struct sb_key_row *row, const char *text, struct sb_expect *out,
		   struct sb_err *err);

/** sb_check_range() - @v, written as @text, lies within the row's bounds; 0, or -1 with @err */
int sb_check_range(const struct sb_key_row *row, const char *text, uint64_t v, struct sb_err *err);
/** sb_strip_suffix() - the number in front of @suffix, as text; false when @text does not end so */
bool sb_strip_suffix(const char *text, const char *suffix, char number[32]);
/** sb_word_index() - place of @text in "up|down|both", -1 when it is none of them */
int sb_word_index(const char *words, const char *text);
/** sb_fail_word() - "unknown word, expected one of; did you mean" */
int sb_fail_word(const char *words, const char *text, struct sb_err *err);

#endif
