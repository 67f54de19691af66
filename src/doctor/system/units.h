/* SPDX-License-Identifier: MIT */
/* units.h - systemd's units of the daemons */
#ifndef SATBED_DOCTOR_UNITS_H
#define SATBED_DOCTOR_UNITS_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/** sb_units_parse() - what `systemctl show` printed of several units, by their names */
cJSON *sb_units_parse(const char *text);

/**
 * sb_unit_words() - "active (/lib/systemd/system/docker.service)", "not there", "not known"
 * @facts:	"units" of the examination
 * @user:	of the person's manager, not of the system's
 *
 * Return: the caller's to free
 */
char *sb_unit_words(const cJSON *facts, bool user, const char *name);

#endif
