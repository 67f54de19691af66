// SPDX-License-Identifier: MIT
/* daemon_json.c - Docker's settings file, read as dockerd reads it */
#include "daemon_json.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon_keys.h"
#include "daemon_members.h"
#include "daemon_strict.h"
#include "daemon_values.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define NAME_CHARS  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define VERSION_MS  1500
#define VALIDATE_MS 2500
/* Since 23.0 dockerd checks a file without starting, and takes an empty one. */
#define VALIDATES 23

/* Go's parser takes a scheme in any case and goes on with it in lower case. */
char *sb_mirror_name(const char *url)
{
	char *copy = sb_strdup(url);
	size_t len = strlen(copy), scheme = strcspn(copy, ":");

	while (len && copy[len - 1] == '/')
		copy[--len] = '\0';
	for (size_t i = 0; i < scheme && i < len; i++)
		if (copy[i] >= 'A' && copy[i] <= 'Z')
			copy[i] = (char)(copy[i] + ('a' - 'A'));
	return copy;
}

/* The number of the line of @at; @column: where in it. */
static int line_of(const char *text, const char *at, int *column)
{
	const char *line = text;
	int number = 1;

	for (const char *c = text; c < at; c++)
		if (*c == '\n') {
			number++;
			line = c + 1;
		}
	*column = (int)(at - line) + 1;
	return number;
}

/* Where it is, by line and column and one character: more of the line may hold a password. */
static char *syntax_error(const char *text)
{
	const char *at = cJSON_GetErrorPtr();
	int number, column;

	if (!at || at < text || at > text + strlen(text))
		return sb_strdup("not valid JSON");
	at += strspn(at, " \t\r\n");
	number = line_of(text, at, &column);
	if (!*at)
		return sb_asprintf("line %d is not valid JSON: it ends too early", number);
	return sb_asprintf(
	    "line %d, column %d is not valid JSON: unexpected \"%c\" (a missing or extra "
	    "comma, a quote?)",
	    number, column, *at > ' ' && *at < 127 ? *at : '?');
}

static char *strict_error(const char *text, const char *end)
{
	const char *what, *at = sb_daemon_strict(text, end, &what);
	int number, column;

	if (!at)
		return NULL;
	number = line_of(text, at, &column);
	return sb_asprintf("line %d, column %d: %s", number, column, what);
}

/* What dockerd refuses in the address of a mirror; the address is not repeated: it may hold a password. */
static const char *mirror_fault(const char *url)
{
	CURLU *parsed = curl_url();
	char *path = NULL, *other = NULL;
	const char *fault = NULL, *host = strstr(url, "//");

	host = host ? host + 2 : url;
	host += strspn(host, NAME_CHARS);
	if (host[0] == ':')
		host += 1 + strspn(host + 1, "0123456789");
	if (strncasecmp(url, "http://", 7) && strncasecmp(url, "https://", 8))
		fault = "must begin with https:// or http://";
	else if (!parsed || curl_url_set(parsed, CURLUPART_URL, url, 0))
		/* Go takes an address without a host, and any number as a port. */
		fault = host[0] ? "is not a valid address" : NULL;
	else if (!curl_url_get(parsed, CURLUPART_USER, &other, 0) ||
		 !curl_url_get(parsed, CURLUPART_PASSWORD, &other, 0))
		fault = "must not contain a user name or password";
	else if (!curl_url_get(parsed, CURLUPART_QUERY, &other, 0) ||
		 !curl_url_get(parsed, CURLUPART_FRAGMENT, &other, 0) ||
		 (!curl_url_get(parsed, CURLUPART_PATH, &path, 0) && strcmp(path, "/") != 0))
		fault = "must be a host and port only, without a path, query or fragment";
	curl_free(path);
	curl_free(other);
	curl_url_cleanup(parsed);
	return fault;
}

static char *read_mirrors(const cJSON *list, cJSON *into)
{
	const cJSON *item;
	int at = 0;

	if (!list)
		return NULL;
	if (!cJSON_IsArray(list))
		return sb_strdup("registry-mirrors must be a list: [\"https://mirror.example\"]");
	cJSON_ArrayForEach(item, list)
	{
		const char *url = cJSON_GetStringValue(item);
		const char *fault = url ? mirror_fault(url) : "must be an address in quotes";
		sb_auto_free char *name = url ? sb_mirror_name(url) : NULL;

		at++;
		if (fault)
			return sb_asprintf("registry-mirrors: address %d %s", at, fault);
		cJSON_AddItemToArray(into, cJSON_CreateString(name));
	}
	return NULL;
}

static void add_text(cJSON *to, const char *key, char *text)
{
	if (text)
		sb_json_add_str(to, key, text);
	else
		cJSON_AddNullToObject(to, key);
	free(text);
}

/* The major version of the dockerd that is installed; 0 = none, or not known. */
static int installed_major(const struct sb_machine *m)
{
	sb_auto_free char *program = sb_machine_program(m, "dockerd"), *out = NULL;
	const char *argv[] = {program, "--version", NULL};
	const char *number;

	if (!program || m->run(argv, VERSION_MS, &out))
		return 0;
	number = strstr(out, "version ");
	return number ? atoi(number + strlen("version ")) : 0;
}

/* What dockerd itself says of the file; NULL = nothing, or it cannot be asked. */
static char *ask_dockerd(const struct sb_machine *m, const char *path)
{
	sb_auto_free char *program = sb_machine_program(m, "dockerd"), *out = NULL;
	const char *argv[] = {program, "--validate", "--config-file", path, NULL};
	const char *text, *prefix;
	int status = m->run(argv, VALIDATE_MS, &out);

	if (status <= 0 || !out)
		return NULL;
	out[strcspn(out, "\n")] = '\0';
	text = out;
	prefix = strstr(out, path);
	if (prefix && !strncmp(prefix + strlen(path), ": ", 2))
		text = prefix + strlen(path) + 2;
	return sb_strdup(text[0] ? text : "dockerd refuses it");
}

/* Go's parser takes no byte order mark, cJSON would skip it. */
static char *check_text(const char *text, cJSON **tree)
{
	const char *end;
	char *error;

	if (!strncmp(text, "\xef\xbb\xbf", 3))
		return sb_strdup("line 1 begins with a byte order mark, which is not valid JSON");
	if (!strncmp(text, "\xff\xfe", 2) || !strncmp(text, "\xfe\xff", 2))
		return sb_strdup("the file is UTF-16; it must be UTF-8");
	/* dockerd reads the first value and leaves what follows alone. */
	*tree = cJSON_ParseWithOpts(text, &end, false);
	if (!*tree)
		return syntax_error(text);
	error = strict_error(text, end);
	/* null is as good as {}. */
	if (!error && !cJSON_IsObject(*tree) && !cJSON_IsNull(*tree))
		error = sb_strdup("line 1: expected an object in {}");
	if (error) {
		cJSON_Delete(*tree);
		*tree = NULL;
	}
	return error;
}

/* What a dockerd older than that says, by rules of ours. */
static char *check_by_rules(const cJSON *tree)
{
	char *error = sb_daemon_keys_check(tree);

	error = error ? error : sb_daemon_members_check(tree);
	error = error ? error : sb_daemon_values_check(tree);
	return error ? error : sb_daemon_together_check(tree);
}

static char *check_settings(const struct sb_machine *m, const char *path, const cJSON *tree)
{
	int major = installed_major(m);

	if (major >= VALIDATES)
		return ask_dockerd(m, path);
	return major ? check_by_rules(tree) : NULL;
}

static char *check_file(const struct sb_machine *m, const char *path, const char *text, int sys,
			cJSON **tree)
{
	char *error;

	if (!text && (sys == ENOENT || sys == ENOTDIR))
		return NULL;
	if (!text)
		return sb_asprintf("cannot be read: %s", strerror(sys));
	if (!text[strspn(text, " \t\r\n")])
		return installed_major(m) >= VALIDATES
			   ? NULL
			   : sb_strdup("is empty; expected at least {}");
	error = check_text(text, tree);
	return error ? error : check_settings(m, path, *tree);
}

cJSON *sb_daemon_json(const struct sb_machine *m, const char *path)
{
	sb_auto_free char *text = sb_machine_read(m, path);
	int sys = text ? 0 : errno;
	cJSON *out = cJSON_CreateObject(), *tree = NULL, *mirrors;
	char *error;

	sb_json_add_str(out, "path", path);
	sb_json_add_bool(out, "exists", text || (sys != ENOENT && sys != ENOTDIR));
	mirrors = cJSON_AddArrayToObject(out, "mirrors");
	error = check_file(m, path, text, sys, &tree);
	if (!error && tree)
		error = read_mirrors(sb_daemon_keys_last(tree, "registry-mirrors"), mirrors);
	add_text(out, "error", error);
	add_text(out, "hint", tree ? sb_daemon_keys_hint(tree) : NULL);
	sb_json_add_bool(out, "hosts", tree && cJSON_HasObjectItem(tree, "hosts"));
	cJSON_Delete(tree);
	return out;
}
