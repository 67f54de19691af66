/* SPDX-License-Identifier: MIT */
/*
 * doctor.h - what works on this machine, found by trying, and what to type where it does not
 *
 * Nothing is changed: what is tried is tried on scratch objects (a namespace, an interface, a
 * socket) that are gone before the answer is given.  Everything that may hang is tried in a child
 * of its own with a time limit.
 */
#ifndef SATBED_DOCTOR_H
#define SATBED_DOCTOR_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "satbed/base/err.h"

/**
 * enum sb_level - how bad a finding is
 * @SB_LEVEL_INFO: worth knowing, nothing to be done
 * @SB_LEVEL_WARN: satbed works, but not as well or not as safely as it could
 * @SB_LEVEL_FAIL: something that is set up here, or was asked for, does not work
 */
enum sb_level { SB_LEVEL_OK, SB_LEVEL_INFO, SB_LEVEL_WARN, SB_LEVEL_FAIL };

/**
 * struct sb_finding - one thing found
 * @id:		stable name, "group.what"
 * @subject:	which daemon, engine or user it is about; NULL = the machine
 * @fix:	what to type, a command a line; NULL = nothing to be done
 * @can_fix:	`satbed doctor --fix` may carry @fix out: it needs neither root nor a decision
 */
struct sb_finding {
	char *id;
	enum sb_level level;
	char *subject, *text, *fix;
	bool can_fix;
};

/**
 * struct sb_engine_verdict - may this engine run a scenario here?
 * @why:	in words, whichever way it is
 */
struct sb_engine_verdict {
	char *name;
	bool can_run;
	char *why;
};

/** SB_DOCTOR_ENGINES - docker-rootless, docker, podman-rootless, podman, native */
#define SB_DOCTOR_ENGINES 5

/**
 * struct sb_diagnosis - everything found; zero it before use
 * @daemons:	an array, one object for each daemon that was found (docs/man/satbed.1); NULL = none
 * @engines:	in the order in which `engine = auto` prefers them
 * @one_asked:	only one engine was asked for
 */
struct sb_diagnosis {
	struct sb_finding *findings;
	size_t count, room;
	cJSON *daemons;
	struct sb_engine_verdict engines[SB_DOCTOR_ENGINES];
	bool one_asked;
};

/**
 * struct sb_doctor_request - what to look at
 * @engine:	only what concerns this engine, or NULL; an address ("unix://...") is an engine, too
 * @image:	the image that containers would be made of
 * @deep:	raise a testbed on every engine, one after the other, where the image is there;
 *		without it only on an engine asked for
 * @waiting:	called about ten times a second while something is waited for, with its name; may be
 *		NULL
 */
struct sb_doctor_request {
	const char *engine, *image;
	bool deep;
	void (*waiting)(const char *what, int elapsed_ms, void *ctx);
	void *ctx;
};

/**
 * sb_doctor_examine() - try everything; takes at most about five seconds, testbeds not counted
 * @out:	zeroed by the caller; sb_diagnosis_fini() in any case
 *
 * To be called while single-threaded.
 *
 * Return: 0 with whatever was found; -1 with @err: an engine nobody knows (SB_EINPUT), Ctrl-C
 */
int sb_doctor_examine(const struct sb_doctor_request *request, struct sb_diagnosis *out,
		      struct sb_err *err);
void sb_diagnosis_fini(struct sb_diagnosis *d);

/**
 * sb_diagnosis_status() - 0 an engine can run and nothing failed, 1 an engine can run but something
 * that is set up here does not work, 3 no engine (or not the one asked for) can run
 */
int sb_diagnosis_status(const struct sb_diagnosis *d);

/**
 * sb_diagnosis_fix() - the finding whose fix @name asks for
 * @name:	a finding's id, with ":SUBJECT" where several have that id
 *
 * Return: the finding, whose can_fix is set; NULL with @err (SB_EINPUT): no such finding here, or what to
 * type by hand because it needs root
 */
const struct sb_finding *sb_diagnosis_fix(const struct sb_diagnosis *d, const char *name,
					  struct sb_err *err);

/** sb_diagnosis_has() - is @f found in @d, too, as something that is not well? */
bool sb_diagnosis_has(const struct sb_diagnosis *d, const struct sb_finding *f);

void sb_diagnosis_text(const struct sb_diagnosis *d, FILE *to, bool colour);
/** sb_diagnosis_json() - the caller's to delete */
cJSON *sb_diagnosis_json(const struct sb_diagnosis *d);

#endif
