// SPDX-License-Identifier: MIT
/*
 * module.c - the user's own C files built into a kernel
 *
 * A module becomes the directory net/satbed/NAME of the kernel's source.  The user's Makefile is included by one of ours,
 * which turns obj-m, what a module out of the tree says, into obj-y.
 */
#include "module.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

#define FILE_MAX (16u << 20)
#define DEPTH	 8

static const char *const makefiles[] = {"Kbuild", "Makefile"};

char *sb_module_name(const char *path)
{
	sb_auto_free char *copy = sb_strdup(path);
	size_t len = strlen(copy);
	const char *slash;

	while (len > 1 && copy[len - 1] == '/')
		copy[--len] = '\0';
	slash = strrchr(copy, '/');
	return sb_strdup(slash ? slash + 1 : copy);
}

/* A name that make and Kconfig take as it is. */
static bool is_plain(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return false;
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("-_.", *name))
			return false;
	return true;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && !strcmp(name + len - n, end);
}

static int append(const char *path, const char *text, struct sb_err *err)
{
	sb_auto_free char *before = NULL, *whole = NULL;

	if (sb_read_file(path, FILE_MAX, &before, NULL, NULL))
		before = sb_strdup("");
	whole = sb_asprintf("%s%s", before, text);
	return sb_replace_file(path, whole, strlen(whole), err);
}

/* --- its files --- */

static int copy_file(const char *from, const char *to, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	size_t len;

	if (sb_read_file(from, FILE_MAX, &text, &len, err))
		return -1;
	return sb_replace_file(to, text, len, err);
}

static int copy_directory(const char *from, const char *to, int depth, struct sb_err *err)
{
	DIR *dir = opendir(from);
	int rc = 0;

	if (!dir)
		return sb_fail(err, SB_EINPUT, errno, "cannot read the directory %s", from);
	if (mkdir(to, 0755)) {
		closedir(dir);
		return sb_fail(err, SB_EINPUT, errno, "cannot make %s", to);
	}
	for (struct dirent *e; !rc && (e = readdir(dir));) {
		sb_auto_free char *source = sb_asprintf("%s/%s", from, e->d_name);
		sb_auto_free char *target = sb_asprintf("%s/%s", to, e->d_name);
		struct stat st;

		if (e->d_name[0] == '.' || ends_with(e->d_name, ".o") || stat(source, &st))
			continue;
		if (S_ISDIR(st.st_mode) && depth < DEPTH)
			rc = copy_directory(source, target, depth + 1, err);
		else if (S_ISREG(st.st_mode))
			rc = copy_file(source, target, err);
	}
	closedir(dir);
	return rc;
}

/* --- its Makefile --- */

/* "obj-y += a.o b.o" of all C files; NULL where there is none.  The caller's to free. */
static char *objects_of(const char *directory)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, NULL, alphasort);
	char *text = NULL;

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (ends_with(name, ".c") && !ends_with(name, ".mod.c") && is_plain(name)) {
			char *more = sb_asprintf("%sobj-y += %.*s.o\n", text ? text : "",
						 (int)strlen(name) - 2, name);

			free(text);
			text = more;
		}
		free(entries[i]);
	}
	free(entries);
	return text;
}

/* $(src) is not the same in all versions: relative to the top of the source, or absolute. */
static int wrap_makefile(const char *directory, const char *name, struct sb_err *err)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(makefiles); i++) {
		sb_auto_free char *theirs = sb_asprintf("%s/%s", directory, makefiles[i]);
		sb_auto_free char *moved = sb_asprintf("%s/%s.module", directory, makefiles[i]);
		sb_auto_free char *ours = sb_asprintf("%s/Makefile", directory);
		sb_auto_free char *text = sb_asprintf("include $(srctree)/net/satbed/%s/%s.module\n"
						      "obj-y += $(obj-m)\n"
						      "obj-m :=\n",
						      name, makefiles[i]);

		if (access(theirs, R_OK))
			continue;
		if (rename(theirs, moved))
			return sb_fail(err, SB_EINPUT, errno, "cannot rename %s", theirs);
		return sb_replace_file(ours, text, strlen(text), err);
	}
	return 1;
}

static int make_makefile(const char *directory, const char *name, const char *from,
			 struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/Makefile", directory), *text = NULL;
	int rc = wrap_makefile(directory, name, err);

	if (rc <= 0)
		return rc;
	text = objects_of(directory);
	if (!text)
		return sb_fail(err, SB_EINPUT, 0,
			       "%s has neither a Makefile nor a C file: not a module's source",
			       from);
	return sb_replace_file(path, text, strlen(text), err);
}

/* --- its Kconfig --- */

/* All of its options, switched on; what has no prompt or is no boolean is ignored by Kconfig. */
static char *switch_on(const char *kconfig)
{
	char *options = sb_strdup("");

	for (const char *at = kconfig; at; at = strchr(at, '\n')) {
		size_t word;
		char *more;

		at += *at == '\n';
		if (strncmp(at, "config ", 7) != 0 && strncmp(at, "menuconfig ", 11) != 0)
			continue;
		at += strcspn(at, " ");
		at += strspn(at, " \t");
		word =
		    strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		more = sb_asprintf("%sCONFIG_%.*s=y\n", options, (int)word, at);
		free(options);
		options = more;
	}
	return options;
}

static int add_kconfig(const char *tree, const char *directory, const char *name, char **options,
		       struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("%s/Kconfig", directory), *text = NULL, *on = NULL;
	sb_auto_free char *top = sb_asprintf("%s/Kconfig", tree), *line = NULL;
	char *more;

	if (access(path, R_OK))
		return 0;
	if (sb_read_file(path, FILE_MAX, &text, NULL, err))
		return -1;
	line = sb_asprintf("\nsource \"net/satbed/%s/Kconfig\"\n", name);
	if (append(top, line, err))
		return -1;
	on = switch_on(text);
	more = sb_asprintf("%s%s", *options ? *options : "", on);
	free(*options);
	*options = more;
	return 0;
}

/* --- all of it --- */

static int add_directory(const char *tree, const char *name, struct sb_err *err)
{
	sb_auto_free char *all = sb_asprintf("%s/net/satbed", tree), *list = NULL, *line = NULL;
	sb_auto_free char *top = sb_asprintf("%s/net/Makefile", tree);

	if (mkdir(all, 0755) == 0) {
		if (append(top, "\nobj-y += satbed/\n", err))
			return -1;
	} else if (errno != EEXIST) {
		return sb_fail(err, SB_EINPUT, errno, "cannot make %s", all);
	}
	list = sb_asprintf("%s/Makefile", all);
	line = sb_asprintf("obj-y += %s/\n", name);
	return append(list, line, err);
}

int sb_module_add(const char *tree, const char *from, char **options, struct sb_err *err)
{
	sb_auto_free char *name = sb_module_name(from), *directory = NULL;

	if (!is_plain(name))
		return sb_fail(err, SB_EINPUT, 0,
			       "the name of the module's directory \"%s\" may have letters, "
			       "digits, dashes, underscores and dots only",
			       name);
	directory = sb_asprintf("%s/net/satbed/%s", tree, name);
	if (!access(directory, F_OK))
		return sb_fail(err, SB_EINPUT, 0, "two modules are called \"%s\"; rename one",
			       name);
	if (add_directory(tree, name, err) || copy_directory(from, directory, 0, err) ||
	    make_makefile(directory, name, from, err) ||
	    add_kconfig(tree, directory, name, options, err))
		return sb_wrap(err, "module %s", name);
	return 0;
}
