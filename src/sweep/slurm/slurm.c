// SPDX-License-Identifier: MIT
/* slurm.c - rounds of tasks: what is missing is submitted, waited for, and submitted again */
#include "slurm.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/kernel.h"
#include "call.h"

#define SLICE_S	    600 /* of work in a task: starting one takes seconds */
#define TASKS_LEAST 8	/* of a small sweep: or one machine would do it all */
#define ROUNDS	    3
#define LOOK_MS	    2000
#define SILENT_MAX  30 /* looks in a row without an answer of squeue's */

static int make_directory(const char *path, struct sb_err *err)
{
	return mkdir(path, 0700) && errno != EEXIST
		   ? sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path)
		   : 0;
}

static int copy_file(const char *from, const char *to, mode_t mode, struct sb_err *err)
{
	sb_auto_free char *part = sb_asprintf("%s.part", to);
	sb_auto_close int in = open(from, O_RDONLY | O_CLOEXEC);
	sb_auto_close int out = -1;
	char buf[65536];
	ssize_t n;

	if (in < 0)
		return sb_fail(err, SB_EENV, errno, "cannot read %s", from);
	unlink(part);
	out = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (out < 0)
		return sb_fail(err, SB_EENV, errno, "cannot write %s", part);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (sb_write_all(out, buf, (size_t)n))
			return sb_fail(err, SB_EENV, errno, "cannot write %s", part);
	if (n < 0 || fsync(out) || rename(part, to))
		return sb_fail(err, SB_EENV, errno, "cannot copy %s to %s", from, to);
	return 0;
}

/* What a node needs: this program and its kernel, nothing installed. */
static int provide(const struct sb_slurm *s, const char *slurm, struct sb_err *err)
{
	sb_auto_free char *program = sb_asprintf("%s/satbed", slurm), *kernels = NULL, *to = NULL;
	static const char *const below[] = {"/data", "/data/satbed", "/data/satbed/kernels"};
	static const char *const files[] = {"linux", "config", "manifest.json"};
	struct sb_kernel kernel;
	int rc = copy_file("/proc/self/exe", program, 0700, err);

	for (size_t i = 0; !rc && i < SB_ARRAY_LEN(below); i++) {
		sb_auto_free char *path = sb_asprintf("%s%s", slurm, below[i]);

		rc = make_directory(path, err);
	}
	if (rc || sb_kernel_find(s->kernel, &kernel, err))
		return -1;
	to = sb_asprintf("%s/data/satbed/kernels/%s", slurm, kernel.name);
	kernels = sb_strdup(kernel.program);
	*strrchr(kernels, '/') = '\0';
	rc = make_directory(to, err);
	for (size_t i = 0; !rc && i < SB_ARRAY_LEN(files); i++) {
		sb_auto_free char *from = sb_asprintf("%s/%s", kernels, files[i]);
		sb_auto_free char *there = sb_asprintf("%s/%s", to, files[i]);

		if (access(there, F_OK))
			rc = copy_file(from, there, i ? 0600 : 0700, err);
	}
	sb_kernel_fini(&kernel);
	return rc;
}

static size_t missing(const struct sb_slurm *s, size_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		if (s->runs[i].there || s->runs[i].failed > s->directory->retries)
			continue;
		if (out)
			out[n] = i;
		n++;
	}
	return n;
}

static size_t choose_tasks(const struct sb_slurm *s, size_t runs)
{
	size_t most = sb_slurm_array_max();
	size_t tasks = (size_t)((double)runs * s->run_s / SLICE_S) + 1;

	if (s->options->max_tasks && s->options->max_tasks < most)
		most = s->options->max_tasks;
	if (tasks < TASKS_LEAST)
		tasks = TASKS_LEAST;
	if (tasks > most)
		tasks = most;
	return tasks < runs ? tasks : runs;
}

static int write_script(const char *path, const char *slurm, const char *round, struct sb_err *err)
{
	/* In quotes: a directory's name may hold anything but a quote, which is refused before. */
	sb_auto_free char *text = sb_asprintf("#!/bin/sh\n"
					      "export XDG_DATA_HOME='%s/data'\n"
					      "exec '%s/satbed' sweep --slice "
					      "'%s'/slice-$SLURM_ARRAY_TASK_ID.json\n",
					      slurm, slurm, round);

	return sb_replace_file(path, text, strlen(text), err);
}

/* Neighbours go to different tasks: what is there early has all combinations of a seed. */
static int write_slices(const struct sb_slurm *s, const char *round, size_t tasks,
			struct sb_err *err)
{
	size_t *runs = sb_alloc(s->count, sizeof(*runs)), *mine = sb_alloc(s->count, sizeof(*mine));
	size_t count = missing(s, runs);
	int rc = 0;

	for (size_t t = 0; !rc && t < tasks; t++) {
		sb_auto_free char *path = sb_asprintf("%s/slice-%zu.json", round, t);
		size_t n = 0;

		for (size_t i = t; i < count; i += tasks)
			mine[n++] = runs[i];
		rc = sb_slice_write(path, s, mine, n, err);
	}
	free(runs);
	free(mine);
	return rc;
}

static int submit(const struct sb_slurm *s, const char *slurm, uint64_t *job, struct sb_err *err)
{
	size_t tasks = choose_tasks(s, missing(s, NULL));
	sb_auto_free char *round = NULL, *script = NULL, *log = NULL, *number = NULL, *note = NULL;

	for (int n = 1; !round; n++) {
		char *path = sb_asprintf("%s/round-%d", slurm, n);

		if (!mkdir(path, 0700)) {
			round = path;
		} else {
			free(path);
			if (errno != EEXIST)
				return sb_fail(err, SB_EENV, errno, "cannot write in %s", slurm);
		}
	}
	script = sb_asprintf("%s/task.sh", round);
	log = sb_asprintf("%s/task-%%a.log", round);
	note = sb_asprintf("%s/job", slurm);
	if (write_slices(s, round, tasks, err) || write_script(script, slurm, round, err) ||
	    sb_slurm_submit(script, log, s->options->slurm_options, s->options->slurm_option_count,
			    tasks, job, err))
		return -1;
	if (!s->options->quiet)
		fprintf(stderr, "Slurm job %" PRIu64 ": %zu runs in %zu tasks\n", *job,
			missing(s, NULL), tasks);
	number = sb_asprintf("%" PRIu64 "\n", *job);
	return sb_replace_file(note, number, strlen(number), err);
}

/* The job that an earlier process has submitted; 0 = none, or it is over. */
static uint64_t earlier_job(const char *slurm)
{
	sb_auto_free char *note = sb_asprintf("%s/job", slurm), *text = NULL;
	const char *at;
	uint64_t job;

	if (sb_read_file(note, 64, &text, NULL, NULL))
		return 0;
	at = text;
	return !sb_read_digits(&at, UINT64_MAX, &job) && job && sb_slurm_tasks(job, NULL) > 0 ? job
											      : 0;
}

/* Until no task of it is left, or nothing is missing any more. */
static int wait_for(const struct sb_slurm *s, uint64_t job, struct sb_err *err)
{
	int silent = 0;

	while (!sb_interrupted()) {
		struct timespec nap = {.tv_sec = LOOK_MS / 1000};
		struct sb_err why = {0};
		long tasks = sb_slurm_tasks(job, &why);

		/* After the tasks: a run that the last one has finished is there then. */
		if (s->look(s->arg, err))
			return -1;
		if (!missing(s, NULL) || !tasks)
			return 0;
		silent = tasks < 0 ? silent + 1 : 0;
		if (silent > SILENT_MAX) {
			*err = why;
			return sb_wrap(err, "job %" PRIu64, job);
		}
		nanosleep(&nap, NULL);
	}
	return 0;
}

int sb_slurm_run(const struct sb_slurm *s, struct sb_err *err)
{
	sb_auto_free char *whole = realpath(s->directory->path, NULL);
	sb_auto_free char *slurm = sb_asprintf("%s/slurm", whole ? whole : s->directory->path);
	size_t before = SIZE_MAX;
	uint64_t job;

	if (strchr(slurm, '\''))
		return sb_fail(err, SB_EINPUT, 0,
			       "%s: with --slurm the directory's name may hold no '", slurm);
	if (make_directory(slurm, err) || provide(s, slurm, err))
		return -1;
	job = earlier_job(slurm);
	if (job && !s->options->quiet)
		fprintf(stderr, "Slurm job %" PRIu64 " still works on this sweep\n", job);
	/* A round that brought something on is followed by another: nodes may go away again and again. */
	for (int round = 0; round < ROUNDS && missing(s, NULL) && !sb_interrupted(); round++) {
		if (!job && submit(s, slurm, &job, err))
			return -1;
		if (wait_for(s, job, err))
			return -1;
		if (missing(s, NULL) < before)
			round = before == SIZE_MAX ? round : -1;
		before = missing(s, NULL);
		job = 0;
	}
	return 0;
}
