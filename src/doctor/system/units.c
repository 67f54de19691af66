// SPDX-License-Identifier: MIT
/* units.c - systemd's units of the daemons: the service and the socket, root's and the person's */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "units.h"

#define LIMIT_MS 2000

static const char *const names[] = {"docker.service", "docker.socket", "podman.service",
				    "podman.socket"};

cJSON *sb_units_parse(const char *text)
{
	sb_auto_free char *copy = sb_strdup(text);
	char *lines = copy, *line;
	cJSON *out = cJSON_CreateObject(), *unit = cJSON_CreateObject();

	/* A block of KEY=VALUE for each unit, an empty line between. */
	while ((line = strsep(&lines, "\n"))) {
		char *equals = strchr(line, '=');

		if (equals) {
			*equals = '\0';
			sb_json_add_str(unit, line, equals + 1);
		}
		if (!lines || !line[0]) {
			const char *id = sb_fact_str(unit, "Id");

			if (id)
				cJSON_AddItemToObject(out, id, unit);
			else
				cJSON_Delete(unit);
			unit = cJSON_CreateObject();
		}
	}
	cJSON_Delete(unit);
	return out;
}

/* NULL when that manager does not answer. */
static cJSON *ask(const struct sb_machine *m, bool user)
{
	const char *argv[] = {"systemctl",
			      user ? "--user" : "--system",
			      "--no-pager",
			      "show",
			      "--property=Id,LoadState,ActiveState,UnitFileState,FragmentPath,"
			      "DropInPaths,Result,ExecMainStatus,NeedDaemonReload,Environment",
			      names[0],
			      names[1],
			      names[2],
			      names[3],
			      NULL};
	sb_auto_free char *out = NULL;

	return m->run(argv, LIMIT_MS, &out) ? NULL : sb_units_parse(out);
}

cJSON *sb_probe_units(const void *ctx)
{
	const struct sb_check_context *x = ctx;
	cJSON *facts = cJSON_CreateObject(), *one;

	sb_json_add_bool(facts, "systemd", sb_machine_has_systemd(x->machine));
	if (!sb_machine_has_systemd(x->machine))
		return facts;
	one = ask(x->machine, false);
	if (one)
		cJSON_AddItemToObject(facts, "system", one);
	/* Root's own manager is not the person's; sudo cannot ask theirs without their session. */
	if (x->machine->uid != x->machine->person_uid)
		return facts;
	one = ask(x->machine, true);
	if (one)
		cJSON_AddItemToObject(facts, "user", one);
	return facts;
}

char *sb_unit_words(const cJSON *facts, bool user, const char *name)
{
	const cJSON *unit = sb_fact(sb_fact(facts, user ? "user" : "system"), name);
	const char *load = sb_fact_str(unit, "LoadState"),
		   *active = sb_fact_str(unit, "ActiveState"),
		   *file = sb_fact_str(unit, "FragmentPath");

	if (!load)
		return sb_strdup("not known");
	if (!strcmp(load, "not-found"))
		return sb_strdup("not there");
	if (!strcmp(load, "masked"))
		return sb_strdup("masked");
	return sb_asprintf("%s%s%s%s", active ? active : "?", file && file[0] ? " (" : "",
			   file ? file : "", file && file[0] ? ")" : "");
}

static bool is_state(const cJSON *facts, bool user, const char *name, const char *state)
{
	const char *active =
	    sb_fact_str(sb_fact(sb_fact(facts, user ? "user" : "system"), name), "ActiveState");

	return active && !strcmp(active, state);
}

/* systemd's word for why a unit failed, and what the program's exit status was. */
static char *result_words(const cJSON *unit)
{
	const char *result = sb_fact_str(unit, "Result"),
		   *status = sb_fact_str(unit, "ExecMainStatus");

	if (!result || !result[0])
		return sb_strdup("");
	if (strstr(result, "start-limit"))
		return sb_strdup(": it ended so often that systemd starts it no more");
	if (!strcmp(result, "exit-code"))
		return sb_asprintf(": it ended with status %s", status ? status : "?");
	return sb_asprintf(": %s", result);
}

static void check_failed(const struct sb_check_context *x, const cJSON *facts, bool user)
{
	const char *sudo = user ? "" : "sudo ", *manager = user ? "--user " : "";

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const cJSON *unit = sb_fact(sb_fact(facts, user ? "user" : "system"), names[i]);
		sb_auto_free char *why = result_words(unit), *reset = NULL, *fix = NULL;

		if (!is_state(facts, user, names[i], "failed"))
			continue;
		/* Without this the next start is refused, too. */
		reset = strstr(why, "so often") ? sb_asprintf("%ssystemctl %sreset-failed %s\n",
							      sudo, manager, names[i])
						: sb_strdup("");
		fix =
		    sb_asprintf("%sjournalctl %s-u %s -n 50 --no-pager\n%s%ssystemctl %srestart %s",
				sudo, manager, names[i], reset, sudo, manager, names[i]);
		sb_find(x->out, "units.failed", SB_LEVEL_FAIL, user ? x->machine->person : NULL,
			fix, "%s%s has failed%s", user ? "the user's " : "", names[i], why);
	}
}

/* A unit's file was changed, a drop-in put there: systemd goes on with what it has read. */
static void check_reload(const struct sb_check_context *x, const cJSON *facts, bool user)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const cJSON *unit = sb_fact(sb_fact(facts, user ? "user" : "system"), names[i]);
		const char *need = sb_fact_str(unit, "NeedDaemonReload");
		sb_auto_free char *fix = NULL;

		if (!need || strcmp(need, "yes") != 0)
			continue;
		fix = sb_asprintf("%ssystemctl %sdaemon-reload\n%ssystemctl %srestart %s",
				  user ? "" : "sudo ", user ? "--user " : "", user ? "" : "sudo ",
				  user ? "--user " : "", names[i]);
		sb_find(x->out, "units.reload", SB_LEVEL_WARN, user ? x->machine->person : NULL,
			fix, "%s%s was changed on disk, but systemd has not read that yet",
			user ? "the user's " : "", names[i]);
		sb_check_can_fix(x);
	}
}

/* Stopping only one of both is the classic: the socket starts the service again. */
static void check_pair(const struct sb_check_context *x, const cJSON *facts, bool user,
		       const char *engine, const char *program)
{
	sb_auto_free char *service = sb_asprintf("%s.service", program);
	sb_auto_free char *socket = sb_asprintf("%s.socket", program);
	sb_auto_free char *service_words = sb_unit_words(facts, user, service);
	sb_auto_free char *socket_words = sb_unit_words(facts, user, socket);
	bool service_on = is_state(facts, user, service, "active");
	bool socket_on = is_state(facts, user, socket, "active");
	const char *hint = "";

	if (!sb_check_context_wants(x, engine) ||
	    !sb_fact(sb_fact(facts, user ? "user" : "system"), service))
		return;
	if (!strcmp(service_words, "not there") && !strcmp(socket_words, "not there"))
		return;
	if (socket_on && !service_on)
		hint = "; the socket starts the service on the first connection";
	else if (service_on && socket_on && !strcmp(program, "docker"))
		hint = "; to stop it, stop both: the socket starts the service again";
	sb_find(x->out, "units.state", SB_LEVEL_INFO, engine, NULL, "%s: %s %s, %s %s%s", engine,
		service, service_words, socket, socket_words, hint);
}

void sb_check_units(const struct sb_check_context *x)
{
	const cJSON *facts = sb_fact(x->facts, "units");
	sb_auto_free char *first = sb_machine_read(x->machine, "/proc/1/comm");

	if (!facts || (x->request->engine && !strcmp(x->request->engine, "native")))
		return;
	if (!sb_fact_true(facts, "systemd")) {
		sb_find(x->out, "units.systemd", SB_LEVEL_INFO, NULL, NULL,
			"no systemd here (process 1 is %s): daemons are started by something else, "
			"or by hand",
			first ? first : "not known");
		return;
	}
	if (!sb_fact(facts, "system"))
		sb_find(x->out, "units.system", SB_LEVEL_WARN, NULL, "systemctl status",
			"systemd does not answer: the state of docker.service is not known");
	if (!sb_fact(facts, "user") && x->machine->uid == x->machine->person_uid &&
	    x->machine->uid != 0 && sb_check_context_wants_rootless(x))
		sb_find(x->out, "units.user", SB_LEVEL_WARN, x->machine->person,
			"export XDG_RUNTIME_DIR=/run/user/$(id -u) "
			"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$(id -u)/bus",
			"systemctl --user does not answer (a session by su or sudo has no user "
			"manager): rootless daemons cannot be started as services");
	check_failed(x, facts, false);
	check_failed(x, facts, true);
	check_reload(x, facts, false);
	check_reload(x, facts, true);
	check_pair(x, facts, false, "docker", "docker");
	check_pair(x, facts, true, "docker-rootless", "docker");
	check_pair(x, facts, false, "podman", "podman");
	check_pair(x, facts, true, "podman-rootless", "podman");
}
