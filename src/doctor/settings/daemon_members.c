// SPDX-License-Identifier: MIT
/*
 * daemon_members.c - the types of what is inside the objects of Docker's settings file
 *
 * Names as in docs.docker.com, "dockerd", "Daemon configuration file", and in "Configure the build cache's
 * garbage collection"; each was tried with dockerd 20.10.24.  Go compares names of members without regard to
 * case, and leaves those alone that it does not know.
 */
#include "daemon_members.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon_types.h"
#include "satbed/base/mem.h"

#define DEPTH_MAX 5

/* "*" is any name, or any place in a list. */
static const struct {
	const char *path[DEPTH_MAX];
	enum sb_daemon_type type;
} members[] = {
    {{"builder", "gc"}, SB_DAEMON_OBJECT},
    {{"builder", "gc", "enabled"}, SB_DAEMON_BOOL},
    {{"builder", "gc", "defaultKeepStorage"}, SB_DAEMON_STRING},
    {{"builder", "gc", "policy"}, SB_DAEMON_OBJECTS},
    {{"builder", "gc", "policy", "*", "all"}, SB_DAEMON_BOOL},
    {{"builder", "gc", "policy", "*", "keepStorage"}, SB_DAEMON_STRING},
    {{"builder", "entitlements"}, SB_DAEMON_OBJECT},
    {{"builder", "entitlements", "network-host"}, SB_DAEMON_BOOL},
    {{"builder", "entitlements", "security-insecure"}, SB_DAEMON_BOOL},
    {{"default-address-pools", "*", "base"}, SB_DAEMON_STRING},
    {{"default-address-pools", "*", "size"}, SB_DAEMON_INT},
    {{"default-ulimits", "*"}, SB_DAEMON_OBJECT},
    {{"default-ulimits", "*", "name"}, SB_DAEMON_STRING},
    {{"default-ulimits", "*", "hard"}, SB_DAEMON_INT},
    {{"default-ulimits", "*", "soft"}, SB_DAEMON_INT},
    {{"features", "*"}, SB_DAEMON_BOOL},
    {{"runtimes", "*"}, SB_DAEMON_OBJECT},
    {{"runtimes", "*", "path"}, SB_DAEMON_STRING},
    {{"runtimes", "*", "runtimeArgs"}, SB_DAEMON_LIST},
};

static bool is_at(const char *const *pattern, const char *const *path, int depth)
{
	for (int i = 0; i < depth; i++)
		if (!pattern[i] ||
		    (strcmp(pattern[i], "*") != 0 && strcasecmp(pattern[i], path[i]) != 0))
			return false;
	return depth == DEPTH_MAX || !pattern[depth];
}

static const char *wanted_at(const char *const *path, int depth, const cJSON *value)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(members); i++)
		if (is_at(members[i].path, path, depth))
			return sb_daemon_type_wanted(members[i].type, value);
	return NULL;
}

static char *complain(const char *const *path, int depth, const char *wanted)
{
	char *where = sb_asprintf("\"%s\"", path[0]);

	for (int i = 1; i < depth; i++) {
		char *longer = sb_asprintf("%s, \"%s\"", where, path[i]);

		free(where);
		where = longer;
	}
	char *text = sb_asprintf("%s: must be %s", where, wanted);

	free(where);
	return text;
}

static char *check_below(const cJSON *parent, const char **path, int depth)
{
	const cJSON *item;
	int at = 0;

	cJSON_ArrayForEach(item, parent)
	{
		sb_auto_free char *place = sb_asprintf("%d", ++at);
		const char *wanted;
		char *error;

		path[depth] = item->string ? item->string : place;
		wanted = wanted_at(path, depth + 1, item);
		if (wanted)
			return complain(path, depth + 1, wanted);
		error = depth + 1 < DEPTH_MAX ? check_below(item, path, depth + 1) : NULL;
		if (error)
			return error;
	}
	return NULL;
}

char *sb_daemon_members_check(const cJSON *tree)
{
	const char *path[DEPTH_MAX];

	return check_below(tree, path, 0);
}
