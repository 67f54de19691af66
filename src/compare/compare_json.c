// SPDX-License-Identifier: MIT
/* compare_json.c - compare.json: every value there is, null for what was not measured */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/report_format.h"

/* Nine digits: further ones only look exact. */
static double shorter(double value)
{
	double step;

	if (!isfinite(value) || !(fabs(value) > 0))
		return value;
	step = pow(10, floor(log10(fabs(value))) - 8);
	return round(value / step) * step;
}

static void add_number(cJSON *to, const char *key, double value)
{
	sb_json_add_num(to, key, shorter(value));
}

static void add_text(cJSON *to, const char *key, const char *text)
{
	sb_auto_free char *clean = sb_clean(text);

	sb_json_add_str(to, key, clean);
}

/* Both ends, or null where there are too few pairs for an interval. */
static void add_interval(cJSON *to, const char *key, struct sb_interval i)
{
	cJSON *list;

	if (isnan(i.low)) {
		cJSON_AddNullToObject(to, key);
		return;
	}
	list = cJSON_AddArrayToObject(to, key);
	cJSON_AddItemToArray(list, cJSON_CreateNumber(shorter(i.low)));
	cJSON_AddItemToArray(list, cJSON_CreateNumber(shorter(i.high)));
}

static void add_against(cJSON *to, const struct sb_result_row *row, size_t arm)
{
	static const char *const findings[] = {NULL, "none", "lower", "higher"};
	const struct sb_paired *p = &row->paired[arm];
	const char *finding = findings[row->finding[arm]];
	cJSON *obj;

	if (!arm) {
		cJSON_AddNullToObject(to, "against_baseline");
		return;
	}
	obj = cJSON_AddObjectToObject(to, "against_baseline");
	sb_json_add_i64(obj, "pairs", (int64_t)p->pairs);
	add_number(obj, "difference", p->difference);
	add_interval(obj, "difference_ci95", p->interval);
	add_interval(obj, "difference_ci95_all_values", p->strict);
	add_number(obj, "ratio", p->ratio);
	add_interval(obj, "ratio_ci95", p->ratio_interval);
	if (finding)
		sb_json_add_str(obj, "found", finding);
	else
		cJSON_AddNullToObject(obj, "found");
}

static void add_row(cJSON *list, const struct sb_compared *r, const struct sb_result_row *row)
{
	const struct sb_comparison *c = r->c;
	cJSON *obj = cJSON_CreateObject(), *arms;

	cJSON_AddItemToArray(list, obj);
	add_text(obj, "name", row->name);
	sb_json_add_str(obj, "unit", row->unit);
	sb_json_add_str(obj, "pass", sb_serving_satellite_name(row->pass));
	arms = cJSON_AddArrayToObject(obj, "arms");
	for (size_t arm = 0; arm < c->arm_count; arm++) {
		const struct sb_summary *s = &row->spread[arm];
		cJSON *one = cJSON_CreateObject(), *rounds;

		cJSON_AddItemToArray(arms, one);
		add_text(one, "arm", c->arms[arm].name);
		sb_json_add_i64(one, "count", (int64_t)s->count);
		add_number(one, "median", s->median);
		add_number(one, "p25", s->p25);
		add_number(one, "p75", s->p75);
		add_number(one, "min", s->min);
		add_number(one, "max", s->max);
		rounds = cJSON_AddArrayToObject(one, "rounds");
		for (size_t i = 0; i < c->rounds; i++) {
			double v = row->numbers[arm * c->rounds + i];

			cJSON_AddItemToArray(rounds, isfinite(v) ? cJSON_CreateNumber(shorter(v))
								 : cJSON_CreateNull());
		}
		add_against(one, row, arm);
	}
}

static void add_attempts(cJSON *to, const struct sb_compared *r, enum sb_pass pass, size_t arm)
{
	for (size_t round = 0; round < r->c->rounds; round++) {
		const struct sb_cell *cell = &r->cells[sb_cell_index(r->c, pass, arm, round)];

		for (size_t i = 0; i < cell->count; i++) {
			cJSON *obj = cJSON_CreateObject();

			cJSON_AddItemToArray(to, obj);
			sb_json_add_i64(obj, "round", (int64_t)round + 1);
			sb_json_add_str(obj, "pass", sb_serving_satellite_name(pass));
			add_text(obj, "directory", cell->attempts[i].directory);
			sb_json_add_str(obj, "verdict", sb_fate_name(cell->attempts[i].fate));
			sb_json_add_bool(obj, "used", cell->usable == (int)i);
			if (cell->attempts[i].why)
				add_text(obj, "why", cell->attempts[i].why);
		}
	}
}

static void add_arms(cJSON *top, const struct sb_compared *r)
{
	const struct sb_comparison *c = r->c;
	cJSON *arms = cJSON_AddArrayToObject(top, "arms");

	for (size_t arm = 0; arm < c->arm_count; arm++) {
		const struct sb_plan *plan = c->arms[arm].plan;
		cJSON *obj = cJSON_CreateObject(), *runs, *sets;
		const cJSON *facts = sb_compared_facts(r, SB_SHAPED, arm);

		cJSON_AddItemToArray(arms, obj);
		add_text(obj, "name", c->arms[arm].name);
		add_text(obj, "engine", plan->engine);
		sb_json_add_str(obj, "path", sb_path_name(plan->path));
		if (plan->path == SB_PATH_BRIDGE)
			cJSON_AddNullToObject(obj, "placement");
		else
			sb_json_add_str(obj, "placement", sb_placement_name(plan->placement));
		sb_json_add_str(obj, "backend", sb_backend_name(plan->backend));
		sets = cJSON_AddArrayToObject(obj, "sets");
		for (size_t i = 0; i < c->arms[arm].set_count; i++)
			cJSON_AddItemToArray(sets, cJSON_CreateString(c->arms[arm].sets[i]));
		if (facts)
			cJSON_AddItemToObject(obj, "facts", cJSON_Duplicate(facts, true));
		else
			cJSON_AddNullToObject(obj, "facts");
		runs = cJSON_AddArrayToObject(obj, "runs");
		for (size_t pass = 0; pass < c->passes; pass++)
			add_attempts(runs, r, (enum sb_pass)pass, arm);
	}
}

static void add_verdicts(cJSON *top, const struct sb_compared *r)
{
	cJSON *list = cJSON_AddArrayToObject(top, "verdicts");

	for (size_t pass = 0; pass < r->c->passes; pass++)
		for (size_t arm = 1; arm < r->c->arm_count; arm++) {
			sb_auto_free char *text = sb_compared_verdict(r, (enum sb_pass)pass, arm);
			cJSON *obj = cJSON_CreateObject();

			cJSON_AddItemToArray(list, obj);
			add_text(obj, "arm", r->c->arms[arm].name);
			sb_json_add_str(obj, "pass", sb_serving_satellite_name((enum sb_pass)pass));
			add_text(obj, "text", text);
		}
}

static void add_expects(cJSON *top, const struct sb_compared *r)
{
	cJSON *list = cJSON_AddArrayToObject(top, "expects");
	bool all = true;

	for (size_t i = 0; i < r->judged_count; i++) {
		const struct sb_judged *j = &r->judged[i];
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		add_text(obj, "arm", r->c->arms[j->arm].name);
		add_text(obj, "what", j->expect->what);
		add_text(obj, "text", j->expect->text);
		sb_json_add_bool(obj, "met", j->met);
		if (j->expect->word[0])
			sb_json_add_str(obj, "value", sb_fate_name((enum sb_fate)(int)j->value));
		else
			add_number(obj, "value", j->value);
		all = all && j->met;
	}
	sb_json_add_bool(top, "expects_met", all);
}

cJSON *sb_compared_json(const struct sb_compared *r)
{
	const struct sb_comparison *c = r->c;
	const struct sb_plan *plan = c->arms[0].plan;
	cJSON *top = cJSON_CreateObject(), *list;
	char hash[20];

	sb_json_add_i64(top, "format", SB_RESULTS_FORMAT);
	sb_json_add_str(top, "kind", "comparison");
	add_text(top, "scenario", plan->name);
	add_text(top, "about", plan->about ? plan->about : "");
	snprintf(hash, sizeof(hash), "%016" PRIx64, sb_plan_timeline_hash(plan));
	sb_json_add_str(top, "timeline_xxh64", hash);
	if (c->seed < SB_JSON_EXACT)
		sb_json_add_i64(top, "seed", (int64_t)c->seed);
	else
		sb_json_add_u64(top, "seed", c->seed);
	sb_json_add_num(top, "duration_s", (double)plan->duration_ns / 1e9);
	sb_json_add_i64(top, "rounds", (int64_t)c->rounds);
	sb_json_add_bool(top, "complete", r->complete);
	sb_json_add_bool(top, "interrupted", r->interrupted);
	sb_json_add_i64(top, "missing_runs", (int64_t)r->missing);
	sb_json_add_i64(top, "invalid_runs", (int64_t)r->invalid);
	sb_json_add_i64(top, "broken_runs", (int64_t)r->broken);
	add_text(top, "baseline", c->arms[0].name);
	list = cJSON_AddArrayToObject(top, "left_out");
	for (size_t i = 0; i < c->left_out_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		add_text(obj, "arm", c->left_out[i].name);
		add_text(obj, "why", c->left_out[i].why);
	}
	add_arms(top, r);
	list = cJSON_AddArrayToObject(top, "values");
	for (size_t i = 0; i < r->row_count; i++)
		add_row(list, r, &r->rows[i]);
	add_verdicts(top, r);
	add_expects(top, r);
	return top;
}
