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
#include "doctor/daemons/daemon_json.h"
#include "satbed/base/mem.h"

static int dockerd(const char *const argv[], int timeout_ms, char **out)
{
	(void)timeout_ms;
	if (strcmp(argv[1], "--version") != 0)
		return -1;
	*out = sb_strdup("Docker version 20.10.24, build 0\n");
	return 0;
}

static char root[64];

static void write_text(const char *name, const void *data, size_t len)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", root, name);
	FILE *f = fopen(path, "w");

	if (!f || (len && fwrite(data, 1, len, f) != len) || fclose(f))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const env[] = {"PATH=/", NULL};
	struct sb_machine m = {.root = root, .env = env, .run = dockerd};
	const char *error;
	cJSON *config;

	if (!root[0]) {
		sb_auto_free char *program = NULL;

		snprintf(root, sizeof(root), "/tmp/satbed-fuzz-XXXXXX");
		if (!mkdtemp(root))
			abort();
		write_text("dockerd", "", 0);
		program = sb_asprintf("%s/dockerd", root);
		if (chmod(program, 0755))
			abort();
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
