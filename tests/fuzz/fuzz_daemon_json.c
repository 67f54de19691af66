// SPDX-License-Identifier: MIT
/*
 * fuzz_daemon_json.c - any settings file of Docker's, seen by doctor
 *
 * Must hold: it ends, the file is seen, and an error about a mirror never repeats the password of its
 * address.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doctor/check_context.h"
#include "doctor/settings/daemon_json.h"
#include "satbed/base/mem.h"
#include "scratch.h"

static int dockerd(const char *const argv[], int timeout_ms, char **out)
{
	(void)timeout_ms;
	if (strcmp(argv[1], "--version") != 0)
		return -1;
	*out = sb_strdup("Docker version 20.10.24, build 0\n");
	return 0;
}

static void write_text(const char *name, const void *data, size_t len)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", scratch(), name);
	FILE *f = fopen(path, "w");

	if (!f || (len && fwrite(data, 1, len, f) != len) || fclose(f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const env[] = {"PATH=/", NULL};
	static bool made;
	struct sb_machine m = {.root = scratch(), .env = env, .run = dockerd};
	const char *error;
	cJSON *config;

	if (!made) {
		sb_auto_free char *program = sb_asprintf("%s/dockerd", scratch());

		write_text("dockerd", "", 0);
		if (chmod(program, 0755))
			abort();
		made = true;
	}
	write_text("daemon.json", data, size);
	config = sb_daemon_json(&m, "/daemon.json");
	error = sb_fact_str(config, "error");
	if (!sb_fact_true(config, "exists") ||
	    (error && !strncmp(error, "registry-mirrors", 16) && strstr(error, "pass-word")))
		abort();
	cJSON_Delete(config);
	return 0;
}
