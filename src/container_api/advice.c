// SPDX-License-Identifier: MIT
/* advice.c - why a daemon cannot be reached or cannot pull, and what to type */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "container_api_priv.h"
#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

#define OTHER_MAX 65536 /* bytes of another daemon's settings */

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

/* A socket in a place of its own belongs to whoever put it there. */
static const char *start_command(const char *path)
{
	if (starts(path, "/run/user/") || strstr(path, "/.docker/"))
		return strstr(path, "podman") ? "systemctl --user start podman.socket"
					      : "systemctl --user start docker";
	if (starts(path, "/run/") || starts(path, "/var/run/"))
		return strstr(path, "podman") ? "sudo systemctl start podman.socket"
					      : "sudo systemctl start docker";
	return "start it, or name another one with --engine";
}

static int not_allowed(const struct sb_daemon_address *a, const char *path, struct sb_err *err)
{
	if (strstr(path, "podman"))
		return sb_fail(err, SB_EENV, 0,
			       "%s (%s): permission denied; this socket is root's: use your own "
			       "Podman (systemctl --user start podman.socket, --engine "
			       "podman-rootless), or run satbed with sudo",
			       a->url, a->origin);
	return sb_fail(err, SB_EENV, 0,
		       "%s (%s): permission denied; use the rootless daemon (--engine "
		       "docker-rootless), or join its group, which is as good as being root: sudo "
		       "usermod -aG docker $USER, then log in again",
		       a->url, a->origin);
}

int sb_daemon_probe(const struct sb_daemon_address *a, struct sb_err *err)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const char *path = a->url + strlen("unix://");
	sb_auto_close int fd = -1;

	if (strncmp(a->url, "unix://", 7))
		return 0; /* libcurl's own words will do */
	if (sb_copy_str(sun.sun_path, sizeof(sun.sun_path), path))
		return 0; /* sb_http_new() has refused it */
	/* A full backlog shows as EAGAIN: somebody does listen. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return sb_fail(err, SB_EINTERNAL, errno, "a socket");
	if (!connect(fd, (struct sockaddr *)&sun, sizeof(sun)) || errno == EAGAIN)
		return 0;
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return sb_fail(
		    err, SB_EENV, 0,
		    "%s (%s): the socket does not exist; is the daemon installed and running? %s",
		    a->url, a->origin, start_command(path));
	case ECONNREFUSED:
		return sb_fail(
		    err, SB_EENV, 0,
		    "%s (%s): nothing listens on this socket: the daemon is not running; %s",
		    a->url, a->origin, start_command(path));
	case EACCES:
	case EPERM:
		return not_allowed(a, path, err);
	case ENOTSOCK:
	case EPROTOTYPE:
		return sb_fail(err, SB_EENV, 0, "%s (%s): not the socket of a daemon", a->url,
			       a->origin);
	default:
		return sb_fail(err, SB_EENV, errno, "%s (%s) cannot be reached", a->url, a->origin);
	}
}

struct text {
	char *at;
	size_t left;
};

static void SB_PRINTF(2, 3) put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if ((size_t)n >= t->left)
		n = t->left ? (int)t->left - 1 : 0;
	t->at += n;
	t->left -= (size_t)n;
}

static void put_item(struct text *t, const char *text, bool *any)
{
	sb_auto_free char *clean = sb_clean(text ? text : "");

	sb_hide_passwords(clean);
	put(t, "%s%.200s", *any ? ", " : " ", clean);
	*any = true;
}

static const char *text_of(const cJSON *obj, const char *key)
{
	return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
}

/* Docker: RegistryConfig.Mirrors; Podman: registries.NAME.Mirrors[].Location in its own /info. */
static bool put_mirrors(struct text *t, const struct sb_daemon *d)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(d->info, "RegistryConfig"), "Mirrors");
	const cJSON *registries = cJSON_GetObjectItemCaseSensitive(d->libpod, "registries");
	const cJSON *item, *mirror;
	bool any = false;

	if (d->about.podman)
		list = NULL; /* Docker's form, always empty */
	cJSON_ArrayForEach(item, list)
	{
		put_item(t, cJSON_GetStringValue(item), &any);
	}
	cJSON_ArrayForEach(item, registries)
	{
		cJSON_ArrayForEach(mirror, cJSON_GetObjectItemCaseSensitive(item, "Mirrors"))
		{
			put_item(t, text_of(mirror, "Location"), &any);
		}
	}
	return any;
}

static bool has_loaded(const struct sb_daemon *d, const char *mirror)
{
	const cJSON *item;
	size_t len = strlen(mirror);

	/* Docker adds a slash to each. */
	len -= len && mirror[len - 1] == '/';
	cJSON_ArrayForEach(
	    item, cJSON_GetObjectItemCaseSensitive(
		      cJSON_GetObjectItemCaseSensitive(d->info, "RegistryConfig"), "Mirrors"))
	{
		const char *text = cJSON_GetStringValue(item);

		if (text && !strncmp(text, mirror, len) && (!text[len] || !strcmp(text + len, "/")))
			return true;
	}
	return false;
}

/* The file of the Docker that this one is not; the caller's to free. */
static char *other_file(bool rootless)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (rootless)
		return sb_strdup("/etc/docker/daemon.json");
	if (config && config[0] == '/')
		return sb_asprintf("%s/docker/daemon.json", config);
	return sb_asprintf("%s/.config/docker/daemon.json", home ? home : "");
}

void sb_daemon_other_mirrors(const struct sb_daemon *d, const char *path, struct sb_err *err)
{
	size_t len = strlen(err->msg);
	struct text t = {err->msg + len, sizeof(err->msg) - len};
	const char *other = d->about.rootless ? "root" : "rootless";
	const char *own = d->about.rootless ? "rootless" : "root";
	sb_auto_free char *text = NULL;
	const cJSON *item;
	cJSON *file;

	if (sb_read_file(path, OTHER_MAX, &text, NULL, NULL))
		return;
	file = cJSON_Parse(text);
	cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(file, "registry-mirrors"))
	{
		sb_auto_free char *mirror = sb_clean(cJSON_IsString(item) ? item->valuestring : "");

		sb_hide_passwords(mirror);
		if (cJSON_IsString(item) && !has_loaded(d, item->valuestring))
			put(&t,
			    "\nthe mirror %.200s in %.200s is the %s daemon's: the %s one does not "
			    "read that file (`docker` and `sudo docker` can be two engines; see: "
			    "satbed doctor)",
			    mirror, path, other, own);
	}
	cJSON_Delete(file);
}

void sb_daemon_pull_advice(const struct sb_daemon *d, const char *image, struct sb_err *err)
{
	size_t len = strlen(err->msg);
	struct text t = {err->msg + len, sizeof(err->msg) - len};
	bool rootless = d->about.rootless;

	put(&t, "\nregistry mirrors this daemon (%s) has loaded:", d->address.url);
	if (!put_mirrors(&t, d))
		put(&t, " none");
	if (!d->about.podman && starts(d->address.url, "unix://")) {
		sb_auto_free char *other = other_file(rootless);

		sb_daemon_other_mirrors(d, other, err);
		t.at += strlen(t.at);
		t.left = sizeof(err->msg) - (size_t)(t.at - err->msg);
	}
	if (d->about.podman)
		put(&t,
		    "\nto give it one, put into %s:\n"
		    "  [[registry]]\n  location = \"docker.io\"\n  [[registry.mirror]]\n"
		    "  location = \"MIRROR.EXAMPLE\"\nand restart it: %s",
		    rootless ? "~/.config/containers/registries.conf"
			     : "/etc/containers/registries.conf",
		    rootless ? "systemctl --user restart podman" : "sudo systemctl restart podman");
	else
		put(&t,
		    "\nto give it one, put into %s:\n"
		    "  { \"registry-mirrors\": [\"https://MIRROR.EXAMPLE\"] }\nand restart it: %s",
		    rootless ? "~/.config/docker/daemon.json" : "/etc/docker/daemon.json",
		    rootless ? "systemctl --user restart docker" : "sudo systemctl restart docker");
	put(&t,
	    "\nwithout a registry: satbed image import ROOTFS.tar --name %.200s, or --image with "
	    "one "
	    "that is there",
	    image);
}
