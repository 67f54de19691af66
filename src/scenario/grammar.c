// SPDX-License-Identifier: MIT
/* grammar.c - values of more than one word: their words, queues, comparisons */
#include "grammar.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/units.h"

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

bool sb_strip_suffix(const char *text, const char *suffix, char number[32])
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

static int check_queue(const char *text, const struct sb_queue_written *q, struct sb_err *err)
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

int sb_read_queue(const char *text, struct sb_queue_written *out, struct sb_err *err)
{
	struct sb_queue_written q;
	char number[32];
	int64_t ns;

	if (text[strspn(text, "0123456789.")] == '\0')
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" has no unit, expected a time, packets, a size or bdp; did you mean "
		    "\"%spackets\"?",
		    text, text);
	if (sb_strip_suffix(text, "bdp", number)) {
		q.kind = SB_QUEUE_BDP;
		if (sb_parse_factor(number, &q.amount, err))
			return -1;
	} else if (sb_strip_suffix(text, "packets", number) ||
		   sb_strip_suffix(text, "packet", number)) {
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

int sb_check_range(const struct sb_key_row *row, const char *text, uint64_t v, struct sb_err *err)
{
	char range[2 * SB_UNIT_BUF + 8];

	if (v >= row->min && v <= row->max)
		return 0;
	return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected %s", text,
		       sb_format_range(range, sizeof(range), row));
}
