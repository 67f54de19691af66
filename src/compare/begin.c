// SPDX-License-Identifier: MIT
/* begin.c - a new comparison: its arms resolved, tried, and written down */
#include "begin.h"

#include <stdlib.h>
#include <string.h>

#include "satbed/base/interrupt.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/batch.h"
#include "satbed/kernel.h"
#include "satbed/scenario.h"
#include "satbed/testbed.h"

/* Every path there may be, the plainest first: it becomes the baseline. */
static const char *const all_paths[] = {"docker:bridge",	  "native:bridge",
					"docker-rootless:bridge", "podman:bridge",
					"podman-rootless:bridge", "native:slirp:inside",
					"native:slirp:outside",	  "native:pasta:inside",
					"native:pasta:outside",	  "docker-rootless:slirp"};

static int load_plan(const struct sb_compare_options *o, const struct sb_arm *arm,
		     struct sb_plan **out, struct sb_err *err)
{
	size_t count = o->set_count + arm->set_count;
	const char **sets = sb_alloc(count + 1, sizeof(*sets));
	struct sb_scenario *scenario = NULL;
	int rc;

	for (size_t i = 0; i < count; i++)
		sets[i] = i < o->set_count ? o->sets[i] : arm->sets[i - o->set_count];
	rc = sb_scenario_load(o->file, sets, count, &scenario, err);
	if (!rc)
		rc = sb_plan_make(scenario, out, err);
	sb_scenario_free(scenario);
	free(sets);
	return rc;
}

static bool same_state(const struct sb_link_state *a, const struct sb_link_state *b)
{
	cJSON *one = sb_link_state_to_json(a), *other = sb_link_state_to_json(b);
	bool same = cJSON_Compare(one, other, true);

	cJSON_Delete(one);
	cJSON_Delete(other);
	return same;
}

/* Arms that meet different links compare links, not paths. */
static int check_timeline(const struct sb_arm *first, const struct sb_arm *arm, struct sb_err *err)
{
	const struct sb_plan *a = first->plan, *b = arm->plan;
	bool same = a->link_count == b->link_count && a->duration_ns == b->duration_ns &&
		    sb_plan_timeline_hash(a) == sb_plan_timeline_hash(b);

	for (size_t i = 0; same && i < 2 * a->link_count; i++)
		same = same_state(&a->links[i / 2].dir[i % 2].initial,
				  &b->links[i / 2].dir[i % 2].initial);
	if (same)
		return 0;
	return sb_fail(err, SB_EINPUT, 0,
		       "it changes the links or their timeline, which all arms must share; arms "
		       "may differ in the testbed, the queues and the flows");
}

/* Written twice on purpose: an arm against itself shows what chance alone does. */
static void make_unique(struct sb_comparison *c, struct sb_arm *arm)
{
	size_t same = 1;

	for (size_t i = 0; i < c->arm_count; i++) {
		const char *name = c->arms[i].name;
		size_t len = strlen(arm->name);

		same += !strncmp(name, arm->name, len) && (!name[len] || name[len] == '#');
	}
	if (same > 1) {
		char *name = sb_asprintf("%s#%zu", arm->name, same);

		free(arm->name);
		arm->name = name;
	}
}

/* Does its testbed come up? */
static int try_arm(const struct sb_arm *arm, struct sb_err *err)
{
	struct sb_testbed_session up = {0};
	struct sb_kernel kernel;
	int rc;

	/* What runs in a guest needs nothing else of this machine. */
	if (arm->plan->clock == SB_CLOCK_VIRTUAL) {
		rc = sb_kernel_find(arm->plan->kernel, &kernel, err);
		if (!rc)
			sb_kernel_fini(&kernel);
		return rc;
	}
	rc = sb_testbed_up_begin(&up, arm->plan, NULL, err);

	if (!rc)
		rc = sb_testbed_up_finish(&up, err);
	sb_testbed_session_fini(&up);
	if (!rc && sb_interrupted())
		rc = sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	return rc;
}

static int add_arm(const struct sb_compare_options *o, struct sb_comparison *c, const char *text,
		   struct sb_err *err)
{
	struct sb_arm arm = {0};

	if (c->arm_count == SB_MAX_ARMS)
		return sb_fail(err, SB_EINPUT, 0, "more than %d arms", SB_MAX_ARMS);
	if (sb_arm_parse(text, &arm, err))
		return -1;
	if (load_plan(o, &arm, &arm.plan, err) ||
	    (c->arm_count && check_timeline(&c->arms[0], &arm, err)) || try_arm(&arm, err)) {
		sb_arm_fini(&arm);
		return -1;
	}
	make_unique(c, &arm);
	c->arms[c->arm_count++] = arm;
	return 0;
}

static int add_given(const struct sb_compare_options *o, struct sb_comparison *c,
		     struct sb_err *err)
{
	for (size_t i = 0; i < o->arm_count; i++)
		if (add_arm(o, c, o->arms[i], err))
			return sb_wrap(err, "--arm %s", o->arms[i]);
	return 0;
}

/* What cannot run here is left out; what the scenario itself has wrong is not that. */
static int add_all(const struct sb_compare_options *o, struct sb_comparison *c, struct sb_err *err)
{
	struct sb_arm none = {0};
	struct sb_plan *plan = NULL;

	if (load_plan(o, &none, &plan, err))
		return -1;
	sb_plan_free(plan);
	for (size_t i = 0; i < SB_ARRAY_LEN(all_paths); i++) {
		struct sb_err why = {0};

		if (!add_arm(o, c, all_paths[i], &why))
			continue;
		if (sb_interrupted()) {
			*err = why;
			return -1;
		}
		if (!o->quiet)
			sb_info("left out %s: %s", all_paths[i], why.msg);
		c->left_out[c->left_out_count++] = (struct sb_left_out){
		    .name = sb_strdup(all_paths[i]), .why = sb_strdup(why.msg)};
	}
	return c->arm_count ? 0
			    : sb_fail(err, SB_EENV, 0,
				      "no path can run on this machine; see: satbed doctor");
}

static int make_directory(const struct sb_compare_options *o, struct sb_comparison *c,
			  struct sb_err *err)
{
	sb_auto_free char *stem = sb_asprintf("%s-compare", c->arms[0].plan->name);

	c->directory = sb_batch_directory("compare", stem, o->out_dir, NULL, err);
	return c->directory ? 0 : -1;
}

int sb_comparison_check_clocks(const struct sb_comparison *c, size_t jobs, struct sb_err *err)
{
	for (size_t i = 0; i < c->arm_count; i++) {
		bool real = c->arms[i].plan->clock == SB_CLOCK_REAL;

		if (sb_batch_check_jobs(c->arms[i].plan->clock, jobs, c->arms[i].name, err))
			return -1;
		if (!real && c->passes > 1)
			return sb_fail(err, SB_EINPUT, 0,
				       "--unshaped: %s is on the virtual clock, where a path "
				       "without a link costs no time; use --clock real",
				       c->arms[i].name);
	}
	return 0;
}

int sb_comparison_begin(const struct sb_compare_options *o, struct sb_comparison *c,
			struct sb_err *err)
{
	c->rounds = o->rounds;
	c->retries = o->retries;
	c->passes = o->unshaped ? SB_PASSES : 1;
	if ((o->arm_count ? add_given(o, c, err) : add_all(o, c, err)) ||
	    sb_comparison_check_clocks(c, o->jobs, err))
		return -1;
	c->seed = c->arms[0].plan->seed;
	c->scenario = strcmp(o->file, "-") ? realpath(o->file, NULL) : NULL;
	if (!c->scenario)
		c->scenario = sb_strdup("");
	for (size_t i = 0; o->unshaped && i < c->arm_count; i++)
		if (sb_plan_unshaped(c->arms[i].plan, &c->arms[i].unshaped, err))
			return -1;
	return make_directory(o, c, err) || sb_state_save(c, err) ? -1 : 0;
}
