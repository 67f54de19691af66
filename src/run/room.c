// SPDX-License-Identifier: MIT
/* room.c - is there room on the disk for a run, before it and while it goes on? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "satbed/base/clock.h"
#include "satbed/base/log.h"
#include "satbed/base/units.h"
#include "satbed/plan_room.h"
#include "state.h"

#define LOOK_NS (500 * SB_NS_PER_MS)

static bool free_bytes(const char *directory, double *out)
{
	struct statvfs fs;

	if (statvfs(directory, &fs))
		return false;
	*out = (double)fs.f_bavail * (double)fs.f_frsize;
	return true;
}

bool sb_run_room_text(const struct sb_plan *plan, const char *directory, char *buf, size_t size)
{
	char needs[SB_UNIT_BUF], has[SB_UNIT_BUF];
	struct sb_plan_room room;
	double there;
	bool enough;

	sb_plan_room(plan, &room);
	buf[0] = '\0';
	if (!room.known || !free_bytes(directory, &there))
		return true;
	enough = room.capture_bytes + room.report_bytes <= there;
	snprintf(buf, size, "captures may take %s, and %s are free in %s%s",
		 sb_format_estimate(needs, 3, room.capture_bytes),
		 sb_format_estimate(has, 3, there), directory,
		 enough ? "" : ": a full disk ends the run early");
	return enough;
}

int sb_run_room_begin(struct sb_run *run, struct sb_err *err)
{
	char text[512], needs[SB_UNIT_BUF], has[SB_UNIT_BUF];
	struct sb_plan_room room;
	double there;

	sb_plan_room(run->plan, &room);
	run->disk.report_bytes = room.report_bytes;
	if (free_bytes(run->dir.path, &there) && there < room.report_bytes)
		return sb_fail(
		    err, SB_EENV, 0,
		    "%s are free in %s, and the report alone may take %s; choose another "
		    "directory with --out DIR",
		    sb_format_estimate(has, 3, there), run->dir.path,
		    sb_format_estimate(needs, 3, room.report_bytes));
	if (!sb_run_room_text(run->plan, run->dir.path, text, sizeof(text)))
		sb_warn("%s", text);
	return 0;
}

int sb_run_room_check(struct sb_run *run, struct sb_err *err)
{
	char has[SB_UNIT_BUF];
	int64_t now_ns = sb_mono_ns();
	double there;

	if (now_ns < run->disk.room_ns + LOOK_NS)
		return 0;
	run->disk.room_ns = now_ns;
	if (!free_bytes(run->dir.path, &there) || there >= run->disk.report_bytes)
		return 0;
	return sb_fail(
	    err, SB_EENV, 0,
	    "the disk is full: %s are left in %s, which the report needs; choose another "
	    "directory with --out DIR",
	    sb_format_estimate(has, 3, there), run->dir.path);
}
