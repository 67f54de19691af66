/* SPDX-License-Identifier: MIT */
/* suggest.h - "did you mean ...?" */
#ifndef SATBED_BASE_SUGGEST_H
#define SATBED_BASE_SUGGEST_H

/**
 * sb_suggest() - the word that was probably meant
 * @words:	to choose from, ends with NULL
 *
 * Return: one of @words, or NULL when none is close
 */
const char *sb_suggest(const char *typed, const char *const *words);

#endif
