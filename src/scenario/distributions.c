// SPDX-License-Identifier: MIT
/* distributions.c - what is drawn, as it is written: uniform 1s 3s, normal 0ms 5ms, 3old+3new */
#include "grammar.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "satbed/base/units.h"

/* One number of a distribution, within -max to max. */
static int read_number(enum sb_draw_of of, int64_t max, const char *text, int64_t *out,
		       struct sb_err *err)
{
	char limit[SB_UNIT_BUF];
	uint64_t factor;
	int64_t v;
	int rc;

	if (of == SB_DRAW_OF_FACTOR) {
		rc = sb_parse_factor(text, &factor, err);
		v = rc ? 0 : (int64_t)factor;
		snprintf(limit, sizeof(limit), "%" PRId64, max / PPM);
	} else {
		rc = of == SB_DRAW_OF_CHANGE ? sb_parse_signed_time(text, &v, err)
					     : sb_parse_time(text, &v, err);
		sb_format_time(limit, max);
	}
	if (rc)
		return -1;
	if (v > max || v < -max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected at most %s",
			       text, limit);
	*out = v;
	return 0;
}

static int expect_words(const struct sb_words *w, size_t count, const char *example,
			struct sb_err *err)
{
	if (w->count == count)
		return 0;
	return sb_fail(err, SB_EINPUT, 0, "%s with %zu numbers, expected for example \"%s\"",
		       w->word[0], w->count - 1, example);
}

static int read_pair(enum sb_draw_of of, int64_t max, const char *a, const char *b,
		     struct sb_draw *d, struct sb_err *err)
{
	return read_number(of, max, a, &d->a, err) || read_number(of, max, b, &d->b, err) ? -1 : 0;
}

static int read_uniform(enum sb_draw_of of, int64_t max, const struct sb_words *w,
			struct sb_draw *d, struct sb_err *err)
{
	d->kind = SB_DRAW_UNIFORM;
	if (expect_words(w, 3, of == SB_DRAW_OF_FACTOR ? "uniform 0.6 1.2" : "uniform 10ms 20ms",
			 err) ||
	    read_pair(of, max, w->word[1], w->word[2], d, err))
		return -1;
	if (d->a > d->b)
		return sb_fail(err, SB_EINPUT, 0, "uniform from \"%s\" to the smaller \"%s\"",
			       w->word[1], w->word[2]);
	return 0;
}

static int read_normal(enum sb_draw_of of, int64_t max, const struct sb_words *w, struct sb_draw *d,
		       struct sb_err *err)
{
	d->kind = SB_DRAW_NORMAL;
	if (expect_words(w, 3, "normal 0ms 5.5ms", err) ||
	    read_pair(of, max, w->word[1], w->word[2], d, err))
		return -1;
	return d->b >= 0 ? 0
			 : sb_fail(err, SB_EINPUT, 0,
				   "a standard deviation of \"%s\" is below zero", w->word[2]);
}

static int read_lognormal(enum sb_draw_of of, int64_t max, const struct sb_words *w,
			  struct sb_draw *d, struct sb_err *err)
{
	d->kind = SB_DRAW_LOGNORMAL;
	if (w->count != 5 || strcmp(w->word[1], "p50") || strcmp(w->word[3], "p90"))
		return sb_fail(err, SB_EINPUT, 0,
			       "lognormal needs two quantiles, expected for example \"lognormal "
			       "p50 93ms p90 192ms\"");
	if (read_pair(of, max, w->word[2], w->word[4], d, err))
		return -1;
	if (!d->a || d->b < d->a)
		return sb_fail(err, SB_EINPUT, 0, "p50 must be above zero and p90 not below p50");
	return 0;
}

/* "3old+3new", with blanks or without. */
static int read_old_new(const char *text, struct sb_draw *d, struct sb_err *err)
{
	char old_part[32], new_part[32];
	uint64_t old_ppm, new_ppm;
	struct sb_words w;

	if (sb_split_words(text, " \t+", &w, err))
		return -1;
	if (w.count != 2 || !sb_strip_suffix(w.word[0], "old", old_part) ||
	    !sb_strip_suffix(w.word[1], "new", new_part))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not an outage; expected for example 3old+3new", text);
	if (sb_parse_factor(old_part, &old_ppm, err) || sb_parse_factor(new_part, &new_ppm, err))
		return -1;
	if (old_ppm > (uint64_t)(1000 * PPM) || new_ppm > (uint64_t)(1000 * PPM))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is out of range, expected at most 1000 times the delay",
			       text);
	*d = (struct sb_draw){SB_DRAW_OLD_NEW, (int64_t)old_ppm, (int64_t)new_ppm};
	return 0;
}

int sb_read_draw(enum sb_draw_of of, int64_t max, const char *text, struct sb_draw *out,
		 struct sb_err *err)
{
	static const char *const kinds[] = {
	    [SB_DRAW_OF_LENGTH] = "uniform|lognormal|exponential|alternate",
	    [SB_DRAW_OF_CHANGE] = "uniform|normal|alternate",
	    [SB_DRAW_OF_FACTOR] = "uniform|alternate",
	    [SB_DRAW_OF_SPACING] = "uniform|exponential",
	};
	struct sb_draw d = {0};
	struct sb_words w;
	int rc;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	if (of == SB_DRAW_OF_LENGTH && strstr(text, "old")) {
		rc = read_old_new(text, &d, err);
	} else if (!isalpha((unsigned char)w.word[0][0])) {
		if (w.count != 1)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "\"%s\" after \"%s\", expected one value or a distribution (%s)",
			    w.word[1], w.word[0], kinds[of]);
		rc = read_number(of, max, w.word[0], &d.a, err);
	} else if (sb_word_index(kinds[of], w.word[0]) < 0) {
		rc = sb_fail_word(kinds[of], w.word[0], err);
	} else if (!strcmp(w.word[0], "uniform")) {
		rc = read_uniform(of, max, &w, &d, err);
	} else if (!strcmp(w.word[0], "normal")) {
		rc = read_normal(of, max, &w, &d, err);
	} else if (!strcmp(w.word[0], "alternate")) {
		d.kind = SB_DRAW_ALTERNATE;
		rc = expect_words(
			 &w, 3, of == SB_DRAW_OF_FACTOR ? "alternate 0.5 1" : "alternate 35ms 0ms",
			 err) ||
		     read_pair(of, max, w.word[1], w.word[2], &d, err);
	} else if (!strcmp(w.word[0], "lognormal")) {
		rc = read_lognormal(of, max, &w, &d, err);
	} else {
		d.kind = SB_DRAW_EXPONENTIAL;
		rc = expect_words(&w, 2, "exponential 2s", err) ||
		     read_number(of, max, w.word[1], &d.a, err);
	}
	if (rc)
		return -1;
	*out = d;
	return 0;
}
