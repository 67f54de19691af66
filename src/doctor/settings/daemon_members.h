/* SPDX-License-Identifier: MIT */
/* daemon_members.h - the types of what is inside the objects of Docker's settings file */
#ifndef SATBED_DOCTOR_DAEMON_MEMBERS_H
#define SATBED_DOCTOR_DAEMON_MEMBERS_H

#include <cjson/cJSON.h>

/** sb_daemon_members_check() - the first that dockerd 20.10 refuses, as words, the caller's to free; NULL =
 * none.  @tree has values of the right types at its top. */
char *sb_daemon_members_check(const cJSON *tree);

#endif
