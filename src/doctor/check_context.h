/* SPDX-License-Identifier: MIT */
/*
 * check_context.h - one examination: what was tried (facts) and what that means (findings)
 *
 * Probes run in children and answer with facts; checks judge facts and files, and try nothing.  So
 * a test hands any facts and any files to a check.
 */
#ifndef SATBED_DOCTOR_EXAM_H
#define SATBED_DOCTOR_EXAM_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "doctor/system/machine.h"
#include "satbed/doctor.h"

/**
 * struct sb_check_context - what checks are given
 * @facts:	answers of the probes by their names; what gave no answer is missing
 * @out:	findings go there; so do the daemons' rows
 */
struct sb_check_context {
	const struct sb_doctor_request *request;
	const struct sb_machine *machine;
	cJSON *facts;
	struct sb_diagnosis *out;
};

/* Reading facts: absent or of another type is NULL, false, 0. */
const cJSON *sb_fact(const cJSON *of, const char *key);
const char *sb_fact_str(const cJSON *of, const char *key);
bool sb_fact_true(const cJSON *of, const char *key);
double sb_fact_num(const cJSON *of, const char *key);

/** sb_check_context_wants() - does the request concern @engine ("native", "docker", ...)? */
bool sb_check_context_wants(const struct sb_check_context *x, const char *engine);
/** sb_check_context_wants_rootless() - ... any engine with a daemon of an ordinary user? */
bool sb_check_context_wants_rootless(const struct sb_check_context *x);

/**
 * sb_check_can_fix() - sb_find_can_fix(), unless the person is another one than who asks: by sudo nothing
 * of theirs is started
 */
void sb_check_can_fix(const struct sb_check_context *x);

/** sb_probe_all() - try everything the request concerns; answers become facts, daemons rows */
int sb_probe_all(struct sb_check_context *x, struct sb_err *err);

/** sb_probe_trials() - testbeds, once the daemons are known; -1 with @err when interrupted */
int sb_probe_trials(struct sb_check_context *x, struct sb_err *err);

/* Probes, for sb_jobs_run(); @ctx is the struct sb_check_context. */
cJSON *sb_probe_namespace(const void *ctx); /* links.c: "namespace" */
cJSON *sb_probe_programs(const void *ctx);  /* programs.c: "programs" */
cJSON *sb_probe_units(const void *ctx);	    /* units.c: "units" */
cJSON *sb_probe_kernels(const void *ctx);   /* kernel.c: "kernels" */
cJSON *sb_probe_netfilter(const void *ctx); /* netfilter.c: "netfilter" */
/** sb_probe_clock() - how late sleeps end; not in a child, before anything else runs */
cJSON *sb_probe_clock(void);

/* Checks, in the order of the report. */
void sb_check_system(const struct sb_check_context *x);
void sb_check_kernels(const struct sb_check_context *x);
void sb_check_netfilter(const struct sb_check_context *x);
void sb_check_native(const struct sb_check_context *x);
void sb_check_links(const struct sb_check_context *x);
void sb_check_bridges(const struct sb_check_context *x);
void sb_check_cc(const struct sb_check_context *x);
void sb_check_rootless(const struct sb_check_context *x);
void sb_check_programs(const struct sb_check_context *x);
void sb_check_access(const struct sb_check_context *x);
void sb_check_platform(const struct sb_check_context *x);
void sb_check_units(const struct sb_check_context *x);
void sb_check_trials(const struct sb_check_context *x); /* testbed_trial.c */

#endif
