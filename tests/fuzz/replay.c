// SPDX-License-Identifier: MIT
/* replay.c - give a fuzz target every file of some directories: saved findings as ordinary tests */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

#define MAX_INPUT_BYTES (8u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target aborts when its invariant breaks; the last line then names the input. */
static int replay_file(const char *path)
{
	sb_auto_free char *data = NULL;
	struct sb_err err = {0};
	size_t len;

	printf("%s\n", path);
	fflush(stdout);
	if (sb_read_file(path, MAX_INPUT_BYTES, &data, &len, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		return -1;
	}
	LLVMFuzzerTestOneInput((const uint8_t *)data, len);
	return 0;
}

static int replay_directory(const char *path, unsigned int *count)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(dir))) {
		sb_auto_free char *file = sb_asprintf("%s/%s", path, entry->d_name);

		if (entry->d_name[0] == '.')
			continue;
		rc |= replay_file(file);
		++*count;
	}
	closedir(dir);
	return rc;
}

int main(int argc, char **argv)
{
	unsigned int count = 0;
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= replay_directory(argv[i], &count);
	printf("%u inputs replayed\n", count);
	/* A corpus that went missing must not look like one that passed. */
	return rc || !count;
}
