// SPDX-License-Identifier: MIT
/*
 * fuzz_results.c - results that somebody else may have written: a run's and a comparison's JSON files
 *
 * The first byte says which file the rest is: series.json, run.json, compare.json or state.json.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "must.h"
#include "satbed/compare_readings.h"
#include "compare/state.h"
#include "satbed/base/mem.h"
#include "satbed/report_dir.h"
#include "scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In place of the C library's: there is nothing to lose here, and much to write. */
int fsync(int fd)
{
	(void)fd;
	return 0;
}

static const char *const names[] = {"series.json", "run.json", "compare.json", "state.json"};

static void write_file(const char *name, const void *data, size_t size)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", scratch(), name);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void remove_file(const char *name)
{
	sb_auto_free char *path = sb_asprintf("%s/%s", scratch(), name);

	unlink(path);
}

static void read_run(const uint8_t *data, size_t size)
{
	cJSON *run = cJSON_ParseWithLength((const char *)data, size);
	struct sb_readings readings = {0};

	if (cJSON_IsObject(run)) {
		sb_readings_take(run, &readings);
		sb_readings_fini(&readings);
	}
	cJSON_Delete(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sb_auto_free char *page = NULL;
	struct sb_comparison c;
	struct sb_err err = {0};
	size_t which;

	if (!size)
		return 0;
	which = data[0] % SB_ARRAY_LEN(names);
	page = sb_asprintf("%s/page.html", scratch());
	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++)
		remove_file(names[i]);
	write_file(names[which], data + 1, size - 1);
	if (which == 0) {
		sb_report_figures(scratch(), scratch(), scratch(), &err);
		write_file("run.json", "{}", 2);
	} else if (which == 1) {
		read_run(data + 1, size - 1);
		write_file("series.json", "{}", 2);
	} else if (which == 3 && !sb_state_load(scratch(), &c, &err)) {
		sb_comparison_fini(&c);
	}
	if (which != 3) {
		err = (struct sb_err){0};
		sb_report_dir(scratch(), page, &err);
	}
	return 0;
}
