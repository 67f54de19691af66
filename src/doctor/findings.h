/* SPDX-License-Identifier: MIT */
/* findings.h - adding to a diagnosis */
#ifndef SATBED_DOCTOR_FINDINGS_H
#define SATBED_DOCTOR_FINDINGS_H

#include "satbed/doctor.h"

/**
 * sb_find() - one finding more; all text is cleaned, since much of it comes from outside
 * @fix:	what to type, copied; NULL = nothing
 */
void sb_find(struct sb_diagnosis *d, const char *id, enum sb_level level, const char *subject,
	     const char *fix, const char *fmt, ...) SB_PRINTF(6, 7);

/**
 * sb_find_can_fix() - `satbed doctor --fix` may carry the last finding's fix out
 *
 * Ignored where the fix has something in it that a person must do: sudo, an editor, a kill.
 */
void sb_find_can_fix(struct sb_diagnosis *d);

/** sb_find_any() - the first finding called @id about @subject (NULL = whoever), or NULL */
const struct sb_finding *sb_find_any(const struct sb_diagnosis *d, const char *id,
				     const char *subject);

/** sb_level_word() - "ok", "info", "warn", "fail" */
const char *sb_level_word(enum sb_level level);

#endif
