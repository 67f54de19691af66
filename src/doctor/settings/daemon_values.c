// SPDX-License-Identifier: MIT
/*
 * daemon_values.c - values in Docker's settings file with which dockerd does not start
 *
 * Each rule was found, and tried, by starting dockerd 20.10.24 with such a file.
 */
#include "daemon_values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon_keys.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* Extended regular expressions of POSIX. */
static bool matches(const char *text, const char *pattern, int flags)
{
	regex_t compiled;
	bool match;

	if (regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB | flags))
		return true;
	match = !regexec(&compiled, text, 0, NULL, 0);
	regfree(&compiled);
	return match;
}

static bool is_ip(const char *text)
{
	unsigned char address[16];

	return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

/* The caller's to free. */
static char *without_blanks(const char *text)
{
	char *bare = sb_strdup(text + strspn(text, " \t\r\n"));

	for (size_t len = strlen(bare); len && strchr(" \t\r\n", bare[len - 1]); len--)
		bare[len - 1] = '\0';
	return bare;
}

static bool is_name_server(const char *text)
{
	sb_auto_free char *bare = without_blanks(text);

	return is_ip(bare);
}

int sb_daemon_network(const char *cidr, unsigned char address[16], int *bits)
{
	const char *slash = strchr(cidr, '/');
	sb_auto_free char *host = slash ? sb_asprintf("%.*s", (int)(slash - cidr), cidr) : NULL;
	uint64_t length;
	int family;

	if (!host)
		return 0;
	family = inet_pton(AF_INET, host, address) == 1	   ? 4
		 : inet_pton(AF_INET6, host, address) == 1 ? 6
							   : 0;
	if (!family || sb_parse_digits(slash + 1, family == 4 ? 32 : 128, &length))
		return 0;
	*bits = (int)length;
	return family;
}

static bool is_network(const char *text)
{
	unsigned char address[16];
	int bits;

	return sb_daemon_network(text, address, &bits) != 0;
}

static bool is_empty_or_ipv4(const char *text)
{
	unsigned char address[4];

	return !text[0] || inet_pton(AF_INET, text, address) == 1;
}

static bool is_empty_or_ip(const char *text)
{
	return !text[0] || is_ip(text);
}

static bool is_empty_or_network(const char *text)
{
	return !text[0] || is_network(text);
}

/* The address of a host, not of the network, nor that of all in it. */
static bool is_empty_or_bridge(const char *text)
{
	unsigned char address[16];
	uint32_t ip, rest;
	int bits;

	if (!text[0])
		return true;
	if (sb_daemon_network(text, address, &bits) != 4 || bits < 1 || bits > 30)
		return false;
	memcpy(&ip, address, sizeof(ip));
	rest = ntohl(ip) & (UINT32_MAX >> bits);
	return rest && rest != UINT32_MAX >> bits;
}

static bool is_digits(const char *text)
{
	return text[0] && !text[strspn(text, "0123456789")];
}

static bool is_port(const char *text)
{
	uint64_t port;

	return !sb_parse_digits(text, UINT16_MAX, &port);
}

static bool is_empty_or_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');

	return !text[0] || (matches(text, "^([^:]+|\\[[^]]+\\]):[0-9]+$", 0) && is_port(colon + 1));
}

/* Parts of letters, digits and hyphens, with dots between; hyphens only inside. */
static bool is_name(const char *text, size_t len)
{
	for (size_t i = 0; i <= len; i++) {
		bool edge = i == len || text[i] == '.', first = !i || text[i - 1] == '.';

		if (edge ? first || text[i - 1] == '-'
			 : !isalnum((unsigned char)text[i]) && (text[i] != '-' || first))
			return false;
	}
	return true;
}

/* A name with a port, an address, a network. */
static bool is_host(const char *text)
{
	sb_auto_free char *inside = NULL;
	size_t len = strcspn(text, ":");
	const char *port = NULL;

	if (is_network(text) || is_ip(text))
		return true;
	if (text[0] == '[' && strstr(text, "]:")) {
		port = strstr(text, "]:") + 2;
		inside = sb_asprintf("%.*s", (int)(port - text) - 3, text + 1);
		return is_ip(inside) && is_port(port);
	}
	return is_name(text, len) && (!text[len] || is_port(text + len + 1));
}

static bool is_insecure_registry(const char *text)
{
	if (!strncasecmp(text, "http://", 7) || !strncasecmp(text, "https://", 8))
		text = strstr(text, "//") + 2;
	return is_host(text);
}

static bool is_listener(const char *text)
{
	const char *port;

	if (!text[0] || strchr(text, '?') || matches(text, "^(unix|fd)://", 0))
		return true;
	if (!matches(text, "^(tcp://)?([^][/:]*|\\[[0-9a-fA-F:.]+\\])(:[0-9]*)?$", 0))
		return false;
	port = strrchr(text, ':');
	return !port || !port[1] || strchr(port, ']') || port[1] == '/' || is_port(port + 1);
}

static bool is_profile(const char *text)
{
	return !matches(text, "^(unconfined|default|builtin)$", 0);
}

static bool is_user(const char *text)
{
	return matches(text, "^([^:]+(:[^:]+)?)?$", 0);
}

static bool is_label(const char *text)
{
	return strchr(text, '=') && strncasecmp(text, "com.docker.", 11) != 0 &&
	       strncasecmp(text, "io.docker.", 10) != 0 &&
	       strncasecmp(text, "org.dockerproject.", 18) != 0;
}

static bool is_domain(const char *text)
{
	sb_auto_free char *bare = without_blanks(text);
	size_t len = strlen(bare), letters = 0;

	if (!strcmp(bare, "."))
		return true;
	len -= len && bare[len - 1] == '.';
	for (size_t i = 0; i < len; i++)
		letters += isalpha((unsigned char)bare[i]) != 0;
	return letters && len < 255 && is_name(bare, len);
}

bool sb_daemon_is_size(const char *text)
{
	return matches(text, "^[0-9]+(\\.[0-9]+)? ?[kmgtp]?i?b?$", REG_ICASE);
}

static bool is_cgroupns(const char *text)
{
	return matches(text, "^(host|private)?$", 0);
}

static bool is_ipc(const char *text)
{
	return matches(text, "^(shareable|private)?$", 0);
}

static bool is_level(const char *text)
{
	return matches(text, "^(panic|fatal|error|warn|warning|info|debug|trace)?$", REG_ICASE);
}

static bool is_option(const char *text)
{
	return strchr(text, '=') != NULL;
}

/* Of equals signs one, and no negative number behind it. */
static bool is_resource(const char *text)
{
	const char *value = strchr(text, '=');

	return value && !strchr(value + 1, '=') && !strpbrk(text, ",;") &&
	       (value[1] != '-' || !is_digits(value + 2));
}

/* Strings, and each of a list of them. */
static const struct {
	const char *key;
	bool (*is_right)(const char *text);
	const char *wanted;
} texts[] = {
    {"allow-nondistributable-artifacts", is_host,
     "a host with or without a port, or a network, such as 10.0.0.0/8; no https://"},
    {"bip", is_empty_or_bridge,
     "an IPv4 address of a host with the length of its network, such as 172.20.0.1/16"},
    {"default-cgroupns-mode", is_cgroupns, "\"host\" or \"private\""},
    {"default-gateway", is_empty_or_ipv4, "an IPv4 address"},
    {"default-gateway-v6", is_empty_or_ip, "an IP address"},
    {"default-ipc-mode", is_ipc, "\"shareable\" or \"private\""},
    {"default-shm-size", sb_daemon_is_size, "a size, such as 64M"},
    {"dns", is_name_server, "an IP address"},
    {"dns-search", is_domain, "a domain, such as example.com"},
    {"fixed-cidr", is_empty_or_network, "a network, such as 172.20.1.0/24"},
    {"fixed-cidr-v6", is_empty_or_network, "a network, such as 2001:db8:1::/64"},
    {"host-gateway-ip", is_empty_or_ip, "an IP address"},
    {"hosts", is_listener, "tcp://ADDRESS:PORT, unix:///PATH or fd://"},
    {"insecure-registries", is_insecure_registry,
     "a host with or without a port, or a network, such as 10.0.0.0/8"},
    {"ip", is_empty_or_ip, "an IP address"},
    {"labels", is_label,
     "KEY=VALUE; keys that begin with com.docker., io.docker. or org.dockerproject. are Docker's "
     "own"},
    {"log-level", is_level, "\"debug\", \"info\", \"warn\", \"error\" or \"fatal\""},
    {"metrics-addr", is_empty_or_endpoint, "an address with a port, such as 127.0.0.1:9323"},
    {"node-generic-resources", is_resource, "KIND=VALUE"},
    {"seccomp-profile", is_profile, "the path of a file"},
    {"storage-opts", is_option, "KEY=VALUE"},
    {"userns-remap", is_user, "USER or USER:GROUP"},
};

static const struct {
	const char *key;
	double least, most;
} numbers[] = {
    {"max-concurrent-downloads", 0, INT32_MAX}, {"max-concurrent-uploads", 0, INT32_MAX},
    {"max-download-attempts", 1, INT32_MAX},	{"mtu", 0, INT32_MAX},
    {"oom-score-adjust", -1000, 1000},
};

/* Go makes an empty string of null in a list. */
static const char *text_of(const cJSON *item)
{
	return cJSON_IsNull(item) ? "" : cJSON_GetStringValue(item);
}

static char *check_texts(const cJSON *value, const char *key, bool (*is_right)(const char *text),
			 const char *wanted)
{
	const cJSON *item;
	int at = 0;

	if (cJSON_IsString(value))
		return is_right(value->valuestring) ? NULL
						    : sb_asprintf("\"%s\" must be %s", key, wanted);
	if (!cJSON_IsArray(value))
		return NULL;
	cJSON_ArrayForEach(item, value)
	{
		at++;
		if (!is_right(text_of(item)))
			return sb_asprintf("\"%s\": entry %d must be %s", key, at, wanted);
	}
	return NULL;
}

static char *check_number(const cJSON *value, const char *key, double least, double most)
{
	if (!cJSON_IsNumber(value) || (value->valuedouble >= least && value->valuedouble <= most))
		return NULL;
	return sb_asprintf("\"%s\" must be between %.0f and %.0f", key, least, most);
}

/* @most: of IPv4 */
static char *check_pool(const cJSON *pool, int at, int most)
{
	const char *base = cJSON_GetStringValue(cJSON_GetObjectItem(pool, "base"));
	const cJSON *number = cJSON_GetObjectItem(pool, "size");
	double size = cJSON_IsNumber(number) ? number->valuedouble : 0;
	unsigned char address[16];
	int bits, family = base ? sb_daemon_network(base, address, &bits) : 0;

	if (!family)
		return sb_asprintf(
		    "\"default-address-pools\": entry %d must have a network as \"base\", such "
		    "as 10.10.0.0/16",
		    at);
	most = family == 4 ? most : 128;
	if (size < bits || size <= 0 || size > most)
		return sb_asprintf(
		    "\"default-address-pools\": the \"size\" of entry %d must be the length of "
		    "its networks, from %d to %d",
		    at, bits, most);
	return NULL;
}

static char *check_pools(const cJSON *tree)
{
	const cJSON *pools = sb_daemon_keys_last(tree, "default-address-pools"), *pool;
	char *error = NULL;
	int at = 0;

	cJSON_ArrayForEach(pool, pools)
	{
		/* The bridge gets the first network of the first, unless something is said of it. */
		bool bridge = !at && !sb_daemon_keys_last(tree, "bip") &&
			      !sb_daemon_keys_last(tree, "bridge");

		error = check_pool(pool, ++at, bridge ? 30 : 32);
		if (error)
			break;
	}
	return error;
}

char *sb_daemon_values_check(const cJSON *tree)
{
	char *error = NULL;

	for (size_t i = 0; i < SB_ARRAY_LEN(texts) && !error; i++)
		error = check_texts(sb_daemon_keys_last(tree, texts[i].key), texts[i].key,
				    texts[i].is_right, texts[i].wanted);
	for (size_t i = 0; i < SB_ARRAY_LEN(numbers) && !error; i++)
		error = check_number(sb_daemon_keys_last(tree, numbers[i].key), numbers[i].key,
				     numbers[i].least, numbers[i].most);
	return error ? error : check_pools(tree);
}
