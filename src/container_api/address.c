// SPDX-License-Identifier: MIT
/* address.c - where daemons may listen on this machine */
#include "address.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clean.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"

enum which { DOCKER = 1, DOCKER_ROOTLESS = 2, PODMAN = 4, PODMAN_ROOTLESS = 8, ALL = 15 };

static const char *const names[] = {"docker", "docker-rootless", "podman", "podman-rootless", "all",
				    NULL};
static const enum which kinds[] = {DOCKER, DOCKER_ROOTLESS, PODMAN, PODMAN_ROOTLESS, ALL};

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* What Docker's own programs understand by DOCKER_TLS_VERIFY and DOCKER_CERT_PATH. */
static void use_tls(struct sb_daemon_address *a)
{
	sb_auto_free char *fallback = NULL;
	const char *path = sb_address_setting("DOCKER_CERT_PATH");

	if (!a || !starts(a->url, "tcp://") || !sb_address_setting("DOCKER_TLS_VERIFY"))
		return;
	if (!path && sb_address_setting("DOCKER_CONFIG"))
		path = sb_address_setting("DOCKER_CONFIG");
	if (!path)
		path = fallback =
		    sb_asprintf("%s/.docker", sb_address_home() ? sb_address_home() : "");
	a->tls = true;
	sb_copy_str(a->cert_path, sizeof(a->cert_path), path);
}

/* For a message: without a password, a user's name may stay; caller frees. */
static char *shown(const char *url)
{
	char *copy = sb_strdup(url), *user = strstr(copy, "://");
	size_t len = user ? strcspn(user += 3, "/?#@") : 0;

	if (len && user[len] == '@' && memchr(user, ':', len))
		sb_hide_passwords(copy);
	return copy;
}

static int ssh_is_not_for_us(const char *address, const char *origin, struct sb_err *err)
{
	sb_auto_free char *url = shown(address);
	const char *host = url + strlen("ssh://");
	int len = (int)strcspn(host, "/?#");

	return sb_fail(err, SB_EINPUT, 0,
		       "%s is %s, and satbed does not speak SSH itself; make a tunnel:\n"
		       "  ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock %.*s &\n"
		       "  export DOCKER_HOST=unix:///tmp/docker.sock",
		       origin, url, len, host);
}

int sb_address_check(const char *url, const char *origin, struct sb_err *err)
{
	if (starts(url, "ssh://"))
		return ssh_is_not_for_us(url, origin, err);
	if (!starts(url, "unix://") && !starts(url, "tcp://")) {
		sb_auto_free char *wrong = shown(url);

		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s is \"%s\"; expected unix:///path/to/docker.sock or tcp://host:port", origin,
		    wrong);
	}
	if (strlen(url) >= sizeof(((struct sb_daemon_address *)0)->url))
		return sb_fail(err, SB_EINPUT, 0, "%s is longer than any address satbed can use",
			       origin);
	return 0;
}

static int add_variable(struct sb_daemon_list *list, const char *name, bool strict,
			struct sb_err *err)
{
	const char *url = sb_address_setting(name);

	if (!url)
		return 0;
	/* Who asks for all of them wants to see this one, too, and sb_daemon_open() explains it. */
	if (strict && sb_address_check(url, name, err))
		return -1;
	use_tls(sb_address_add(list, url, name));
	return 0;
}

static void add_socket(struct sb_daemon_list *list, const char *directory, const char *name,
		       const char *origin)
{
	sb_auto_free char *url = directory ? sb_asprintf("unix://%s/%s", directory, name) : NULL;

	if (url)
		sb_address_add(list, url, origin);
}

static char *run_time_directory(void)
{
	if (sb_address_setting("XDG_RUNTIME_DIR"))
		return sb_strdup(sb_address_setting("XDG_RUNTIME_DIR"));
	return sb_asprintf("/run/user/%u", (unsigned int)geteuid());
}

/* /var/run is /run nearly everywhere; two addresses of one socket would be two daemons. */
static bool has_own_var_run(void)
{
	sb_auto_free char *real = realpath("/var/run", NULL);

	return real && strcmp(real, "/run") != 0;
}

static void add_usual(struct sb_daemon_list *list, enum which which)
{
	sb_auto_free char *run = run_time_directory();

	if (which & DOCKER) {
		add_socket(list, "/run", "docker.sock", "default socket of Docker");
		if (has_own_var_run())
			add_socket(list, "/var/run", "docker.sock", "default socket of Docker");
	}
	if (which & DOCKER_ROOTLESS) {
		add_socket(list, run, "docker.sock", "default socket of rootless Docker");
		add_socket(list, sb_address_home(), ".docker/run/docker.sock",
			   "socket of Docker in the home directory");
	}
	if (which & PODMAN)
		add_socket(list, "/run/podman", "podman.sock", "default socket of Podman");
	if (which & PODMAN_ROOTLESS)
		add_socket(list, run, "podman/podman.sock", "default socket of rootless Podman");
}

static int find_kind(const char *engine, enum which *out, struct sb_err *err)
{
	const char *close;

	for (size_t i = 0; names[i]; i++)
		if (!strcmp(engine, names[i])) {
			*out = kinds[i];
			return 0;
		}
	close = sb_suggest(engine, names);
	return sb_fail(err, SB_EINPUT, 0,
		       "unknown container engine \"%s\"; %s%s%sexpected docker, docker-rootless, "
		       "podman, podman-rootless, unix:///path/to/docker.sock or tcp://host:port",
		       engine, close ? "did you mean " : "", close ? close : "", close ? "? " : "");
}

static int collect(const char *engine, struct sb_daemon_list *out, struct sb_err *err)
{
	enum which which = ALL;

	if (strstr(engine, "://")) {
		if (sb_address_check(engine, "the engine", err))
			return -1;
		use_tls(sb_address_add(out, engine, "given by hand"));
		return 0;
	}
	if (find_kind(engine, &which, err))
		return -1;
	if (which & (DOCKER | DOCKER_ROOTLESS)) {
		if (add_variable(out, "DOCKER_HOST", which != ALL, err))
			return -1;
		sb_contexts_add(out, which == ALL);
	}
	if (which & (PODMAN | PODMAN_ROOTLESS) &&
	    add_variable(out, "CONTAINER_HOST", which != ALL, err))
		return -1;
	add_usual(out, which);
	return 0;
}

int sb_daemon_addresses(const char *engine, struct sb_daemon_list *out, struct sb_err *err)
{
	*out = (struct sb_daemon_list){0};
	if (!collect(engine, out, err))
		return 0;
	free(out->items);
	*out = (struct sb_daemon_list){0};
	return -1;
}
