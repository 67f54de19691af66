// SPDX-License-Identifier: MIT
/* access.c - who may speak with a daemon, and which one a command speaks with */
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

	if (m->person_uid == 0 || !has(m->groups, "docker"))
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

static char *current_context(const struct sb_machine *m)
{
	const char *dir = sb_machine_env(m, "DOCKER_CONFIG");
	sb_auto_free char *path = dir ? sb_asprintf("%s/config.json", dir)
				      : sb_asprintf("%s/.docker/config.json", m->home);
	sb_auto_free char *text = sb_machine_read(m, path);
	cJSON *config = text ? cJSON_Parse(text) : NULL;
	const char *name = sb_fact_str(config, "currentContext");
	char *out = name && name[0] && strcmp(name, "default") ? sb_strdup(name) : NULL;

	cJSON_Delete(config);
	return out;
}

static void check_environment(const struct sb_check_context *x)
{
	const struct sb_machine *m = x->machine;
	const char *host = sb_machine_env(m, "DOCKER_HOST"),
		   *wanted = sb_machine_env(m, "DOCKER_CONTEXT");
	sb_auto_free char *context = wanted ? sb_strdup(wanted) : current_context(m);

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
