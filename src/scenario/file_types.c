// SPDX-License-Identifier: MIT
/* file_types.c - texts, and values that may name a file: traces, tables of jitter, orbital elements */
#include "types.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "grammar.h"
#include "orbit_values.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

/* As LeoReplayer's own. */
#define DELAY_TRACE_EVERY_NS (10 * SB_NS_PER_MS)

static int parse_drawn_jitter(const struct sb_key_row *row, const struct sb_words *w,
			      struct sb_value *out, struct sb_err *err)
{
	struct sb_quantile_points q;

	if (sb_read_quantiles(SB_QUANTILES_OF_TIME, (int64_t)row->max, w, &q, err))
		return -1;
	out->jitter = (struct sb_jitter){.kind = SB_JITTER_QUANTILES,
					 .deviation_ns = (int64_t)sqrt(sb_quantiles_variance(&q)),
					 .quantiles = sb_alloc(1, sizeof(q))};
	*out->jitter.quantiles = q;
	return 0;
}

/* "table FILE" of deviations, or "table FILE TIME" of netem's form, scaled to that deviation. */
static int parse_jitter_table(const struct sb_key_row *row, const struct sb_words *w,
			      struct sb_value *out, struct sb_err *err)
{
	struct sb_jitter j = {.kind = SB_JITTER_TABLE};

	if (w->count != 2 && w->count != 3)
		return sb_fail(err, SB_EINPUT, 0,
			       "expected for example \"table jitter.txt\", or with a .dist table "
			       "of netem \"table pareto.dist 3ms\"");
	if (w->count == 3 && (sb_parse_time(w->word[2], &j.deviation_ns, err) ||
			      sb_check_range(row, w->word[2], (uint64_t)j.deviation_ns, err)))
		return -1;
	if (w->count == 3 && !j.deviation_ns)
		return sb_fail(err, SB_EINPUT, 0,
			       "a standard deviation of \"%s\" leaves nothing to draw", w->word[2]);
	j.path = sb_strdup(w->word[1]);
	out->jitter = j;
	return 0;
}

int sb_type_jitter(const struct sb_key_row *row, const char *text, struct sb_value *out,
		   struct sb_err *err)
{
	static const char kinds[] = "normal|uniform|pareto|lognormal|paretonormal|table|quantiles";
	struct sb_jitter j = {0};
	struct sb_words w;
	int kind;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	kind = sb_word_index(kinds, w.word[0]);
	if (kind == SB_JITTER_QUANTILES)
		return parse_drawn_jitter(row, &w, out, err);
	if (kind == SB_JITTER_TABLE)
		return parse_jitter_table(row, &w, out, err);
	if (kind >= 0) {
		if (w.count != 2)
			return sb_fail(err, SB_EINPUT, 0, "expected for example \"%s 3ms\"",
				       w.word[0]);
		j.kind = (enum sb_jitter_kind)kind;
	} else if (w.count == 3 && !strcmp(w.word[1], "distribution")) {
		/* As tc has it, which looks names up among iproute2's files. */
		return sb_fail(err, SB_EINPUT, 0,
			       "that is how tc writes it; here: jitter = table %s%s %s", w.word[2],
			       strstr(w.word[2], ".dist") ? "" : ".dist", w.word[0]);
	} else if (w.count != 1 || strspn(w.word[0], "0123456789.") == 0) {
		return sb_fail_word(kinds, w.word[0], err);
	}
	if (sb_parse_time(w.word[w.count - 1], &j.deviation_ns, err) ||
	    sb_check_range(row, w.word[w.count - 1], (uint64_t)j.deviation_ns, err))
		return -1;
	out->jitter = j;
	return 0;
}

/* The caller's to free. */
static int read_file_name(const struct sb_key_row *row, const char *text, char **out,
			  struct sb_err *err)
{
	struct sb_value v = {0};

	if (!*text)
		return sb_fail(err, SB_EINPUT, 0, "expected the name of a file");
	if (sb_type_text(row, text, &v, err))
		return -1;
	*out = v.text;
	return 0;
}

/* Cuts the last word of @text off and returns it; NULL when it is the only one. */
static char *cut_last_word(char *text)
{
	char *last = text + strlen(text);

	while (last > text && !isspace((unsigned char)last[-1]))
		last--;
	if (last == text)
		return NULL;
	for (char *end = last; end > text && isspace((unsigned char)end[-1]); end--)
		end[-1] = '\0';
	return last;
}

/* "FILE", "FILE loop" or "FILE hold"; names of files may have blanks in them. */
int sb_type_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
		  struct sb_err *err)
{
	sb_auto_free char *path = sb_strdup(text), *cut = sb_strdup(text);
	enum sb_trace_end end = SB_TRACE_ITS_OWN;
	const char *last = cut_last_word(cut);
	char *name;

	if (last && (!strcmp(last, "loop") || !strcmp(last, "hold"))) {
		end = *last == 'l' ? SB_TRACE_LOOP : SB_TRACE_HOLD;
		path[strlen(cut)] = '\0';
	}
	if (read_file_name(row, path, &name, err))
		return -1;
	out->file = (struct sb_file_value){.path = name, .end = end};
	return 0;
}

/* "FILE [every TIME] [loop|hold]" */
int sb_type_delay_trace(const struct sb_key_row *row, const char *text, struct sb_value *out,
			struct sb_err *err)
{
	sb_auto_free char *cut = NULL;
	int64_t every_ns = DELAY_TRACE_EVERY_NS;
	struct sb_value v = {0};
	const char *time, *word;

	if (sb_type_trace(row, text, &v, err))
		return -1;
	cut = sb_strdup(v.file.path);
	time = cut_last_word(cut);
	word = time ? cut_last_word(cut) : NULL;
	if (word && !strcmp(word, "every")) {
		if (sb_parse_time(time, &every_ns, err)) {
			free(v.file.path);
			return -1;
		}
		v.file.path[strlen(cut)] = '\0';
	}
	if (every_ns < SB_NS_PER_MS || every_ns > INT64_C(3600) * SB_NS_PER_S) {
		free(v.file.path);
		return sb_fail(err, SB_EINPUT, 0,
			       "every \"%s\" is out of range, expected 1ms to 1h", time);
	}
	v.file.every_ns = every_ns;
	out->file = v.file;
	return 0;
}

int sb_type_tle(const struct sb_key_row *row, const char *text, struct sb_value *out,
		struct sb_err *err)
{
	char *path;

	if (read_file_name(row, text, &path, err))
		return -1;
	out->tle = (struct sb_tle){.path = path};
	return 0;
}

int sb_type_text(const struct sb_key_row *row, const char *text, struct sb_value *out,
		 struct sb_err *err)
{
	if (strlen(text) > row->max)
		return sb_fail(err, SB_EINPUT, 0, "longer than %" PRIu64 " bytes", row->max);
	out->text = sb_strdup(text);
	return 0;
}
