// SPDX-License-Identifier: MIT
/*
 * registries_conf.c - Podman's registries.conf, whose two versions may not be mixed
 *
 * Version 1 has tables [registries.search], [registries.insecure] and [registries.block]; version 2 the
 * key unqualified-search-registries and tables [[registry]] (containers-registries.conf(5)).  A file
 * with both is refused; where the lists of version 1 are empty, old Podmans take it and ignore one part.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

#define ALL_FILE "/etc/containers/registries.conf"

/**
 * struct syntax - what a file uses
 * @one_line, @two_line: the first line of each version; 0 = none
 * @full:	a list of version 1 has something in it
 * @lost_line:	a key of the file's top level that is below a table, and so belongs to that
 */
struct syntax {
	int one_line, two_line, lost_line;
	bool full;
};

static bool begins(const char *line, const char *with)
{
	return !strncmp(line, with, strlen(with));
}

static void read_key(struct syntax *s, const char *line, const char *table, int number)
{
	static const char *const top[] = {"unqualified-search-registries", "short-name-mode",
					  "credential-helpers"};
	const char *value = strchr(line, '=');

	for (size_t i = 0; i < SB_ARRAY_LEN(top); i++) {
		if (!begins(line, top[i]))
			continue;
		s->two_line = s->two_line ? s->two_line : number;
		if (table[0] && !s->lost_line)
			s->lost_line = number;
	}
	if (begins(table, "[registries.") && begins(line, "registries") && value)
		s->full |= strpbrk(value, "'\"") != NULL;
	else if (begins(table, "[registries.") && strpbrk(line, "'\""))
		s->full = true;
}

static struct syntax read_syntax(char *text)
{
	struct syntax s = {0};
	const char *table = "";
	char *line;

	for (int number = 1; (line = strsep(&text, "\n")); number++) {
		line += strspn(line, " \t");
		if (!line[0] || line[0] == '#')
			continue;
		if (line[0] != '[') {
			read_key(&s, line, table, number);
			continue;
		}
		table = line;
		if (begins(line, "[registries.") && !s.one_line)
			s.one_line = number;
		else if (begins(line, "[[registry") && !s.two_line)
			s.two_line = number;
	}
	return s;
}

static void check_file(const struct sb_check_context *x, const char *path)
{
	sb_auto_free char *text = sb_machine_read(x->machine, path);
	sb_auto_free char *fix = sb_asprintf(
	    "%s${EDITOR:-vi} %s  # instead of [registries.search]: unqualified-search-registries = "
	    "[\"docker.io\"]",
	    begins(path, "/etc/") ? "sudo " : "", path);
	struct syntax s;

	if (!text)
		return;
	s = read_syntax(text);
	if (s.one_line && s.two_line && s.full)
		sb_find(
		    x->out, "access.registries", SB_LEVEL_FAIL, NULL, fix,
		    "%s mixes two versions, [registries.*] in line %d and version 2 in line %d: "
		    "Podman "
		    "refuses it (\"mixing sysregistry v1/v2 is not supported\"), and pulls nothing",
		    path, s.one_line, s.two_line);
	else if (s.one_line && s.two_line)
		sb_find(x->out, "access.registries", SB_LEVEL_WARN, NULL, fix,
			"%s mixes two versions, empty lists of [registries.*] in line %d and "
			"version 2 in "
			"line %d: Podman ignores one of them or refuses the file; take out "
			"[registries.*]",
			path, s.one_line, s.two_line);
	else if (s.one_line)
		sb_find(x->out, "access.registries", SB_LEVEL_WARN, NULL, fix,
			"%s is in version 1 ([registries.*], line %d), which Podman 6 refuses",
			path, s.one_line);
	else if (s.lost_line)
		sb_find(x->out, "access.registries", SB_LEVEL_WARN, NULL, fix,
			"%s, line %d: this key is below a table and so has no effect; it must come "
			"before "
			"the first [",
			path, s.lost_line);
}

static void check_folder(const struct sb_check_context *x, const char *folder)
{
	sb_auto_free char *full = sb_asprintf("%s%s", x->machine->root, folder);
	struct dirent **entries = NULL;
	int count = scandir(full, &entries, NULL, alphasort);

	for (int i = 0; i < count; i++) {
		size_t len = strlen(entries[i]->d_name);
		sb_auto_free char *path = sb_asprintf("%s/%s", folder, entries[i]->d_name);

		if (len > 5 && !strcmp(entries[i]->d_name + len - 5, ".conf"))
			check_file(x, path);
		free(entries[i]);
	}
	free(entries);
}

void sb_check_registries(const struct sb_check_context *x)
{
	sb_auto_free char *own =
	    sb_asprintf("%s/.config/containers/registries.conf", x->machine->home);
	sb_auto_free char *own_folder = sb_asprintf("%s.d", own);

	if (!sb_check_context_wants(x, "podman") && !sb_check_context_wants(x, "podman-rootless"))
		return;
	check_file(x, own);
	check_file(x, ALL_FILE);
	check_folder(x, ALL_FILE ".d");
	check_folder(x, own_folder);
}
