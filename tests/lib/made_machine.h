/* SPDX-License-Identifier: MIT */
/* made_machine.h - a machine for the doctor: files below a scratch folder, a person, programs */
#ifndef SATBED_TEST_MADE_MACHINE_H
#define SATBED_TEST_MADE_MACHINE_H

#include "doctor/check_context.h"

/**
 * struct made_machine - a healthy machine until files are changed
 * @x:		for checks; its facts are an empty object
 */
struct made_machine {
	struct sb_machine machine;
	struct sb_doctor_request request;
	struct sb_diagnosis found;
	struct sb_check_context x;
	char root[64];
	const char *env[8], *groups[4], *session_groups[4];
};

/** made_machine_new() - kernel 6.1, Debian, user "sat" (1000) who has all that rootless engines
 * need */
struct made_machine *made_machine_new(void);
void made_machine_free(struct made_machine *mm);
/** made_file() - write a file, folders included; @mode of the file */
void made_file(struct made_machine *mm, const char *path, unsigned int mode, const char *text);
void made_remove(struct made_machine *mm, const char *path);
/** made_facts() - replace the facts by this JSON */
void made_facts(struct made_machine *mm, const char *json);

/** made_level() - the worst level of the findings called @id about @subject (NULL = any); -1 none
 */
int made_level(const struct made_machine *mm, const char *id, const char *subject);
/** made_says() - does a finding called @id have @part in its text or fix? */
bool made_says(const struct made_machine *mm, const char *id, const char *part);
/** made_forget() - drop the findings so far */
void made_forget(struct made_machine *mm);

#endif
