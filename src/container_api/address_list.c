// SPDX-License-Identifier: MIT
/* address_list.c - the list of addresses as it is collected, and the home directory that some are below */
#include "address.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/mem.h"

const char *sb_address_setting(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

const char *sb_address_home(void)
{
	const struct passwd *pw;

	if (sb_address_setting("HOME"))
		return sb_address_setting("HOME");
	pw = getpwuid(geteuid());
	return pw ? pw->pw_dir : NULL;
}

struct sb_daemon_address *sb_address_add(struct sb_daemon_list *list, const char *url,
					 const char *origin)
{
	struct sb_daemon_address *a;

	if (strlen(url) >= sizeof(a->url))
		return NULL;
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i].url, url))
			return &list->items[i];
	list->items = sb_realloc(list->items, list->count + 1, sizeof(*a));
	a = &list->items[list->count++];
	memset(a, 0, sizeof(*a));
	strcpy(a->url, url);
	snprintf(a->origin, sizeof(a->origin), "%s", origin);
	return a;
}
