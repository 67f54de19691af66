// SPDX-License-Identifier: MIT
/* daemon_row.c - one daemon asked, its process looked at, its settings file read: a row of facts */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "daemons.h"
#include "mirrors.h"
#include "doctor/settings/daemon_json.h"
#include "doctor/system/process.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define CALL_MS	  1500
#define MIRROR_MS 1500

static void add_image(struct sb_daemon *d, const char *image, cJSON *row)
{
	sb_auto_free char *name = sb_daemon_escape(image);
	sb_auto_free char *path = sb_asprintf("/images/%s/json", name);
	cJSON *to = cJSON_AddObjectToObject(row, "image"), *answer = NULL;
	int status = sb_daemon_call(d, "GET", path, NULL, CALL_MS, &answer, NULL);

	sb_json_add_str(to, "name", image);
	if (status == 200 || status == 404)
		sb_json_add_bool(to, "present", status == 200);
	cJSON_Delete(answer);
}

static void add_daemon(const struct sb_check_context *x, struct sb_daemon *d, cJSON *row)
{
	cJSON *version = NULL;

	if (sb_daemon_call(d, "GET", "/version", NULL, CALL_MS, &version, NULL) != 200) {
		cJSON_Delete(version);
		version = NULL;
	}
	sb_row_add_info(row, sb_daemon_info(d), version);
	cJSON_Delete(version);
	add_image(d, x->request->image, row);
}

static void set_str(cJSON *row, const char *key, const char *value)
{
	cJSON_DeleteItemFromObject(row, key);
	sb_json_add_str(row, key, value);
}

/* Settings files of this machine say nothing of a daemon behind a tunnel or in a virtual machine.
 */
static bool is_local(const cJSON *row)
{
	const char *name = sb_fact_str(row, "name");
	struct utsname u;

	return !sb_row_answers(row) || !name || uname(&u) || !strcmp(name, u.nodename);
}

static void add_config(const struct sb_check_context *x, cJSON *row)
{
	const cJSON *process = sb_fact(row, "process"), *item;
	bool rootless =
	    sb_row_answers(row) ? sb_fact_true(row, "rootless") : sb_row_is(row, "docker-rootless");
	sb_auto_free char *path = sb_config_path(x->machine, rootless, process);
	cJSON *config = path ? sb_daemon_json(x->machine, path) : NULL, *all;

	if (!config)
		return;
	cJSON_AddItemToObject(row, "config", config);
	all = cJSON_Duplicate(sb_fact(config, "mirrors"), true);
	cJSON_ArrayForEach(item, sb_fact(row, "mirrors_loaded"))
	{
		if (!sb_list_has(all, item->valuestring))
			cJSON_AddItemToArray(all, cJSON_CreateString(item->valuestring));
	}
	cJSON_AddItemToObject(row, "mirrors", sb_mirrors_try(all, MIRROR_MS));
	cJSON_Delete(all);
}

/* What the daemon itself says of its drivers is better than its parent's command line. */
static void lift(cJSON *row, const cJSON *process, const char *key)
{
	const cJSON *item = sb_fact(process, key);

	if (item && !sb_fact(row, key))
		cJSON_AddItemToObject(row, key, cJSON_Duplicate(item, true));
}

static void look_at_socket(const struct sb_found_daemon *f, struct sb_peer *peer, cJSON *row)
{
	char mode[8];
	struct stat st;

	sb_peer_look(f->socket, peer);
	set_str(row, "state", peer->state);
	if (stat(f->socket, &st))
		return;
	snprintf(mode, sizeof(mode), "%04o", st.st_mode & 07777);
	sb_json_add_str(row, "socket_mode", mode);
}

cJSON *sb_row_new(const struct sb_found_daemon *found, const char *state, const char *why)
{
	cJSON *row = cJSON_CreateObject();

	sb_json_add_str(row, "engine", found->engine);
	sb_json_add_str(row, "url", found->address.url);
	sb_json_add_str(row, "origin", found->address.origin);
	cJSON_AddArrayToObject(row, "also");
	if (state)
		sb_json_add_str(row, "state", state);
	if (why)
		sb_json_add_str(row, "why", why);
	return row;
}

cJSON *sb_probe_daemon(const void *ctx)
{
	const struct sb_daemon_probe *p = ctx;
	const struct sb_found_daemon *f = p->found;
	cJSON *row = sb_row_new(f, NULL, NULL), *process;
	struct sb_peer peer = {.state = "answers"};
	struct sb_daemon *d = NULL;
	struct sb_err err = {0};

	if (f->socket)
		look_at_socket(f, &peer, row);
	if (!strcmp(peer.state, "answers")) {
		if (!sb_daemon_open(&f->address, &d, &err)) {
			set_str(row, "state", "answers");
			add_daemon(p->x, d, row);
		} else {
			set_str(row, "state",
				err.code == SB_EENV && !f->socket ? "absent" : "broken");
			sb_json_add_str(row, "why", err.msg);
		}
	}
	process = f->socket ? sb_process_of(p->x->machine, &peer,
					    sb_fact_true(row, "podman") ? "podman" : "dockerd")
			    : NULL;
	if (process)
		cJSON_AddItemToObject(row, "process", process);
	lift(row, process, "network_driver");
	lift(row, process, "port_driver");
	lift(row, process, "detach_netns");
	/* The proxy of a daemon elsewhere is its own machine's affair. */
	if (is_local(row))
		lift(row, process, "proxy");
	else
		cJSON_DeleteItemFromObject(row, "proxy");
	if (!sb_fact_true(row, "podman") && !strstr(f->engine, "podman") && is_local(row))
		add_config(p->x, row);
	sb_daemon_close(d);
	return row;
}
