/* SPDX-License-Identifier: MIT */
/* doctor_fix.h - satbed doctor --fix */
#ifndef SATBED_CLI_DOCTOR_FIX_H
#define SATBED_CLI_DOCTOR_FIX_H

#include "satbed/doctor.h"

/**
 * sb_doctor_fix() - carry out the fix of one finding, after asking, and examine anew
 * @before:	an examination by @request
 * @name:	see sb_diagnosis_fix()
 * @yes:	do not ask
 *
 * Return: 0 when the finding is gone; 1 when the answer was no; -1 with @err
 */
int sb_doctor_fix(const struct sb_doctor_request *request, const struct sb_diagnosis *before,
		  const char *name, bool yes, struct sb_err *err);

#endif
