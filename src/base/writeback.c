// SPDX-License-Identifier: MIT
/* writeback.c - does this machine wait for its disks? */
#include "satbed/base/writeback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "satbed/base/units.h"

#define FILE_BYTES_MAX ((size_t)64 << 10)
#define BUSY_PERCENT   50
#define BUSY_BYTES     ((int64_t)8 << 20)
#define GRANT_NS       (5 * SB_NS_PER_S)
#define LONGEST_NS     (600 * SB_NS_PER_S)

/* A line of /proc/meminfo: "Dirty:   2376 kB". */
static int64_t meminfo_bytes(const char *text, const char *key)
{
	size_t len = strlen(key);
	uint64_t kib;

	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " ");
		return sb_read_digits(&line, INT64_MAX >> 11, &kib) ? 0 : (int64_t)kib << 10;
	}
	return 0;
}

void sb_writeback_parse(const char *meminfo, const char *pressure, struct sb_writeback *out)
{
	const char *share = pressure ? strstr(pressure, "some avg10=") : NULL;
	uint64_t percent;

	*out = (struct sb_writeback){.stalled_percent = -1};
	if (meminfo) {
		out->writing_bytes = meminfo_bytes(meminfo, "Writeback");
		out->unwritten_bytes = out->writing_bytes + meminfo_bytes(meminfo, "Dirty");
	}
	if (share) {
		share += strlen("some avg10=");
		if (!sb_read_digits(&share, 100, &percent))
			out->stalled_percent = (int)percent;
	}
}

void sb_writeback_read(struct sb_writeback *out)
{
	sb_auto_free char *meminfo = NULL, *pressure = NULL;

	/* A kernel may be built, or started, without the second. */
	if (sb_read_file("/proc/meminfo", FILE_BYTES_MAX, &meminfo, NULL, NULL))
		meminfo = NULL;
	if (sb_read_file("/proc/pressure/io", FILE_BYTES_MAX, &pressure, NULL, NULL))
		pressure = NULL;
	sb_writeback_parse(meminfo, pressure, out);
}

bool sb_writeback_busy(const struct sb_writeback *w)
{
	return w->stalled_percent < 0 ? w->writing_bytes >= BUSY_BYTES
				      : w->stalled_percent >= BUSY_PERCENT;
}

int64_t sb_writeback_grant_ns(int64_t begun_ns)
{
	struct sb_writeback disk;

	sb_writeback_read(&disk);
	return sb_writeback_busy(&disk) && sb_mono_ns() - begun_ns < LONGEST_NS ? GRANT_NS : 0;
}

const char *sb_writeback_text(const struct sb_writeback *w, char *buf, size_t size)
{
	char unwritten[SB_UNIT_BUF], waited[64] = "";

	if (w->stalled_percent >= 0)
		snprintf(waited, sizeof(waited),
			 ", and processes waited for it %d %% of the last 10 s",
			 w->stalled_percent);
	snprintf(buf, size, "its disk is busy: %s are not yet written%s",
		 sb_format_estimate(unwritten, 3, (double)w->unwritten_bytes), waited);
	return buf;
}
