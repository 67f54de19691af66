// SPDX-License-Identifier: MIT
/* expects_json.c - run.json with what [expect] came to */
#include <math.h>
#include <stdlib.h>

#include "report/json/put.h"
#include "report/report_priv.h"
#include "satbed/base/mem.h"

static void put_expects(struct sb_put *to, const struct sb_report *r)
{
	struct sb_expect_result *results =
	    sb_alloc(r->plan->expect_count + 1, sizeof(struct sb_expect_result));
	bool all = sb_report_expects(r, results);

	sb_put_list(to, "expects");
	for (size_t i = 0; i < r->plan->expect_count; i++) {
		const struct sb_expect_result *e = &results[i];

		sb_put_item(to, NULL);
		sb_put_text(to, "what", e->expect->what);
		sb_put_text(to, "text", e->expect->text);
		sb_put_bool(to, "met", e->met);
		if (e->known && e->expect->word[0])
			sb_put_word(to, "value", sb_verdict_name(r->result->verdict));
		else
			sb_put_number(to, "value", e->known ? e->value : NAN);
		sb_put_end(to);
	}
	sb_put_end(to);
	sb_put_bool(to, "expects_met", all);
	free(results);
}

cJSON *sb_report_json(const struct sb_report *r)
{
	struct sb_put_json json;

	sb_put_json_init(&json);
	sb_report_values(&json.put, r);
	put_expects(&json.put, r);
	return json.top;
}
