/* SPDX-License-Identifier: MIT */
/* daemon_keys.h - the keys of Docker's settings file and the types that dockerd takes */
#ifndef SATBED_DOCTOR_DAEMON_KEYS_H
#define SATBED_DOCTOR_DAEMON_KEYS_H

#include <cjson/cJSON.h>

/**
 * sb_daemon_keys_check() - what a dockerd older than 23.0 would refuse in a parsed file
 * @tree:	an object
 *
 * dockerd compares every key with its options first (the members of an object count as keys when the
 * object itself is not known), then decodes each value into the type of its option.
 *
 * Return: the first complaint, the caller's to free; NULL = none
 */
char *sb_daemon_keys_check(const cJSON *tree);

/** sb_daemon_keys_hint() - a key that resembles a known one, or one given twice; NULL = none */
char *sb_daemon_keys_hint(const cJSON *tree);

/** sb_daemon_keys_last() - a key's value as dockerd takes it: of several the last; NULL = none */
const cJSON *sb_daemon_keys_last(const cJSON *tree, const char *key);

#endif
