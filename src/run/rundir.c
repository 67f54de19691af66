// SPDX-License-Identifier: MIT
/* rundir.c - the directory of one run */
#include "rundir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"
#include "satbed/testbed.h"

static const char *const text_files[] = {"events.jsonl", "samples.csv", "plan.json",
					 "run-state.json", "run.json"};

static int make_default(struct sb_rundir *d, const struct sb_plan *plan, struct sb_err *err)
{
	time_t now = time(NULL);
	struct tm tm;
	char stamp[32];

	if (mkdir("captures", 0777) && errno != EEXIST)
		return sb_fail(
		    err, SB_EENV, errno,
		    "cannot create ./captures for the results; choose a directory with --out DIR");
	localtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm);
	for (int i = 1; i < 100; i++) {
		/* Two runs in one second: the second gets a number. */
		char *path = i == 1 ? sb_asprintf("captures/%s-%s", plan->name, stamp)
				    : sb_asprintf("captures/%s-%s-%d", plan->name, stamp, i);

		if (!mkdir(path, 0700)) {
			d->path = path;
			return 0;
		}
		free(path);
		if (errno != EEXIST)
			break;
	}
	return sb_fail(err, SB_EENV, errno,
		       "cannot create a directory in ./captures; choose another with --out DIR");
}

static int make_given(struct sb_rundir *d, const char *path, struct sb_err *err)
{
	DIR *dir;
	struct dirent *entry;
	bool empty = true;

	if (mkdir(path, 0700) && errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s", path);
	dir = opendir(path);
	if (!dir)
		return sb_fail(err, SB_EINPUT, errno, "cannot use %s as run directory", path);
	while ((entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			empty = false;
	closedir(dir);
	if (!empty)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "%s is not empty; give --out a new directory, so that no result is lost", path);
	d->path = sb_strdup(path);
	return 0;
}

char *sb_rundir_path(const struct sb_rundir *d, const char *file)
{
	return sb_asprintf("%s/%s", d->path, file);
}

static FILE *open_text(const struct sb_rundir *d, const char *file, struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(d, file);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	return f;
}

static int open_captures(struct sb_rundir *d, const struct sb_plan *plan, struct sb_err *err)
{
	d->capture_count = sb_plan_points(plan) * plan->link_count;
	d->captures = sb_alloc(d->capture_count, sizeof(d->captures[0]));
	d->capture_fds = sb_alloc(d->capture_count, sizeof(d->capture_fds[0]));
	for (size_t i = 0; i < d->capture_count; i++)
		d->capture_fds[i] = -1;
	for (size_t i = 0; i < d->capture_count; i++) {
		sb_auto_free char *path = NULL;

		sb_capture_file(d->captures[i].file, sizeof(d->captures[i].file), plan, i);
		path = sb_rundir_path(d, d->captures[i].file);
		d->capture_fds[i] = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (d->capture_fds[i] < 0)
			return sb_fail(err, SB_EENV, errno, "cannot write %s", path);
	}
	return 0;
}

void sb_rundir_reopen(struct sb_rundir *d, const char *path, const struct sb_plan *plan)
{
	*d = (struct sb_rundir){.path = sb_strdup(path),
				.capture_count = sb_plan_points(plan) * plan->link_count};
	d->captures = sb_alloc(d->capture_count, sizeof(d->captures[0]));
	d->capture_fds = sb_alloc(d->capture_count, sizeof(d->capture_fds[0]));
	for (size_t i = 0; i < d->capture_count; i++) {
		d->capture_fds[i] = -1;
		sb_capture_file(d->captures[i].file, sizeof(d->captures[i].file), plan, i);
	}
}

int sb_rundir_no_room(const struct sb_rundir *d, const char *file, int sys, struct sb_err *err)
{
	struct statvfs fs;

	if (statvfs(d->path, &fs))
		return sb_fail(err, SB_EENV, sys, "cannot write %s/%s", d->path, file);
	return sb_fail(err, SB_EENV, sys,
		       "cannot write %s/%s (%.1f MB of %.1f MB are free there; choose another "
		       "directory with --out DIR)",
		       d->path, file, (double)fs.f_bavail * (double)fs.f_frsize / 1e6,
		       (double)fs.f_blocks * (double)fs.f_frsize / 1e6);
}

int sb_rundir_reserve(struct sb_rundir *d, const char *path, const struct sb_plan *plan,
		      struct sb_err *err)
{
	*d = (struct sb_rundir){0};
	return path ? make_given(d, path, err) : make_default(d, plan, err);
}

int sb_rundir_open(struct sb_rundir *d, const char *path, const struct sb_plan *plan,
		   struct sb_err *err)
{
	if (sb_rundir_reserve(d, path, plan, err))
		return -1;
	d->events = open_text(d, text_files[0], err);
	if (d->events)
		d->samples = open_text(d, text_files[1], err);
	if (!d->samples || open_captures(d, plan, err)) {
		sb_rundir_remove(d);
		return -1;
	}
	return 0;
}

int sb_rundir_write_json(const struct sb_rundir *d, const char *file, const cJSON *json,
			 struct sb_err *err)
{
	sb_auto_free char *path = sb_rundir_path(d, file), *text = cJSON_Print(json), *whole = NULL;

	whole = sb_asprintf("%s\n", text ? text : "null");
	return sb_replace_file(path, whole, strlen(whole), err);
}

static void release(struct sb_rundir *d)
{
	for (size_t i = 0; i < d->capture_count; i++)
		sb_close_p(&d->capture_fds[i]);
	free(d->capture_fds);
	free(d->captures);
	free(d->path);
	*d = (struct sb_rundir){0};
}

int sb_rundir_close(struct sb_rundir *d, struct sb_err *err)
{
	int rc = 0;

	if (d->events && fclose(d->events))
		rc = sb_fail(err, SB_EENV, errno, "cannot write %s/%s", d->path, text_files[0]);
	if (d->samples && fclose(d->samples))
		rc = sb_fail(err, SB_EENV, errno, "cannot write %s/%s", d->path, text_files[1]);
	release(d);
	return rc;
}

void sb_rundir_remove_file(const struct sb_rundir *d, const char *file)
{
	sb_auto_free char *path = sb_rundir_path(d, file);

	unlink(path);
}

void sb_rundir_remove(struct sb_rundir *d)
{
	if (!d->path)
		return;
	if (d->events)
		fclose(d->events);
	if (d->samples)
		fclose(d->samples);
	for (size_t i = 0; i < SB_ARRAY_LEN(text_files); i++)
		sb_rundir_remove_file(d, text_files[i]);
	for (size_t i = 0; i < d->capture_count; i++)
		sb_rundir_remove_file(d, d->captures[i].file);
	rmdir(d->path);
	release(d);
}
