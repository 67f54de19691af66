// SPDX-License-Identifier: MIT
/*
 * daemon_together.c - values in Docker's settings file that do not go together
 *
 * Each rule was found, and tried, by starting dockerd 20.10.24 with such a file.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "daemon_keys.h"
#include "daemon_values.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* "" where it is not given: to dockerd that is the same. */
static const char *text_at(const cJSON *tree, const char *key)
{
	const char *text = cJSON_GetStringValue(sb_daemon_keys_last(tree, key));

	return text ? text : "";
}

static bool is_true(const cJSON *tree, const char *key)
{
	return cJSON_IsTrue(sb_daemon_keys_last(tree, key));
}

static bool is_false(const cJSON *tree, const char *key)
{
	return cJSON_IsFalse(sb_daemon_keys_last(tree, key));
}

static bool is_one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

static char *check_flags(const cJSON *tree)
{
	if (text_at(tree, "graph")[0] && text_at(tree, "data-root")[0])
		return sb_strdup("\"graph\" is the old name of \"data-root\": give one of both");
	if (text_at(tree, "bip")[0] && text_at(tree, "bridge")[0])
		return sb_strdup("\"bip\" and \"bridge\" exclude each other: give one of both");
	if (is_false(tree, "icc") && is_false(tree, "iptables"))
		return sb_strdup("\"icc\": false needs iptables; leave out \"iptables\": false");
	if (is_true(tree, "ip6tables") && !is_true(tree, "experimental"))
		return sb_strdup("\"ip6tables\" needs \"experimental\": true");
	if (is_true(tree, "ipv6") && !text_at(tree, "fixed-cidr-v6")[0])
		return sb_strdup("\"ipv6\" needs \"fixed-cidr-v6\", such as \"2001:db8:1::/64\"");
	if (text_at(tree, "cluster-advertise")[0] && !text_at(tree, "cluster-store")[0])
		return sb_strdup("\"cluster-advertise\" needs \"cluster-store\"");
	if ((is_true(tree, "tls") || cJSON_IsBool(sb_daemon_keys_last(tree, "tlsverify"))) &&
	    (!text_at(tree, "tlscert")[0] || !text_at(tree, "tlskey")[0]))
		return sb_strdup("\"tls\" and \"tlsverify\" need \"tlscert\" and \"tlskey\"");
	return NULL;
}

static char *check_gateway(const cJSON *tree)
{
	const char *gateway = text_at(tree, "default-gateway"), *bip = text_at(tree, "bip");
	unsigned char network[16], address[16];
	sb_auto_free char *single = sb_asprintf("%s/32", gateway);
	int bits, whole;

	if (!gateway[0] || sb_daemon_network(bip, network, &bits) != 4 ||
	    sb_daemon_network(single, address, &whole) != 4)
		return NULL;
	if (!memcmp(network, address, 4))
		return sb_strdup(
		    "\"default-gateway\" is the address of the bridge (\"bip\"): leave it out");
	for (int bit = 0; bit < bits; bit++)
		if ((network[bit / 8] ^ address[bit / 8]) & (0x80 >> bit % 8))
			return sb_strdup("\"default-gateway\" must be in the network of \"bip\"");
	return NULL;
}

static char *check_runtimes(const cJSON *tree)
{
	const cJSON *runtimes = sb_daemon_keys_last(tree, "runtimes");
	const char *chosen = text_at(tree, "default-runtime");

	if (cJSON_GetObjectItemCaseSensitive(runtimes, "runc"))
		return sb_strdup("\"runtimes\": \"runc\" is Docker's own; use another name");
	/* A program of containerd's, which is there or not. */
	if (!chosen[0] || !strcmp(chosen, "runc") || !strncmp(chosen, "io.containerd.", 14) ||
	    cJSON_GetObjectItemCaseSensitive(runtimes, chosen))
		return NULL;
	return sb_strdup("\"default-runtime\" is none of those in \"runtimes\", nor \"runc\"");
}

#define TWICE_MAX 1000

static bool is_number(const char *text)
{
	uint64_t number;

	return !sb_parse_digits(text, INT64_MAX, &number);
}

static bool labels_clash(const char *value, const char *other)
{
	return strcmp(value, other) != 0;
}

static bool resources_clash(const char *value, const char *other)
{
	return is_number(value) || is_number(other);
}

/* Entries of a list of KEY=VALUE, two of which have the same key. */
static char *check_twice(const cJSON *tree, const char *key,
			 bool (*clash)(const char *value, const char *other))
{
	const cJSON *list = sb_daemon_keys_last(tree, key), *a, *b;

	/* Each is compared with each. */
	if (cJSON_GetArraySize(list) > TWICE_MAX)
		return NULL;

	cJSON_ArrayForEach(a, list)
	{
		const char *text = cJSON_GetStringValue(a);
		size_t len = text ? strcspn(text, "=") + 1 : 0;

		for (b = a->next; b && len; b = b->next) {
			const char *other = cJSON_GetStringValue(b);

			if (other && !strncmp(text, other, len) && clash(text + len, other + len))
				return sb_asprintf("\"%s\": the same key with two values", key);
		}
	}
	return NULL;
}

static const char *const json_file[] = {
    "max-size", "max-file", "compress", "labels", "labels-regex", "env", "env-regex", "tag", NULL};
static const char *const local[] = {"max-size", "max-file", "compress", NULL};
static const char *const journald[] = {"labels", "labels-regex", "env", "env-regex", "tag", NULL};

static const struct {
	const char *name;
	const char *const *options;
} log_drivers[] = {
    {"", json_file}, {"json-file", json_file}, {"local", local}, {"journald", journald}};

/* NULL: it has options of its own, which are not judged. */
static const char *const *log_options(const char *driver)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(log_drivers); i++)
		if (!strcmp(driver, log_drivers[i].name))
			return log_drivers[i].options;
	return NULL;
}

static char *check_log(const cJSON *tree)
{
	static const char *const of_all[] = {"mode", "max-buffer-size", NULL};
	static const char *const modes[] = {"", "blocking", "non-blocking", NULL};
	const cJSON *given = sb_daemon_keys_last(tree, "log-opts"), *item;
	const char *driver = text_at(tree, "log-driver"), *mode = text_at(given, "mode"),
		   *buffer = text_at(given, "max-buffer-size");
	const char *const *known = log_options(driver);

	if (!known)
		return NULL;
	cJSON_ArrayForEach(item, given)
	{
		if (strncmp(item->string, "cache-", 6) != 0 && !is_one_of(item->string, known) &&
		    !is_one_of(item->string, of_all))
			return sb_asprintf(
			    "\"log-opts\": \"%s\" is not an option of the log driver %s",
			    item->string, driver[0] ? driver : "json-file");
	}
	if (!is_one_of(mode, modes))
		return sb_strdup("\"log-opts\": \"mode\" must be \"blocking\" or \"non-blocking\"");
	if (buffer[0] && strcmp(mode, "non-blocking") != 0)
		return sb_strdup(
		    "\"log-opts\": \"max-buffer-size\" needs \"mode\": \"non-blocking\"");
	if (buffer[0] && !sb_daemon_is_size(buffer))
		return sb_strdup("\"log-opts\": \"max-buffer-size\" must be a size, such as 4m");
	return NULL;
}

static const struct {
	const char *name, *prefix; /* of its options; NULL: not judged */
} storage_drivers[] = {
    {"", NULL},		 {"overlay2", "overlay2."}, {"fuse-overlayfs", NULL}, {"vfs", NULL},
    {"btrfs", "btrfs."}, {"zfs", "zfs."},	    {"devicemapper", "dm."},  {"overlay", NULL},
    {"aufs", NULL},
};

static char *check_storage(const cJSON *tree)
{
	const char *driver = text_at(tree, "storage-driver"), *prefix = NULL;
	const cJSON *item;
	bool known = false;

	for (size_t i = 0; i < SB_ARRAY_LEN(storage_drivers); i++)
		if (!strcmp(driver, storage_drivers[i].name)) {
			known = true;
			prefix = storage_drivers[i].prefix;
		}
	if (!known)
		return sb_asprintf("storage-driver: unknown driver \"%s\"; use \"overlay2\"",
				   driver);
	cJSON_ArrayForEach(item, sb_daemon_keys_last(tree, "storage-opts"))
	{
		const char *option = cJSON_GetStringValue(item);

		if (prefix && option && strncasecmp(option, prefix, strlen(prefix)) != 0)
			return sb_asprintf("\"storage-opts\": options of %s begin with \"%s\"",
					   driver, prefix);
	}
	return NULL;
}

static char *check_cgroup(const cJSON *tree)
{
	const char *parent = text_at(tree, "cgroup-parent");
	const cJSON *item;
	size_t len = strlen(parent);
	bool systemd = false;

	cJSON_ArrayForEach(item, sb_daemon_keys_last(tree, "exec-opts"))
	{
		const char *option = cJSON_GetStringValue(item), *key = "native.cgroupdriver=";

		if (!option || strncasecmp(option, key, strlen(key)) != 0)
			continue;
		option += strlen(key);
		/* The first counts. */
		if (option[0] && strcmp(option, "cgroupfs") != 0 && strcmp(option, "systemd") != 0)
			return sb_strdup(
			    "\"exec-opts\": native.cgroupdriver must be cgroupfs or systemd");
		systemd = !strcmp(option, "systemd");
		break;
	}
	if (systemd && len && (len < 6 || strcmp(parent + len - 6, ".slice") != 0))
		return sb_strdup("\"cgroup-parent\" must end in .slice, as systemd's do");
	return NULL;
}

char *sb_daemon_together_check(const cJSON *tree)
{
	char *error = check_flags(tree);

	error = error ? error : check_gateway(tree);
	error = error ? error : check_runtimes(tree);
	error = error ? error : check_twice(tree, "labels", labels_clash);
	error = error ? error : check_twice(tree, "node-generic-resources", resources_clash);
	error = error ? error : check_log(tree);
	error = error ? error : check_storage(tree);
	return error ? error : check_cgroup(tree);
}
