// SPDX-License-Identifier: MIT
/* probes.c - everything that is tried, side by side, each with its time limit */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/daemons/settings.h"
#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "doctor/job.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* All of it together takes less than five seconds, whatever hangs. */
#define LIMIT_MS 4000

static const struct {
	const char *name, *what;
	sb_job_fn *fn;
} probes[] = {
    {"namespace", "links in a namespace", sb_probe_namespace},
    {"programs", "versions of programs", sb_probe_programs},
    {"units", "systemd", sb_probe_units},
    {"settings", "settings of Docker", sb_probe_settings},
    {"kernels", "kernels for the virtual clock", sb_probe_kernels},
    {"netfilter", "iptables", sb_probe_netfilter},
};

/* An address without a socket needs no child to find that out. */
static bool is_there(const struct sb_found_daemon *f)
{
	struct stat st;

	return !f->socket || !stat(f->socket, &st) || errno != ENOENT;
}

static void take_fixed(struct sb_check_context *x, struct sb_job *j, const char *name)
{
	if (j->answer)
		cJSON_AddItemToObject(x->facts, name, j->answer);
	else
		sb_find(x->out, "doctor.late", SB_LEVEL_WARN, NULL, NULL, "%s: %s", j->what,
			j->late ? "no answer within its time" : "the probe died");
}

/* What a daemon says becomes JSON and lines of a terminal. */
static void clean_strings(cJSON *tree)
{
	for (cJSON *item = tree ? tree->child : NULL; item; item = item->next) {
		if (cJSON_IsString(item)) {
			sb_auto_free char *clean = sb_clean(item->valuestring);

			cJSON_SetValuestring(item, clean);
		}
		clean_strings(item);
	}
}

static void take_row(struct sb_check_context *x, struct sb_job *j)
{
	const struct sb_daemon_probe *p = j->ctx;
	cJSON *row = j->answer;
	const char *state;

	clean_strings(row);
	if (!row)
		row = sb_row_new(p->found, "broken",
				 j->late ? "it accepts, but gives no answer within 4 s"
					 : "the probe died");
	state = sb_fact_str(row, "state");
	/* Whoever listens at a port of TCP is no more there than a socket that is not. */
	if (state && !strcmp(state, "absent"))
		cJSON_AddItemToArray(cJSON_GetObjectItem(x->facts, "absent"), row);
	else
		cJSON_AddItemToArray(x->out->daemons, row);
}

/* A job for each daemon behind those for the fixed probes; what is not there needs none. */
static size_t add_daemon_jobs(struct sb_check_context *x, const struct sb_found_daemon *found,
			      size_t found_count, struct sb_daemon_probe *probes_of,
			      struct sb_job *jobs)
{
	cJSON *absent = cJSON_AddArrayToObject(x->facts, "absent");
	size_t count = 0;

	for (size_t i = 0; i < found_count; i++) {
		if (!is_there(&found[i])) {
			cJSON_AddItemToArray(absent, sb_row_new(&found[i], "absent", NULL));
			continue;
		}
		probes_of[count] = (struct sb_daemon_probe){.x = x, .found = &found[i]};
		jobs[count] = (struct sb_job){.what = sb_strdup(found[i].address.url),
					      .fn = sb_probe_daemon,
					      .ctx = &probes_of[count]};
		count++;
	}
	return count;
}

static int run_jobs(struct sb_check_context *x, const struct sb_found_daemon *found,
		    size_t found_count, struct sb_err *err)
{
	size_t fixed = SB_ARRAY_LEN(probes), count;
	struct sb_job *jobs = sb_alloc(fixed + found_count, sizeof(*jobs));
	struct sb_daemon_probe *probes_of = sb_alloc(found_count + 1, sizeof(*probes_of));
	int rc;

	for (size_t i = 0; i < fixed; i++)
		jobs[i] = (struct sb_job){
		    .what = sb_strdup(probes[i].what), .fn = probes[i].fn, .ctx = x};
	count = fixed + add_daemon_jobs(x, found, found_count, probes_of, jobs + fixed);
	for (size_t i = 0; i < count; i++)
		jobs[i].limit_ms = LIMIT_MS;
	rc = sb_jobs_run(jobs, count, x->request, err);
	for (size_t i = 0; i < count; i++) {
		if (i < fixed)
			take_fixed(x, &jobs[i], probes[i].name);
		else
			take_row(x, &jobs[i]);
		free(jobs[i].what);
	}
	free(jobs);
	free(probes_of);
	return rc;
}

int sb_probe_all(struct sb_check_context *x, struct sb_err *err)
{
	struct sb_found_daemon *found;
	size_t count;
	int rc;

	x->out->daemons = cJSON_CreateArray();
	rc = sb_daemons_find(x, &found, &count, err);
	if (!rc) {
		cJSON_AddItemToObject(x->facts, "clock", sb_probe_clock());
		rc = run_jobs(x, found, count, err);
	}
	sb_daemons_free(found, count);
	return rc;
}
