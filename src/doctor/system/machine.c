// SPDX-License-Identifier: MIT
/* machine.c - files, environment and programs of the machine examined */
#include "machine.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#define MAX_FILE (1u << 20)

bool sb_machine_is_here(const struct sb_machine *m)
{
	return !m->root[0];
}

const char *sb_machine_env(const struct sb_machine *m, const char *name)
{
	size_t len = strlen(name);

	for (const char *const *e = m->env; *e; e++)
		if (!strncmp(*e, name, len) && (*e)[len] == '=')
			return *e + len + 1;
	return NULL;
}

static void trim_end(char *text)
{
	size_t len = strlen(text);

	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
}

char *sb_machine_read(const struct sb_machine *m, const char *path)
{
	sb_auto_free char *full = sb_asprintf("%s%s", m->root, path);
	struct sb_err err = {0};
	char *text;

	if (sb_read_file(full, MAX_FILE, &text, NULL, &err)) {
		errno = err.sys ? err.sys : EFBIG;
		return NULL;
	}
	trim_end(text);
	return text;
}

int sb_machine_stat(const struct sb_machine *m, const char *path, struct stat *st)
{
	sb_auto_free char *full = sb_asprintf("%s%s", m->root, path);

	return stat(full, st);
}

char *sb_machine_program(const struct sb_machine *m, const char *name)
{
	const char *path = sb_machine_env(m, "PATH");
	sb_auto_free char *folders = sb_asprintf(
	    "%s:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin", path ? path : "");
	char *rest = NULL;

	for (char *f = strtok_r(folders, ":", &rest); f; f = strtok_r(NULL, ":", &rest)) {
		char *full = sb_asprintf("%s/%s", f, name);
		struct stat st;

		if (f[0] == '/' && !sb_machine_stat(m, full, &st) && S_ISREG(st.st_mode) &&
		    (st.st_mode & 0111))
			return full;
		free(full);
	}
	return NULL;
}

/* passwd(5) of the machine examined: NAME:x:UID:GID:GECOS:HOME:SHELL; field 0 is the name. */
static char *passwd_field(const struct sb_machine *m, unsigned int uid, int field)
{
	sb_auto_free char *text = sb_machine_read(m, "/etc/passwd");
	char *lines = text, *line;

	while (lines && (line = strsep(&lines, "\n"))) {
		char *parts[7] = {0};
		int count = 0;
		uint64_t number;

		while (count < 7 && (parts[count] = strsep(&line, ":")))
			count++;
		if (count > field && count > 2 && !sb_parse_digits(parts[2], UINT32_MAX, &number) &&
		    number == uid)
			return sb_strdup(parts[field]);
	}
	return NULL;
}

char *sb_machine_user_name(const struct sb_machine *m, unsigned int uid)
{
	char *name = passwd_field(m, uid, 0);

	if (!name && uid == m->person_uid)
		name = sb_strdup(m->person);
	return name ? name : sb_asprintf("%u", uid);
}

char *sb_machine_user_home(const struct sb_machine *m, unsigned int uid)
{
	return uid == m->person_uid ? sb_strdup(m->home) : passwd_field(m, uid, 5);
}

char *sb_machine_kernel(const struct sb_machine *m)
{
	char *release = sb_machine_read(m, "/proc/sys/kernel/osrelease");

	return release ? release : sb_strdup("");
}

bool sb_machine_kernel_is(const struct sb_machine *m, int major, int minor)
{
	sb_auto_free char *release = sb_machine_kernel(m);
	int has_major = 0, has_minor = 0;

	if (sscanf(release, "%d.%d", &has_major, &has_minor) < 1)
		return false;
	return has_major > major || (has_major == major && has_minor >= minor);
}

char *sb_machine_os(const struct sb_machine *m, const char *key)
{
	sb_auto_free char *text = sb_machine_read(m, "/etc/os-release");
	char *lines = text, *line;
	size_t len = strlen(key);

	while (lines && (line = strsep(&lines, "\n"))) {
		char *value = line + len + 1;

		if (strncmp(line, key, len) || line[len] != '=')
			continue;
		if (*value == '"')
			value++;
		value[strcspn(value, "\"")] = '\0';
		return sb_strdup(value);
	}
	return sb_strdup("");
}

bool sb_machine_has_systemd(const struct sb_machine *m)
{
	sb_auto_free char *first = sb_machine_read(m, "/proc/1/comm");
	struct stat st;

	/* The test of sd_booted(3), and that process 1 is no other: in containers the folder stays.
	 */
	return !sb_machine_stat(m, "/run/systemd/system", &st) && first &&
	       !strcmp(first, "systemd");
}

/* modules.dep and modules.builtin have lines such as "kernel/net/sched/sch_netem.ko.zst: ...". */
static bool lists_module(const char *text, const char *name)
{
	sb_auto_free char *file = sb_asprintf("/%s.ko", name);

	return strstr(text, file) != NULL;
}

enum sb_module sb_machine_module(const struct sb_machine *m, const char *name)
{
	sb_auto_free char *kernel = sb_machine_kernel(m);
	sb_auto_free char *loaded = sb_asprintf("/sys/module/%s", name);
	sb_auto_free char *dep_path = sb_asprintf("/lib/modules/%s/modules.dep", kernel);
	sb_auto_free char *builtin_path = sb_asprintf("/lib/modules/%s/modules.builtin", kernel);
	sb_auto_free char *dep = sb_machine_read(m, dep_path);
	sb_auto_free char *builtin = sb_machine_read(m, builtin_path);
	struct stat st;

	if (builtin && lists_module(builtin, name))
		return SB_MODULE_BUILTIN;
	if (!sb_machine_stat(m, loaded, &st))
		return SB_MODULE_LOADED;
	if (!dep)
		return SB_MODULE_UNKNOWN;
	return lists_module(dep, name) ? SB_MODULE_ON_DISK : SB_MODULE_ABSENT;
}

bool sb_machine_has_group(const struct sb_machine *m, const char *name)
{
	for (const char *const *g = m->groups; g && *g; g++)
		if (!strcmp(*g, name))
			return true;
	return false;
}
