/* SPDX-License-Identifier: MIT */
/* address.h - the places a daemon may listen at, as they are collected */
#ifndef SATBED_CONTAINER_API_ADDRESS_H
#define SATBED_CONTAINER_API_ADDRESS_H

#include "satbed/container_api.h"

/** sb_address_add() - append; an address that is there already keeps its first origin */
struct sb_daemon_address *sb_address_add(struct sb_daemon_list *list, const char *url,
					 const char *origin);
/** sb_address_check() - is it one that satbed can speak to? -1 with @err names @origin */
int sb_address_check(const char *url, const char *origin, struct sb_err *err);
/** sb_address_setting() - an environment variable that is not empty, or NULL */
const char *sb_address_setting(const char *name);
/** sb_address_home() - HOME, or that of the password file; NULL when there is neither */
const char *sb_address_home(void);

/**
 * sb_contexts_add() - the docker contexts of this user's configuration
 * @all:	else only the current one, which "default" and DOCKER_HOST switch off
 *
 * Damaged files are passed over with a warning: they are not satbed's to judge.
 */
void sb_contexts_add(struct sb_daemon_list *list, bool all);

#endif
