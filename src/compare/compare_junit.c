// SPDX-License-Identifier: MIT
/* compare_junit.c - a comparison as cases of JUnit: a suite for each arm */
#include <math.h>

#include "result.h"
#include "satbed/base/mem.h"
#include "satbed/junit.h"

static void add_rounds(const struct sb_compared *r, struct sb_junit *out, const char *suite,
		       size_t arm)
{
	for (size_t i = 0; i < r->c->passes * r->c->rounds; i++) {
		enum sb_pass pass = (enum sb_pass)(i / r->c->rounds);
		size_t round = i % r->c->rounds;
		const struct sb_cell *cell = &r->cells[sb_cell_index(r->c, pass, arm, round)];
		const struct sb_attempt *last =
		    cell->count ? &cell->attempts[cell->count - 1] : NULL;
		sb_auto_free char *name =
		    sb_asprintf("round %zu%s", round + 1, pass == SB_UNSHAPED ? ", unshaped" : "");
		sb_auto_free char *said =
		    sb_asprintf("%s%s%s", last ? sb_fate_name(last->fate) : "not run",
				last && last->why ? ": " : "", last && last->why ? last->why : "");

		sb_junit_add(out, suite, name, cell->usable < 0, said);
	}
}

void sb_compared_junit(const struct sb_compared *r, struct sb_junit *out)
{
	const struct sb_comparison *c = r->c;

	for (size_t arm = 0; arm < c->arm_count; arm++) {
		sb_auto_free char *suite =
		    sb_asprintf("%s %s", c->arms[0].plan->name, c->arms[arm].name);

		add_rounds(r, out, suite, arm);
		for (size_t i = 0; i < r->judged_count; i++) {
			const struct sb_judged *j = &r->judged[i];
			sb_auto_free char *name = NULL, *said = NULL;

			if (j->arm != arm)
				continue;
			name = sb_asprintf("expected %s %s", j->expect->what, j->expect->text);
			said = j->expect->word[0]
				   ? sb_asprintf("at worst %s",
						 sb_fate_name((enum sb_fate)(int)j->value))
			       : isfinite(j->value) ? sb_asprintf("median %.9g", j->value)
						    : sb_strdup("not measured in every round");
			sb_junit_add(out, suite, name, !j->met, said);
		}
	}
}
