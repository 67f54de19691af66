// SPDX-License-Identifier: MIT
/* findings.c - the diagnosis as a value */
#include "findings.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* A fix may have several lines, each a command. */
static char *clean_lines(const char *text)
{
	char *copy = sb_strdup(text), *out;

	if (!copy)
		return NULL;
	for (char *at = copy; (at = strchr(at, '\n')); at++)
		*at = '\x01';
	out = sb_clean(copy);
	for (size_t i = 0; copy[i]; i++)
		if (copy[i] == '\x01')
			out[i] = '\n';
	free(copy);
	return out;
}

/* A finding is one line; what comes from elsewhere may have several. */
static void join_lines(char *text)
{
	for (char *at = text; (at = strchr(at, '\n')); at++)
		*at = ' ';
}

void sb_find(struct sb_diagnosis *d, const char *id, enum sb_level level, const char *subject,
	     const char *fix, const char *fmt, ...)
{
	sb_auto_free char *text = NULL;
	struct sb_finding *f;
	va_list ap;

	va_start(ap, fmt);
	text = sb_vasprintf(fmt, ap);
	va_end(ap);
	join_lines(text);
	d->findings = sb_grow(d->findings, d->count, &d->room, sizeof(*d->findings));
	f = &d->findings[d->count++];
	*f = (struct sb_finding){.id = sb_strdup(id),
				 .level = level,
				 .subject = subject ? sb_clean(subject) : NULL,
				 .text = sb_clean(text),
				 .fix = clean_lines(fix)};
}

void sb_find_can_fix(struct sb_diagnosis *d)
{
	static const char *const by_hand[] = {"sudo ", "${EDITOR", "kill "};
	struct sb_finding *f = d->count ? &d->findings[d->count - 1] : NULL;

	if (!f || !f->fix)
		return;
	for (size_t i = 0; i < SB_ARRAY_LEN(by_hand); i++)
		if (strstr(f->fix, by_hand[i]))
			return;
	f->can_fix = true;
}

const struct sb_finding *sb_find_any(const struct sb_diagnosis *d, const char *id,
				     const char *subject)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct sb_finding *f = &d->findings[i];

		if (!strcmp(f->id, id) &&
		    (!subject || (f->subject && !strcmp(f->subject, subject))))
			return f;
	}
	return NULL;
}

const char *sb_level_word(enum sb_level level)
{
	static const char *const words[] = {"ok", "info", "warn", "fail"};

	return words[level];
}

int sb_diagnosis_status(const struct sb_diagnosis *d)
{
	bool can_run = false, failed = false;

	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++)
		can_run |= d->engines[i].can_run;
	for (size_t i = 0; i < d->count; i++)
		failed |= d->findings[i].level == SB_LEVEL_FAIL;
	if (!can_run)
		return sb_exit_status(SB_EENV);
	return failed ? 1 : 0;
}

void sb_diagnosis_fini(struct sb_diagnosis *d)
{
	for (size_t i = 0; i < d->count; i++) {
		free(d->findings[i].id);
		free(d->findings[i].subject);
		free(d->findings[i].text);
		free(d->findings[i].fix);
	}
	free(d->findings);
	for (size_t i = 0; i < SB_DOCTOR_ENGINES; i++) {
		free(d->engines[i].name);
		free(d->engines[i].why);
	}
	cJSON_Delete(d->daemons);
	*d = (struct sb_diagnosis){0};
}
