/* SPDX-License-Identifier: MIT */
/* daemon_json.h - Docker's settings file, checked as the installed dockerd checks it */
#ifndef SATBED_DOCTOR_DAEMON_JSON_H
#define SATBED_DOCTOR_DAEMON_JSON_H

#include <cjson/cJSON.h>

#include "doctor/system/machine.h"

/**
 * sb_daemon_json() - what @path says
 *
 * From 23.0 on dockerd itself is asked (`dockerd --validate`); for an older one rules of ours about keys
 * and their types (daemon_keys.h, daemon_members.h) and values (daemon_values.h); without a dockerd on this machine only syntax and mirrors.
 *
 * Return: an object, the caller's to delete: "path"; "exists"; "error": why dockerd would refuse
 * the file, with its line, or null; "hint": a key that dockerd does not know but that resembles
 * one, or null; "mirrors": registry-mirrors, without slashes at their ends; "hosts": are listeners
 * given?
 */
cJSON *sb_daemon_json(const struct sb_machine *m, const char *path);

/**
 * sb_mirror_name() - @url as mirrors are compared: no slashes at its end, scheme in lower case; the
 * caller's to free
 */
char *sb_mirror_name(const char *url);

#endif
