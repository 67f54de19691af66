// SPDX-License-Identifier: MIT
/* doctor.c - the order of things: probe side by side, then judge, then the verdict */
#include "satbed/doctor.h"

#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/daemons.h"
#include "check_context.h"
#include "findings.h"
#include "satbed/base/mem.h"

/* `engine = auto` prefers them in this order. */
static const char *const engine_names[SB_DOCTOR_ENGINES] = {"docker-rootless", "docker",
							    "podman-rootless", "podman", "native"};

typedef void sb_check_fn(const struct sb_check_context *x);

static sb_check_fn *const checks[] = {
    sb_check_system,   sb_check_netfilter, sb_check_kernels,  sb_check_native,
    sb_check_links,    sb_check_bridges,   sb_check_cc,	      sb_check_rootless,
    sb_check_programs, sb_check_access,	   sb_check_platform, sb_check_registries,
    sb_check_units,    sb_check_daemons,   sb_check_two,      sb_check_trials,
};

static bool is_address(const char *engine)
{
	return strstr(engine, "://") != NULL;
}

static int check_request(const struct sb_doctor_request *request, struct sb_err *err)
{
	if (!request->engine || is_address(request->engine))
		return 0;
	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++)
		if (!strcmp(request->engine, engine_names[i]))
			return 0;
	return sb_fail(
	    err, SB_EINPUT, 0,
	    "unknown engine \"%s\"; expected docker-rootless, docker, podman, podman-rootless, "
	    "native, and addresses: unix:///run/docker.sock, tcp://HOST:2376",
	    request->engine);
}

/* The engines the request is about: the one asked for, or all. */
static size_t wanted_engines(const struct sb_doctor_request *request,
			     const char *names[SB_DOCTOR_ENGINES])
{
	if (request->engine) {
		names[0] = request->engine;
		return 1;
	}
	memcpy(names, engine_names, sizeof(engine_names));
	return SB_DOCTOR_ENGINES;
}

static bool links_work(const cJSON *ns)
{
	return sb_fact_true(sb_fact(ns, "netem"), "works") ||
	       sb_fact_true(sb_fact(ns, "user"), "works");
}

/* Its own daemon, or with an address any; the one that answers before others. */
static const cJSON *row_of(const struct sb_check_context *x, const char *name)
{
	const cJSON *row, *second = NULL;

	cJSON_ArrayForEach(row, x->out->daemons)
	{
		if (!is_address(name) && !sb_row_is(row, name))
			continue;
		if (sb_row_answers(row))
			return row;
		second = row;
	}
	return second;
}

/* An address is the one engine there is a trial of. */
static const cJSON *trial_of(const struct sb_check_context *x, const char *name)
{
	const cJSON *trial;

	cJSON_ArrayForEach(trial, sb_fact(x->facts, "trials"))
	{
		if (is_address(name) || !strcmp(sb_fact_str(trial, "engine"), name))
			return trial;
	}
	return NULL;
}

static void judge_native(const struct sb_check_context *x, struct sb_engine_verdict *v)
{
	const cJSON *ns = sb_fact(x->facts, "namespace");
	const char *why = sb_fact_str(ns, "why");

	if (!sb_fact_true(ns, "made"))
		v->why = sb_strdup(why ? why : "no namespaces of its own");
	else if (!links_work(ns))
		v->why = sb_strdup("neither netem nor satbed's own link works");
	else
		v->can_run = true;
	if (v->can_run)
		v->why =
		    sb_asprintf("link backend %s",
				sb_fact_true(sb_fact(ns, "netem"), "works") ? "netem" : "user");
}

static void judge_container(const struct sb_check_context *x, struct sb_engine_verdict *v)
{
	const cJSON *row = row_of(x, v->name);
	const char *state = sb_fact_str(row, "state");

	v->can_run = row && sb_row_answers(row);
	if (v->can_run)
		v->why = sb_asprintf("%s at %s answers",
				     sb_fact_true(row, "podman") ? "Podman" : "Docker",
				     sb_fact_str(row, "url"));
	else if (row)
		v->why = sb_asprintf("%s: %s", sb_fact_str(row, "url"), state ? state : "silent");
	else
		v->why = sb_strdup("the daemon is not running");
}

static void judge_engine(const struct sb_check_context *x, struct sb_engine_verdict *v)
{
	const cJSON *trial = trial_of(x, v->name);

	if (!strcmp(v->name, "native"))
		judge_native(x, v);
	else
		judge_container(x, v);
	if (!v->can_run || !trial || sb_fact_true(trial, "works"))
		return;
	free(v->why);
	v->can_run = false;
	v->why = sb_strdup("a testbed was tried and did not come up, see above");
}

int sb_doctor_examine(const struct sb_doctor_request *request, struct sb_diagnosis *out,
		      struct sb_err *err)
{
	struct sb_check_context x = {.request = request, .machine = sb_machine_here(), .out = out};
	const char *names[SB_DOCTOR_ENGINES];
	size_t count = wanted_engines(request, names);
	cJSON *row;

	if (check_request(request, err))
		return -1;
	out->one_asked = request->engine != NULL;
	x.facts = cJSON_CreateObject();
	if (sb_probe_all(&x, err)) {
		cJSON_Delete(x.facts);
		return -1;
	}
	sb_rows_merge(out->daemons);
	if (sb_probe_trials(&x, err)) {
		cJSON_Delete(x.facts);
		return -1;
	}
	cJSON_ArrayForEach(row, out->daemons)
	{
		sb_row_add_advice(&x, row);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(checks); i++)
		checks[i](&x);
	for (size_t i = 0; i < count; i++) {
		out->engines[i].name = sb_strdup(names[i]);
		judge_engine(&x, &out->engines[i]);
	}
	cJSON_Delete(x.facts);
	return 0;
}
