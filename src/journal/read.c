// SPDX-License-Identifier: MIT
/* read.c - a journal that somebody left, or still writes */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/journal.h"

#define JOURNAL_MAX (1u << 20)

static int find_kind(const char *word, enum sb_thing *out)
{
	for (int kind = SB_THING_CONTAINER; kind <= SB_THING_IMAGE; kind++)
		if (!strcmp(word, sb_journal_thing_name((enum sb_thing)kind))) {
			*out = (enum sb_thing)kind;
			return 0;
		}
	return -1;
}

/* The second line on a container says that it was made. */
static int take_id(struct sb_journal_file *f, enum sb_thing kind, const char *name, const char *id,
		   struct sb_err *err)
{
	if (kind != SB_THING_CONTAINER || !sb_journal_is_id(id))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a container ID", id);
	for (size_t i = 0; i < f->count; i++)
		if (f->entries[i].kind == kind && !strcmp(f->entries[i].name, name)) {
			sb_copy_str(f->entries[i].id, sizeof(f->entries[i].id), id);
			return 0;
		}
	return sb_fail(err, SB_EINPUT, 0,
		       "container %s was created without an entry that announced it", name);
}

static int take_entry(struct sb_journal_file *f, size_t *room, const cJSON *obj, struct sb_err *err)
{
	const char *kind, *name,
	    *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "id"));
	struct sb_journal_entry *e;

	if (sb_json_get_str(obj, "$", "kind", &kind, err) ||
	    sb_json_get_str(obj, "$", "name", &name, err))
		return -1;
	f->entries = sb_grow(f->entries, f->count, room, sizeof(f->entries[0]));
	e = &f->entries[f->count];
	*e = (struct sb_journal_entry){0};
	if (find_kind(kind, &e->kind))
		return sb_fail(err, SB_EINPUT, 0, "unknown kind of resource \"%s\"", kind);
	if (!sb_journal_is_of_run(name, f->owner.run) ||
	    sb_copy_str(e->name, sizeof(e->name), name))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a name of run %s", name,
			       f->owner.run);
	if (id)
		return take_id(f, e->kind, name, id, err);
	f->count++;
	return 0;
}

static int take_line(struct sb_journal_file *f, size_t *room, const char *line, size_t len,
		     bool first, struct sb_err *err)
{
	cJSON *obj = cJSON_ParseWithLength(line, len);
	int rc;

	if (!cJSON_IsObject(obj))
		rc = sb_fail(err, SB_EINPUT, 0, "not a JSON object");
	else if (first)
		rc = sb_owner_from_json(obj, &f->owner, err);
	else
		rc = take_entry(f, room, obj, err);
	cJSON_Delete(obj);
	return rc;
}

static int take_text(struct sb_journal_file *f, const char *text, struct sb_err *err)
{
	size_t room = 0, number = 1;
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1, number++)
		if (take_line(f, &room, text, (size_t)(end - text), number == 1, err))
			return sb_wrap(err, "%s:%zu", f->path, number);
	if (number == 1)
		return sb_fail(err, SB_EINPUT, 0, "%s: not a journal of satbed", f->path);
	return 0;
}

int sb_journal_read(const char *path, struct sb_journal_file *out, struct sb_err *err)
{
	struct sb_journal_file f = {.path = sb_strdup(path), .lock_fd = -1};
	sb_auto_free char *text = NULL;
	struct stat st;

	f.lock_fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (f.lock_fd < 0) {
		sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
		sb_journal_file_fini(&f, false);
		return -1;
	}
	if (fstat(f.lock_fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & 022)) {
		sb_fail(err, SB_EINPUT, 0,
			"%s is not a file that only you could have written, so it is not used; "
			"remove it",
			path);
		sb_journal_file_fini(&f, false);
		return -1;
	}
	f.alive = flock(f.lock_fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	if (sb_read_fd(f.lock_fd, path, JOURNAL_MAX, &text, NULL, err) ||
	    take_text(&f, text, err)) {
		sb_journal_file_fini(&f, false);
		return -1;
	}
	if (f.alive)
		sb_close_p(&f.lock_fd);
	*out = f;
	return 0;
}

void sb_journal_file_fini(struct sb_journal_file *f, bool remove)
{
	if (remove)
		unlink(f->path);
	sb_close_p(&f->lock_fd);
	free(f->path);
	free(f->entries);
	*f = (struct sb_journal_file){.lock_fd = -1};
}
