/* SPDX-License-Identifier: MIT */
/* settings.h - the settings file and the last logged error of a Docker that does not answer */
#ifndef SATBED_DOCTOR_SETTINGS_H
#define SATBED_DOCTOR_SETTINGS_H

#include "daemons.h"

/**
 * sb_probe_settings() - for sb_jobs_run(); @ctx is the struct sb_check_context
 *
 * Return: by engine ("docker", "docker-rootless"): "config", sb_daemon_json() of its usual file, and
 * "last_error" where its log has one
 */
cJSON *sb_probe_settings(const void *ctx);

/** sb_check_settings() - findings of the fact "settings" for a Docker that does not answer */
void sb_check_settings(const struct sb_check_context *x, const char *engine);

#endif
