// SPDX-License-Identifier: MIT
/* render_json.c - the diagnosis for programs: stable names, docs/man/satbed.1 lists them */
#include "findings.h"
#include "satbed/base/json.h"
#include "satbed/base/version.h"

static void add_or_null(cJSON *to, const char *key, const char *text)
{
	if (text)
		sb_json_add_str(to, key, text);
	else
		cJSON_AddNullToObject(to, key);
}

static void add_findings(const struct sb_diagnosis *d, cJSON *to)
{
	cJSON *list = cJSON_AddArrayToObject(to, "findings");

	for (size_t i = 0; i < d->count; i++) {
		const struct sb_finding *f = &d->findings[i];
		cJSON *one = cJSON_CreateObject();

		sb_json_add_str(one, "id", f->id);
		sb_json_add_str(one, "level", sb_level_word(f->level));
		add_or_null(one, "subject", f->subject);
		sb_json_add_str(one, "text", f->text);
		add_or_null(one, "fix", f->fix);
		sb_json_add_bool(one, "can_fix", f->can_fix);
		cJSON_AddItemToArray(list, one);
	}
}

static const char *add_engines(const struct sb_diagnosis *d, cJSON *to)
{
	cJSON *list = cJSON_AddArrayToObject(to, "engines");
	const char *first = NULL;

	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++) {
		const struct sb_engine_verdict *v = &d->engines[i];
		cJSON *one;

		if (!v->name)
			continue;
		one = cJSON_CreateObject();
		sb_json_add_str(one, "name", v->name);
		sb_json_add_bool(one, "can_run", v->can_run);
		add_or_null(one, "why", v->why);
		cJSON_AddItemToArray(list, one);
		if (v->can_run && !first)
			first = v->name;
	}
	return first;
}

cJSON *sb_diagnosis_json(const struct sb_diagnosis *d)
{
	cJSON *out = cJSON_CreateObject();
	const char *first;

	sb_json_add_str(out, "satbed", sb_version);
	sb_json_add_i64(out, "status", sb_diagnosis_status(d));
	add_findings(d, out);
	if (d->daemons)
		cJSON_AddItemToObject(out, "daemons", cJSON_Duplicate(d->daemons, true));
	else
		cJSON_AddArrayToObject(out, "daemons");
	first = add_engines(d, out);
	add_or_null(out, "auto", first);
	return out;
}
