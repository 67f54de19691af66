// SPDX-License-Identifier: MIT
/*
 * settings.c - why a daemon that does not answer may not have started: its settings file, its last error
 *
 * That is when the file matters most, and there is no daemon to ask for it.
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/findings.h"
#include "doctor/settings/daemon_json.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define JOURNAL_MS 2000

static const struct {
	const char *engine, *unit;
	bool rootless, podman;
} kinds[] = {
    {"docker", "docker.service", false, false},
    {"docker-rootless", "docker.service", true, false},
    {"podman", "podman.service", false, true},
    {"podman-rootless", "podman.service", true, true},
};

/* The last line of @log with @mark in it, from there on; NULL: none. */
static const char *last_with(const char *log, const char *mark)
{
	const char *found = NULL;

	for (const char *at = log; (at = strstr(at, mark)); at += strlen(mark))
		found = at;
	return found;
}

/* Of the lines that a daemon logged the last that says why it ended. */
static char *last_error(const char *log)
{
	static const char *const marks[] = {"failed to start daemon", "unable to configure the",
					    "level=fatal", "Error: "};
	const char *found = NULL;

	for (size_t i = 0; i < SB_ARRAY_LEN(marks); i++) {
		const char *at = last_with(log, marks[i]);

		found = at && (!found || at > found) ? at : found;
	}
	/* That systemd gave up is said last, and hides the reason. */
	if (!found)
		found = last_with(log, "Start request repeated");
	return found ? sb_asprintf("%.*s", (int)strcspn(found, "\n"), found) : NULL;
}

static const char *unit_of(const struct sb_machine *m, size_t kind)
{
	return !kinds[kind].rootless && !kinds[kind].podman && sb_is_snap_docker(m, NULL)
		   ? "snap.docker.dockerd.service"
		   : kinds[kind].unit;
}

static char *log_of(const struct sb_machine *m, size_t kind)
{
	const char *unit = unit_of(m, kind);
	const char *system[] = {"journalctl", "-u",  unit,	   "-n", "40",
				"-o",	      "cat", "--no-pager", NULL};
	const char *user[] = {"journalctl", "--user", "-u",  unit,	   "-n",
			      "40",	    "-o",     "cat", "--no-pager", NULL};
	char *out = NULL;

	if (!sb_machine_has_systemd(m))
		return kinds[kind].rootless || kinds[kind].podman
			   ? NULL
			   : sb_machine_read(m, "/var/log/docker.log");
	/* Root's own manager is not the person's. */
	if (kinds[kind].rootless && m->uid != m->person_uid)
		return NULL;
	if (m->run(kinds[kind].rootless ? user : system, JOURNAL_MS, &out)) {
		free(out);
		return NULL;
	}
	return out;
}

static void probe_one(const struct sb_check_context *x, size_t kind, cJSON *facts)
{
	sb_auto_free char *path =
	    kinds[kind].podman ? NULL : sb_config_path(x->machine, kinds[kind].rootless, NULL);
	sb_auto_free char *log = NULL, *error = NULL;
	cJSON *one;

	if (!sb_check_context_wants(x, kinds[kind].engine) || (!path && !kinds[kind].podman))
		return;
	one = cJSON_AddObjectToObject(facts, kinds[kind].engine);
	if (path)
		cJSON_AddItemToObject(one, "config", sb_daemon_json(x->machine, path));
	log = log_of(x->machine, kind);
	error = log ? last_error(log) : NULL;
	if (error)
		sb_json_add_str(one, "last_error", error);
	else if (log && (strstr(log, "not seeing messages from other users") ||
			 strstr(log, "No journal files were opened")))
		sb_json_add_bool(one, "hidden", true);
}

cJSON *sb_probe_settings(const void *ctx)
{
	const struct sb_check_context *x = ctx;
	cJSON *facts = cJSON_CreateObject();

	for (size_t i = 0; i < SB_ARRAY_LEN(kinds); i++)
		probe_one(x, i, facts);
	return facts;
}

static size_t kind_of(const char *engine)
{
	size_t i = 0;

	while (i + 1 < SB_ARRAY_LEN(kinds) && strcmp(kinds[i].engine, engine) != 0)
		i++;
	return i;
}

static char *log_command(const struct sb_check_context *x, size_t kind)
{
	bool user = kinds[kind].rootless;

	if (!sb_machine_has_systemd(x->machine))
		return sb_strdup("tail -n 50 /var/log/docker.log");
	return sb_asprintf("%sjournalctl %s-u %s -n 50", user ? "" : "sudo ", user ? "--user " : "",
			   unit_of(x->machine, kind));
}

void sb_check_last_error(const struct sb_check_context *x, const char *engine)
{
	const cJSON *one = sb_fact(sb_fact(x->facts, "settings"), engine);
	const char *error = sb_fact_str(one, "last_error");
	sb_auto_free char *fix = log_command(x, kind_of(engine));

	if (error)
		sb_find(x->out, "daemon.last_error", SB_LEVEL_WARN, engine, fix,
			"the last error it logged: %s", error);
	else if (sb_fact_true(one, "hidden"))
		sb_find(x->out, "daemon.last_error", SB_LEVEL_INFO, engine, fix,
			"%s may not read its log: whether it failed, and why, is in the system's "
			"journal",
			x->machine->person);
}

void sb_check_settings(const struct sb_check_context *x, const char *engine)
{
	const cJSON *config = sb_fact(sb_fact(sb_fact(x->facts, "settings"), engine), "config");

	if (sb_fact_true(config, "exists"))
		sb_check_config(x, engine, config, NULL, false);
	sb_check_last_error(x, engine);
}
