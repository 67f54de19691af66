/* SPDX-License-Identifier: MIT */
/* writeback.h - does this machine wait for its disks? */
#ifndef SATBED_BASE_WRITEBACK_H
#define SATBED_BASE_WRITEBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct sb_writeback - what the kernel says about its disks
 * @unwritten_bytes:	in memory and to be written: Dirty and Writeback of /proc/meminfo
 * @writing_bytes:	of those, what a disk has been given already: Writeback
 * @stalled_percent:	share of the last 10 s in which some process waited for a disk, at least: "some
 *			avg10" of /proc/pressure/io, which is a mean over the processors that are not
 *			idle (kernel/sched/psi.c), so that one process which waits all the time beside
 *			63 that compute counts as 2 %; -1: not known
 * @waiting:		processes that wait for a disk at this moment: procs_blocked of /proc/stat.  Not
 *			those that wait for what others write, as syncing does
 */
struct sb_writeback {
	int64_t unwritten_bytes, writing_bytes;
	int stalled_percent;
	uint64_t waiting;
};

/** sb_writeback_read() - as it is now; what cannot be read is 0, and -1 */
void sb_writeback_read(struct sb_writeback *out);

/** sb_writeback_parse() - the same from the text of the files; NULL: there is none */
void sb_writeback_parse(const char *meminfo, const char *pressure, const char *stat,
			struct sb_writeback *out);

/**
 * sb_writeback_busy() - is it likely that a process which does not go on waits for a disk?
 *
 * Some process waited for at least half of the last 10 s, or one waits now, or 8 MiB or more are being
 * written.
 */
bool sb_writeback_busy(const struct sb_writeback *w);

/* What has a shorter limit is answered from memory: whether somebody is there, how a link is. */
#define SB_WRITEBACK_LIMIT_MS 20000

/**
 * sb_writeback_grant_ns() - a limit on something that may wait for a disk has passed: for how much
 * longer is it to be waited?
 * @begun_ns:	when it began to be waited for, sb_mono_ns()
 *
 * What waited for a disk has more to do when that has come to rest, so that this grants once more then.
 *
 * Return: 5 s as long as the disk is busy, for up to 10 minutes; else 0
 */
int64_t sb_writeback_grant_ns(int64_t begun_ns);

/** sb_writeback_text() - such as "its disk is busy: 2.3GB are not yet written, and processes waited for
 * it at least 97 % of the last 10 s", or "a process waits for its disk: ..." where that is all */
const char *sb_writeback_text(const struct sb_writeback *w, char *buf, size_t size);

#endif
