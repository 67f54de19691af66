// SPDX-License-Identifier: MIT
/* access.c - who may speak with a daemon, and which one a command speaks with */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

static bool has(const char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

static void check_group(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;

	if (m->person_uid == 0 || !sb_machine_has_group(m, "docker"))
		return;
	sb_find(
	    x->out, "access.docker_group", SB_LEVEL_WARN, m->person,
	    "dockerd-rootless-setuptool.sh install  # an engine without root, then: sudo gpasswd "
	    "-d $USER docker",
	    "%s is a member of group docker, and that is root: whoever speaks with the root "
	    "daemon can mount / into a container",
	    m->person);
	if (m->uid == m->person_uid && !has(m->session_groups, "docker"))
		sb_find(x->out, "access.session", SB_LEVEL_WARN, m->person,
			"newgrp docker  # or log out and in again",
			"%s is a member of group docker, but this session is older than that: the "
			"root daemon refuses it",
			m->person);
}

/* The directory of Docker's command line: DOCKER_CONFIG or ~/.docker; the caller's to free. */
static char *client_directory(const struct sb_machine *m)
{
	const char *set = sb_machine_env(m, "DOCKER_CONFIG");

	return set && set[0] ? sb_strdup(set) : sb_asprintf("%s/.docker", m->home);
}

static char *current_context(const struct sb_machine *m)
{
	sb_auto_free char *dir = client_directory(m);
	sb_auto_free char *path = sb_asprintf("%s/config.json", dir);
	sb_auto_free char *text = sb_machine_read(m, path);
	cJSON *config = text ? cJSON_Parse(text) : NULL;
	const char *name = sb_fact_str(config, "currentContext");
	char *out = name && name[0] && strcmp(name, "default") ? sb_strdup(name) : NULL;

	cJSON_Delete(config);
	return out;
}

/* The file of the context @name among contexts/meta/ID/meta.json: its tree, or NULL with @broken. */
static cJSON *context_tree(const struct sb_machine *m, const char *name, char **broken)
{
	sb_auto_free char *dir = client_directory(m);
	sb_auto_free char *meta = sb_asprintf("%s%s/contexts/meta", m->root, dir);
	DIR *ids = opendir(meta);
	const struct dirent *e;
	cJSON *found = NULL;

	*broken = NULL;
	while (ids && !found && (e = readdir(ids))) {
		sb_auto_free char *path =
		    sb_asprintf("%s/contexts/meta/%s/meta.json", dir, e->d_name);
		sb_auto_free char *text = e->d_name[0] == '.' ? NULL : sb_machine_read(m, path);
		cJSON *tree = text ? cJSON_Parse(text) : NULL;
		const char *own = sb_fact_str(tree, "Name");

		if (own && !strcmp(own, name)) {
			found = tree;
			continue;
		}
		if (text && !own && !*broken)
			*broken = sb_steal(&path);
		cJSON_Delete(tree);
	}
	if (ids)
		closedir(ids);
	return found;
}

/* Is the place of the current context one where nobody answers? */
static const cJSON *silent_place(const struct sb_check_context *x, const char *host)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, sb_fact(x->facts, "absent"))
	{
		if (!strcmp(sb_fact_str(row, "url"), host))
			return row;
	}
	cJSON_ArrayForEach(row, x->out->daemons)
	{
		const char *state = sb_fact_str(row, "state");

		if (!strcmp(sb_fact_str(row, "url"), host) && state &&
		    strcmp(state, "answers") != 0)
			return row;
	}
	return NULL;
}

/* With a current context that is missing, broken or dead every `docker` command fails. */
static void check_context(const struct sb_check_context *x, const char *name, const char *origin)
{
	const char *fix = !strcmp(origin, "DOCKER_CONTEXT")
			      ? "unset DOCKER_CONTEXT  # or: docker context ls"
			      : "docker context use default";
	sb_auto_free char *broken = NULL;
	cJSON *tree = context_tree(x->machine, name, &broken);
	const char *host = sb_fact_str(sb_fact(sb_fact(tree, "Endpoints"), "docker"), "Host");
	size_t before = x->out->count;

	if (!tree && broken)
		sb_find(
		    x->out, "access.context", SB_LEVEL_FAIL, NULL, fix,
		    "docker context \"%s\" (from %s) cannot be read (%s is damaged): every docker "
		    "command fails",
		    name, origin, broken);
	else if (!tree)
		sb_find(
		    x->out, "access.context", SB_LEVEL_FAIL, NULL, fix,
		    "docker context \"%s\" (from %s) does not exist: every docker command fails",
		    name, origin);
	else if (!host || !host[0])
		sb_find(x->out, "access.context", SB_LEVEL_FAIL, NULL, fix,
			"docker context \"%s\" (from %s) names no docker endpoint: every docker "
			"command fails",
			name, origin);
	else if (silent_place(x, host))
		sb_find(
		    x->out, "access.context", SB_LEVEL_FAIL, NULL, fix,
		    "docker context \"%s\" (from %s) points to %s, where no daemon answers: every "
		    "docker command fails",
		    name, origin, host);
	/* An environment is the shell's, a file can be changed. */
	if (x->out->count > before && !strcmp(origin, "config.json"))
		sb_check_can_fix(x);
	cJSON_Delete(tree);
}

/* docker warns of a broken config.json at each command, and uses no context. */
static void check_client_file(const struct sb_check_context *x)
{
	sb_auto_free char *dir = client_directory(x->machine);
	sb_auto_free char *path = sb_asprintf("%s/config.json", dir);
	sb_auto_free char *text = sb_machine_read(x->machine, path);
	sb_auto_free char *fix = sb_asprintf("${EDITOR:-vi} %s", path);
	cJSON *tree = text && text[0] ? cJSON_Parse(text) : NULL;

	if (text && text[0] && !cJSON_IsObject(tree))
		sb_find(x->out, "access.client_file", SB_LEVEL_WARN, NULL, fix,
			"%s is not valid JSON: docker ignores it, with its contexts and logins",
			path);
	cJSON_Delete(tree);
}

static void check_environment(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	const char *host = sb_machine_env(m, "DOCKER_HOST"),
		   *wanted = sb_machine_env(m, "DOCKER_CONTEXT");
	sb_auto_free char *context = wanted && wanted[0] ? sb_strdup(wanted) : current_context(m);

	check_client_file(x);
	if (context && strcmp(context, "default") != 0 && !(host && host[0]))
		check_context(x, context, wanted && wanted[0] ? "DOCKER_CONTEXT" : "config.json");
	if (host && host[0] && context)
		sb_find(x->out, "access.docker_host", SB_LEVEL_WARN, NULL, "unset DOCKER_HOST",
			"DOCKER_HOST (%s) overrides the docker context \"%s\"", host, context);
	if (host && host[0])
		sb_find(x->out, "access.sudo", SB_LEVEL_INFO, NULL,
			"sudo --preserve-env=DOCKER_HOST docker ps",
			"DOCKER_HOST is %s; sudo drops it, so `sudo docker` speaks with "
			"/run/docker.sock instead",
			host);
	if (host && !strncmp(host, "ssh://", 6))
		sb_find(x->out, "access.ssh", SB_LEVEL_FAIL, NULL,
			"ssh -nNT -L /tmp/docker.sock:/run/docker.sock HOST &\n"
			"export DOCKER_HOST=unix:///tmp/docker.sock",
			"DOCKER_HOST is %s: satbed speaks no ssh, a tunnel does", host);
}

void sb_check_access(const struct sb_check_context *x)
{
	if (sb_check_context_wants(x, "docker"))
		check_group(x);
	check_environment(x);
}
