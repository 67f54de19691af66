// SPDX-License-Identifier: MIT
/* json_writer.c - JSON written as it goes */
#include "satbed/base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"

/* What comes before a value. */
static void lead(struct sb_json_writer *w, const char *key)
{
	if (!w->first)
		fputc_unlocked(',', w->to);
	if (w->line)
		fputc_unlocked('\n', w->to);
	w->first = w->line = false;
	if (!key)
		return;
	fputc_unlocked('"', w->to);
	fputs_unlocked(key, w->to);
	fputs_unlocked("\":", w->to);
}

void sb_json_write_begin(struct sb_json_writer *w, const char *key, char bracket)
{
	lead(w, key);
	fputc_unlocked(bracket, w->to);
	w->first = true;
}

void sb_json_write_end(struct sb_json_writer *w, char bracket)
{
	fputc_unlocked(bracket, w->to);
	w->first = false;
}

void sb_json_write_num(struct sb_json_writer *w, const char *key, double value)
{
	char text[SB_JSON_NUMBER_MAX] = "null";

	if (isfinite(value))
		sb_json_number(value, text);
	lead(w, key);
	fputs_unlocked(text, w->to);
}

void sb_json_write_short(struct sb_json_writer *w, const char *key, double value)
{
	lead(w, key);
	if (isfinite(value))
		fprintf(w->to, "%.6g", value);
	else
		fputs_unlocked("null", w->to);
}

void sb_json_write_u64(struct sb_json_writer *w, const char *key, uint64_t value)
{
	if (value < SB_JSON_EXACT) {
		sb_json_write_num(w, key, (double)value); /* far faster */
		return;
	}
	lead(w, key);
	fprintf(w->to, "%" PRIu64, value);
}

void sb_json_write_bool(struct sb_json_writer *w, const char *key, bool value)
{
	lead(w, key);
	fputs_unlocked(value ? "true" : "false", w->to);
}

void sb_json_write_str(struct sb_json_writer *w, const char *key, const char *value)
{
	const char *at = value;

	while (at && (unsigned char)*at >= ' ' && *at != '"' && *at != '\\')
		at++;
	if (!at || *at) {
		sb_json_write_tree(w, key, value ? cJSON_CreateString(value) : cJSON_CreateNull());
		return;
	}
	/* Nothing to escape. */
	lead(w, key);
	fputc_unlocked('"', w->to);
	fputs_unlocked(value, w->to);
	fputc_unlocked('"', w->to);
}

void sb_json_write_tree(struct sb_json_writer *w, const char *key, cJSON *value)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(value);

	lead(w, key);
	fputs_unlocked(text ? text : "null", w->to);
	cJSON_Delete(value);
}
