// SPDX-License-Identifier: MIT
/* daemon_info.c - a daemon's own words taken over into its row */
#include <stdlib.h>
#include <string.h>

#include "daemons.h"
#include "doctor/settings/daemon_json.h"
#include "satbed/base/clean.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static void add_mirrors(cJSON *row, const cJSON *info)
{
	const cJSON *list = sb_fact(sb_fact(info, "RegistryConfig"), "Mirrors"), *item;
	cJSON *to = cJSON_AddArrayToObject(row, "mirrors_loaded");

	cJSON_ArrayForEach(item, list)
	{
		sb_auto_free char *name =
		    cJSON_IsString(item) ? sb_mirror_name(item->valuestring) : NULL;

		if (name)
			cJSON_AddItemToArray(to, cJSON_CreateString(name));
	}
}

static void add_limits(cJSON *row, const cJSON *info)
{
	cJSON *to = cJSON_AddObjectToObject(row, "limits");

	sb_json_add_bool(to, "memory", sb_fact_true(info, "MemoryLimit"));
	sb_json_add_bool(to, "pids", sb_fact_true(info, "PidsLimit"));
	/* Docker's documentation writes CpuCfsQuota, Podman's answer CPUCfsQuota. */
	sb_json_add_bool(to, "cpu",
			 sb_fact_true(info, "CpuCfsQuota") || sb_fact_true(info, "CPUCfsQuota"));
}

/* What it pulls through; a daemon that says nothing of proxies (Podman) may have one all the same. */
static void add_proxy(cJSON *row, const cJSON *info)
{
	const char *https = sb_fact_str(info, "HttpsProxy"), *http = sb_fact_str(info, "HttpProxy");

	if (https || http) {
		sb_auto_free char *proxy = sb_strdup(https && https[0] ? https : http ? http : "");

		sb_hide_passwords(proxy);
		sb_json_add_str(row, "proxy", proxy);
	}
}

static void add_known(cJSON *row, const char *key, const char *text)
{
	if (text && text[0])
		sb_json_add_str(row, key, text);
}

/* A rootless dockerd names RootlessKit and its drivers among its components. */
static void add_components(cJSON *row, const cJSON *version)
{
	const cJSON *component;

	cJSON_ArrayForEach(component, sb_fact(version, "Components"))
	{
		const char *name = sb_fact_str(component, "Name");
		const cJSON *details = sb_fact(component, "Details");

		if (!name || strcmp(name, "rootlesskit"))
			continue;
		add_known(row, "network_driver", sb_fact_str(details, "NetworkDriver"));
		add_known(row, "port_driver", sb_fact_str(details, "PortDriver"));
	}
}

/* Podman: registries.NAME.Mirrors[].Location */
static void add_libpod_mirrors(cJSON *row, const cJSON *registries)
{
	cJSON *to = cJSON_GetObjectItem(row, "mirrors_loaded");
	const cJSON *registry, *mirror;

	cJSON_ArrayForEach(registry, registries)
	{
		cJSON_ArrayForEach(mirror, sb_fact(registry, "Mirrors"))
		{
			const char *location = sb_fact_str(mirror, "Location");

			if (location && !sb_list_has(to, location))
				cJSON_AddItemToArray(to, cJSON_CreateString(location));
		}
	}
}

static void add_libpod(cJSON *row, const cJSON *libpod)
{
	const cJSON *host = sb_fact(libpod, "host"), *search;
	const char *command = sb_fact_str(host, "rootlessNetworkCmd");
	const cJSON *controllers = sb_fact(host, "cgroupControllers");

	add_known(row, "network_backend", sb_fact_str(host, "networkBackend"));
	/* Before Podman 5 nobody could choose: slirp4netns. */
	if (sb_fact_true(row, "rootless"))
		add_known(row, "network_driver", command ? command : "slirp4netns");
	add_libpod_mirrors(row, sb_fact(libpod, "registries"));
	search = sb_fact(sb_fact(libpod, "registries"), "search");
	cJSON_AddItemToObject(row, "search",
			      cJSON_IsArray(search) ? cJSON_Duplicate(search, true)
						    : cJSON_CreateArray());
	if (cJSON_IsArray(controllers)) {
		cJSON *limits = cJSON_CreateObject();

		sb_json_add_bool(limits, "memory", sb_list_has(controllers, "memory"));
		sb_json_add_bool(limits, "pids", sb_list_has(controllers, "pids"));
		sb_json_add_bool(limits, "cpu", sb_list_has(controllers, "cpu"));
		cJSON_DeleteItemFromObject(row, "limits");
		cJSON_AddItemToObject(row, "limits", limits);
	}
}

static const char *engine_of(const struct sb_daemon_info *i)
{
	if (i->podman)
		return i->rootless ? "podman-rootless" : "podman";
	return i->rootless ? "docker-rootless" : "docker";
}

void sb_row_add_info(cJSON *row, const struct sb_daemon_info *i, const cJSON *version)
{
	cJSON_DeleteItemFromObject(row, "engine");
	sb_json_add_str(row, "engine", engine_of(i));
	sb_json_add_bool(row, "podman", i->podman);
	sb_json_add_bool(row, "rootless", i->rootless);
	add_known(row, "id", sb_fact_str(i->info, "ID"));
	add_known(row, "name", sb_fact_str(i->info, "Name"));
	add_known(row, "version", i->server_version);
	add_known(row, "api", i->api_version);
	add_known(row, "os", i->operating_system);
	add_known(row, "arch", i->architecture);
	add_known(row, "kernel", i->kernel);
	add_known(row, "root_dir", i->root_dir);
	add_known(row, "storage", i->storage_driver);
	add_known(row, "cgroup_version", i->cgroup_version);
	add_known(row, "cgroup_driver", i->cgroup_driver);
	sb_json_add_i64(row, "images", (int64_t)sb_fact_num(i->info, "Images"));
	sb_json_add_i64(row, "containers", (int64_t)sb_fact_num(i->info, "Containers"));
	sb_json_add_i64(row, "containers_running",
			(int64_t)sb_fact_num(i->info, "ContainersRunning"));
	add_limits(row, i->info);
	add_mirrors(row, i->info);
	if (!i->podman)
		add_proxy(row, i->info);
	add_components(row, version);
	if (i->libpod)
		add_libpod(row, i->libpod);
}
