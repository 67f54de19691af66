// SPDX-License-Identifier: MIT
/* put.c - values of a report into its JSON: rounded, and null where nothing was measured */
#include "report/json/put.h"

#include <math.h>

#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

void sb_put_rounded(cJSON *to, const char *key, double value, double steps_per_unit)
{
	sb_json_add_num(to, key, round(value * steps_per_unit) / steps_per_unit);
}

void sb_put_ms(cJSON *to, const char *key, double ms)
{
	sb_put_rounded(to, key, ms, 1e6);
}

void sb_put_fraction(cJSON *to, const char *key, double fraction)
{
	sb_put_rounded(to, key, fraction, 1e9);
}

void sb_put_bps(cJSON *to, const char *key, double bps)
{
	sb_put_rounded(to, key, bps, 1);
}

void sb_put_count(cJSON *to, const char *key, uint64_t count)
{
	sb_json_add_num(to, key, (double)count);
}

void sb_put_known(cJSON *to, const char *key, int64_t count)
{
	sb_json_add_num(to, key, count < 0 ? NAN : (double)count);
}

void sb_put_text(cJSON *to, const char *key, const char *text)
{
	sb_auto_free char *clean = text ? sb_clean(text) : NULL;

	if (clean)
		sb_json_add_str(to, key, clean);
	else
		cJSON_AddNullToObject(to, key);
}

void sb_put_reasons(cJSON *to, const struct sb_reasons *reasons)
{
	cJSON *list = cJSON_AddArrayToObject(to, "reasons");
	cJSON *codes = cJSON_AddArrayToObject(to, "reason_codes");
	size_t i;

	for (i = 0; i < reasons->count; i++) {
		sb_auto_free char *clean = sb_clean(reasons->text[i]);

		cJSON_AddItemToArray(list, cJSON_CreateString(clean));
		cJSON_AddItemToArray(codes,
				     cJSON_CreateString(sb_reason_code_name(reasons->code[i])));
	}
}

void sb_put_quantiles(cJSON *to, const char *key, const struct sb_quantiles *q)
{
	cJSON *obj = cJSON_AddObjectToObject(to, key);
	bool any = q->count > 0;

	sb_put_ms(obj, "p50", any ? q->p50 : NAN);
	sb_put_ms(obj, "p95", any ? q->p95 : NAN);
	sb_put_ms(obj, "p99", any ? q->p99 : NAN);
	sb_put_ms(obj, "mean", any ? q->mean : NAN);
	sb_put_ms(obj, "max", any ? q->max : NAN);
	sb_put_count(obj, "count", q->count);
}

void sb_put_false_alarm(cJSON *to, double false_alarm, const char *because)
{
	sb_json_add_num(to, "false_alarm", false_alarm);
	if (!isfinite(false_alarm))
		sb_json_add_str(to, "because", because);
}
