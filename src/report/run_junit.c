// SPDX-License-Identifier: MIT
/* run_junit.c - a run as cases of JUnit: links, flows, expectations */
#include <math.h>
#include <stdlib.h>

#include "report_priv.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"

static void add_links(const struct sb_report *r, struct sb_junit *out, const char *suite)
{
	char client[SB_NAME_MAX];

	for (size_t i = 0; i < 2 * r->result->link_count; i++) {
		const struct sb_dir_result *d = &r->result->links[i / 2][i % 2];
		sb_auto_free char *name =
		    sb_asprintf("link %s %s", sb_link_name(client, r->plan, i / 2),
				sb_dir_name((enum sb_dir)(i % 2)));
		sb_auto_free char *said =
		    sb_asprintf("%s%s%s", sb_verdict_name(d->verdict), d->reasons.count ? ": " : "",
				d->reasons.count ? d->reasons.text[0] : "");

		sb_junit_add(out, suite, name, d->verdict == SB_INVALID, said);
	}
}

static void add_run(const struct sb_report *r, struct sb_junit *out, const char *suite)
{
	const struct sb_result *result = r->result;
	sb_auto_free char *said = sb_asprintf("%s%s%s%s", sb_verdict_name(result->verdict),
					      r->interrupted ? ", interrupted"
					      : r->cut_off   ? ", cut off"
							     : "",
					      result->reasons.count ? ": " : "",
					      result->reasons.count ? result->reasons.text[0] : "");

	sb_junit_add(out, suite, "verdict",
		     result->verdict == SB_INVALID || r->interrupted || r->cut_off, said);
}

static void add_flows(const struct sb_report *r, struct sb_junit *out, const char *suite)
{
	char client[SB_NAME_MAX];

	for (size_t i = 0; i < r->result->flow_count; i++) {
		const struct sb_flow *flow = &r->plan->flows[i];
		const struct sb_flow_outcome *o = r->outcomes ? &r->outcomes[i] : NULL;
		const char *error = r->flow_errors ? r->flow_errors[i] : NULL;
		bool failed = o && (o->failed || (o->kind == SB_FLOW_FILE && o->damaged_at >= 0));
		sb_auto_free char *name =
		    sb_asprintf("flow %s %s %s", flow->name, sb_flow_client(client, r->plan, flow),
				sb_dir_name((enum sb_dir)flow->dir));
		sb_auto_free char *said =
		    sb_asprintf("%.0f bit/s%s%s", r->result->flows[i].goodput_bps,
				error	 ? ", error: "
				: failed ? ", failed"
					 : "",
				error ? error : "");

		sb_junit_add(out, suite, name, failed, said);
	}
}

static void add_expects(const struct sb_report *r, struct sb_junit *out, const char *suite)
{
	size_t count = r->plan->expect_count;
	struct sb_expect_result *results = sb_alloc(count + 1, sizeof(*results));

	sb_report_expects(r, results);
	for (size_t i = 0; i < count; i++) {
		const struct sb_expect_result *e = &results[i];
		sb_auto_free char *name =
		    sb_asprintf("expected %s %s", e->expect->what, e->expect->text);
		sb_auto_free char *said = e->expect->word[0]
					      ? sb_strdup(sb_verdict_name(r->result->verdict))
					  : e->known ? sb_asprintf("measured %.9g", e->value)
						     : sb_strdup("not measured");

		sb_junit_add(out, suite, name, !e->met, said);
	}
	free(results);
}

void sb_report_junit(const struct sb_report *r, struct sb_junit *out)
{
	const char *suite = r->plan->name;

	add_run(r, out, suite);
	add_links(r, out, suite);
	add_flows(r, out, suite);
	add_expects(r, out, suite);
}
