// SPDX-License-Identifier: MIT
/* mirror_check.c - the mirrors of a settings file against those loaded, and those that are dead */
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"

static bool is_set(const cJSON *of, const char *key)
{
	const char *text = sb_fact_str(of, key);

	return text && text[0];
}

void sb_check_config(const struct sb_check_context *x, const char *engine, const cJSON *config,
		     const char *command, bool answers)
{
	const char *path = sb_fact_str(config, "path");
	sb_auto_free char *fix = sb_asprintf(
	    "%s${EDITOR:-vi} %s",
	    !strncmp(path, "/etc/", 5) || !strncmp(path, "/var/", 5) ? "sudo " : "", path);

	if (is_set(config, "error"))
		sb_find(x->out, "daemon.config", SB_LEVEL_FAIL, engine, fix, "%s: %s; %s", path,
			sb_fact_str(config, "error"),
			answers
			    ? "the daemon still runs with what it read before, but cannot restart"
			    : "the daemon cannot start with it");
	else if (is_set(config, "hint"))
		sb_find(x->out, "daemon.config", SB_LEVEL_WARN, engine, fix, "%s: %s", path,
			sb_fact_str(config, "hint"));
	else
		sb_find(x->out, "daemon.config", SB_LEVEL_OK, engine, NULL, "settings: %s%s", path,
			sb_fact_true(config, "exists") ? "" : " (not there, so the defaults)");
	if (sb_fact_true(config, "hosts") && command &&
	    (strstr(command, " -H ") || strstr(command, " --host")))
		sb_find(x->out, "daemon.hosts", SB_LEVEL_WARN, engine,
			"sudo systemctl edit docker.service  # ExecStart= and "
			"ExecStart=/usr/bin/dockerd",
			"%s has \"hosts\" and the command line has -H: with both the daemon cannot "
			"start",
			path);
}

/* Of the file, but not loaded: it was changed after the daemon had read it. */
static void check_loaded(const struct sb_check_context *x, const cJSON *row, const cJSON *config)
{
	const cJSON *loaded = sb_fact(row, "mirrors_loaded"), *wanted = sb_fact(config, "mirrors"),
		    *item;
	sb_auto_free char *words = sb_list_words(loaded);
	bool differ = false;

	cJSON_ArrayForEach(item, wanted)
	{
		if (sb_list_has(loaded, item->valuestring))
			continue;
		differ = true;
		sb_find(x->out, "daemon.mirrors", SB_LEVEL_WARN, sb_fact_str(row, "engine"),
			sb_fact_str(row, "restart"),
			"mirror %s is in %s, but the daemon has not loaded it (loaded: %s): it "
			"reads the file when it starts",
			item->valuestring, sb_fact_str(config, "path"), words);
		if (sb_fact_true(row, "rootless"))
			sb_check_can_fix(x);
	}
	if (differ)
		return;
	sb_find(x->out, "daemon.mirrors", SB_LEVEL_OK, sb_fact_str(row, "engine"), NULL,
		"registry mirrors loaded: %s%s", words,
		cJSON_GetArraySize(loaded) ? "" : " (pulls go to docker.io itself)");
}

/* A rootless daemon has a loopback of its own. */
static bool is_loopback(const char *url)
{
	const char *host = strstr(url, "://");

	host = host ? host + 3 : url;
	return !strncmp(host, "localhost", 9) || !strncmp(host, "127.", 4) ||
	       !strncmp(host, "[::1]", 5);
}

static void check_mirror(const struct sb_check_context *x, const cJSON *row, const cJSON *mirror)
{
	const char *url = sb_fact_str(mirror, "url"), *state = sb_fact_str(mirror, "state"),
		   *why = sb_fact_str(mirror, "why"), *engine = sb_fact_str(row, "engine"),
		   *path = sb_fact_str(sb_fact(row, "config"), "path"),
		   *restart = sb_fact_str(row, "restart");
	sb_auto_free char *fix =
	    sb_asprintf("${EDITOR:-vi} %s  # take it out, or put the right one in\n%s",
			path ? path : "daemon.json", restart ? restart : "");

	if (!url || !state)
		return;
	if (!strcmp(state, "dead"))
		sb_find(x->out, "daemon.mirror_dead", SB_LEVEL_WARN, engine, fix,
			"mirror %s is dead, as seen from here (%s): each pull waits for it, then "
			"goes to docker.io",
			url, why);
	else if (!strcmp(state, "tls"))
		sb_find(x->out, "daemon.mirror_tls", SB_LEVEL_WARN, engine,
			"sudo mkdir -p /etc/docker/certs.d/HOST:PORT  # and its ca.crt into it",
			"mirror %s has a certificate that is not trusted here (%s)", url, why);
	else if (!strcmp(state, "odd"))
		sb_find(x->out, "daemon.mirror_odd", SB_LEVEL_WARN, engine, fix,
			"mirror %s answers %s/v2/ with HTTP %d, as no registry does", url, url,
			(int)sb_fact_num(mirror, "status"));
	else
		sb_find(x->out, "daemon.mirror_answers", SB_LEVEL_OK, engine, NULL,
			"mirror %s answers", url);
	if (sb_fact_true(row, "rootless") && is_loopback(url) && !sb_fact_true(row, "detach_netns"))
		sb_find(
		    x->out, "daemon.mirror_loopback", SB_LEVEL_WARN, engine, fix,
		    "mirror %s: a rootless daemon's localhost is its own network namespace, not "
		    "this machine; use the machine's address",
		    url);
}

void sb_check_mirrors(const struct sb_check_context *x, const cJSON *row)
{
	const cJSON *config = sb_fact(row, "config"), *mirror;

	if (config && (sb_row_answers(row) || sb_fact_true(config, "exists")))
		sb_check_config(x, sb_fact_str(row, "engine"), config,
				sb_fact_str(sb_fact(row, "process"), "command"),
				sb_row_answers(row));
	if (!sb_row_answers(row))
		return;
	if (!is_set(config, "error"))
		check_loaded(x, row, config);
	cJSON_ArrayForEach(mirror, sb_fact(row, "mirrors"))
	{
		check_mirror(x, row, mirror);
	}
}
