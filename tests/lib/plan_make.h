/* SPDX-License-Identifier: MIT */
/* plan_make.h - plans for tests, from a scenario's text */
#ifndef SATBED_TESTS_PLAN_MAKE_H
#define SATBED_TESTS_PLAN_MAKE_H

#include "satbed/plan.h"

/** try_plan() - of a scenario called t.ini; 0 or -1 with @err */
int try_plan(const char *text, struct sb_plan **out, struct sb_err *err);
/** make_plan() - likewise; the test fails where there is none */
struct sb_plan *make_plan(const char *text);

#endif
