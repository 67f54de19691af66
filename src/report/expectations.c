// SPDX-License-Identifier: MIT
/* expectations.c - the lines of [expect] held against what was measured */
#include "report_priv.h"

#include <math.h>
#include <string.h>

#include "satbed/base/mem.h"

/* A value of one flow, or NAN where the run does not have it. */
static double get_goodput(const struct sb_flow_result *f)
{
	return f->goodput_bps;
}

static double get_retransmits(const struct sb_flow_result *f)
{
	return f->retransmits < 0 ? NAN : (double)f->retransmits;
}

/* What a flow's kind has beyond its packets. */
static double get_completion(const struct sb_flow_outcome *o, const char *quantile)
{
	(void)quantile;
	return o->kind == SB_FLOW_FILE && o->complete ? o->completion_s * 1000 : NAN;
}

static double get_timeouts(const struct sb_flow_outcome *o, const char *quantile)
{
	(void)quantile;
	return o->kind == SB_FLOW_RR ? (double)o->timeouts : NAN;
}

static double get_latency(const struct sb_flow_outcome *o, const char *quantile)
{
	for (size_t i = 0; i < SB_LATENCIES; i++)
		if (o->kind == SB_FLOW_RR && !strcmp(quantile, sb_latency_names[i]))
			return o->latency_ms[i];
	return NAN;
}

/* The same of one direction of one link. */
static double get_loss(const struct sb_dir_result *d)
{
	return d->loss;
}

static double get_delay(const struct sb_dir_result *d)
{
	return d->delay_ms.count ? d->delay_ms.p50 : NAN;
}

static const struct {
	const char *name;
	enum sb_report_unit unit;
	double (*flow)(const struct sb_flow_result *f);
	double (*dir)(const struct sb_dir_result *d);
	double (*outcome)(const struct sb_flow_outcome *o, const char *quantile);
} values[] = {
    {"goodput", SB_UNIT_RATE, get_goodput, NULL, NULL},
    {"retransmits", SB_UNIT_COUNT, get_retransmits, NULL, NULL},
    {"loss", SB_UNIT_FRACTION, NULL, get_loss, NULL},
    {"delay", SB_UNIT_MS, NULL, get_delay, NULL},
    {"completion", SB_UNIT_MS, NULL, NULL, get_completion},
    {"timeouts", SB_UNIT_COUNT, NULL, NULL, get_timeouts},
    {"latency", SB_UNIT_MS, NULL, NULL, get_latency},
};

/* Row of the table that @what begins with; *@rest is what follows the dot. */
static int find_value(const char *what, const char **rest)
{
	size_t i, len;

	for (i = 0; i < SB_ARRAY_LEN(values); i++) {
		len = strlen(values[i].name);
		if (strncmp(what, values[i].name, len) == 0 && what[len] == '.') {
			*rest = what + len + 1;
			return (int)i;
		}
	}
	return -1;
}

enum sb_report_unit sb_report_unit(const char *what)
{
	const char *rest;
	int row = find_value(what, &rest);

	return row < 0 ? SB_UNIT_COUNT : values[row].unit;
}

/*
 * One more value that an expectation is about.  A flow of several clients has several, and every
 * one must hold: the value shown is the first that does not, or the first of all.
 */
static void judge_one(struct sb_expect_result *r, double value, bool first)
{
	bool held =
	    isfinite(value) && sb_relation_holds(value, r->expect->relation, r->expect->value);

	if (first || (r->met && !held)) {
		r->known = isfinite(value);
		r->value = value;
	}
	r->met = r->met && held;
}

static void judge_fidelity(struct sb_expect_result *r, enum sb_verdict verdict)
{
	r->known = true;
	r->value = verdict;
	r->met = verdict == SB_PASS || (verdict == SB_WARN && strcmp(r->expect->word, "warn") == 0);
}

/* "web" and "web.p99" are about the flow web; names have no dots. */
static bool is_about(const char *rest, const char *name, const char **quantile)
{
	size_t len = strlen(name);

	if (strncmp(rest, name, len) || (rest[len] && rest[len] != '.'))
		return false;
	*quantile = rest[len] ? rest + len + 1 : "";
	return true;
}

static void judge(const struct sb_report *rep, const struct sb_expect *e,
		  struct sb_expect_result *out)
{
	const struct sb_plan *plan = rep->plan;
	const char *rest = NULL, *quantile;
	size_t i, found = 0;
	int row, dir;

	*out = (struct sb_expect_result){.expect = e, .met = true, .value = NAN};
	if (strcmp(e->what, "fidelity") == 0) {
		judge_fidelity(out, rep->result->verdict);
		return;
	}
	if (e->what[0] == '/') {
		judge_one(out, sb_report_value(rep, e->what), true);
		return;
	}
	row = find_value(e->what, &rest);
	for (i = 0; row >= 0 && values[row].flow && i < rep->result->flow_count; i++)
		if (strcmp(plan->flows[i].name, rest) == 0)
			judge_one(out, values[row].flow(&rep->result->flows[i]), found++ == 0);
	for (i = 0; row >= 0 && values[row].outcome && rep->outcomes && i < plan->flow_count; i++)
		if (is_about(rest, plan->flows[i].name, &quantile))
			judge_one(out, values[row].outcome(&rep->outcomes[i], quantile),
				  found++ == 0);
	for (i = 0; row >= 0 && values[row].dir && i < rep->result->link_count; i++)
		for (dir = SB_UP; dir <= SB_DOWN; dir++)
			if (strcmp(sb_dir_name((enum sb_dir)dir), rest) == 0)
				judge_one(out, values[row].dir(&rep->result->links[i][dir]),
					  found++ == 0);
	if (found == 0)
		out->met = false;
}

bool sb_report_expects(const struct sb_report *r, struct sb_expect_result *out)
{
	bool all = true;

	for (size_t i = 0; i < r->plan->expect_count; i++) {
		judge(r, &r->plan->expects[i], &out[i]);
		all = all && out[i].met;
	}
	return all;
}
