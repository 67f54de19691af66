// SPDX-License-Identifier: MIT
/* grammar.c - values of more than one word: losses, distributions, queues, comparisons */
#include "grammar.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/units.h"

#define PPM INT64_C(1000000)

int sb_split_words(const char *text, const char *separators, struct sb_words *out,
		   struct sb_err *err)
{
	char *rest;

	*out = (struct sb_words){0};
	if (sb_copy_str(out->copy, sizeof(out->copy), text))
		return sb_fail(err, SB_EINPUT, 0, "the value is too long");
	for (char *w = strtok_r(out->copy, separators, &rest); w;
	     w = strtok_r(NULL, separators, &rest)) {
		if (out->count == SB_MAX_WORDS)
			return sb_fail(err, SB_EINPUT, 0, "more than %d words", SB_MAX_WORDS);
		out->word[out->count++] = w;
	}
	return out->count ? 0 : sb_fail(err, SB_EINPUT, 0, "\"%s\" is empty", text);
}

int sb_read_count(const char *text, uint64_t *out, struct sb_err *err)
{
	size_t digits = strspn(text, "0123456789");

	if (!digits || text[digits])
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a whole number", text);
	if (sb_parse_digits(text, UINT64_MAX, out))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is too large", text);
	return 0;
}

int sb_word_index(const char *words, const char *text)
{
	size_t len = strlen(text);

	for (int n = 0;; n++) {
		size_t this = strcspn(words, "|");

		if (this == len && !strncmp(words, text, len))
			return n;
		if (!words[this])
			return -1;
		words += this + 1;
	}
}

int sb_fail_word(const char *words, const char *text, struct sb_err *err)
{
	struct sb_words list;
	const char *near;

	if (sb_split_words(words, "|", &list, err))
		return -1;
	list.word[list.count] = NULL;
	near = sb_suggest(text, list.word);
	if (near)
		return sb_fail(err, SB_EINPUT, 0,
			       "unknown word \"%s\", expected %s; did you mean \"%s\"?", text,
			       words, near);
	return sb_fail(err, SB_EINPUT, 0, "unknown word \"%s\", expected %s", text, words);
}

/* --- queue --- */

#define MAX_QUEUE_TIME	  (60 * SB_NS_PER_S)
#define MAX_QUEUE_PACKETS UINT64_C(1000000)
#define MAX_QUEUE_BYTES	  UINT64_C(4000000000)
#define MAX_QUEUE_BDP	  (100 * PPM)

/* The number in front of @suffix, as text; false when @text does not end so. */
static bool strip_suffix(const char *text, const char *suffix, char number[32])
{
	size_t len = strlen(text), cut = strlen(suffix);

	if (len <= cut || len - cut >= 32 || strcmp(text + len - cut, suffix))
		return false;
	len -= cut;
	/* "80 packets" as well as "80packets" */
	while (len > 1 && text[len - 1] == ' ')
		len--;
	memcpy(number, text, len);
	number[len] = '\0';
	return true;
}

static int check_queue(const char *text, const struct sb_queue *q, struct sb_err *err)
{
	static const struct {
		uint64_t max;
		const char *range;
	} limits[] = {
	    [SB_QUEUE_TIME] = {MAX_QUEUE_TIME, "a time up to 60s"},
	    [SB_QUEUE_PACKETS] = {MAX_QUEUE_PACKETS, "1packets to 1000000packets"},
	    [SB_QUEUE_BYTES] = {MAX_QUEUE_BYTES, "a size up to 4GB"},
	    [SB_QUEUE_BDP] = {MAX_QUEUE_BDP, "a multiple up to 100bdp"},
	};

	if (q->amount && q->amount <= limits[q->kind].max)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "\"%s\" is out of range, expected more than nothing and %s", text,
		       limits[q->kind].range);
}

int sb_read_queue(const char *text, struct sb_queue *out, struct sb_err *err)
{
	struct sb_queue q;
	char number[32];
	int64_t ns;

	if (text[strspn(text, "0123456789.")] == '\0')
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" has no unit, expected a time, packets, a size or bdp; did you mean "
		    "\"%spackets\"?",
		    text, text);
	if (strip_suffix(text, "bdp", number)) {
		q.kind = SB_QUEUE_BDP;
		if (sb_parse_factor(number, &q.amount, err))
			return -1;
	} else if (strip_suffix(text, "packets", number) || strip_suffix(text, "packet", number)) {
		q.kind = SB_QUEUE_PACKETS;
		if (sb_read_count(number, &q.amount, err))
			return -1;
	} else if (!sb_parse_bytes(text, &q.amount, NULL)) {
		q.kind = SB_QUEUE_BYTES;
	} else if (!sb_parse_time(text, &ns, NULL)) {
		q.kind = SB_QUEUE_TIME;
		q.amount = (uint64_t)ns;
	} else {
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" is not a queue; expected for example 100ms, 250packets, 64kB or 1.0bdp",
		    text);
	}
	if (check_queue(text, &q, err))
		return -1;
	*out = q;
	return 0;
}

/* --- loss --- */

/*
 * Gilbert's model from what one can measure: with the mean share L and the mean burst B, the chance
 * to leave the bad state is r = 1/B, and L = p/(p+r) gives p = r L/(1-L).
 */
static int derive_gilbert(const char *mean, const char *burst, struct sb_loss *loss,
			  struct sb_err *err)
{
	uint64_t burst_ppm, p;
	uint32_t mean_ppb;

	if (sb_parse_percent(mean, &mean_ppb, err) || sb_parse_factor(burst, &burst_ppm, err))
		return -1;
	if (burst_ppm < (uint64_t)PPM || burst_ppm > (uint64_t)(1000000 * PPM))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "a mean burst of \"%s\" packets is out of range, expected 1 to 1000000", burst);
	if (mean_ppb >= SB_PPB)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "a mean loss of \"%s\" leaves nothing; an event's outage is made for that",
		    mean);
	loss->good_ppb = (uint32_t)((UINT64_C(1000000) * SB_PPB + burst_ppm / 2) / burst_ppm);
	p = ((uint64_t)loss->good_ppb * mean_ppb + (SB_PPB - mean_ppb) / 2) / (SB_PPB - mean_ppb);
	if (p > SB_PPB)
		return sb_fail(err, SB_EINPUT, 0,
			       "a mean loss of \"%s\" cannot come in bursts of only \"%s\" packets",
			       mean, burst);
	loss->bad_ppb = (uint32_t)p;
	loss->lost_in_bad_ppb = SB_PPB;
	return 0;
}

/* "p 1% r 25% bad 100% good 0%" in any order. */
static int read_states(const struct sb_words *w, struct sb_loss *loss, struct sb_err *err)
{
	static const char names[] = "p|r|bad|good";
	uint32_t *const fields[] = {&loss->bad_ppb, &loss->good_ppb, &loss->lost_in_bad_ppb,
				    &loss->lost_in_good_ppb};
	unsigned int seen = 0;

	loss->lost_in_bad_ppb = SB_PPB;
	for (size_t i = 1; i < w->count; i += 2) {
		int n = sb_word_index(names, w->word[i]);

		if (n < 0)
			return sb_fail_word(names, w->word[i], err);
		if (seen & (1u << n))
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" twice", w->word[i]);
		if (i + 1 == w->count)
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" without its share", w->word[i]);
		if (sb_parse_percent(w->word[i + 1], fields[n], err))
			return -1;
		seen |= 1u << n;
	}
	if ((seen & 3) != 3 || !loss->good_ppb)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "gemodel needs p and r, and r above 0%%; for example gemodel p 1%% r 25%%");
	return 0;
}

int sb_read_loss(const char *text, struct sb_loss *out, struct sb_err *err)
{
	/* The last two are for sb_read_loss_written(). */
	static const char kinds[] = "none|random|gemodel|bursts|exact";
	struct sb_loss loss = {0};
	struct sb_words w;
	int kind;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	kind = sb_word_index(kinds, w.word[0]);
	if (kind < 0 && !sb_parse_percent(text, &loss.random_ppb, NULL))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" without its model; did you mean \"random %s\"?", text, text);
	if (kind < 0)
		return sb_fail_word(kinds, w.word[0], err);
	if (kind > SB_LOSS_GEMODEL)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not decided packet by packet", text);
	loss.kind = (enum sb_loss_kind)kind;
	if (kind == SB_LOSS_NONE && w.count != 1)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" after none", w.word[1]);
	if (kind == SB_LOSS_RANDOM) {
		if (w.count != 2)
			return sb_fail(err, SB_EINPUT, 0,
				       "expected \"random SHARE\", for example random 1%%");
		if (sb_parse_percent(w.word[1], &loss.random_ppb, err))
			return -1;
	}
	if (kind == SB_LOSS_GEMODEL) {
		int rc;

		if (w.count == 4 && !strcmp(w.word[2], "burst"))
			rc = derive_gilbert(w.word[1], w.word[3], &loss, err);
		else if (w.count > 1 && isdigit((unsigned char)w.word[1][0]))
			rc = sb_fail(err, SB_EINPUT, 0,
				     "expected \"gemodel SHARE burst PACKETS\", for example "
				     "gemodel 2%% burst 4");
		else
			rc = read_states(&w, &loss, err);
		if (rc)
			return -1;
	}
	*out = loss;
	return 0;
}

/* --- distributions --- */

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
	if (w.count != 2 || !strip_suffix(w.word[0], "old", old_part) ||
	    !strip_suffix(w.word[1], "new", new_part))
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

/* --- [expect] --- */

static int read_plain(const char *text, double *out, struct sb_err *err)
{
	if (text[strspn(text, "0123456789.-")] || sb_parse_double(text, out))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not a plain number; expected for example 120.5; units "
			       "are those of run.json",
			       text);
	return 0;
}

static int read_limit(enum sb_value_type type, const char *text, double *out, struct sb_err *err)
{
	uint64_t number;
	uint32_t ppb;
	int64_t ns;
	int rc;

	if (type == SB_TYPE_LIMIT_RATE) {
		rc = sb_parse_rate(text, &number, err);
		*out = rc ? 0 : (double)number;
	} else if (type == SB_TYPE_LIMIT_PERCENT) {
		rc = sb_parse_percent(text, &ppb, err);
		*out = rc ? 0 : (double)ppb / SB_PPB;
	} else if (type == SB_TYPE_LIMIT_TIME) {
		rc = sb_parse_time(text, &ns, err);
		*out = rc ? 0 : (double)ns / (double)SB_NS_PER_MS;
	} else if (type == SB_TYPE_LIMIT_NUMBER) {
		rc = read_plain(text, out, err);
	} else {
		rc = sb_read_count(text, &number, err);
		*out = rc ? 0 : (double)number;
	}
	return rc;
}

int sb_read_expect(const struct sb_key_row *row, const char *text, struct sb_expect *out,
		   struct sb_err *err)
{
	static const struct {
		const char *sign;
		enum sb_relation relation;
	} signs[] = {{">=", SB_GE}, {"<=", SB_LE}, {">", SB_GT}, {"<", SB_LT}, {"=", SB_EQ}};
	struct sb_expect e = {.relation = SB_GE};

	if (sb_copy_str(e.text, sizeof(e.text), text))
		return sb_fail(err, SB_EINPUT, 0, "the value is too long");
	if (row->type == SB_TYPE_FIDELITY) {
		if (sb_word_index(row->words, text) < 0)
			return sb_fail_word(row->words, text, err);
		sb_copy_str(e.word, sizeof(e.word), text);
		*out = e;
		return 0;
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(signs); i++) {
		const char *value = text + strlen(signs[i].sign);

		if (strncmp(text, signs[i].sign, strlen(signs[i].sign)))
			continue;
		e.relation = signs[i].relation;
		value += strspn(value, " \t");
		if (read_limit(row->type, value, &e.value, err))
			return -1;
		*out = e;
		return 0;
	}
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "\"%s\" begins with no comparison (>=, >, <=, <, =); did you mean \">= %s\"?", text,
	    text);
}
