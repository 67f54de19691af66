// SPDX-License-Identifier: MIT
/* daemon_find.c - where daemons may listen: the usual places, contexts, other users' */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/findings.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#define UNIX "unix://"

struct list {
	struct sb_found_daemon *items;
	size_t count, room;
};

/* /var/run and /run are one place, a context may name what DOCKER_HOST names. */
static bool is_known(const struct list *l, const char *url, const char *socket)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->items[i].address.url, url) ||
		    (socket && l->items[i].socket && !strcmp(l->items[i].socket, socket)))
			return true;
	return false;
}

static void add(struct list *l, const struct sb_daemon_address *address, const char *engine)
{
	bool is_unix = !strncmp(address->url, UNIX, strlen(UNIX));
	const char *path = address->url + strlen(UNIX);
	char *real = is_unix ? realpath(path, NULL) : NULL;

	if (is_unix && !real)
		real = sb_strdup(path);
	if (is_known(l, address->url, real)) {
		free(real);
		return;
	}
	l->items = sb_grow(l->items, l->count, &l->room, sizeof(*l->items));
	l->items[l->count++] =
	    (struct sb_found_daemon){.address = *address, .engine = engine, .socket = real};
}

/* What an address looks like it is; what it really is, the daemon tells. */
static const char *guess_engine(const struct sb_check_context *x, const char *url)
{
	const char *dir = sb_machine_env(x->machine, "XDG_RUNTIME_DIR");
	bool own = strstr(url, "/run/user/") || strstr(url, "/.docker/") ||
		   (dir && dir[0] && strstr(url, dir));

	if (strstr(url, "podman"))
		return own ? "podman-rootless" : "podman";
	return own ? "docker-rootless" : "docker";
}

/* A context or variable that names ssh is named with what to do instead. */
static void take_ssh(const struct sb_check_context *x, const struct sb_daemon_address *a)
{
	/* The variable has a finding of its own (access.c). */
	if (strncmp(a->origin, "context", 7))
		return;
	sb_find(x->out, "access.context_ssh", SB_LEVEL_INFO, NULL,
		"ssh -nNT -L /tmp/docker.sock:/run/docker.sock HOST &\n"
		"satbed doctor --engine unix:///tmp/docker.sock",
		"docker %s is %s: satbed speaks no ssh, a tunnel does", a->origin, a->url);
}

static int add_engine(const struct sb_check_context *x, struct list *l, const char *name,
		      struct sb_err *err)
{
	struct sb_daemon_list found = {0};

	if (sb_daemon_addresses(name, &found, err))
		return -1;
	for (size_t i = 0; i < found.count; i++) {
		const struct sb_daemon_address *a = &found.items[i];

		if (!strncmp(a->url, "ssh://", 6))
			take_ssh(x, a);
		else if (strncmp(a->url, UNIX, strlen(UNIX)) && strncmp(a->url, "tcp://", 6))
			sb_find(x->out, "access.address", SB_LEVEL_FAIL, NULL,
				"export DOCKER_HOST=unix:///run/docker.sock  # or tcp://HOST:2376",
				"%s is \"%s\", which is not the address of a daemon", a->origin,
				a->url);
		else
			add(l, a, guess_engine(x, a->url));
	}
	free(found.items);
	return 0;
}

static void add_url(struct list *l, const char *url, const char *origin, const char *engine)
{
	struct sb_daemon_address address = {0};

	if (sb_copy_str(address.url, sizeof(address.url), url))
		return;
	snprintf(address.origin, sizeof(address.origin), "%s", origin);
	add(l, &address, engine);
}

/* Root may look into everybody's runtime folder. */
static void add_other_users(const struct sb_check_context *x, struct list *l)
{
	DIR *dir =
	    x->machine->uid == 0 && sb_machine_is_here(x->machine) ? opendir("/run/user") : NULL;
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		uint64_t uid = 0;
		bool is_user = !sb_parse_digits(e->d_name, UINT32_MAX, &uid) && uid;
		sb_auto_free char *docker =
		    sb_asprintf(UNIX "/run/user/%" PRIu64 "/docker.sock", uid);
		sb_auto_free char *podman =
		    sb_asprintf(UNIX "/run/user/%" PRIu64 "/podman/podman.sock", uid);
		sb_auto_free char *user = sb_machine_user_name(x->machine, (unsigned int)uid);
		sb_auto_free char *origin = sb_asprintf("runtime folder of %s", user);

		if (!is_user)
			continue;
		add_url(l, docker, origin, "docker-rootless");
		add_url(l, podman, origin, "podman-rootless");
	}
	if (dir)
		closedir(dir);
}

int sb_daemons_find(const struct sb_check_context *x, struct sb_found_daemon **out, size_t *count,
		    struct sb_err *err)
{
	const char *asked = x->request->engine;
	struct list l = {0};
	int rc = 0;

	if (asked && strcmp(asked, "native") != 0) {
		rc = add_engine(x, &l, asked, err);
	} else if (!asked) {
		rc = add_engine(x, &l, "all", err);
		add_other_users(x, &l);
	}
	*out = l.items;
	*count = l.count;
	return rc;
}

void sb_daemons_free(struct sb_found_daemon *found, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(found[i].socket);
	free(found);
}
