// SPDX-License-Identifier: MIT
/* plan_make.c - plans for tests, from a scenario's text */
#include "plan_make.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

#include "satbed/scenario.h"

int try_plan(const char *text, struct sb_plan **out, struct sb_err *err)
{
	struct sb_scenario *sc = NULL;
	int rc = sb_scenario_parse("t.ini", text, strlen(text), NULL, 0, &sc, err);

	if (!rc)
		rc = sb_plan_make(sc, out, err);
	sb_scenario_free(sc);
	return rc;
}

struct sb_plan *make_plan(const char *text)
{
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	if (try_plan(text, &plan, &err))
		fail_msg("%s", err.msg);
	return plan;
}
