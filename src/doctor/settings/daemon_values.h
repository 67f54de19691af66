/* SPDX-License-Identifier: MIT */
/* daemon_values.h - values in Docker's settings file with which dockerd does not start */
#ifndef SATBED_DOCTOR_DAEMON_VALUES_H
#define SATBED_DOCTOR_DAEMON_VALUES_H

#include <cjson/cJSON.h>
#include <stdbool.h>

/**
 * sb_daemon_values_check() - the first that dockerd 20.10 refuses, each by itself
 * @tree:	types and members are right
 *
 * What a value says is repeated only where it cannot be a secret.  Not judged: what depends on the machine
 * (that a user, a program or a bridge is there).
 *
 * Return: words, the caller's to free; NULL = none
 */
char *sb_daemon_values_check(const cJSON *tree);

/** sb_daemon_together_check() - the same of values that do not go together */
char *sb_daemon_together_check(const cJSON *tree);

/** sb_daemon_network() - "10.0.0.1/8" taken apart
 *
 * Return: 4 or 6, and the address in @address, of 4 or 16 bytes, and the length of the prefix in @bits; 0: it is none
 */
int sb_daemon_network(const char *cidr, unsigned char address[16], int *bits);

/** sb_daemon_is_size() - such as "64M" or "1.5 GiB" */
bool sb_daemon_is_size(const char *text);

#endif
