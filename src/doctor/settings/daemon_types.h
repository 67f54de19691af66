/* SPDX-License-Identifier: MIT */
/* daemon_types.h - the types of values in Docker's settings file */
#ifndef SATBED_DOCTOR_DAEMON_TYPES_H
#define SATBED_DOCTOR_DAEMON_TYPES_H

#include <cjson/cJSON.h>

/* What Go decodes a value into. */
enum sb_daemon_type {
	SB_DAEMON_BOOL,
	SB_DAEMON_INT,
	SB_DAEMON_STRING,
	SB_DAEMON_LIST, /* of strings */
	SB_DAEMON_MAP,	/* of strings */
	SB_DAEMON_OBJECT,
	SB_DAEMON_OBJECTS, /* a list of them */
};

/** sb_daemon_type_wanted() - NULL when @value has the type, or is null, which Go leaves alone; else what it
 * must be, as words */
const char *sb_daemon_type_wanted(enum sb_daemon_type type, const cJSON *value);

#endif
