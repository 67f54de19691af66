// SPDX-License-Identifier: MIT
/* verdict_text.c - what may be said of an arm, in words that claim no more than the intervals */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quantity.h"
#include "result.h"
#include "satbed/base/mem.h"
#include "satbed/base/textstream.h"

static const struct sb_result_row *row_of(const struct sb_compared *r, size_t i, enum sb_pass pass,
					  size_t arm)
{
	const struct sb_result_row *row = &r->rows[i];

	return row->pass == pass && row->paired[arm].pairs ? row : NULL;
}

/* "goodput.bulk is lower by 8.1 to 8.4 Mbit/s (0.089 times)" */
static void say_difference(FILE *to, const struct sb_result_row *row, size_t arm)
{
	const struct sb_paired *p = &row->paired[arm];
	struct sb_scale scale =
	    sb_scale_for(row->unit, fmax(fabs(p->strict.low), fabs(p->strict.high)));
	double low = fmin(fabs(p->strict.low), fabs(p->strict.high));
	double high = fmax(fabs(p->strict.low), fabs(p->strict.high));

	fprintf(to, "%s is %s by %.3g to %.3g%s%s", row->name,
		row->finding[arm] == SB_LOWER ? "lower" : "higher", low / scale.by, high / scale.by,
		*scale.name ? " " : "", scale.name);
	if (isfinite(p->ratio))
		fprintf(to, " (%.3g times)", p->ratio);
}

static void say_none(FILE *to, const struct sb_result_row *row, size_t arm)
{
	const struct sb_paired *p = &row->paired[arm];
	struct sb_scale scale =
	    sb_scale_for(row->unit, fmax(fabs(p->strict.low), fabs(p->strict.high)));

	fprintf(to, "%s (%+.3g to %+.3g%s%s)", row->name, p->strict.low / scale.by,
		p->strict.high / scale.by, *scale.name ? " " : "", scale.name);
}

/* All rows of one finding; how many there were. */
static size_t say_all(FILE *to, const struct sb_compared *r, enum sb_pass pass, size_t arm,
		      bool differs)
{
	size_t said = 0;

	for (size_t i = 0; i < r->row_count; i++) {
		const struct sb_result_row *row = row_of(r, i, pass, arm);
		bool is_different;

		if (!row || row->finding[arm] == SB_TOO_FEW)
			continue;
		is_different = row->finding[arm] != SB_NO_DIFFERENCE;
		if (is_different != differs)
			continue;
		if (said++)
			fputs(", ", to);
		else if (!differs)
			fputs("no difference found in ", to);
		if (differs)
			say_difference(to, row, arm);
		else
			say_none(to, row, arm);
	}
	return said;
}

char *sb_compared_verdict(const struct sb_compared *r, enum sb_pass pass, size_t arm)
{
	size_t pairs = 0, family = r->family[pass][arm], len, said;
	size_t needed = sb_pairs_needed(family ? family : 1);
	char *text = NULL;
	FILE *to = sb_textstream_open(&text, &len);

	for (size_t i = 0; i < r->row_count; i++)
		if (row_of(r, i, pass, arm) && r->rows[i].paired[arm].pairs > pairs)
			pairs = r->rows[i].paired[arm].pairs;
	if (!pairs) {
		fputs("nothing to compare: no round in which both ran", to);
	} else if (pairs < needed) {
		fprintf(to,
			"%zu round%s %s too few to say of %zu values with 95 %% certainty "
			"which differ: it takes %zu",
			pairs, pairs == 1 ? "" : "s", pairs == 1 ? "is" : "are", family, needed);
	} else {
		said = say_all(to, r, pass, arm, true);
		if (said)
			fputs("; ", to);
		if (!say_all(to, r, pass, arm, false))
			fputs(said ? "every value differs" : "nothing to compare", to);
	}
	sb_textstream_close(to, &text);
	return text;
}
