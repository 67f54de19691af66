// SPDX-License-Identifier: MIT
/*
 * proxy_check.c - a proxy that is set, but not where the daemon that pulls would see it
 *
 * The daemon pulls, not `docker`: neither the shell's environment nor ~/.docker/config.json reaches it.
 * Its service manager gives it its environment, and there are two: the system's for the root daemon, the
 * user's for a rootless one.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

static const char *const variables[] = {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"};

/* The value of a proxy variable in lines such as Environment="HTTPS_PROXY=..."; the caller's to free. */
static char *value_in(const char *text)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(variables); i++) {
		const char *at = text;
		size_t len = strlen(variables[i]);

		for (; (at = strstr(at, variables[i])); at += len)
			if (at[len] == '=' &&
			    at[len + 1 + strcspn(at + len + 1, "\"' \n")] != at[len + 1])
				return sb_asprintf("%.*s", (int)strcspn(at + len + 1, "\"' \n"),
						   at + len + 1);
	}
	return NULL;
}

/* Comments are none of a unit's settings. */
static void drop_comments(char *text)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (*line == '#' || *line == ';')
			memset(line, ' ', strcspn(line, "\n"));
	}
}

/**
 * struct place - a proxy setting found in files of one service manager
 * @path:	the file; NULL: none
 */
struct place {
	char *path, *value;
};

static void free_place(struct place *p)
{
	free(p->path);
	free(p->value);
}

static bool take_file(const struct sb_machine *m, const char *path, struct place *out)
{
	sb_auto_free char *text = sb_machine_read(m, path);

	if (!text)
		return false;
	drop_comments(text);
	out->value = value_in(text);
	if (out->value)
		out->path = sb_strdup(path);
	return out->value != NULL;
}

/* UNIT and UNIT.d/X.conf in @folder */
static bool take_unit(const struct sb_machine *m, const char *folder, const char *unit,
		      struct place *out)
{
	sb_auto_free char *file = sb_asprintf("%s/%s", folder, unit);
	sb_auto_free char *drop = sb_asprintf("%s%s.d", m->root, file);
	struct dirent **entries = NULL;
	int count = scandir(drop, &entries, NULL, alphasort);
	bool found = false;

	for (int i = 0; i < count; i++) {
		sb_auto_free char *path = sb_asprintf("%s.d/%s", file, entries[i]->d_name);

		if (!found && strstr(entries[i]->d_name, ".conf"))
			found = take_file(m, path, out);
		free(entries[i]);
	}
	free(entries);
	return found || take_file(m, file, out);
}

static char *folder_of(const struct sb_machine *m, bool user)
{
	return user ? sb_asprintf("%s/.config/systemd/user", m->home)
		    : sb_strdup("/etc/systemd/system");
}

static void find_place(const struct sb_machine *m, bool user, const char *unit, struct place *out)
{
	sb_auto_free char *folder = folder_of(m, user);

	*out = (struct place){0};
	take_unit(m, folder, unit, out);
}

static const char *shell_variable(const struct sb_machine *m)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(variables); i++) {
		const char *value = sb_machine_env(m, variables[i]);

		if (value && value[0])
			return variables[i];
	}
	return NULL;
}

/* {"proxies": {"default": {"httpsProxy": ...}}}: docker gives these to containers, for itself it needs none. */
static bool has_client_proxy(const struct sb_machine *m)
{
	const char *set = sb_machine_env(m, "DOCKER_CONFIG");
	sb_auto_free char *path = set && set[0] ? sb_asprintf("%s/config.json", set)
						: sb_asprintf("%s/.docker/config.json", m->home);
	sb_auto_free char *text = sb_machine_read(m, path);
	cJSON *tree = text ? cJSON_Parse(text) : NULL;
	const cJSON *proxies = sb_fact(tree, "proxies"), *one;
	bool has = false;

	cJSON_ArrayForEach(one, proxies)
	{
		has |= sb_fact_str(one, "httpsProxy") || sb_fact_str(one, "httpProxy");
	}
	cJSON_Delete(tree);
	return has;
}

static const char *unit_of(const struct sb_check_context *x, const cJSON *row)
{
	if (sb_fact_true(row, "podman"))
		return "podman.service";
	if (!sb_fact_true(row, "rootless") &&
	    sb_is_snap_docker(x->machine, sb_fact(row, "process")))
		return "snap.docker.dockerd.service";
	return "docker.service";
}

/* After a drop-in is there. */
static char *reload_fix(const struct sb_check_context *x, const cJSON *row)
{
	const char *restart = sb_fact_str(row, "restart");

	return sb_asprintf("%s%s%s",
			   !sb_machine_has_systemd(x->machine) ? ""
			   : sb_fact_true(row, "rootless")     ? "systemctl --user daemon-reload\n"
							       : "sudo systemctl daemon-reload\n",
			   restart ? restart : "", restart ? "" : "# then restart the daemon");
}

/* A drop-in that takes the proxy over: @source is text of printf's arguments, without a password in it. */
static char *drop_in_fix(const struct sb_check_context *x, const cJSON *row, const char *source)
{
	bool user = sb_fact_true(row, "rootless");
	sb_auto_free char *reload = reload_fix(x, row);

	if (!sb_machine_has_systemd(x->machine))
		return sb_asprintf("%s  # with HTTPS_PROXY and HTTP_PROXY in its environment",
				   reload);
	if (user)
		return sb_asprintf("mkdir -p ~/.config/systemd/user/%s.d\n"
				   "%s >~/.config/systemd/user/%s.d/proxy.conf\n%s",
				   unit_of(x, row), source, unit_of(x, row), reload);
	return sb_asprintf("sudo mkdir -p /etc/systemd/system/%s.d\n"
			   "%s | sudo tee /etc/systemd/system/%s.d/proxy.conf\n%s",
			   unit_of(x, row), source, unit_of(x, row), reload);
}

/* Is the address of a proxy this machine's loopback? */
static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	if (memchr(host, '@', strcspn(host, "/")))
		host = strchr(host, '@') + 1;
	return !strncmp(host, "localhost", 9) || !strncmp(host, "127.", 4) ||
	       !strncmp(host, "[::1]", 5);
}

static void check_loaded(const struct sb_check_context *x, const cJSON *row, const char *proxy)
{
	const char *engine = sb_fact_str(row, "engine");

	sb_find(x->out, "daemon.proxy", SB_LEVEL_OK, engine, NULL, "pulls go through proxy %s",
		proxy);
	if (sb_fact_true(row, "rootless") && is_loopback(proxy) && !sb_fact_true(row, "podman") &&
	    !sb_fact_true(row, "detach_netns"))
		sb_find(x->out, "daemon.proxy_loopback", SB_LEVEL_WARN, engine,
			"ip -4 address show  # let the proxy listen at an address of this machine, "
			"and name that "
			"one",
			"proxy %s: a rootless daemon's localhost is its own network namespace, not "
			"this "
			"machine: pulls fail with \"proxyconnect tcp\"",
			proxy);
}

static void check_missing(const struct sb_check_context *x, const cJSON *row)
{
	const char *engine = sb_fact_str(row, "engine"), *shell = shell_variable(x->machine);
	bool user = sb_fact_true(row, "rootless");
	struct place own, other;
	sb_auto_free char *fix = NULL, *source = NULL;

	find_place(x->machine, user, unit_of(x, row), &own);
	find_place(x->machine, !user, user ? "docker.service" : unit_of(x, row), &other);
	if (own.path) {
		fix = reload_fix(x, row);
		sb_find(
		    x->out, "daemon.proxy", SB_LEVEL_WARN, engine, fix,
		    "%s sets a proxy, but the daemon runs without one: it was started before that",
		    own.path);
	} else if (other.path) {
		source = sb_asprintf("grep -iE '^\\[Service\\]|_proxy=' %s", other.path);
		fix = drop_in_fix(x, row, source);
		sb_find(x->out, "daemon.proxy", SB_LEVEL_WARN, engine, fix,
			"the proxy in %s is for the %s daemon, which the %s service manager "
			"starts: this "
			"one pulls without a proxy",
			other.path, user ? "root" : "rootless", user ? "system's" : "user's");
	} else if (shell) {
		source =
		    sb_asprintf("printf '[Service]\\nEnvironment=\"%s=%%s\" \"NO_PROXY=%%s\"\\n' "
				"\"$%s\" \"$NO_PROXY\"",
				shell, shell);
		fix = drop_in_fix(x, row, source);
		sb_find(
		    x->out, "daemon.proxy", SB_LEVEL_WARN, engine, fix,
		    "%s is set in this shell, but the daemon pulls, and it runs without a proxy: a "
		    "shell's environment does not reach a service",
		    shell);
	} else if (has_client_proxy(x->machine) && !sb_fact_true(row, "podman")) {
		sb_find(
		    x->out, "daemon.proxy", SB_LEVEL_INFO, engine, NULL,
		    "\"proxies\" in docker's config.json is for containers and builds; the daemon "
		    "pulls without a proxy");
	}
	if (fix && user)
		sb_check_can_fix(x);
	free_place(&own);
	free_place(&other);
}

void sb_check_proxies(const struct sb_check_context *x, const cJSON *row)
{
	const cJSON *known = sb_fact(row, "proxy");
	const char *proxy = cJSON_GetStringValue(known);

	/* What the daemon's environment is, is not always to be seen. */
	if (!known)
		return;
	if (proxy && proxy[0])
		check_loaded(x, row, proxy);
	else
		check_missing(x, row);
}
