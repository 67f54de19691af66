// SPDX-License-Identifier: MIT
/* quantiles.c - "quantiles p5 34mbit p50 243mbit p95 405mbit" and "run 10% slot 13% 5s 69%" */
#include <stdio.h>
#include <string.h>

#include "grammar.h"
#include "satbed/base/clock.h"
#include "satbed/base/units.h"

#define MAX_HOLD_NS (3600 * SB_NS_PER_S)

static int read_probability(const char *word, uint32_t *ppb, struct sb_err *err)
{
	char percent[32];

	if (word[0] != 'p' || snprintf(percent, sizeof(percent), "%s%%", word + 1) >= 32 ||
	    sb_parse_percent(percent, ppb, NULL))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a percentile, expected p0 to p100",
			       word);
	return 0;
}

static int read_value(enum sb_quantiles_of of, const char *word, int64_t max, int64_t *out,
		      struct sb_err *err)
{
	uint64_t rate = 0;

	if (of == SB_QUANTILES_OF_TIME ? sb_parse_signed_time(word, out, err)
				       : sb_parse_rate(word, &rate, err))
		return -1;
	if (of == SB_QUANTILES_OF_RATE)
		*out = rate > (uint64_t)max ? max + 1 : (int64_t)rate;
	if (*out > max || *out < -max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range", word);
	return 0;
}

int sb_read_quantiles(enum sb_quantiles_of of, int64_t max, const struct sb_words *w,
		      struct sb_quantile_points *out, struct sb_err *err)
{
	struct sb_quantile_points q = {0};

	if (w->count < 5 || w->count % 2 == 0)
		return sb_fail(err, SB_EINPUT, 0,
			       "expected two or more percentiles, each with its value: \"%s\"",
			       of == SB_QUANTILES_OF_RATE ? "quantiles p5 34mbit p95 405mbit"
							  : "quantiles p5 -10ms p95 35ms");
	for (size_t i = 1; i < w->count; i += 2, q.count++) {
		if (q.count == SB_MAX_QUANTILES)
			return sb_fail(err, SB_EINPUT, 0, "more than %d percentiles",
				       SB_MAX_QUANTILES);
		if (read_probability(w->word[i], &q.at[q.count].ppb, err) ||
		    read_value(of, w->word[i + 1], max, &q.at[q.count].value, err))
			return -1;
		if (q.count && (q.at[q.count].ppb <= q.at[q.count - 1].ppb ||
				q.at[q.count].value < q.at[q.count - 1].value))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s %s\": percentiles and values must ascend", w->word[i],
				       w->word[i + 1]);
	}
	*out = q;
	return 0;
}

static double moment(const struct sb_quantile_points *q, double centre, int power)
{
	const double all = SB_PPB;
	double first = (double)q->at[0].value - centre;
	double last = (double)q->at[q->count - 1].value - centre;
	double sum =
	    (double)q->at[0].ppb / all * (power == 2 ? first * first : first) +
	    (all - (double)q->at[q->count - 1].ppb) / all * (power == 2 ? last * last : last);

	for (size_t i = 1; i < q->count; i++) {
		double a = (double)q->at[i - 1].value - centre, b = (double)q->at[i].value - centre;
		double share = (double)(q->at[i].ppb - q->at[i - 1].ppb) / all;

		sum += share * (power == 2 ? (a * a + a * b + b * b) / 3 : (a + b) / 2);
	}
	return sum;
}

double sb_quantiles_mean(const struct sb_quantile_points *q)
{
	return moment(q, 0, 1);
}

double sb_quantiles_variance(const struct sb_quantile_points *q)
{
	return moment(q, sb_quantiles_mean(q), 2);
}

/* "run 10%", "slot 13%", "5s 69%", each at most once. */
static int read_part(const char *name, const char *share, struct sb_memory *m, struct sb_err *err)
{
	uint32_t *part = !strcmp(name, "run")	 ? &m->run_ppb
			 : !strcmp(name, "slot") ? &m->slot_ppb
						 : &m->held_ppb;

	if (part == &m->held_ppb) {
		int64_t ns;

		if (sb_parse_time(name, &ns, NULL))
			return sb_fail(err, SB_EINPUT, 0,
				       "unknown word \"%s\", expected run, slot or a time", name);
		if (ns < SB_NS_PER_MS || ns > MAX_HOLD_NS)
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" is out of range, expected 1ms to 1h", name);
		m->hold_ns = ns;
	}
	if (*part)
		return sb_fail(err, SB_EINPUT, 0, "\"%s %s\" is one part too many", name, share);
	return sb_parse_percent(share, part, err);
}

int sb_read_memory(const char *text, struct sb_memory *out, struct sb_err *err)
{
	struct sb_memory m = {.hold_ns = SB_NS_PER_S};
	struct sb_words w;

	if (sb_split_words(text, " \t", &w, err))
		return -1;
	if (w.count % 2 && strcmp(text, "none"))
		return sb_fail(err, SB_EINPUT, 0,
			       "expected none, or shares such as \"run 10%% slot 13%% 5s 69%%\"");
	for (size_t i = 0; i + 1 < w.count; i += 2)
		if (read_part(w.word[i], w.word[i + 1], &m, err))
			return -1;
	if ((uint64_t)m.run_ppb + m.slot_ppb + m.held_ppb > SB_PPB)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\": the shares exceed 100%%", text);
	*out = m;
	return 0;
}
