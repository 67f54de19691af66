// SPDX-License-Identifier: MIT
/* podman.c - Podman's own: short names, registries.conf instead of daemon.json, networks */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

/* Does a name of an image begin with a registry ("host.domain/", "host:port/", "localhost/")? */
static bool names_registry(const char *image)
{
	size_t len = strcspn(image, "/");

	if (!image[len])
		return false;
	return memchr(image, '.', len) || memchr(image, ':', len) ||
	       (len == 9 && !strncmp(image, "localhost", 9));
}

/* containers-registries.conf(5): [aliases] has lines `"ubuntu" = "docker.io/library/ubuntu"`. */
static bool has_alias(const char *text, const char *short_name)
{
	sb_auto_free char *key = sb_asprintf("\n  \"%s\"", short_name);
	sb_auto_free char *flat = sb_asprintf("\n\"%s\"", short_name);

	return strstr(text, key) || strstr(text, flat);
}

static bool aliased_in(const struct sb_machine *m, const char *folder, const char *short_name)
{
	sb_auto_free char *full = sb_asprintf("%s%s", m->root, folder);
	DIR *dir = opendir(full);
	const struct dirent *e;
	bool found = false;

	while (dir && !found && (e = readdir(dir))) {
		sb_auto_free char *path = sb_asprintf("%s/%s", folder, e->d_name);
		sb_auto_free char *text = NULL;
		size_t len = strlen(e->d_name);

		if (len < 5 || strcmp(e->d_name + len - 5, ".conf"))
			continue;
		text = sb_machine_read(m, path);
		found = text && has_alias(text, short_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

static bool is_aliased(const struct sb_check_context *x, const char *image)
{
	sb_auto_free char *name = sb_strdup(image);
	sb_auto_free char *own =
	    sb_asprintf("%s/.config/containers/registries.conf.d", x->machine->home);

	name[strcspn(name, ":@")] = '\0';
	return aliased_in(x->machine, "/etc/containers/registries.conf.d", name) ||
	       aliased_in(x->machine, "/usr/share/containers/registries.conf.d", name) ||
	       aliased_in(x->machine, own, name);
}

static void check_short_name(const struct sb_check_context *x, const cJSON *row)
{
	const char *image = x->request->image, *engine = sb_fact_str(row, "engine");
	const cJSON *search = sb_fact(row, "search");
	sb_auto_free char *words = sb_list_words(search);

	if (!sb_fact(row, "search") || sb_fact_true(sb_fact(row, "image"), "present") ||
	    names_registry(image))
		return;
	if (is_aliased(x, image))
		sb_find(x->out, "daemon.short_name", SB_LEVEL_OK, engine, NULL,
			"%s is an alias in registries.conf.d", image);
	else if (cJSON_GetArraySize(search))
		sb_find(x->out, "daemon.short_name", SB_LEVEL_OK, engine, NULL,
			"%s is looked for at %s", image, words);
	else
		sb_find(
		    x->out, "daemon.short_name", SB_LEVEL_WARN, engine,
		    "echo 'unqualified-search-registries = [\"docker.io\"]' | sudo tee "
		    "/etc/containers/registries.conf.d/10-docker.conf",
		    "%s names no registry and registries.conf knows none to look for it at: the "
		    "pull will fail",
		    image);
}

static void check_settings(const struct sb_check_context *x, const cJSON *row)
{
	sb_auto_free char *own =
	    sb_asprintf("%s/.config/containers/registries.conf", x->machine->home);
	bool rootless = sb_fact_true(row, "rootless");
	struct stat st;
	bool has_own = rootless && !sb_machine_stat(x->machine, own, &st);
	bool has_all = !sb_machine_stat(x->machine, "/etc/containers/registries.conf", &st);
	const char *backend = sb_fact_str(row, "network_backend");

	sb_find(x->out, "daemon.registries", has_own || has_all ? SB_LEVEL_OK : SB_LEVEL_INFO,
		sb_fact_str(row, "engine"), NULL,
		"registries and mirrors: %s; Podman reads no daemon.json",
		has_own	  ? own
		: has_all ? "/etc/containers/registries.conf"
			  : "no registries.conf, so the defaults");
	if (backend)
		sb_find(x->out, "daemon.backend", SB_LEVEL_INFO, sb_fact_str(row, "engine"), NULL,
			"network backend %s", backend);
}

/* Bridges of a rootless Podman are in a network namespace that all its containers share. */
static void check_rootless_netns(const struct sb_check_context *x, const cJSON *row)
{
	const char *dir = sb_machine_env(x->machine, "XDG_RUNTIME_DIR");
	sb_auto_free char *four = NULL, *five = NULL;
	struct stat st;

	if (!sb_fact_true(row, "rootless") || !dir || x->machine->uid != x->machine->person_uid)
		return;
	four = sb_asprintf("%s/netns", dir);
	five = sb_asprintf("%s/containers/networks/rootless-netns", dir);
	sb_find(x->out, "daemon.rootless_netns", SB_LEVEL_INFO, sb_fact_str(row, "engine"), NULL,
		"rootless network namespace: %s",
		!sb_machine_stat(x->machine, five, &st) ? five
		: !sb_machine_stat(x->machine, four, &st)
		    ? four
		    : "none yet, the first container makes it");
}

void sb_check_podman(const struct sb_check_context *x, const cJSON *row)
{
	check_settings(x, row);
	check_rootless_netns(x, row);
	check_short_name(x, row);
}
