// SPDX-License-Identifier: MIT
/*
 * compare_daemons.c - `docker` and `sudo docker` are two engines
 *
 * The commonest surprise of all: a mirror, a proxy or an image was given to the one, the pull is
 * done by the other.  The root daemon's file counts even when that daemon may not be asked.
 */
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "doctor/settings/daemon_json.h"
#include "satbed/base/mem.h"

static const cJSON *row_of(const struct sb_check_context *x, const char *engine)
{
	const cJSON *row, *second = NULL;

	cJSON_ArrayForEach(row, x->out->daemons)
	{
		if (!sb_row_is(row, engine))
			continue;
		if (sb_row_answers(row))
			return row;
		second = row;
	}
	return second;
}

/* What to type so that @path has the mirror: a new file whole, an old one by hand. */
static char *add_mirror_fix(const cJSON *row, const char *mirror)
{
	const cJSON *config = sb_fact(row, "config");
	const char *path = sb_fact_str(config, "path"), *restart = sb_fact_str(row, "restart");
	const char *slash = strrchr(path, '/');
	const char *sudo = sb_fact_true(row, "rootless") ? "" : "sudo ";

	if (sb_fact_true(config, "exists"))
		return sb_asprintf("%s${EDITOR:-vi} %s  # add: \"registry-mirrors\": [\"%s\"]\n%s",
				   sudo, path, mirror, restart ? restart : "");
	return sb_asprintf("%smkdir -p %.*s\n"
			   "echo '{\"registry-mirrors\": [\"%s\"]}' | %stee %s\n%s",
			   sudo, (int)(slash - path), path, mirror, sudo, path,
			   restart ? restart : "");
}

/* Mirrors of @from (file or loaded) that @to, which pulls for itself, does not go by. */
static void check_elsewhere(const struct sb_check_context *x, const cJSON *config,
			    const cJSON *loaded, const char *whose, const cJSON *to)
{
	const cJSON *there = sb_fact(to, "mirrors_loaded"),
		    *lists[] = {sb_fact(config, "mirrors"), loaded}, *item;
	const char *file = sb_fact_str(config, "path"),
		   *own = sb_fact_str(sb_fact(to, "config"), "path");
	sb_auto_free char *words = sb_list_words(there);

	if (!sb_row_answers(to) || !own)
		return;
	file = file ? file : "its settings";
	for (size_t i = 0; i < SB_ARRAY_LEN(lists); i++)
		cJSON_ArrayForEach(item, lists[i])
		{
			sb_auto_free char *fix = NULL;

			if (!cJSON_IsString(item) || sb_list_has(there, item->valuestring) ||
			    sb_list_has(sb_fact(sb_fact(to, "config"), "mirrors"),
					item->valuestring) ||
			    (i == 1 && sb_list_has(lists[0], item->valuestring)))
				continue;
			fix = add_mirror_fix(to, item->valuestring);
			sb_find(x->out, "two.mirror", SB_LEVEL_WARN, sb_fact_str(to, "engine"), fix,
				"mirror %s in %s is %s: it does not apply to the %s daemon, whose "
				"pulls go to %s; put it into %s and restart that daemon",
				item->valuestring, file, whose,
				sb_fact_true(to, "rootless") ? "rootless" : "root",
				cJSON_GetArraySize(there) ? words : "docker.io itself", own);
			if (sb_fact_true(to, "rootless"))
				sb_check_can_fix(x);
		}
}

/* Without a row for it, the root daemon's usual file still shows what was meant. */
static void check_root_file(const struct sb_check_context *x, const cJSON *root,
			    const cJSON *rootless)
{
	const cJSON *probed = sb_fact(sb_fact(sb_fact(x->facts, "settings"), "docker"), "config");
	cJSON *config = root	 ? NULL
			: probed ? cJSON_Duplicate(probed, true)
				 : sb_daemon_json(x->machine, "/etc/docker/daemon.json");

	check_elsewhere(x, root ? sb_fact(root, "config") : config, sb_fact(root, "mirrors_loaded"),
			"the root daemon's", rootless);
	cJSON_Delete(config);
}

void sb_check_two(const struct sb_check_context *x)
{
	const cJSON *root = row_of(x, "docker"), *rootless = row_of(x, "docker-rootless");
	const char *host = sb_machine_env(x->machine, "DOCKER_HOST");

	if (!rootless || !sb_row_answers(rootless))
		return;
	if (root)
		sb_find(x->out, "two.engines", SB_LEVEL_INFO, NULL, NULL,
			"docker and sudo docker are two engines: the rootless one at %s, the root "
			"one at %s; each has its own images, containers, settings and mirrors%s%s",
			sb_fact_str(rootless, "url"), sb_fact_str(root, "url"),
			host ? "; DOCKER_HOST here is " : "", host ? host : "");
	check_root_file(x, root, rootless);
	if (root)
		check_elsewhere(x, sb_fact(rootless, "config"), sb_fact(rootless, "mirrors_loaded"),
				"the rootless daemon's", root);
}
