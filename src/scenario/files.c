// SPDX-License-Identifier: MIT
/* files.c - what a scenario takes from other files, from beside its own */
#include "files.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/fdio.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "orbit_values.h"
#include "schema.h"
#include "scenario/tables/trace.h"

#define MAX_TABLE_BYTES (4u << 20)

/* The content of a file that a value names; NULL and a finding when there is none. */
static char *content(const char *beside, const char *path, size_t max, size_t *len,
		     struct sb_err *err)
{
	sb_auto_free char *where = NULL;
	char *text = NULL;

	if (!beside) {
		sb_fail(err, SB_EINPUT, 0, "%s: files are read for scenarios that are files", path);
		return NULL;
	}
	where = sb_path_beside(beside, path);
	return sb_read_file(where, max, &text, len, err) ? NULL : text;
}

/* "NAME:LINE: what is wrong" without what may be the line's own words. */
static void hide_words(const char *beside, const char *path, struct sb_err *err)
{
	sb_auto_free char *where = sb_path_beside(beside, path), *named = sb_asprintf("%s:", path);
	sb_auto_free char *place = NULL;
	int digits = 0;

	if (sb_may_quote(where, false))
		return;
	/* A name may be longer than a message. */
	if (strstr(err->msg, named) == err->msg)
		digits = (int)strspn(err->msg + strlen(named), "0123456789");
	place = digits ? sb_asprintf("%s%.*s", named, digits, err->msg + strlen(named))
		       : sb_strdup(path);
	sb_fail(err, err->code, 0,
		"%s: not what is expected; its content is not shown, for other users may not read "
		"that file (allow it: chmod o+r)",
		place);
}

/* What the key says of the file's end, if anything. */
static void settle_end(struct sb_file_value *file)
{
	struct sb_trace *t = file->trace;

	if (file->end != SB_TRACE_ITS_OWN)
		t->period_ns = file->end == SB_TRACE_LOOP ? t->length_ns : 0;
}

static void read_trace(const char *beside, const char *key, struct sb_value *v,
		       struct sb_findings *f)
{
	sb_auto_free char *text = NULL;
	struct sb_err err = {0};
	size_t len;

	if (!sb_has(v))
		return;
	text = content(beside, v->file.path, SB_MAX_TRACE_BYTES, &len, &err);
	if (text &&
	    (v->file.every_ns ? sb_delay_trace_read(v->file.path, text, len, v->file.every_ns,
						    &v->file.trace, &err)
			      : sb_trace_read(v->file.path, text, len, &v->file.trace, &err)))
		hide_words(beside, v->file.path, &err);
	if (err.code) {
		sb_findings_add(f, v->place, "%s: %s", key, err.msg);
		return;
	}
	settle_end(&v->file);
	if (v->file.trace->note[0])
		sb_warn("%s: %s", v->file.path, v->file.trace->note);
}

/* "pareto.dist" is mostly meant as tc finds it: where iproute2 keeps its own. */
static void suggest_table(const struct sb_value *v, struct sb_err *err)
{
	sb_auto_free char *pattern =
	    sb_asprintf("/usr/{lib,lib64,share,lib/*}/tc/%s", v->jitter.path);
	size_t len = strlen(err->msg);
	glob_t found;

	if (strpbrk(v->jitter.path, "/*?[{~") || glob(pattern, GLOB_BRACE, NULL, &found))
		return;
	if (found.gl_pathc)
		snprintf(err->msg + len, sizeof(err->msg) - len,
			 "; iproute2's is %s: write that path", found.gl_pathv[0]);
	globfree(&found);
}

static void read_table(const char *beside, struct sb_value *v, struct sb_findings *f)
{
	sb_auto_free char *text = NULL;
	struct sb_err err = {0};
	size_t len;

	if (!sb_has(v) || v->jitter.kind != SB_JITTER_TABLE)
		return;
	text = content(beside, v->jitter.path, MAX_TABLE_BYTES, &len, &err);
	if (!text && beside)
		suggest_table(v, &err);
	if (text && sb_jitter_table_read(v->jitter.path, text, len, &v->jitter, &err))
		hide_words(beside, v->jitter.path, &err);
	if (err.code)
		sb_findings_add(f, v->place, "jitter: %s", err.msg);
}

static void read_tle(const char *beside, const struct sb_value *start, struct sb_value *v,
		     struct sb_findings *f)
{
	sb_auto_free char *text = NULL;
	struct sb_err err = {0};
	size_t len, old = 0;
	char why[200];

	if (!sb_has(v))
		return;
	text = content(beside, v->tle.path, MAX_TABLE_BYTES, &len, &err);
	if (text && sb_tle_read(v->tle.path, text, len, &v->tle, &err))
		hide_words(beside, v->tle.path, &err);
	if (err.code)
		sb_findings_add(f, v->place, "tle: %s", err.msg);
	else {
		if (v->tle.left_out)
			sb_warn("%zu of %zu element sets are left out; the first: %s",
				v->tle.left_out, v->tle.left_out + v->tle.count, v->tle.why);
		if (sb_has(start))
			old = sb_tle_leave_out_old(&v->tle, start->utc_ns, why, sizeof(why));
		if (old)
			sb_warn("%s: %zu of %zu satellites are left out, their elements are too "
				"old or too new: %s",
				v->tle.path, old, old + v->tle.count, why);
	}
}

void sb_scenario_read_files(struct sb_scenario *sc, const char *beside, struct sb_findings *f)
{
	enum sb_key first = sb_first_key(SB_SEC_LINK);

	for (size_t i = 0; i < sc->section_count; i++) {
		if (sc->sections[i].kind == SB_SEC_ORBIT)
			read_tle(beside, sb_value(&sc->sections[i], SB_KEY_ORBIT_START),
				 &sc->sections[i].values[SB_KEY_TLE - sb_first_key(SB_SEC_ORBIT)],
				 f);
		if (sc->sections[i].kind != SB_SEC_LINK)
			continue;
		read_trace(beside, "trace", &sc->sections[i].values[SB_KEY_TRACE - first], f);
		read_trace(beside, "delay_trace",
			   &sc->sections[i].values[SB_KEY_DELAY_TRACE - first], f);
		read_table(beside, &sc->sections[i].values[SB_KEY_JITTER - first], f);
	}
}
