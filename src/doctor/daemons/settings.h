/* SPDX-License-Identifier: MIT */
/* settings.h - the settings file and the last logged error of a daemon that does not answer */
#ifndef SATBED_DOCTOR_SETTINGS_H
#define SATBED_DOCTOR_SETTINGS_H

#include "daemons.h"

/**
 * sb_probe_settings() - for sb_jobs_run(); @ctx is the struct sb_check_context
 *
 * Return: by engine: "config", sb_daemon_json() of its usual file (Docker only); "last_error" where its
 * log has one, else "hidden" where the person may not read the log
 */
cJSON *sb_probe_settings(const void *ctx);

/** sb_check_settings() - findings of the fact "settings" for a daemon that does not answer */
void sb_check_settings(const struct sb_check_context *x, const char *engine);

/** sb_check_last_error() - only the last error; the settings file is in the daemon's row */
void sb_check_last_error(const struct sb_check_context *x, const char *engine);

#endif
