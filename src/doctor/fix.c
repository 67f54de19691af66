// SPDX-License-Identifier: MIT
/* fix.c - the finding that `satbed doctor --fix NAME` means */
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "satbed/base/mem.h"

/* "id" means every finding of that name, "id:subject" one of them. */
static bool is_named(const struct sb_finding *f, const char *name)
{
	size_t len = strlen(f->id);

	if (strncmp(name, f->id, len) != 0)
		return false;
	return !name[len] ||
	       (name[len] == ':' && f->subject && !strcmp(name + len + 1, f->subject));
}

/* Names of those that can be fixed (of @only where it is not NULL), with commas; the caller's to free. */
static char *names_of(const struct sb_diagnosis *d, const char *only)
{
	char *out = sb_strdup("");

	for (size_t i = 0; i < d->count; i++) {
		const struct sb_finding *f = &d->findings[i];
		char *longer;

		if (!f->can_fix || (only && !is_named(f, only)))
			continue;
		longer = sb_asprintf("%s%s%s%s%s", out, out[0] ? ", " : "", f->id,
				     f->subject ? ":" : "", f->subject ? f->subject : "");
		free(out);
		out = longer;
	}
	return out;
}

const struct sb_finding *sb_diagnosis_fix(const struct sb_diagnosis *d, const char *name,
					  struct sb_err *err)
{
	const struct sb_finding *found = NULL, *by_hand = NULL, *any = NULL;
	sb_auto_free char *names = NULL;
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct sb_finding *f = &d->findings[i];

		if (!is_named(f, name))
			continue;
		any = f;
		count += f->can_fix;
		if (f->can_fix)
			found = f;
		else if (f->fix)
			by_hand = f;
	}
	names = names_of(d, count > 1 ? name : NULL);
	if (count == 1)
		return found;
	if (count > 1)
		sb_fail(err, SB_EINPUT, 0, "\"%s\" means several findings; name one of them: %s",
			name, names);
	else if (by_hand)
		sb_fail(
		    err, SB_EINPUT, 0,
		    "the fix of \"%s\" needs root or a decision of yours; type it yourself:\n%s",
		    name, by_hand->fix);
	else
		sb_fail(err, SB_EINPUT, 0, "%s \"%s\"; satbed can fix here: %s",
			any ? "nothing is to be fixed of" : "nothing was found here that is called",
			name, names[0] ? names : "nothing");
	return NULL;
}

bool sb_diagnosis_has(const struct sb_diagnosis *d, const struct sb_finding *f)
{
	for (size_t i = 0; i < d->count; i++) {
		const struct sb_finding *other = &d->findings[i];

		if (other->level != SB_LEVEL_OK && !strcmp(other->id, f->id) &&
		    !strcmp(other->subject ? other->subject : "", f->subject ? f->subject : ""))
			return true;
	}
	return false;
}
