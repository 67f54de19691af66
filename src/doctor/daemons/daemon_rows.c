// SPDX-License-Identifier: MIT
/* daemon_rows.c - rows read, merged, completed with what to type */
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "doctor/system/units.h"

bool sb_row_is(const cJSON *row, const char *engine)
{
	const char *own = sb_fact_str(row, "engine");

	return own && !strcmp(own, engine);
}

bool sb_row_answers(const cJSON *row)
{
	const char *state = sb_fact_str(row, "state");

	return state && !strcmp(state, "answers");
}

bool sb_list_has(const cJSON *list, const char *text)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (cJSON_IsString(item) && !strcmp(item->valuestring, text))
			return true;
	}
	return false;
}

char *sb_list_words(const cJSON *list)
{
	char *out = sb_strdup("");
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		char *longer;

		if (!cJSON_IsString(item))
			continue;
		longer = sb_asprintf("%s%s%s", out, out[0] ? ", " : "", item->valuestring);
		free(out);
		out = longer;
	}
	if (out[0])
		return out;
	free(out);
	return sb_strdup("none");
}

bool sb_is_snap_docker(const struct sb_machine *m, const cJSON *process)
{
	const char *command = sb_fact_str(process, "command");
	sb_auto_free char *dockerd = process ? NULL : sb_machine_program(m, "dockerd");
	struct stat st;

	if (process)
		return command && strstr(command, "/snap/docker/");
	return !dockerd && !sb_machine_stat(m, "/snap/bin/docker", &st);
}

char *sb_config_path(const struct sb_machine *m, bool rootless, const cJSON *process)
{
	const char *given = sb_fact_str(process, "config_file"),
		   *config_home = sb_fact_str(process, "config_home");
	unsigned int uid = process ? (unsigned int)sb_fact_num(process, "uid") : m->person_uid;
	sb_auto_free char *home = NULL;

	if (given)
		return sb_strdup(given);
	if (!rootless)
		return sb_strdup(sb_is_snap_docker(m, process)
				     ? "/var/snap/docker/current/config/daemon.json"
				     : "/etc/docker/daemon.json");
	if (config_home)
		return sb_asprintf("%s/docker/daemon.json", config_home);
	if (uid == m->person_uid && uid == m->uid && sb_machine_env(m, "XDG_CONFIG_HOME"))
		return sb_asprintf("%s/docker/daemon.json", sb_machine_env(m, "XDG_CONFIG_HOME"));
	home = sb_machine_user_home(m, uid);
	return home ? sb_asprintf("%s/.config/docker/daemon.json", home) : NULL;
}

static bool same_text(const cJSON *a, const cJSON *b, const char *key)
{
	const char *x = sb_fact_str(a, key), *y = sb_fact_str(b, key);

	return x && y && !strcmp(x, y);
}

/* Docker has an ID; Podman makes a new one up at every question, but its store is its own. */
static bool is_same(const cJSON *a, const cJSON *b)
{
	if (!sb_row_answers(a) || !sb_row_answers(b) || !same_text(a, b, "engine") ||
	    !same_text(a, b, "root_dir"))
		return false;
	return sb_fact_true(a, "podman") ? same_text(a, b, "name") : same_text(a, b, "id");
}

void sb_rows_merge(cJSON *rows)
{
	for (int i = 0; i < cJSON_GetArraySize(rows); i++) {
		cJSON *first = cJSON_GetArrayItem(rows, i);

		for (int k = cJSON_GetArraySize(rows) - 1; k > i; k--) {
			cJSON *other = cJSON_GetArrayItem(rows, k);

			if (!is_same(first, other))
				continue;
			cJSON_AddItemToArray(cJSON_GetObjectItem(first, "also"),
					     cJSON_CreateString(sb_fact_str(other, "url")));
			cJSON_DeleteItemFromArray(rows, k);
		}
	}
}

/* How this daemon is restarted here: by systemd, by an init script, or as it was started. */
static char *restart_of(const struct sb_check_context *x, const cJSON *row)
{
	const char *program = sb_fact_true(row, "podman") ? "podman.socket" : "docker";
	const cJSON *process = sb_fact(row, "process");
	bool rootless = sb_fact_true(row, "rootless") || sb_row_is(row, "docker-rootless") ||
			sb_row_is(row, "podman-rootless");
	const char *user = sb_fact_str(process, "user"), *command = sb_fact_str(process, "command");
	bool docker_rootless = sb_row_is(row, "docker-rootless");
	struct stat st;

	if (!rootless && !sb_fact_true(row, "podman") && sb_is_snap_docker(x->machine, process))
		return sb_strdup("sudo snap restart docker");
	if (sb_machine_has_systemd(x->machine)) {
		if (!rootless)
			return sb_asprintf("sudo systemctl restart %s", program);
		if (user && strcmp(user, x->machine->person))
			return sb_asprintf("sudo systemctl --user -M %s@ restart %s", user,
					   program);
		return sb_asprintf("systemctl --user restart %s", program);
	}
	if (!rootless && !sb_machine_stat(x->machine, "/etc/init.d/docker", &st) &&
	    !sb_fact_true(row, "podman") && !sb_fact_str(process, "config_file"))
		return sb_strdup("sudo service docker restart");
	/* dockerd's own command line is that of inside its namespaces. */
	if (process && command)
		return sb_asprintf("kill %d  # as %s; then start again: %s%s",
				   (int)sb_fact_num(process, "pid"), user,
				   docker_rootless ? "dockerd-rootless.sh" : "",
				   docker_rootless ? command + strcspn(command, " ") : command);
	return sb_asprintf("systemctl %srestart %s", rootless ? "--user " : "", program);
}

static char *log_of(const struct sb_check_context *x, const cJSON *row, bool rootless)
{
	const char *seen = sb_fact_str(sb_fact(row, "process"), "log");
	const char *program = sb_fact_true(row, "podman") ? "podman" : "docker";

	if (seen && strcmp(seen, "journal"))
		return sb_asprintf("tail -n 50 %s", seen);
	if (!rootless && !sb_fact_true(row, "podman") &&
	    sb_is_snap_docker(x->machine, sb_fact(row, "process")))
		return sb_strdup("sudo snap logs docker -n 50");
	if (sb_machine_has_systemd(x->machine) || seen)
		return sb_asprintf("journalctl %s%s", rootless ? "--user -u " : "-u ", program);
	return NULL;
}

void sb_row_add_advice(const struct sb_check_context *x, cJSON *row)
{
	const cJSON *units = sb_fact(x->facts, "units");
	bool podman = sb_fact_true(row, "podman") || sb_row_is(row, "podman") ||
		      sb_row_is(row, "podman-rootless");
	bool rootless = sb_fact_true(row, "rootless") || sb_row_is(row, "docker-rootless") ||
			sb_row_is(row, "podman-rootless");
	sb_auto_free char *restart = restart_of(x, row), *log = log_of(x, row, rootless);

	sb_json_add_str(row, "restart", restart);
	if (log)
		sb_json_add_str(row, "log", log);
	if (sb_fact_true(units, "systemd")) {
		cJSON *to = cJSON_AddObjectToObject(row, "units");
		sb_auto_free char *service =
		    sb_unit_words(units, rootless, podman ? "podman.service" : "docker.service");
		sb_auto_free char *socket =
		    sb_unit_words(units, rootless, podman ? "podman.socket" : "docker.socket");

		sb_json_add_str(to, "service", service);
		sb_json_add_str(to, "socket", socket);
	}
}
