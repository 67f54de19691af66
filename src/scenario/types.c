// SPDX-License-Identifier: MIT
/* types.c - from the text of one value to the value, by its type in the schema */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "orbit_values.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"
#include "schema.h"
#include "types.h"

static int parse_name(const struct sb_key_row *row, const char *text, struct sb_value *out,
		      struct sb_err *err)
{
	static const char allowed[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	if (text[strspn(text, allowed)] || text[0] == '-')
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "\"%s\" is not a valid name; expected letters, digits, _ and - without blanks",
		    text);
	if (strlen(text) > row->max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is longer than %" PRIu64 " bytes", text,
			       row->max);
	out->text = sb_strdup(text);
	return 0;
}

static int parse_time(const struct sb_key_row *row, const char *text, struct sb_value *out,
		      struct sb_err *err)
{
	int64_t ns;

	if (sb_parse_time(text, &ns, err) || sb_check_range(row, text, (uint64_t)ns, err))
		return -1;
	out->time_ns = ns;
	return 0;
}

static int parse_rate(const struct sb_key_row *row, const char *text, struct sb_value *out,
		      struct sb_err *err)
{
	uint64_t v;

	if (sb_parse_rate(text, &v, err) || sb_check_range(row, text, v, err))
		return -1;
	out->number = v;
	return 0;
}

static int parse_drawn_rate(const struct sb_key_row *row, const char *text, struct sb_value *out,
			    struct sb_err *err)
{
	struct sb_quantile_points q;
	struct sb_words w;
	double mean;

	if (sb_split_words(text, " \t", &w, err) ||
	    sb_read_quantiles(SB_QUANTILES_OF_RATE, (int64_t)row->max, &w, &q, err))
		return -1;
	mean = sb_quantiles_mean(&q);
	if (mean < (double)row->min)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is nothing in the mean", text);
	out->rate.number = (uint64_t)mean;
	out->rate.drawn = sb_alloc(1, sizeof(q));
	*out->rate.drawn = q;
	return 0;
}

static int parse_link_rate(const struct sb_key_row *row, const char *text, struct sb_value *out,
			   struct sb_err *err)
{
	static const char *const words[] = {"unlimited", NULL};
	struct sb_value v = {0};

	if (!strcmp(text, words[0])) {
		out->rate = (struct sb_link_rate){0};
		return 0;
	}
	if (!strncmp(text, "quantiles", 9))
		return parse_drawn_rate(row, text, out, err);
	if (sb_suggest(text, words))
		return sb_fail(err, SB_EINPUT, 0, "unknown rate \"%s\"; did you mean \"%s\"?", text,
			       words[0]);
	if (parse_rate(row, text, &v, err))
		return -1;
	out->rate = (struct sb_link_rate){.number = v.number};
	return 0;
}

static int parse_bytes(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	uint64_t v;

	if (sb_parse_bytes(text, &v, err) || sb_check_range(row, text, v, err))
		return -1;
	out->number = v;
	return 0;
}

static int parse_percent(const struct sb_key_row *row, const char *text, struct sb_value *out,
			 struct sb_err *err)
{
	uint32_t ppb;

	if (sb_parse_percent(text, &ppb, err) || sb_check_range(row, text, ppb, err))
		return -1;
	out->ppb = ppb;
	return 0;
}

static int parse_count(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	uint64_t v;

	if (sb_read_count(text, &v, err) || sb_check_range(row, text, v, err))
		return -1;
	out->number = v;
	return 0;
}

static int parse_word(const struct sb_key_row *row, const char *text, struct sb_value *out,
		      struct sb_err *err)
{
	int n = sb_word_index(row->words, text);

	if (n < 0)
		return sb_fail_word(row->words, text, err);
	if (row->later && sb_word_index(row->later, text) >= 0)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not in this version of satbed", text);
	out->word = n;
	return 0;
}

/* A word, or the address of a daemon; what may be at the other end is for the engine to find out.
 */
static int parse_engine(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err)
{
	if (strncmp(text, "unix://", 7) && strncmp(text, "tcp://", 6) &&
	    strncmp(text, "ssh://", 6) && sb_word_index(row->words, text) < 0)
		return sb_fail_word(row->words, text, err);
	return sb_type_text(row, text, out, err);
}

static int parse_queue(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	(void)row;
	return sb_read_queue(text, &out->queue, err);
}

static int parse_memory(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err)
{
	(void)row;
	return sb_read_memory(text, &out->memory, err);
}

static int parse_discipline(const struct sb_key_row *row, const char *text, struct sb_value *out,
			    struct sb_err *err)
{
	(void)row;
	return sb_read_discipline(text, &out->discipline, err);
}

static int parse_reorder(const struct sb_key_row *row, const char *text, struct sb_value *out,
			 struct sb_err *err)
{
	(void)row;
	if (!strcmp(text, "allow")) {
		out->ppb = SB_REORDER_ALLOW;
		return 0;
	}
	return sb_parse_percent(text, &out->ppb, err);
}

static int parse_shell(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	(void)row;
	return sb_read_shell(text, &out->shell, err);
}

static int parse_place(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	(void)row;
	return sb_read_place(text, &out->where, err);
}

static int parse_degrees(const struct sb_key_row *row, const char *text, struct sb_value *out,
			 struct sb_err *err)
{
	int64_t udeg = 0;

	if (sb_read_degrees(text, &udeg, err))
		return -1;
	if ((uint64_t)udeg > row->max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected 0deg to %udeg",
			       text, (unsigned int)(row->max / 1000000));
	out->udeg = udeg;
	return 0;
}

static int parse_utc(const struct sb_key_row *row, const char *text, struct sb_value *out,
		     struct sb_err *err)
{
	(void)row;
	return sb_read_utc(text, &out->utc_ns, err);
}

static int parse_loss(const struct sb_key_row *row, const char *text, struct sb_value *out,
		      struct sb_err *err)
{
	(void)row;
	return sb_read_loss_written(text, &out->loss, err);
}

static int parse_outage(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err)
{
	return sb_read_draw(SB_DRAW_OF_LENGTH, (int64_t)row->max, text, &out->draw, err);
}

static int parse_delay_step(const struct sb_key_row *row, const char *text, struct sb_value *out,
			    struct sb_err *err)
{
	return sb_read_draw(SB_DRAW_OF_CHANGE, (int64_t)row->max, text, &out->draw, err);
}

/* All that can be drawn lies within the range; an exponential spacing has a floor in the plan. */
static int parse_spacing(const struct sb_key_row *row, const char *text, struct sb_value *out,
			 struct sb_err *err)
{
	struct sb_draw d;

	if (sb_read_draw(SB_DRAW_OF_SPACING, (int64_t)row->max, text, &d, err) ||
	    sb_check_range(row, text, (uint64_t)d.a, err))
		return -1;
	out->draw = d;
	return 0;
}

static int parse_rate_step(const struct sb_key_row *row, const char *text, struct sb_value *out,
			   struct sb_err *err)
{
	struct sb_draw d;
	char range[2 * SB_UNIT_BUF + 8];

	if (sb_read_draw(SB_DRAW_OF_FACTOR, (int64_t)row->max, text, &d, err))
		return -1;
	if (d.a < (int64_t)row->min || (d.kind == SB_DRAW_ALTERNATE && d.b < (int64_t)row->min))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range, expected factors of %s",
			       text, sb_format_range(range, sizeof(range), row));
	out->draw = d;
	return 0;
}

static int parse_instants(const struct sb_key_row *row, const char *text, struct sb_value *out,
			  struct sb_err *err)
{
	struct sb_words words;
	size_t count = 0;
	int64_t *ns;

	if (sb_split_words(text, " \t,", &words, err))
		return -1;
	ns = sb_alloc(words.count, sizeof(*ns));
	for (; count < words.count; count++) {
		if (sb_parse_time(words.word[count], &ns[count], err) ||
		    sb_check_range(row, words.word[count], (uint64_t)ns[count], err))
			break;
		if (count && ns[count] <= ns[count - 1]) {
			sb_fail(err, SB_EINPUT, 0, "\"%s\" does not come after \"%s\"",
				words.word[count], words.word[count - 1]);
			break;
		}
	}
	if (count < words.count) {
		free(ns);
		return -1;
	}
	out->instants = (struct sb_instants){count, ns};
	return 0;
}

static int parse_clients(const struct sb_key_row *row, const char *text, struct sb_value *out,
			 struct sb_err *err)
{
	struct sb_words words;
	uint64_t clients = 0;

	if (!strcmp(text, "all")) {
		out->clients = UINT64_MAX;
		return 0;
	}
	if (sb_split_words(text, " \t,", &words, err))
		return -1;
	for (size_t i = 0; i < words.count; i++) {
		const char *w = words.word[i];
		uint64_t n;

		if (!strncmp(w, row->name, strlen(row->name)) && w[strlen(row->name)])
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" is not a %s number; did you mean \"%s\"?", w,
				       row->name, w + strlen(row->name));
		if (sb_read_count(w, &n, err))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" is not a %s number; expected all, or numbers from 1",
				       w, row->name);
		if (sb_check_range(row, w, n, err))
			return -1;
		clients |= UINT64_C(1) << (n - 1);
	}
	out->clients = clients;
	return 0;
}

/* Lines of [expect] become struct sb_expect in load.c; here they are only checked. */
static int check_limit(const struct sb_key_row *row, const char *text, struct sb_value *out,
		       struct sb_err *err)
{
	struct sb_expect e;

	(void)out;
	return sb_read_expect(row, text, &e, err);
}

const struct sb_type_row sb_type_rows[SB_TYPE_COUNT_OF] = {
    [SB_TYPE_NAME] = {"NAME", "letters, digits, _ and -", parse_name},
    [SB_TYPE_TEXT] = {"TEXT", "any text", sb_type_text},
    [SB_TYPE_TIME] = {"TIME", "a number and ns, us, ms, s, min or h", parse_time},
    [SB_TYPE_RATE] = {"RATE", "a number and bit, kbit, mbit or gbit (per second, steps of 1000)",
		      parse_rate},
    [SB_TYPE_LINK_RATE] = {"RATE | unlimited | quantiles pN RATE ...",
			   "a number and bit, kbit, mbit or gbit (per second, steps of 1000)",
			   parse_link_rate},
    [SB_TYPE_BYTES] = {"SIZE", "a number and B, kB, MB, GB, KiB, MiB or GiB", parse_bytes},
    [SB_TYPE_PERCENT] = {"SHARE", "a number and %", parse_percent},
    [SB_TYPE_COUNT] = {"NUMBER", "a whole number", parse_count},
    [SB_TYPE_WORD] = {"WORD", "one of the words", parse_word},
    [SB_TYPE_ENGINE] = {"WORD | ADDRESS", "one of the words, or a daemon's address", parse_engine},
    [SB_TYPE_QUEUE] = {"TIME | Npackets | SIZE | Fbdp", "100ms, 250packets, 64kB or 1.5bdp",
		       parse_queue},
    [SB_TYPE_JITTER] = {"TIME | normal TIME | uniform TIME | pareto TIME | lognormal TIME | "
			"paretonormal TIME | table FILE [TIME] | quantiles pN TIME ...",
			"a time, a distribution and a time, or percentiles with their times",
			sb_type_jitter},
    [SB_TYPE_MEMORY] = {"none | [run SHARE] [slot SHARE] [TIME SHARE]",
			"shares of the variance, at most 100% together", parse_memory},
    [SB_TYPE_SHELL] = {"NAME | walker ALTITUDEkm INCLINATIONdeg PLANESxEACH phasing N [star]",
		       "starlink-shell-1, -2, -3, kuiper-shell-1 or oneweb, or for example walker "
		       "550km 53deg 72x22 phasing 39",
		       parse_shell},
    [SB_TYPE_TLE] = {"FILE", "the name of a file", sb_type_tle},
    [SB_TYPE_PLACE] = {"LATITUDE LONGITUDE", "degrees with N or S, and with E or W", parse_place},
    [SB_TYPE_DEGREES] = {"ANGLE", "a number and deg", parse_degrees},
    [SB_TYPE_UTC] = {"INSTANT", "year-month-dayThour:minute:secondZ", parse_utc},
    [SB_TYPE_TRACE] = {"FILE [loop|hold]", "the name of a file", sb_type_trace},
    [SB_TYPE_DELAY_TRACE] = {"FILE [every TIME] [loop|hold]",
			     "the name of a file, and how long each of its lines holds",
			     sb_type_delay_trace},
    [SB_TYPE_DISCIPLINE] =
	{"drop-tail | drop-head [limit TIME] | codel [target TIME] [interval TIME] | pie "
	 "[target TIME] [update TIME]",
	 "for example drop-head, or codel interval 600ms", parse_discipline},
    [SB_TYPE_REORDER] = {"SHARE | allow", "a number and %, or allow", parse_reorder},
    [SB_TYPE_LOSS] = {"none | random SHARE | gemodel SHARE burst N | gemodel p SHARE r SHARE [bad "
		      "SHARE] [good SHARE] | bursts SHARE burst TIME | bursts on TIME off TIME | "
		      "bursts p SHARE r SHARE step TIME | exact N N-N ...",
		      "for example random 1%, gemodel 2% burst 4, or bursts 2% burst 80ms",
		      parse_loss},
    [SB_TYPE_OUTAGE] = {"TIME | uniform TIME TIME | lognormal p50 TIME p90 TIME | exponential TIME "
			"| alternate TIME TIME | Nold+Nnew",
			"a time, a distribution of times, or for example 3old+3new", parse_outage},
    [SB_TYPE_DELAY_STEP] =
	{"TIME | uniform TIME TIME | normal MEAN DEVIATION | alternate TIME TIME",
	 "times of either sign", parse_delay_step},
    [SB_TYPE_RATE_STEP] = {"FACTOR | uniform FACTOR FACTOR | alternate FACTOR FACTOR",
			   "plain numbers", parse_rate_step},
    [SB_TYPE_SPACING] = {"TIME | uniform TIME TIME | exponential TIME",
			 "a time, or a distribution of times", parse_spacing},
    [SB_TYPE_INSTANTS] = {"TIME ...", "times with blanks between them, ascending", parse_instants},
    [SB_TYPE_CLIENTS] = {"all | N ...", "all, or numbers with blanks between them", parse_clients},
    [SB_TYPE_FIDELITY] = {"WORD", "one of the words", check_limit},
    [SB_TYPE_LIMIT_RATE] = {"COMPARISON RATE", "a comparison and a rate", check_limit},
    [SB_TYPE_LIMIT_COUNT] = {"COMPARISON NUMBER", "a comparison and a number", check_limit},
    [SB_TYPE_LIMIT_PERCENT] = {"COMPARISON SHARE", "a comparison and a share", check_limit},
    [SB_TYPE_LIMIT_TIME] = {"COMPARISON TIME", "a comparison and a time", check_limit},
    [SB_TYPE_LIMIT_NUMBER] = {"COMPARISON NUMBER",
			      "a comparison and a number, which may have a fraction", check_limit},
};
