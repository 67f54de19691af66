// SPDX-License-Identifier: MIT
/* writeback.c - does this machine wait for its disks? */
#include "satbed/base/writeback.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/units.h"

#define FILE_BYTES_MAX ((size_t)64 << 10)
/* It has a line for each processor, and a number for each interrupt. */
#define STAT_BYTES_MAX ((size_t)4 << 20)
#define BUSY_PERCENT   50
#define BUSY_BYTES     ((int64_t)8 << 20)
#define GRANT_NS       (5 * SB_NS_PER_S)
#define REST_NS	       (2 * GRANT_NS)
#define LONGEST_NS     (600 * SB_NS_PER_S)

/* A line that begins with @key, such as "Dirty:   2376 kB" of /proc/meminfo; 0: there is none. */
static uint64_t line_value(const char *text, const char *key, uint64_t max)
{
	size_t len = strlen(key);
	uint64_t value;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len))
			continue;
		line += len;
		line += strspn(line, " ");
		return sb_read_digits(&line, max, &value) ? 0 : value;
	}
	return 0;
}

static int64_t meminfo_bytes(const char *text, const char *key)
{
	return (int64_t)line_value(text, key, INT64_MAX >> 11) << 10;
}

void sb_writeback_parse(const char *meminfo, const char *pressure, const char *stat,
			struct sb_writeback *out)
{
	const char *share = pressure ? strstr(pressure, "some avg10=") : NULL;
	uint64_t percent;

	*out = (struct sb_writeback){.stalled_percent = -1};
	if (meminfo) {
		out->writing_bytes = meminfo_bytes(meminfo, "Writeback:");
		out->unwritten_bytes = out->writing_bytes + meminfo_bytes(meminfo, "Dirty:");
	}
	if (share) {
		share += strlen("some avg10=");
		if (!sb_read_digits(&share, 100, &percent))
			out->stalled_percent = (int)percent;
	}
	out->waiting = line_value(stat, "procs_blocked ", UINT32_MAX);
}

void sb_writeback_read(struct sb_writeback *out)
{
	sb_auto_free char *meminfo = NULL, *pressure = NULL, *stat = NULL;

	/* A kernel may be built, or started, without the second. */
	if (sb_read_file("/proc/meminfo", FILE_BYTES_MAX, &meminfo, NULL, NULL))
		meminfo = NULL;
	if (sb_read_file("/proc/pressure/io", FILE_BYTES_MAX, &pressure, NULL, NULL))
		pressure = NULL;
	if (sb_read_file("/proc/stat", STAT_BYTES_MAX, &stat, NULL, NULL))
		stat = NULL;
	sb_writeback_parse(meminfo, pressure, stat, out);
}

/* That one process waits at one moment is not this. */
static bool is_loaded(const struct sb_writeback *w)
{
	return w->stalled_percent >= BUSY_PERCENT || w->writing_bytes >= BUSY_BYTES;
}

bool sb_writeback_busy(const struct sb_writeback *w)
{
	return is_loaded(w) || w->waiting;
}

int64_t sb_writeback_grant_ns(int64_t begun_ns)
{
	/* Of the machine, as what it says. */
	static _Atomic int64_t seen_busy_ns;
	int64_t now = sb_mono_ns(), seen;
	struct sb_writeback disk;

	sb_writeback_read(&disk);
	if (sb_writeback_busy(&disk))
		seen_busy_ns = now;
	seen = seen_busy_ns;
	return seen && now - seen < REST_NS && now - begun_ns < LONGEST_NS ? GRANT_NS : 0;
}

const char *sb_writeback_text(const struct sb_writeback *w, char *buf, size_t size)
{
	char unwritten[SB_UNIT_BUF], waited[80] = "";

	if (w->stalled_percent >= 0)
		snprintf(waited, sizeof(waited),
			 ", and processes waited for it at least %d %% of the last 10 s",
			 w->stalled_percent);
	snprintf(buf, size, "%s: %s are not yet written%s",
		 is_loaded(w) ? "its disk is busy" : "a process waits for its disk",
		 sb_format_estimate(unwritten, 3, (double)w->unwritten_bytes), waited);
	return buf;
}
