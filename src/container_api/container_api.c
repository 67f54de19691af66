// SPDX-License-Identifier: MIT
/* container_api.c - opening a daemon: API version, what it says of itself */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "container_api_priv.h"
#include "satbed/base/clean.h"
#include "satbed/base/mem.h"

/* /info counts containers and asks the storage driver; seconds on a busy machine. */
#define ABOUT_MS 20000

static void copy_text(char *dst, size_t size, const cJSON *obj, const char *key)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, key));
	sb_auto_free char *clean = sb_clean(text ? text : "");

	snprintf(dst, size, "%s", clean);
}

#define COPY(field, obj, key) copy_text(field, sizeof(field), obj, key)

/* "1.41" as 1041; -1 for anything else. */
static int version_number(const char *text)
{
	unsigned int major, minor;
	int end = 0;

	if (sscanf(text, "%2u.%3u%n", &major, &minor, &end) != 2 || text[end])
		return -1;
	return (int)(major * 1000 + minor);
}

static bool is_podman(const cJSON *version)
{
	const cJSON *part;

	cJSON_ArrayForEach(part, cJSON_GetObjectItemCaseSensitive(version, "Components"))
	{
		const char *name =
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(part, "Name"));

		if (name && !strcmp(name, "Podman Engine"))
			return true;
	}
	return false;
}

static int negotiate(struct sb_daemon *d, struct sb_err *err)
{
	char newest[16], oldest[16];
	cJSON *version = NULL;
	int status, have, least;

	/* Of /version every daemon answers the form without a version, too. */
	strcpy(d->about.api_version, "");
	status = sb_daemon_call(d, "GET", "/version", NULL, ABOUT_MS, &version, err);
	if (status < 0)
		return -1;
	COPY(newest, version, "ApiVersion");
	COPY(oldest, version, "MinAPIVersion");
	COPY(d->about.server_version, version, "Version");
	d->about.podman = is_podman(version);
	cJSON_Delete(version);
	have = version_number(newest);
	least = version_number(oldest);
	if (status != 200 || have < 0)
		return sb_fail(err, SB_EENGINE, 0,
			       "%s is not a container daemon with the Engine API (GET /version: "
			       "status %d, ApiVersion \"%s\")",
			       d->address.url, status, newest);
	if (have < version_number(SB_API_MIN))
		return sb_fail(err, SB_EENGINE, 0,
			       "%s: its Engine API is %s; satbed needs " SB_API_MIN
			       " or newer: Docker 20.10, Podman 4.3",
			       d->address.url, newest);
	if (least > version_number(SB_API_MAX))
		return sb_fail(err, SB_EENGINE, 0,
			       "%s: it serves Engine API %s and newer only, this satbed knows up "
			       "to " SB_API_MAX "; a newer satbed may help",
			       d->address.url, oldest);
	strcpy(d->about.api_version, have > version_number(SB_API_MAX) ? SB_API_MAX : newest);
	return 0;
}

static bool says_rootless(const cJSON *info, const cJSON *libpod)
{
	const cJSON *host = cJSON_GetObjectItemCaseSensitive(libpod, "host"), *option;

	cJSON_ArrayForEach(option, cJSON_GetObjectItemCaseSensitive(info, "SecurityOptions"))
	{
		const char *text = cJSON_GetStringValue(option);

		/* "name=rootless", possibly with more behind a comma */
		if (text && !strncmp(text, "name=rootless", 13) && (!text[13] || text[13] == ','))
			return true;
	}
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(
	    cJSON_GetObjectItemCaseSensitive(host, "security"), "rootless"));
}

static int ask_about(struct sb_daemon *d, struct sb_err *err)
{
	struct sb_daemon_info *a = &d->about;
	int status = sb_daemon_call(d, "GET", "/info", NULL, ABOUT_MS, &d->info, err);

	if (status < 0)
		return -1;
	if (status != 200 || !cJSON_IsObject(d->info))
		return sb_fail(
		    err, SB_EENGINE, 0,
		    "%s: a container daemon that does not identify itself (GET /info: status %d)",
		    d->address.url, status);
	if (a->podman &&
	    sb_daemon_call(d, "GET", "/libpod/info", NULL, ABOUT_MS, &d->libpod, err) < 0)
		return -1;
	a->info = d->info;
	a->libpod = d->libpod;
	a->rootless = says_rootless(d->info, d->libpod);
	COPY(a->operating_system, d->info, "OperatingSystem");
	COPY(a->architecture, d->info, "Architecture");
	COPY(a->kernel, d->info, "KernelVersion");
	COPY(a->cgroup_version, d->info, "CgroupVersion");
	COPY(a->cgroup_driver, d->info, "CgroupDriver");
	COPY(a->storage_driver, d->info, "Driver");
	COPY(a->root_dir, d->info, "DockerRootDir");
	return 0;
}

static int new_daemon(const struct sb_daemon_address *address, struct sb_daemon **out,
		      struct sb_err *err)
{
	struct sb_daemon *d = sb_alloc(1, sizeof(*d));

	d->address = *address;
	d->about.url = d->address.url;
	d->about.origin = d->address.origin;
	if (sb_http_new(&d->address, &d->http, err)) {
		free(d);
		return -1;
	}
	*out = d;
	return 0;
}

int sb_daemon_open(const struct sb_daemon_address *address, struct sb_daemon **out,
		   struct sb_err *err)
{
	struct sb_daemon *d;

	*out = NULL;
	if (sb_address_check(address->url, address->origin, err) || new_daemon(address, &d, err))
		return -1;
	if (sb_daemon_probe(address, err) || negotiate(d, err) || ask_about(d, err)) {
		sb_daemon_close(d);
		return -1;
	}
	*out = d;
	return 0;
}

int sb_daemon_again(const struct sb_daemon *d, struct sb_daemon **out, struct sb_err *err)
{
	*out = NULL;
	if (new_daemon(&d->address, out, err))
		return -1;
	(*out)->info = cJSON_Duplicate(d->info, true);
	(*out)->libpod = d->libpod ? cJSON_Duplicate(d->libpod, true) : NULL;
	(*out)->about = d->about;
	(*out)->about.url = (*out)->address.url;
	(*out)->about.origin = (*out)->address.origin;
	(*out)->about.info = (*out)->info;
	(*out)->about.libpod = (*out)->libpod;
	return 0;
}

void sb_daemon_close(struct sb_daemon *d)
{
	if (!d)
		return;
	sb_http_free(d->http);
	cJSON_Delete(d->info);
	cJSON_Delete(d->libpod);
	free(d);
}

const struct sb_daemon_info *sb_daemon_info(const struct sb_daemon *d)
{
	return &d->about;
}

bool sb_daemon_owner(const struct sb_daemon *d, uid_t *uid)
{
	return sb_http_peer(d->http, uid);
}
