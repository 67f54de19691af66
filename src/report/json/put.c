// SPDX-License-Identifier: MIT
/* put.c - values of a report, rounded, and null where nothing was measured, to whoever takes them */
#include "report/json/put.h"

#include <math.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

void sb_put_object(struct sb_put *to, const char *key)
{
	to->begin(to, key, '{', NULL);
}

void sb_put_list(struct sb_put *to, const char *key)
{
	to->begin(to, key, '[', NULL);
}

void sb_put_item(struct sb_put *to, const char *name)
{
	to->begin(to, NULL, '{', name);
}

void sb_put_end(struct sb_put *to)
{
	to->end(to);
}

void sb_put_number(struct sb_put *to, const char *key, double value)
{
	to->number(to, key, isfinite(value) ? value : NAN);
}

void sb_put_rounded(struct sb_put *to, const char *key, double value, double steps_per_unit)
{
	sb_put_number(to, key, round(value * steps_per_unit) / steps_per_unit);
}

void sb_put_ms(struct sb_put *to, const char *key, double ms)
{
	sb_put_rounded(to, key, ms, 1e6);
}

void sb_put_fraction(struct sb_put *to, const char *key, double fraction)
{
	sb_put_rounded(to, key, fraction, 1e9);
}

void sb_put_bps(struct sb_put *to, const char *key, double bps)
{
	sb_put_rounded(to, key, bps, 1);
}

void sb_put_count(struct sb_put *to, const char *key, uint64_t count)
{
	sb_put_number(to, key, (double)count);
}

void sb_put_known(struct sb_put *to, const char *key, int64_t count)
{
	sb_put_number(to, key, count < 0 ? NAN : (double)count);
}

void sb_put_bool(struct sb_put *to, const char *key, bool value)
{
	to->truth(to, key, value);
}

void sb_put_null(struct sb_put *to, const char *key)
{
	to->text(to, key, NULL);
}

void sb_put_word(struct sb_put *to, const char *key, const char *word)
{
	to->text(to, key, word);
}

void sb_put_text(struct sb_put *to, const char *key, const char *text)
{
	sb_auto_free char *clean = text ? sb_clean(text) : NULL;

	to->text(to, key, clean);
}

void sb_put_tree(struct sb_put *to, const char *key, const cJSON *tree)
{
	to->tree(to, key, tree);
}

void sb_put_reasons(struct sb_put *to, const struct sb_reasons *reasons)
{
	sb_put_list(to, "reasons");
	for (size_t i = 0; i < reasons->count; i++)
		sb_put_text(to, NULL, reasons->text[i]);
	sb_put_end(to);
	sb_put_list(to, "reason_codes");
	for (size_t i = 0; i < reasons->count; i++)
		sb_put_word(to, NULL, sb_reason_code_name(reasons->code[i]));
	sb_put_end(to);
}

void sb_put_quantiles(struct sb_put *to, const char *key, const struct sb_quantiles *q)
{
	bool any = q->count > 0;

	sb_put_object(to, key);
	sb_put_ms(to, "p50", any ? q->p50 : NAN);
	sb_put_ms(to, "p95", any ? q->p95 : NAN);
	sb_put_ms(to, "p99", any ? q->p99 : NAN);
	sb_put_ms(to, "mean", any ? q->mean : NAN);
	sb_put_ms(to, "max", any ? q->max : NAN);
	sb_put_count(to, "count", q->count);
	sb_put_end(to);
}

void sb_put_false_alarm(struct sb_put *to, double false_alarm, const char *because)
{
	sb_put_number(to, "false_alarm", false_alarm);
	if (!isfinite(false_alarm))
		sb_put_word(to, "because", because);
}
