/* SPDX-License-Identifier: MIT */
/* mirrors.h - does a registry mirror answer? */
#ifndef SATBED_DOCTOR_MIRRORS_H
#define SATBED_DOCTOR_MIRRORS_H

#include <cjson/cJSON.h>

/**
 * sb_mirrors_try() - GET MIRROR/v2/ of all of them at once, as a daemon would begin a pull
 * @urls:	array of addresses
 * @limit_ms:	for all together
 *
 * Return: an array, the caller's to delete: "url"; "state": "answers", "dead" (nobody there), "tls"
 * (its certificate is not trusted here), "odd" (no registry: "status" is what HTTP said); "why"
 */
cJSON *sb_mirrors_try(const cJSON *urls, int limit_ms);

#endif
