// SPDX-License-Identifier: MIT
/* edit.c - a kernel's source made ours: satbed's changes, patches */
#include "edit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "tool.h"

#define SOURCE_MAX (4u << 20)

const struct sb_edit sb_edits[] = {
    /* UML's tick cannot be configured; TCP's timers and fq want the millisecond of usual kernels. */
    {"arch/um/Kconfig", "config HZ\n\tint\n\tdefault 100\n", "config HZ\n\tint\n\tdefault 1000\n"},
};
const size_t sb_edit_count = SB_ARRAY_LEN(sb_edits);

/* --- the version --- */

/* "SUBLEVEL = 30" → "30"; the caller's to free. */
static char *make_variable(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = text; at; at = strchr(at, '\n')) {
		const char *value;

		at += *at == '\n';
		if (strncmp(at, name, len) != 0)
			continue;
		value = at + len + strspn(at + len, " \t");
		if (*value != '=')
			continue;
		value++;
		value += strspn(value, " \t");
		return sb_asprintf("%.*s", (int)strcspn(value, " \t\r\n"), value);
	}
	return sb_strdup("");
}

static bool is_number(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* It becomes a part of a directory's name. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("-.+_", *text))
			return false;
	return true;
}

char *sb_tree_version(const char *tree, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/Makefile", tree), *text = NULL;
	sb_auto_free char *kconfig = sb_asprintf("%s/arch/um/Kconfig", tree);
	sb_auto_free char *major = NULL, *minor = NULL, *sub = NULL, *extra = NULL;

	if (sb_read_file(path, SOURCE_MAX, &text, NULL, NULL) || access(kconfig, R_OK)) {
		sb_fail(err, SB_EINPUT, 0,
			"not the source of a Linux kernel: no Makefile and arch/um/Kconfig in it");
		return NULL;
	}
	major = make_variable(text, "VERSION");
	minor = make_variable(text, "PATCHLEVEL");
	sub = make_variable(text, "SUBLEVEL");
	extra = make_variable(text, "EXTRAVERSION");
	if (!is_number(major) || !is_number(minor) || !is_number(sub) || !is_plain(extra)) {
		sb_fail(err, SB_EINPUT, 0,
			"not the source of a Linux kernel: no version in its Makefile");
		return NULL;
	}
	return sb_asprintf("%s.%s.%s%s", major, minor, sub, extra);
}

/* --- changes --- */

static int edit(const char *tree, const struct sb_edit *e, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", tree, e->file), *text = NULL, *whole = NULL;
	char *at;

	if (sb_read_file(path, SOURCE_MAX, &text, NULL, err))
		return -1;
	at = strstr(text, e->from);
	if (!at || strstr(at + 1, e->from)) {
		if (strstr(text, e->to))
			return 0; /* the source was changed before it came here */
		return sb_fail(err, SB_EINPUT, 0,
			       "%s of this version is not as satbed knows it: its change from "
			       "\"%.*s\" does not fit; try another version",
			       e->file, (int)strcspn(e->from, "\n"), e->from);
	}
	*at = '\0';
	whole = sb_asprintf("%s%s%s", text, e->to, at + strlen(e->from));
	return sb_replace_file(path, whole, strlen(whole), err);
}

int sb_tree_edit(const char *tree, struct sb_err *err)
{
	for (size_t i = 0; i < sb_edit_count; i++)
		if (edit(tree, &sb_edits[i], err))
			return -1;
	return 0;
}

/* --- patches --- */

struct words {
	char *text;
	size_t lines;
};

static void keep_words(void *ctx, const char *line)
{
	struct words *w = ctx;
	char *more;

	if (w->lines++ >= 6)
		return;
	more = sb_asprintf("%s\n  %s", w->text ? w->text : "", line);
	free(w->text);
	w->text = more;
}

int sb_tree_patch(const char *tree, const char *patch, int log_fd, struct sb_err *err)
{
	const char *argv[] = {
	    "patch",	       "-p1", "--forward", "--batch", "--no-backup-if-mismatch", "-s",
	    "--reject-file=-", "-i",  patch,	   NULL};
	struct words words = {0};
	struct sb_tool t = {
	    .directory = tree, .argv = argv, .log_fd = log_fd, .line = keep_words, .ctx = &words};
	int rc = sb_tool_run(&t, err);

	if (rc > 0)
		rc = sb_fail(err, SB_EINPUT, 0, "%s does not apply to this version:%s", patch,
			     words.text ? words.text : " patch(1) failed");
	free(words.text);
	return rc;
}
