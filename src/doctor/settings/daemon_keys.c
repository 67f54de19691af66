// SPDX-License-Identifier: MIT
/*
 * daemon_keys.c - the keys of Docker's settings file and the types that dockerd takes
 *
 * For daemons older than 23.0, which cannot check a file without starting (`dockerd --validate` is newer).
 * Names and types are those of the options of dockerd 20.10 (`dockerd --help`; an option that may be
 * repeated is a list with a plural name in the file, docs.docker.com, "dockerd", "Daemon configuration
 * file") and were tried with dockerd 20.10.24.
 */
#include "daemon_keys.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon_types.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"

static const struct {
	const char *name;
	enum sb_daemon_type type;
} keys[] = {
    {"allow-nondistributable-artifacts", SB_DAEMON_LIST},
    {"api-cors-header", SB_DAEMON_STRING},
    {"authorization-plugins", SB_DAEMON_LIST},
    {"bip", SB_DAEMON_STRING},
    {"bridge", SB_DAEMON_STRING},
    {"builder", SB_DAEMON_OBJECT},
    {"cgroup-parent", SB_DAEMON_STRING},
    {"cluster-advertise", SB_DAEMON_STRING},
    {"cluster-store", SB_DAEMON_STRING},
    {"cluster-store-opts", SB_DAEMON_MAP},
    {"containerd", SB_DAEMON_STRING},
    {"containerd-namespace", SB_DAEMON_STRING},
    {"containerd-plugins-namespace", SB_DAEMON_STRING},
    {"cpu-rt-period", SB_DAEMON_INT},
    {"cpu-rt-runtime", SB_DAEMON_INT},
    {"cri-containerd", SB_DAEMON_BOOL},
    {"data-root", SB_DAEMON_STRING},
    {"debug", SB_DAEMON_BOOL},
    {"default-address-pools", SB_DAEMON_OBJECTS},
    {"default-cgroupns-mode", SB_DAEMON_STRING},
    {"default-gateway", SB_DAEMON_STRING},
    {"default-gateway-v6", SB_DAEMON_STRING},
    {"default-ipc-mode", SB_DAEMON_STRING},
    {"default-runtime", SB_DAEMON_STRING},
    {"default-shm-size", SB_DAEMON_STRING},
    {"default-ulimits", SB_DAEMON_OBJECT},
    {"dns", SB_DAEMON_LIST},
    {"dns-opts", SB_DAEMON_LIST},
    {"dns-search", SB_DAEMON_LIST},
    {"exec-opts", SB_DAEMON_LIST},
    {"exec-root", SB_DAEMON_STRING},
    {"experimental", SB_DAEMON_BOOL},
    {"features", SB_DAEMON_OBJECT},
    {"fixed-cidr", SB_DAEMON_STRING},
    {"fixed-cidr-v6", SB_DAEMON_STRING},
    {"graph", SB_DAEMON_STRING},
    {"group", SB_DAEMON_STRING},
    {"host-gateway-ip", SB_DAEMON_STRING},
    {"hosts", SB_DAEMON_LIST},
    {"icc", SB_DAEMON_BOOL},
    {"init", SB_DAEMON_BOOL},
    {"init-path", SB_DAEMON_STRING},
    {"insecure-registries", SB_DAEMON_LIST},
    {"ip", SB_DAEMON_STRING},
    {"ip-forward", SB_DAEMON_BOOL},
    {"ip-masq", SB_DAEMON_BOOL},
    {"ip6tables", SB_DAEMON_BOOL},
    {"iptables", SB_DAEMON_BOOL},
    {"ipv6", SB_DAEMON_BOOL},
    {"labels", SB_DAEMON_LIST},
    {"live-restore", SB_DAEMON_BOOL},
    {"log-driver", SB_DAEMON_STRING},
    {"log-level", SB_DAEMON_STRING},
    {"log-opts", SB_DAEMON_MAP},
    {"max-concurrent-downloads", SB_DAEMON_INT},
    {"max-concurrent-uploads", SB_DAEMON_INT},
    {"max-download-attempts", SB_DAEMON_INT},
    {"metrics-addr", SB_DAEMON_STRING},
    {"mtu", SB_DAEMON_INT},
    {"network-control-plane-mtu", SB_DAEMON_INT},
    {"no-new-privileges", SB_DAEMON_BOOL},
    {"node-generic-resources", SB_DAEMON_LIST},
    {"oom-score-adjust", SB_DAEMON_INT},
    {"pidfile", SB_DAEMON_STRING},
    {"raw-logs", SB_DAEMON_BOOL},
    {"registry-mirrors", SB_DAEMON_LIST},
    {"rootless", SB_DAEMON_BOOL},
    {"runtimes", SB_DAEMON_OBJECT},
    {"seccomp-profile", SB_DAEMON_STRING},
    {"selinux-enabled", SB_DAEMON_BOOL},
    {"shutdown-timeout", SB_DAEMON_INT},
    {"storage-driver", SB_DAEMON_STRING},
    {"storage-opts", SB_DAEMON_LIST},
    {"swarm-default-advertise-addr", SB_DAEMON_STRING},
    {"tls", SB_DAEMON_BOOL},
    {"tlscacert", SB_DAEMON_STRING},
    {"tlscert", SB_DAEMON_STRING},
    {"tlskey", SB_DAEMON_STRING},
    {"tlsverify", SB_DAEMON_BOOL},
    {"userland-proxy", SB_DAEMON_BOOL},
    {"userland-proxy-path", SB_DAEMON_STRING},
    {"userns-remap", SB_DAEMON_STRING},
};

/* The index of @name in the table, or -1. */
static int find(const char *name)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		if (!strcmp(keys[i].name, name))
			return (int)i;
	return -1;
}

static const char *closest(const char *name)
{
	const char *names[SB_ARRAY_LEN(keys) + 1] = {NULL};

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		names[i] = keys[i].name;
	return sb_suggest(name, names);
}

static char *unknown(const char *name)
{
	const char *close = closest(name);

	return sb_asprintf("unknown key \"%s\"%s%s%s", name, close ? "; did you mean \"" : "",
			   close ? close : "", close ? "\"?" : "");
}

static char *check_names(const cJSON *tree)
{
	const cJSON *item, *member;

	cJSON_ArrayForEach(item, tree)
	{
		if (find(item->string) >= 0)
			continue;
		if (!cJSON_IsObject(item))
			return unknown(item->string);
		cJSON_ArrayForEach(member, item)
		{
			if (find(member->string) < 0)
				return unknown(item->string);
		}
	}
	return NULL;
}

static char *check_types(const cJSON *tree)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, tree)
	{
		int i = find(item->string);
		const char *wanted = i < 0 ? NULL : sb_daemon_type_wanted(keys[i].type, item);

		if (wanted)
			return sb_asprintf("\"%s\" must be %s", item->string, wanted);
	}
	return NULL;
}

char *sb_daemon_keys_check(const cJSON *tree)
{
	char *error = check_names(tree);

	return error ? error : check_types(tree);
}

const cJSON *sb_daemon_keys_last(const cJSON *tree, const char *key)
{
	const cJSON *item, *last = NULL;

	cJSON_ArrayForEach(item, tree)
	{
		if (!strcmp(item->string, key))
			last = item;
	}
	return last;
}

char *sb_daemon_keys_hint(const cJSON *tree)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, tree)
	{
		const char *close = find(item->string) < 0 ? closest(item->string) : NULL;

		if (close)
			return sb_asprintf("\"%s\" is probably meant to be \"%s\"", item->string,
					   close);
		if (sb_daemon_keys_last(tree, item->string) != item)
			return sb_asprintf("\"%s\" is given twice, and only the last one counts",
					   item->string);
	}
	return NULL;
}
