// SPDX-License-Identifier: MIT
/* expects_json.c - run.json with what [expect] came to */
#include <math.h>
#include <stdlib.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static void add_expects(cJSON *to, const struct sb_report *r)
{
	struct sb_expect_result *results =
	    sb_alloc(r->plan->expect_count + 1, sizeof(struct sb_expect_result));
	bool all = sb_report_expects(r, results);
	cJSON *list = cJSON_AddArrayToObject(to, "expects");
	size_t i;

	for (i = 0; i < r->plan->expect_count; i++) {
		cJSON *obj = cJSON_CreateObject();

		cJSON_AddItemToArray(list, obj);
		sb_put_text(obj, "what", results[i].expect->what);
		sb_put_text(obj, "text", results[i].expect->text);
		sb_json_add_bool(obj, "met", results[i].met);
		if (results[i].known && results[i].expect->word[0])
			sb_json_add_str(obj, "value", sb_verdict_name(r->result->verdict));
		else
			sb_json_add_num(obj, "value", results[i].known ? results[i].value : NAN);
	}
	sb_json_add_bool(to, "expects_met", all);
	free(results);
}

cJSON *sb_report_json(const struct sb_report *r)
{
	cJSON *top = sb_report_values_json(r);

	add_expects(top, r);
	return top;
}
