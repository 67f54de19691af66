/* SPDX-License-Identifier: MIT */
/*
 * daemons.h - the container daemons of this machine, one row each
 *
 * A row is a JSON object; what is not known is missing:
 *
 *   engine		"docker", "docker-rootless", "podman", "podman-rootless": what it is, or, when it
 *			does not answer, what was looked for there
 *   url, also[], origin	how it is reached, what else reaches it, why it was looked for
 *   state, why		"answers", "refused" (a socket without a daemon), "forbidden", "broken"
 *   socket_mode	in octal
 *   podman, rootless, id, version, api, os, arch, kernel, root_dir, storage, cgroup_version,
 *   cgroup_driver, images, containers
 *   limits		memory, pids, cpu: does it enforce them?
 *   image		name, present: the image of the request
 *   mirrors_loaded[]	as it uses them now
 *   config		sb_daemon_json() of the file that applies to it
 *   mirrors[]		sb_mirrors_try() of both kinds
 *   proxy		what it pulls through, "" = directly; of daemons on this machine
 *   network_driver, port_driver, detach_netns	of rootless ones
 *   search[], short_name		Podman: registries for short names; "image" has one
 *   process		sb_process_of()
 *   units		service, socket: sb_unit_words()
 *   log, restart	what to type
 */
#ifndef SATBED_DOCTOR_DAEMONS_H
#define SATBED_DOCTOR_DAEMONS_H

#include "doctor/check_context.h"
#include "satbed/container_api.h"

/** struct sb_found_daemon - an address worth trying, and the engine it was found for */
struct sb_found_daemon {
	struct sb_daemon_address address;
	const char *engine;
	char *socket; /* its path, links followed; NULL for TCP */
};

/**
 * sb_daemons_find() - every address that the request concerns, each once
 * @out:	for sb_daemons_free()
 *
 * Return: 0, or -1 with @err (SB_EINPUT): DOCKER_HOST or the address asked for is none
 */
int sb_daemons_find(const struct sb_check_context *x, struct sb_found_daemon **out, size_t *count,
		    struct sb_err *err);
void sb_daemons_free(struct sb_found_daemon *found, size_t count);

/** struct sb_daemon_probe - the context of sb_probe_daemon() */
struct sb_daemon_probe {
	const struct sb_check_context *x;
	const struct sb_found_daemon *found;
};
/** sb_probe_daemon() - for sb_jobs_run(): the row of one address */
cJSON *sb_probe_daemon(const void *ctx);
/** sb_row_new() - a row of which nothing but the address is known */
cJSON *sb_row_new(const struct sb_found_daemon *found, const char *state, const char *why);

/** sb_row_add_info() - what /info and /version say, put into @row; either may be NULL */
void sb_row_add_info(cJSON *row, const struct sb_daemon_info *info, const cJSON *version);
/** sb_row_add_advice() - units, log and restart, for a row otherwise complete */
void sb_row_add_advice(const struct sb_check_context *x, cJSON *row);
/** sb_rows_merge() - rows of one daemon reached by several addresses become one */
void sb_rows_merge(cJSON *rows);

/** sb_is_snap_docker() - the root Docker is snap's: it has paths and commands of its own */
bool sb_is_snap_docker(const struct sb_machine *m, const cJSON *process);
/** sb_config_path() - the settings file that applies to a Docker; the caller's to free */
char *sb_config_path(const struct sb_machine *m, bool rootless, const cJSON *process);

/** sb_check_daemons() - each row by itself; rows are x->out->daemons, those without a socket are
 * the facts "absent" */
void sb_check_daemons(const struct sb_check_context *x);
/** sb_check_config() - one settings file; @command: the daemon's, or NULL; @answers: it runs */
void sb_check_config(const struct sb_check_context *x, const char *engine, const cJSON *config,
		     const char *command, bool answers);
/** sb_check_mirrors() - a row's mirrors: those of its file against those loaded, dead ones */
void sb_check_mirrors(const struct sb_check_context *x, const cJSON *row);
/** sb_check_two() - two Dockers, and settings that do not apply where one might think so */
void sb_check_two(const struct sb_check_context *x);
/** sb_check_registries() - registries.conf of two versions, whether or not a Podman answers */
void sb_check_registries(const struct sb_check_context *x);
/** sb_check_proxies() - does a row's daemon pull through the proxy that is set here? */
void sb_check_proxies(const struct sb_check_context *x, const cJSON *row);
/** sb_check_podman() - short names, mirrors, networks */
void sb_check_podman(const struct sb_check_context *x, const cJSON *row);

/** sb_row_is() - is @row of this engine? */
bool sb_row_is(const cJSON *row, const char *engine);
/** sb_row_answers() - has it been spoken with? */
bool sb_row_answers(const cJSON *row);
/** sb_list_has() - is @text one of an array's strings? */
bool sb_list_has(const cJSON *list, const char *text);
/** sb_list_words() - an array's strings with commas between, "none" when empty; to be freed */
char *sb_list_words(const cJSON *list);

#endif
