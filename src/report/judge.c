// SPDX-License-Identifier: MIT
/* judge.c - the lines of [expect] held against what was measured */
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
} values[] = {
    {"goodput", SB_UNIT_RATE, get_goodput, NULL},
    {"retransmits", SB_UNIT_COUNT, get_retransmits, NULL},
    {"loss", SB_UNIT_FRACTION, NULL, get_loss},
    {"delay", SB_UNIT_MS, NULL, get_delay},
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

static bool holds(double value, enum sb_relation relation, double wanted)
{
	switch (relation) {
	case SB_GE:
		return value >= wanted;
	case SB_GT:
		return value > wanted;
	case SB_LE:
		return value <= wanted;
	case SB_LT:
		return value < wanted;
	case SB_EQ:
		return !(value < wanted) && !(value > wanted) && !isnan(value);
	}
	return false;
}

/*
 * One more value that an expectation is about.  A flow of several clients has several, and every
 * one must hold: the value shown is the first that does not, or the first of all.
 */
static void judge_one(struct sb_expect_result *r, double value, bool first)
{
	bool held = isfinite(value) && holds(value, r->expect->relation, r->expect->value);

	if (first || (r->held && !held)) {
		r->known = isfinite(value);
		r->value = value;
	}
	r->held = r->held && held;
}

static void judge_fidelity(struct sb_expect_result *r, enum sb_verdict verdict)
{
	r->known = true;
	r->value = verdict;
	r->held =
	    verdict == SB_PASS || (verdict == SB_WARN && strcmp(r->expect->word, "warn") == 0);
}

static void judge(const struct sb_report *rep, const struct sb_expect *e,
		  struct sb_expect_result *out)
{
	const struct sb_plan *plan = rep->plan;
	const char *rest = NULL;
	size_t i, found = 0;
	int row, dir;

	*out = (struct sb_expect_result){.expect = e, .held = true, .value = NAN};
	if (strcmp(e->what, "fidelity") == 0) {
		judge_fidelity(out, rep->result->verdict);
		return;
	}
	row = find_value(e->what, &rest);
	for (i = 0; row >= 0 && values[row].flow && i < rep->result->flow_count; i++)
		if (strcmp(plan->flows[i].name, rest) == 0)
			judge_one(out, values[row].flow(&rep->result->flows[i]), found++ == 0);
	for (i = 0; row >= 0 && values[row].dir && i < rep->result->link_count; i++)
		for (dir = SB_UP; dir <= SB_DOWN; dir++)
			if (strcmp(sb_dir_name((enum sb_dir)dir), rest) == 0)
				judge_one(out, values[row].dir(&rep->result->links[i][dir]),
					  found++ == 0);
	if (found == 0)
		out->held = false;
}

bool sb_report_expects(const struct sb_report *r, struct sb_expect_result *out)
{
	bool all = true;
	size_t i;

	for (i = 0; i < r->plan->expect_count; i++) {
		judge(r, &r->plan->expects[i], &out[i]);
		all = all && out[i].held;
	}
	return all;
}
