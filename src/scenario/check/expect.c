// SPDX-License-Identifier: MIT
/* expect.c - lines of [expect]: flows that there are, of kinds that have such a value */
#include "check.h"

#include <string.h>

#include "satbed/base/mem.h"
#include "scenario/schema.h"

/* Values of [expect] that are of a flow: which kinds have them, and what to say to the others. */
static const struct {
	const char *name;
	unsigned int kinds;
	const char *why;
} flow_values[] = {
    {"goodput", ~0u, ""},
    {"retransmits", ~(1u << SB_FLOW_STREAM), "a stream flow retransmits nothing"},
    {"completion", 1u << SB_FLOW_FILE, "only a file flow completes"},
    {"latency", 1u << SB_FLOW_RR, "only an rr flow has latencies"},
    {"timeouts", 1u << SB_FLOW_RR, "only an rr flow has timeouts"},
};

/* The flow's name in "latency.web.p99", and whether the rest is as it should be. */
static bool split_what(const char *what, size_t stem, char name[SB_NAME_MAX])
{
	static const char *const quantiles[] = {"p50", "p90", "p95", "p99", "p999", "max"};
	const char *last = strrchr(what, '.');
	size_t len = strlen(what + stem + 1);
	bool good = true;

	if (!strncmp(what, "latency.", 8)) {
		good = false;
		for (size_t i = 0; i < SB_ARRAY_LEN(quantiles); i++)
			good |= last > what + stem && !strcmp(last + 1, quantiles[i]);
		if (good)
			len = (size_t)(last - (what + stem + 1));
	}
	if (len >= SB_NAME_MAX)
		len = SB_NAME_MAX - 1;
	memcpy(name, what + stem + 1, len);
	name[len] = '\0';
	return good;
}

void sb_check_expectation(const struct sb_scenario *sc, const struct sb_expectation *x,
			  struct sb_findings *f)
{
	const char *names[SB_FLOWS_MAX + 1] = {NULL}, *what = x->expect.what, *near;
	size_t count = 0, row = 0, stem = strcspn(what, ".");
	char name[SB_NAME_MAX];

	while (row < SB_ARRAY_LEN(flow_values) &&
	       (strncmp(flow_values[row].name, what, stem) || flow_values[row].name[stem]))
		row++;
	if (row == SB_ARRAY_LEN(flow_values) || !what[stem])
		return;
	if (!split_what(what, stem, name)) {
		sb_findings_add(
		    f, x->place,
		    "%s: which quantile? Expected for example latency.%s.p99 (p50, p90, p95, "
		    "p99, p999 or max)",
		    what, name);
		return;
	}
	for (size_t i = 0; i < sc->section_count && count < SB_FLOWS_MAX; i++) {
		const struct sb_section *s = &sc->sections[i];
		const struct sb_value *kind;

		if (s->kind != SB_SEC_FLOW)
			continue;
		names[count++] = s->name;
		if (strcmp(s->name, name))
			continue;
		kind = sb_value(s, SB_KEY_KIND);
		if (sb_has(kind) && !(flow_values[row].kinds >> kind->word & 1))
			sb_findings_add(f, x->place, "%s: %s", what, flow_values[row].why);
		return;
	}
	near = sb_suggest(name, names);
	if (near)
		sb_findings_add(f, x->place, "%s: no section [flow.%s]; did you mean \"%.*s.%s\"?",
				what, name, (int)stem, what, near);
	else
		sb_findings_add(f, x->place, "%s: no section [flow.%s]", what, name);
}
