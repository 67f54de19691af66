// SPDX-License-Identifier: MIT
/*
 * testbed_trial.c - a whole testbed raised on a daemon and taken down again: links in the real namespace
 *
 * Containers, networks, the emulator beside them, shaping where the run would shape.  It pulls nothing:
 * only where the image is there.  Not in a child with a time limit: killed, it would leave things
 * behind; each of its steps has a limit of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/daemons.h"
#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/plan.h"
#include "satbed/scenario.h"
#include "satbed/testbed.h"

static const char scenario[] = "[scenario]\nname = doctor\nduration = 1s\n"
			       "[link.up]\ndelay = 10ms\nrate = 10mbit\n"
			       "[link.down]\ndelay = 10ms\nrate = 10mbit\n"
			       "[flow.bulk]\nkind = bulk\ndirection = down\n";

static int make_plan(const char *engine, const char *image, struct sb_plan **out,
		     struct sb_err *err)
{
	sb_auto_free char *set_engine = sb_asprintf("testbed.engine=%s", engine);
	sb_auto_free char *set_image = sb_asprintf("testbed.image=%s", image);
	const char *sets[] = {set_engine, set_image};
	struct sb_scenario *sc;
	int rc;

	if (sb_scenario_parse("doctor's own", scenario, strlen(scenario), sets, 2, &sc, err))
		return -1;
	rc = sb_plan_make(sc, out, err);
	sb_scenario_free(sc);
	return rc;
}

static cJSON *try_engine(const char *engine, const char *image)
{
	int64_t start_ns = sb_mono_ns();
	struct sb_testbed_session raised = {0};
	struct sb_plan *plan = NULL;
	cJSON *facts = cJSON_CreateObject();
	struct sb_err err = {0};
	int rc;

	rc = make_plan(engine, image, &plan, &err);
	if (!rc) {
		rc = sb_testbed_up_begin(&raised, plan, NULL, &err);
		if (!rc)
			rc = sb_testbed_up_finish(&raised, &err);
		sb_testbed_down(&raised);
	}
	sb_json_add_bool(facts, "works", !rc);
	sb_json_add_num(facts, "seconds", (double)(sb_mono_ns() - start_ns) / 1e9);
	if (rc) {
		sb_json_add_str(facts, "why", err.msg);
	} else {
		sb_json_add_str(facts, "backend", raised.link_backend);
		sb_json_add_str(facts, "why", raised.backend_why);
	}
	if (plan)
		sb_testbed_session_fini(&raised);
	sb_plan_free(plan);
	return facts;
}

/* A daemon is asked for by its socket, so that it is this one. */
static const char *address_of(const cJSON *row)
{
	const char *url = sb_fact_str(row, "url");

	return !strncmp(url, "unix://", 7) ? url : sb_fact_str(row, "engine");
}

static void try_one(struct sb_check_context *x, cJSON *trials, const char *subject,
		    const char *engine)
{
	sb_auto_free char *what = sb_asprintf("a testbed on %s", subject);
	cJSON *facts;

	if (sb_interrupted())
		return;
	if (x->request->waiting)
		x->request->waiting(what, 1000, x->request->ctx);
	facts = try_engine(engine, x->request->image);
	sb_json_add_str(facts, "engine", subject);
	cJSON_AddItemToArray(trials, facts);
}

int sb_probe_trials(struct sb_check_context *x, struct sb_err *err)
{
	cJSON *trials = cJSON_AddArrayToObject(x->facts, "trials");
	const cJSON *row;

	if (!x->request->deep && !x->request->engine)
		return 0;
	if (sb_check_context_wants(x, "native"))
		try_one(x, trials, "native", "native");
	cJSON_ArrayForEach(row, x->out->daemons)
	{
		if (sb_row_answers(row) && sb_fact_true(sb_fact(row, "image"), "present"))
			try_one(x, trials, sb_fact_str(row, "engine"), address_of(row));
	}
	return sb_interrupted() ? sb_fail(err, SB_EINTERRUPTED, 0, "interrupted") : 0;
}

static void check_trial(const struct sb_check_context *x, const cJSON *trial)
{
	const char *engine = sb_fact_str(trial, "engine"), *why = sb_fact_str(trial, "why"),
		   *backend = sb_fact_str(trial, "backend");
	bool netem = backend && !strcmp(backend, "netem");

	if (!sb_fact_true(trial, "works"))
		sb_find(x->out, "trial.testbed", SB_LEVEL_FAIL, engine, NULL,
			"a testbed was tried on %s: %s", engine, why);
	else
		sb_find(x->out, "trial.testbed", SB_LEVEL_OK, engine, NULL,
			"a testbed was raised on %s and removed in %.1f s; in its real network "
			"namespace the link backend is %s%s%s",
			engine, sb_fact_num(trial, "seconds"), backend ? backend : "not known",
			netem || !why ? "" : ": ", netem || !why ? "" : why);
}

void sb_check_trials(const struct sb_check_context *x)
{
	const cJSON *trial;

	cJSON_ArrayForEach(trial, sb_fact(x->facts, "trials"))
	{
		check_trial(x, trial);
	}
}
