/* SPDX-License-Identifier: MIT */
/* daemon_json.h - Docker's settings file, read as dockerd reads it: strictly */
#ifndef SATBED_DOCTOR_DAEMON_JSON_H
#define SATBED_DOCTOR_DAEMON_JSON_H

#include <cjson/cJSON.h>

#include "doctor/system/machine.h"

/**
 * sb_daemon_json() - what @path says
 *
 * Return: an object, the caller's to delete: "path"; "exists"; "error": why dockerd would refuse
 * the file, with its line, or null; "hint": a key that dockerd does not know but that resembles
 * one, or null; "mirrors": registry-mirrors, without slashes at their ends; "hosts": are listeners
 * given?
 */
cJSON *sb_daemon_json(const struct sb_machine *m, const char *path);

/** sb_mirror_name() - @url without slashes at its end, as mirrors are compared; the caller's to
 * free
 */
char *sb_mirror_name(const char *url);

#endif
