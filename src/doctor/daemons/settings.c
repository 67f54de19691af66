// SPDX-License-Identifier: MIT
/*
 * settings.c - why a Docker that does not answer may not have started: its settings file, its last error
 *
 * That is when the file matters most, and there is no daemon to ask for it.
 */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon_json.h"
#include "doctor/findings.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define JOURNAL_MS 2000

/* Of the lines that a daemon logged the last that says why it ended. */
static char *last_error(const char *log)
{
	static const char *const marks[] = {"failed to start daemon", "unable to configure the",
					    "level=fatal", "Start request repeated"};
	const char *line = log, *found = NULL;

	while (*line) {
		size_t len = strcspn(line, "\n");

		for (size_t i = 0; i < SB_ARRAY_LEN(marks); i++) {
			const char *at = strstr(line, marks[i]);

			if (at && at < line + len)
				found = at;
		}
		line += len + (line[len] == '\n');
	}
	return found ? sb_asprintf("%.*s", (int)strcspn(found, "\n"), found) : NULL;
}

static char *log_of(const struct sb_machine *m, bool rootless)
{
	const char *system[] = {"journalctl", "-u",  "docker.service", "-n", "40",
				"-o",	      "cat", "--no-pager",     NULL};
	const char *user[] = {"journalctl", "--user", "-u",  "docker.service", "-n",
			      "40",	    "-o",     "cat", "--no-pager",     NULL};
	char *out = NULL;

	if (!sb_machine_has_systemd(m))
		return rootless ? NULL : sb_machine_read(m, "/var/log/docker.log");
	if (m->run(rootless ? user : system, JOURNAL_MS, &out)) {
		free(out);
		return NULL;
	}
	return out;
}

static void probe_one(const struct sb_check_context *x, const char *engine, bool rootless,
		      cJSON *facts)
{
	sb_auto_free char *path = sb_config_path(x->machine, rootless, NULL);
	sb_auto_free char *log = NULL, *error = NULL;
	cJSON *one;

	if (!sb_check_context_wants(x, engine) || !path)
		return;
	one = cJSON_AddObjectToObject(facts, engine);
	cJSON_AddItemToObject(one, "config", sb_daemon_json(x->machine, path));
	log = log_of(x->machine, rootless);
	error = log ? last_error(log) : NULL;
	if (error)
		sb_json_add_str(one, "last_error", error);
}

cJSON *sb_probe_settings(const void *ctx)
{
	const struct sb_check_context *x = ctx;
	cJSON *facts = cJSON_CreateObject();

	probe_one(x, "docker", false, facts);
	probe_one(x, "docker-rootless", true, facts);
	return facts;
}

void sb_check_settings(const struct sb_check_context *x, const char *engine)
{
	const cJSON *one = sb_fact(sb_fact(x->facts, "settings"), engine),
		    *config = sb_fact(one, "config");
	const char *error = sb_fact_str(one, "last_error");
	bool rootless = strstr(engine, "rootless") != NULL;

	if (sb_fact_true(config, "exists"))
		sb_check_config(x, engine, config, NULL, false);
	if (error)
		sb_find(x->out, "daemon.last_error", SB_LEVEL_WARN, engine,
			!sb_machine_has_systemd(x->machine) ? "tail -n 50 /var/log/docker.log"
			: rootless			    ? "journalctl --user -u docker -n 50"
							    : "sudo journalctl -u docker -n 50",
			"the last error it logged: %s", error);
}
