/* SPDX-License-Identifier: MIT */
/* inventory.h - what a daemon has that is satbed's */
#ifndef SATBED_CLEANUP_INVENTORY_H
#define SATBED_CLEANUP_INVENTORY_H

#include <stdint.h>

#include "satbed/container_api.h"
#include "satbed/journal.h"

/**
 * struct sb_found - a thing with satbed's labels and a name that goes with them
 * @id:		what removes exactly this one
 * @made_s:	by the daemon's clock, Unix time; INT64_MAX when it does not say
 * @running:	a container whose program runs
 * @nameless:	one that Docker was removing when it died, or an image that a daemon had not named yet
 *		(unnamed_image.h; sb_inventory_take() has asked what it is); its name is made up
 */
struct sb_found {
	enum sb_thing kind;
	char *name, *id;
	struct sb_owner owner;
	int64_t made_s;
	bool running, nameless;
};

/**
 * struct sb_inventory - containers, then networks, volumes and images
 * @unlisted:	why there are no images among them although there may be; SB_OK = they were listed
 */
struct sb_inventory {
	struct sb_err unlisted;
	size_t count, room;
	struct sb_found *things;
};

/** sb_inventory_take() - ask @d; nothing it answers is trusted */
int sb_inventory_take(struct sb_daemon *d, struct sb_inventory *out, struct sb_err *err);
/**
 * sb_inventory_add() - from one list of the daemon's: whatever in it is satbed's
 *
 * Return: 0, or -1 with @err (SB_EENGINE): no list
 */
int sb_inventory_add(struct sb_inventory *inv, enum sb_thing kind, const cJSON *answer,
		     struct sb_err *err);
void sb_inventory_fini(struct sb_inventory *inv);

/** sb_rfc3339_s() - "2026-11-23T20:15:01.5+01:00" as Unix time; INT64_MAX for anything else */
int64_t sb_rfc3339_s(const char *text);

#endif
