// SPDX-License-Identifier: MIT
/* journal.c - written while a run goes on */
#include "satbed/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "owner.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/private_dir.h"

#define NAME_TRIES 16

struct sb_journal {
	struct sb_owner owner;
	char *path;
	int fd;
	pthread_mutex_t lock;
};

char *sb_journal_directory(void)
{
	return sb_private_dir_path(SB_PRIVATE_STATE, "journal");
}

int sb_journal_directory_open(bool make, struct sb_err *err)
{
	int fd = sb_private_dir_open(SB_PRIVATE_STATE, "journal", make, NULL, err);

	return fd < 0 && err && err->code ? sb_wrap(err, "journals of what has to be cleaned up")
					  : fd;
}

static int write_line(int fd, cJSON *obj)
{
	sb_auto_free char *text = cJSON_PrintUnformatted(obj);
	size_t len;

	cJSON_Delete(obj);
	if (!text) {
		errno = ENOMEM;
		return -1;
	}
	len = strlen(text);
	text[len++] = '\n'; /* in place of the NUL: its length counts */
	return sb_write_all(fd, text, len);
}

/*
 * A file without a name, which leaves nothing behind; where the file system has none, one under @name,
 * which `satbed clean` removes some time after its maker was killed.  How to link to it goes to *@from.
 */
static int open_unnamed(const char *directory, const char *name, char **from)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC;
	int fd = open(directory, flags | O_TMPFILE, 0600);

	if (fd >= 0) {
		*from = sb_asprintf("/proc/self/fd/%d", fd);
		return fd;
	}
	unlink(name);
	*from = sb_strdup(name);
	return open(name, flags | O_CREAT | O_EXCL, 0600);
}

/*
 * A new file under a new name.  It is linked to that when it is locked and has its first line: nobody
 * ever sees a journal that looks as if its owner were dead.
 */
static int create(struct sb_journal *j, const char *directory, struct sb_err *err)
{
	sb_auto_free char *first = sb_asprintf("%s/.new-%d", directory, (int)j->owner.pid);
	sb_auto_free char *from = NULL;
	int rc = -1;

	j->fd = open_unnamed(directory, first, &from);
	if (j->fd < 0 || flock(j->fd, LOCK_EX | LOCK_NB))
		return sb_fail(err, SB_EENV, errno, "cannot create a journal in %s", directory);
	for (int i = 0; rc && i < NAME_TRIES; i++) {
		uint32_t random;

		if (getrandom(&random, sizeof(random), 0) != sizeof(random))
			break;
		snprintf(j->owner.run, sizeof(j->owner.run), "%08x", random);
		if (ftruncate(j->fd, 0) || write_line(j->fd, sb_owner_to_json(&j->owner)))
			break;
		free(j->path);
		j->path = sb_asprintf("%s/%s", directory, j->owner.run);
		rc = linkat(AT_FDCWD, from, AT_FDCWD, j->path, AT_SYMLINK_FOLLOW);
		if (rc && errno != EEXIST)
			break;
	}
	if (rc) {
		sb_fail(err, SB_EENV, errno, "cannot create a journal in %s", directory);
		free(sb_steal(&j->path));
	}
	unlink(first);
	return rc;
}

int sb_journal_open(const char *daemon, struct sb_journal **out, struct sb_err *err)
{
	sb_auto_free char *directory = sb_journal_directory();
	struct sb_journal *j = sb_alloc(1, sizeof(*j));
	sb_auto_close int checked = -1;

	j->fd = -1;
	pthread_mutex_init(&j->lock, NULL);
	if (sb_owner_self(&j->owner, daemon, err) ||
	    (checked = sb_journal_directory_open(true, err)) < 0 || create(j, directory, err)) {
		sb_journal_end(j, false);
		return -1;
	}
	*out = j;
	return 0;
}

const struct sb_owner *sb_journal_owner(const struct sb_journal *j)
{
	return &j->owner;
}

static int note(struct sb_journal *j, enum sb_thing kind, const char *name, const char *id,
		struct sb_err *err)
{
	cJSON *obj = cJSON_CreateObject();
	int rc;

	sb_json_add_str(obj, "kind", sb_journal_thing_name(kind));
	sb_json_add_str(obj, "name", name);
	if (id)
		sb_json_add_str(obj, "id", id);
	pthread_mutex_lock(&j->lock);
	rc = write_line(j->fd, obj);
	if (rc)
		sb_fail(err, SB_EENV, errno, "cannot write %s", j->path);
	pthread_mutex_unlock(&j->lock);
	return rc;
}

int sb_journal_note(struct sb_journal *j, enum sb_thing kind, const char *name, struct sb_err *err)
{
	return note(j, kind, name, NULL, err);
}

int sb_journal_made(struct sb_journal *j, const char *name, const char *id, struct sb_err *err)
{
	/* One that is none could not be read back. */
	if (!id || !sb_journal_is_id(id))
		return sb_fail(err, SB_EENGINE, 0,
			       "the daemon's id of container %s is \"%s\", not %d hexadecimal "
			       "digits",
			       name, id ? id : "", SB_ID_LEN);
	return note(j, SB_THING_CONTAINER, name, id, err);
}

void sb_journal_end(struct sb_journal *j, bool all_down)
{
	if (!j)
		return;
	if (all_down && j->path)
		unlink(j->path);
	sb_close_p(&j->fd);
	pthread_mutex_destroy(&j->lock);
	free(j->path);
	free(j);
}
