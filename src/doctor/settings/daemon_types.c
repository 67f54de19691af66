// SPDX-License-Identifier: MIT
/* daemon_types.c - the types of values in Docker's settings file */
#include "daemon_types.h"

#include <math.h>
#include <stdbool.h>

/* Go makes an empty one of null. */
static bool is_all(const cJSON *list, cJSON_bool (*is_right)(const cJSON *item))
{
	const cJSON *item;

	cJSON_ArrayForEach(item, list)
	{
		if (!is_right(item) && !cJSON_IsNull(item))
			return false;
	}
	return true;
}

const char *sb_daemon_type_wanted(enum sb_daemon_type type, const cJSON *value)
{
	if (cJSON_IsNull(value))
		return NULL;
	switch (type) {
	case SB_DAEMON_BOOL:
		return cJSON_IsBool(value) ? NULL : "true or false, without quotes";
	case SB_DAEMON_INT:
		return cJSON_IsNumber(value) && fabs(value->valuedouble) < 0x1p63 &&
			       value->valuedouble == floor(value->valuedouble)
			   ? NULL
			   : "a whole number, without quotes";
	case SB_DAEMON_STRING:
		return cJSON_IsString(value) ? NULL : "text in quotes";
	case SB_DAEMON_LIST:
		return cJSON_IsArray(value) && is_all(value, cJSON_IsString)
			   ? NULL
			   : "a list of texts in quotes: [\"...\"]";
	case SB_DAEMON_MAP:
		return cJSON_IsObject(value) && is_all(value, cJSON_IsString)
			   ? NULL
			   : "an object whose values are texts in quotes: {\"max-file\": \"3\"}";
	case SB_DAEMON_OBJECT:
		return cJSON_IsObject(value) ? NULL : "an object: {...}";
	case SB_DAEMON_OBJECTS:
		return cJSON_IsArray(value) && is_all(value, cJSON_IsObject)
			   ? NULL
			   : "a list of objects: [{...}]";
	}
	return NULL;
}
