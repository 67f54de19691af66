// SPDX-License-Identifier: MIT
/* suggest.c - the word that was probably meant: the one fewest slips of the finger away */
#include "satbed/base/suggest.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

#define MAX_WORD 40

/* Insertions, deletions, changes and swaps of neighbours from one word to the other. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows[3][MAX_WORD + 1];
	size_t n = strlen(a), m = strlen(b);

	if (n > MAX_WORD || m > MAX_WORD)
		return MAX_WORD;
	for (size_t j = 0; j <= m; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		const size_t *above = rows[(i - 1) % 3], *two_above = rows[(i + 1) % 3];
		size_t *row = rows[i % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = smallest(above[j] + 1, row[j - 1] + 1,
					  above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1 < row[j])
				row[j] = two_above[j - 2] + 1;
		}
	}
	return rows[n % 3][m];
}

const char *sb_suggest(const char *typed, const char *const *words)
{
	size_t best = 1 + (strlen(typed) + 1) / 3;
	const char *found = NULL;

	for (; *words; words++) {
		size_t d = strcasecmp(typed, *words) ? edit_distance(typed, *words) : 0;

		if (d < best && d < strlen(*words)) {
			best = d;
			found = *words;
		}
	}
	return found;
}
