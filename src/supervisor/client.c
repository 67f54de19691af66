// SPDX-License-Identifier: MIT
/* client.c - finding supervisors and asking them */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "supervisor_dir.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/lines.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/proc.h"
#include "satbed/base/suggest.h"
#include "satbed/base/writeback.h"
#include "satbed/supervisor.h"

#define TELL_AGAIN_NS (30 * SB_NS_PER_S)

/* The last line of what a supervisor that has gone had to say. */
static void read_last(const struct sb_supervisor_dir *p, const char *name, char *out, size_t size)
{
	sb_auto_free char *file = sb_asprintf("%s.log", name);
	sb_auto_close int fd = openat(p->dir_fd, file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	sb_auto_free char *clean = NULL;
	char buf[1024], *line;
	ssize_t n;

	out[0] = '\0';
	if (fd < 0)
		return;
	if (lseek(fd, -(off_t)(sizeof(buf) - 1), SEEK_END) < 0)
		lseek(fd, 0, SEEK_SET);
	n = read(fd, buf, sizeof(buf) - 1);
	if (n <= 0)
		return;
	buf[n - (buf[n - 1] == '\n')] = '\0';
	line = strrchr(buf, '\n');
	clean = sb_clean(line ? line + 1 : buf);
	snprintf(out, size, "%s", clean);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sb_supervisor_entry *)a)->name,
		      ((const struct sb_supervisor_entry *)b)->name);
}

static int list_in(const struct sb_supervisor_dir *p, struct sb_supervisor_entry **out,
		   size_t *count, struct sb_err *err)
{
	struct sb_supervisor_entry *list = NULL;
	size_t used = 0, room = 0;
	int fd = dup(p->dir_fd);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (!dir)
		return sb_fail(err, SB_EENV, errno, "cannot read %s", p->path);
	rewinddir(dir);
	while ((d = readdir(dir))) {
		size_t len = strlen(d->d_name);
		struct sb_supervisor_entry e = {0};

		if (len <= 5 || len - 5 >= sizeof(e.name) || strcmp(d->d_name + len - 5, ".lock"))
			continue;
		memcpy(e.name, d->d_name, len - 5);
		e.pid = sb_supervisor_dir_owner(p, e.name);
		e.serving = e.pid && sb_supervisor_dir_is_served(p, e.name);
		if (!e.pid)
			read_last(p, e.name, e.last, sizeof(e.last));
		list = sb_grow(list, used, &room, sizeof(*list));
		list[used++] = e;
	}
	closedir(dir);
	if (used)
		qsort(list, used, sizeof(*list), by_name);
	*out = list;
	*count = used;
	return 0;
}

int sb_supervisor_list(struct sb_supervisor_entry **out, size_t *count, struct sb_err *err)
{
	struct sb_supervisor_dir p;
	int rc = 0;

	*out = NULL;
	*count = 0;
	if (sb_supervisor_dir_open(&p, false, err))
		return -1;
	if (p.dir_fd >= 0)
		rc = list_in(&p, out, count, err);
	sb_supervisor_dir_close(&p);
	return rc;
}

void sb_supervisor_forget(const char *name)
{
	struct sb_supervisor_dir p;
	int lock_fd;

	if (sb_supervisor_dir_open(&p, false, NULL) || p.dir_fd < 0)
		return;
	/* Whoever holds the name has the right to what is called so. */
	lock_fd = sb_supervisor_dir_claim(&p, name, NULL);
	if (lock_fd >= 0)
		sb_supervisor_dir_leave(&p, name);
	sb_close_p(&lock_fd);
	sb_supervisor_dir_close(&p);
}

/* --- choosing one --- */

static int fail_between(const char *name, pid_t pid, struct sb_err *err)
{
	return sb_fail(err, SB_EENGINE, 0, "testbed %s is starting or stopping (supervisor %d)",
		       name, (int)pid);
}

static int fail_none(const struct sb_supervisor_entry *list, size_t count, const char *name,
		     struct sb_err *err)
{
	const char **names = sb_alloc(count + 1, sizeof(*names)), *close;

	for (size_t i = 0; i < count; i++)
		names[i] = list[i].name;
	close = name ? sb_suggest(name, names) : NULL;
	for (size_t i = 0; i < count; i++)
		if (name && !strcmp(list[i].name, name) && list[i].pid) {
			free(names);
			return fail_between(name, list[i].pid, err);
		}
	free(names);
	if (close)
		return sb_fail(err, SB_EINPUT, 0,
			       "no testbed called %s is up; did you mean \"%s\"?", name, close);
	if (name)
		return sb_fail(err, SB_EINPUT, 0, "no testbed called %s is up; see: satbed ps",
			       name);
	return sb_fail(err, SB_EINPUT, 0,
		       "no testbed is up; for example: satbed up scenarios/leo-lossy.ini");
}

static int choose(const struct sb_supervisor_entry *list, size_t count, const char *name,
		  char out[SB_NAME_MAX], struct sb_err *err)
{
	char all[256] = "";
	size_t fit = 0;

	for (size_t i = 0; i < count; i++) {
		if (!list[i].serving || (name && strcmp(list[i].name, name)))
			continue;
		sb_copy_str(out, SB_NAME_MAX, list[i].name);
		if (fit++)
			strncat(all, ", ", sizeof(all) - strlen(all) - 1);
		strncat(all, list[i].name, sizeof(all) - strlen(all) - 1);
	}
	if (fit == 1)
		return 0;
	if (!fit)
		return fail_none(list, count, name, err);
	return sb_fail(err, SB_EINPUT, 0,
		       "several testbeds are up (%s); say which, as in %s:client1", all, out);
}

/* By SIGSTOP or a debugger: it would not answer. */
static bool is_stopped(pid_t pid)
{
	struct sb_proc_stat stat;

	return pid > 0 && !sb_proc_read_stat(pid, &stat, NULL) &&
	       (stat.state == 'T' || stat.state == 't');
}

int sb_supervisor_connect(const char *name, char found[SB_NAME_MAX], struct sb_err *err)
{
	struct sb_supervisor_entry *list;
	char chosen[SB_NAME_MAX];
	struct sb_supervisor_dir p;
	size_t count;
	pid_t pid;
	int fd, rc;

	if (sb_supervisor_list(&list, &count, err))
		return -1;
	rc = choose(list, count, name, chosen, err);
	free(list);
	if (rc || sb_supervisor_dir_open(&p, false, err))
		return -1;
	pid = sb_supervisor_dir_owner(&p, chosen);
	if (is_stopped(pid)) {
		sb_supervisor_dir_close(&p);
		return sb_fail(err, SB_EENGINE, 0,
			       "the supervisor of testbed %s is stopped; run: kill -CONT %d",
			       chosen, (int)pid);
	}
	fd = sb_supervisor_dir_connect(&p, chosen);
	rc = errno;
	sb_supervisor_dir_close(&p);
	errno = rc;
	/* It was listed a moment ago, and is going. */
	if (fd < 0 && pid && (rc == ENOENT || rc == ECONNREFUSED))
		return fail_between(chosen, pid, err);
	if (fd < 0)
		return sb_fail(err, SB_EENGINE, errno,
			       "the supervisor of testbed %s does not answer", chosen);
	if (found)
		sb_copy_str(found, SB_NAME_MAX, chosen);
	return fd;
}

/* What takes a minute may be waiting for a daemon, and that for the disk. */
static int more_ms(int timeout_ms, int64_t begun_ns, int64_t *told_ns)
{
	int64_t now = sb_mono_ns(), grant_ns;
	struct sb_writeback disk;
	char text[128];

	if (timeout_ms < SB_WRITEBACK_LIMIT_MS)
		return 0;
	grant_ns = sb_writeback_grant_ns(begun_ns);
	if (grant_ns && now - *told_ns >= TELL_AGAIN_NS) {
		*told_ns = now;
		sb_writeback_read(&disk);
		sb_info("waiting for the supervisor (%d s so far); this machine: %s",
			(int)((now - begun_ns) / SB_NS_PER_S),
			sb_writeback_text(&disk, text, sizeof(text)));
	}
	return (int)(grant_ns / SB_NS_PER_MS);
}

int sb_supervisor_ask(int fd, const cJSON *request, const char *event, int timeout_ms, cJSON **out,
		      struct sb_err *err)
{
	int64_t begun_ns = sb_mono_ns(), told_ns = begun_ns;
	struct sb_lines lines;
	cJSON *answer = NULL;
	int rc, wait_ms = timeout_ms;

	sb_lines_init(&lines, fd);
	rc = sb_lines_send(&lines, request, err);
	while (!rc && wait_ms) {
		rc = sb_lines_recv(&lines, wait_ms, &answer, err);
		wait_ms = rc ? 0 : more_ms(timeout_ms, begun_ns, &told_ns);
	}
	if (rc == 0)
		rc = sb_fail(err, SB_EENGINE, 0, "the supervisor did not answer within %d s",
			     (int)((sb_mono_ns() - begun_ns) / SB_NS_PER_S));
	else if (rc > 0)
		rc = sb_lines_check(answer, event, err);
	sb_lines_fini(&lines);
	if (rc)
		cJSON_Delete(answer);
	else
		*out = answer;
	return rc ? -1 : 0;
}
