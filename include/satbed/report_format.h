/* SPDX-License-Identifier: MIT */
/*
 * report_format.h - the format of run.json, series.json and compare.json, and how older ones are read
 *
 * Format 2 (1.1): configured, requests, met, expects_met, host_baseline and emulator are what format 1
 * called asked, rr.asked, held, expects_held, substrate and sky.
 */
#ifndef SATBED_REPORT_FORMAT_H
#define SATBED_REPORT_FORMAT_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"

#define SB_RESULTS_FORMAT 2

/**
 * sb_results_upgrade() - give the keys of an older format their names of today, in place
 * @json:	an object that was read from @path
 *
 * Return: 0; -1 with @err (SB_EINPUT) for a format that a newer satbed made
 */
int sb_results_upgrade(cJSON *json, const char *path, struct sb_err *err);

/** sb_results_old_name() - what an older format called the key @key of today; NULL: just so */
const char *sb_results_old_name(const char *key);

#endif
