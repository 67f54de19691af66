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
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"

enum key_type { KEY_BOOL, KEY_INT, KEY_STRING, KEY_LIST, KEY_MAP, KEY_OBJECT, KEY_OBJECTS };

static const struct {
	const char *name;
	enum key_type type;
} keys[] = {
    {"allow-nondistributable-artifacts", KEY_LIST},
    {"api-cors-header", KEY_STRING},
    {"authorization-plugins", KEY_LIST},
    {"bip", KEY_STRING},
    {"bridge", KEY_STRING},
    {"builder", KEY_OBJECT},
    {"cgroup-parent", KEY_STRING},
    {"cluster-advertise", KEY_STRING},
    {"cluster-store", KEY_STRING},
    {"cluster-store-opts", KEY_MAP},
    {"containerd", KEY_STRING},
    {"containerd-namespace", KEY_STRING},
    {"containerd-plugins-namespace", KEY_STRING},
    {"cpu-rt-period", KEY_INT},
    {"cpu-rt-runtime", KEY_INT},
    {"cri-containerd", KEY_BOOL},
    {"data-root", KEY_STRING},
    {"debug", KEY_BOOL},
    {"default-address-pools", KEY_OBJECTS},
    {"default-cgroupns-mode", KEY_STRING},
    {"default-gateway", KEY_STRING},
    {"default-gateway-v6", KEY_STRING},
    {"default-ipc-mode", KEY_STRING},
    {"default-runtime", KEY_STRING},
    {"default-shm-size", KEY_STRING},
    {"default-ulimits", KEY_OBJECT},
    {"dns", KEY_LIST},
    {"dns-opts", KEY_LIST},
    {"dns-search", KEY_LIST},
    {"exec-opts", KEY_LIST},
    {"exec-root", KEY_STRING},
    {"experimental", KEY_BOOL},
    {"features", KEY_OBJECT},
    {"fixed-cidr", KEY_STRING},
    {"fixed-cidr-v6", KEY_STRING},
    {"graph", KEY_STRING},
    {"group", KEY_STRING},
    {"host-gateway-ip", KEY_STRING},
    {"hosts", KEY_LIST},
    {"icc", KEY_BOOL},
    {"init", KEY_BOOL},
    {"init-path", KEY_STRING},
    {"insecure-registries", KEY_LIST},
    {"ip", KEY_STRING},
    {"ip-forward", KEY_BOOL},
    {"ip-masq", KEY_BOOL},
    {"ip6tables", KEY_BOOL},
    {"iptables", KEY_BOOL},
    {"ipv6", KEY_BOOL},
    {"labels", KEY_LIST},
    {"live-restore", KEY_BOOL},
    {"log-driver", KEY_STRING},
    {"log-level", KEY_STRING},
    {"log-opts", KEY_MAP},
    {"max-concurrent-downloads", KEY_INT},
    {"max-concurrent-uploads", KEY_INT},
    {"max-download-attempts", KEY_INT},
    {"metrics-addr", KEY_STRING},
    {"mtu", KEY_INT},
    {"network-control-plane-mtu", KEY_INT},
    {"no-new-privileges", KEY_BOOL},
    {"node-generic-resources", KEY_LIST},
    {"oom-score-adjust", KEY_INT},
    {"pidfile", KEY_STRING},
    {"raw-logs", KEY_BOOL},
    {"registry-mirrors", KEY_LIST},
    {"rootless", KEY_BOOL},
    {"runtimes", KEY_OBJECT},
    {"seccomp-profile", KEY_STRING},
    {"selinux-enabled", KEY_BOOL},
    {"shutdown-timeout", KEY_INT},
    {"storage-driver", KEY_STRING},
    {"storage-opts", KEY_LIST},
    {"swarm-default-advertise-addr", KEY_STRING},
    {"tls", KEY_BOOL},
    {"tlscacert", KEY_STRING},
    {"tlscert", KEY_STRING},
    {"tlskey", KEY_STRING},
    {"tlsverify", KEY_BOOL},
    {"userland-proxy", KEY_BOOL},
    {"userland-proxy-path", KEY_STRING},
    {"userns-remap", KEY_STRING},
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

static bool all_strings(const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsString(item))
			return false;
	}
	return true;
}

static bool all_objects(const cJSON *list)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!cJSON_IsObject(item))
			return false;
	}
	return true;
}

/* NULL when the value has the type, else what it must be. */
static const char *expected(enum key_type type, const cJSON *value)
{
	switch (type) {
	case KEY_BOOL:
		return cJSON_IsBool(value) ? NULL : "true or false, without quotes";
	case KEY_INT:
		return cJSON_IsNumber(value) && fabs(value->valuedouble) < 0x1p63 &&
			       value->valuedouble == floor(value->valuedouble)
			   ? NULL
			   : "a whole number, without quotes";
	case KEY_STRING:
		return cJSON_IsString(value) ? NULL : "text in quotes";
	case KEY_LIST:
		return cJSON_IsArray(value) && all_strings(value)
			   ? NULL
			   : "a list of texts in quotes: [\"...\"]";
	case KEY_MAP:
		return cJSON_IsObject(value) && all_strings(value)
			   ? NULL
			   : "an object whose values are texts in quotes: {\"max-file\": \"3\"}";
	case KEY_OBJECT:
		return cJSON_IsObject(value) ? NULL : "an object: {...}";
	case KEY_OBJECTS:
		return cJSON_IsArray(value) && all_objects(value) ? NULL
								  : "a list of objects: [{...}]";
	}
	return NULL;
}

static char *check_types(const cJSON *tree)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, tree)
	{
		int i = find(item->string);
		const char *wanted =
		    i < 0 || cJSON_IsNull(item) ? NULL : expected(keys[i].type, item);

		if (wanted)
			return sb_asprintf("\"%s\" must be %s", item->string, wanted);
	}
	return NULL;
}

/* The address itself of the bridge: with the network's dockerd finds it taken. */
static bool is_network_address(const char *cidr)
{
	sb_auto_free char *address = sb_asprintf("%.*s", (int)strcspn(cidr, "/"), cidr);
	const char *slash = strchr(cidr, '/');
	int bits = slash ? atoi(slash + 1) : 32;
	struct in_addr in;

	return inet_pton(AF_INET, address, &in) == 1 && bits > 0 && bits < 31 &&
	       !(ntohl(in.s_addr) & (UINT32_MAX >> bits));
}

/* Values that stop a daemon later in its start. */
static char *check_values(const cJSON *tree)
{
	static const char *const storage[] = {"overlay2", "fuse-overlayfs", "vfs",     "btrfs",
					      "zfs",	  "devicemapper",   "overlay", "aufs",
					      NULL};
	const char *driver = cJSON_GetStringValue(sb_daemon_keys_last(tree, "storage-driver")),
		   *bip = cJSON_GetStringValue(sb_daemon_keys_last(tree, "bip"));
	bool known = !driver || !driver[0];

	for (const char *const *s = storage; *s && !known; s++)
		known = !strcmp(driver, *s);
	if (!known)
		return sb_asprintf("storage-driver: unknown driver \"%s\"; use \"overlay2\"",
				   driver);
	if (bip && is_network_address(bip))
		return sb_asprintf(
		    "bip: \"%s\" is the address of the network; expected one of a host "
		    "in it, such as its first",
		    bip);
	return NULL;
}

char *sb_daemon_keys_check(const cJSON *tree)
{
	char *error = check_names(tree);

	error = error ? error : check_types(tree);
	return error ? error : check_values(tree);
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
