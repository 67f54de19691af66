/* SPDX-License-Identifier: MIT */
/*
 * job.h - trying things side by side, each in a child with a time limit
 *
 * What may hang (a daemon that accepts and says nothing), change the process (namespaces) or start
 * threads is done in a child, which answers with one JSON object.
 */
#ifndef SATBED_DOCTOR_JOB_H
#define SATBED_DOCTOR_JOB_H

#include <cjson/cJSON.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "satbed/doctor.h"

/**
 * sb_job_fn - what is done in the child
 *
 * Return: the answer; NULL when a descendant gave it with sb_job_answer()
 */
typedef cJSON *sb_job_fn(const void *ctx);

/**
 * struct sb_job - one thing tried
 * @what:	for people, while it is waited for
 * @answer:	NULL when the child died or its time was up; the caller's to delete
 * @late:	its time was up
 */
struct sb_job {
	char *what;
	int limit_ms;
	sb_job_fn *fn;
	const void *ctx;
	cJSON *answer;
	bool late;
	/* private */
	pid_t pid;
	int fd;
	char *buf;
	size_t len, room;
};

/** sb_job_answer() - in a child, or a child of it: give the answer and end this process */
void sb_job_answer(cJSON *answer) __attribute__((noreturn));

/**
 * sb_jobs_run() - start all, wait for all; what does not answer in its time is killed
 *
 * Return: 0; -1 with @err when interrupted: nothing runs any more
 */
int sb_jobs_run(struct sb_job *jobs, size_t count, const struct sb_doctor_request *request,
		struct sb_err *err);

#endif
