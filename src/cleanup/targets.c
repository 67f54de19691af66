// SPDX-License-Identifier: MIT
/* targets.c - journals, the daemons they name, and those that are found in the usual places */
#include "targets.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/mem.h"

/* A journal is given its own name within milliseconds. */
#define NEW_S 60

static bool same_socket(const char *a, const char *b)
{
	struct stat x, y;

	return !strncmp(a, "unix://", 7) && !strncmp(b, "unix://", 7) && !stat(a + 7, &x) &&
	       !stat(b + 7, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Two names of one daemon are one daemon. */
static size_t add_daemon(struct sb_targets *t, const struct sb_daemon_address *address)
{
	struct sb_daemon_list *l = &t->daemons;

	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->items[i].url, address->url) ||
		    same_socket(l->items[i].url, address->url))
			return i;
	l->items = sb_realloc(l->items, l->count + 1, sizeof(l->items[0]));
	l->items[l->count] = *address;
	return l->count++;
}

static int add_daemons(struct sb_targets *t, const char *engine, size_t *last, struct sb_err *err)
{
	struct sb_daemon_list found;

	if (sb_daemon_addresses(engine, &found, err))
		return -1;
	for (size_t i = 0; i < found.count; i++)
		*last = add_daemon(t, &found.items[i]);
	free(found.items);
	return 0;
}

static void add_daemons_of_others(struct sb_targets *t)
{
	static const char *const patterns[] = {"/run/user/*/docker.sock",
					       "/run/user/*/podman/podman.sock"};

	for (size_t p = 0; p < SB_ARRAY_LEN(patterns); p++) {
		glob_t found = {0};

		if (!glob(patterns[p], 0, NULL, &found))
			for (size_t i = 0; i < found.gl_pathc; i++) {
				struct sb_daemon_address a = {.origin = "a socket of a user"};

				if ((size_t)snprintf(a.url, sizeof(a.url), "unix://%s",
						     found.gl_pathv[i]) < sizeof(a.url))
					add_daemon(t, &a);
			}
		globfree(&found);
	}
}

static int add_journal(struct sb_targets *t, const char *path, struct sb_err *err)
{
	struct sb_dead_journal *j;
	struct sb_journal_file file;
	size_t target;

	if (sb_journal_read(path, &file, err)) {
		/* Its run has just come to its end. */
		if (err->sys != ENOENT)
			return -1;
		*err = (struct sb_err){0};
		return 0;
	}
	if (!file.alive && !add_daemons(t, file.owner.daemon, &target, err)) {
		t->journals = sb_grow(t->journals, t->journal_count, &t->journal_room, sizeof(*j));
		j = &t->journals[t->journal_count++];
		*j = (struct sb_dead_journal){.file = file, .target = target};
		j->seen = sb_alloc(file.count + 1, sizeof(*j->seen));
		return 0;
	}
	sb_journal_file_fini(&file, false);
	return err->code ? sb_wrap(err, "%s", path) : 0;
}

/* Killed before its journal had a name: nothing had been made. */
static void remove_unnamed(const char *path)
{
	struct stat st;

	if (!lstat(path, &st) && time(NULL) - st.st_mtime > NEW_S)
		unlink(path);
}

static int add_journals(struct sb_targets *t, struct sb_err *err)
{
	sb_auto_free char *directory = sb_journal_directory();
	struct sb_err untrusted = {0};
	sb_auto_close int checked = sb_journal_directory_open(false, &untrusted);
	struct dirent **entries;
	int count;

	if (checked < 0 && !untrusted.code)
		return 0;
	if (checked < 0) {
		*err = untrusted;
		return -1;
	}
	count = scandirat(checked, ".", &entries, NULL, alphasort);
	if (count < 0)
		return sb_fail(err, SB_EENV, errno, "cannot read %s", directory);
	for (int i = 0; i < count; i++) {
		sb_auto_free char *path = sb_asprintf("%s/%s", directory, entries[i]->d_name);
		struct sb_err bad = {0};

		if (!strncmp(entries[i]->d_name, ".new-", 5))
			remove_unnamed(path);
		else if (entries[i]->d_name[0] != '.' && add_journal(t, path, &bad))
			t->damaged = bad;
		free(entries[i]);
	}
	free(entries);
	return 0;
}

int sb_targets_find(bool all_users, struct sb_targets *out, struct sb_err *err)
{
	size_t last;

	*out = (struct sb_targets){0};
	if (add_journals(out, err) || add_daemons(out, "all", &last, err)) {
		sb_targets_fini(out);
		return -1;
	}
	if (all_users)
		add_daemons_of_others(out);
	return 0;
}

void sb_targets_fini(struct sb_targets *t)
{
	for (size_t i = 0; i < t->journal_count; i++) {
		sb_journal_file_fini(&t->journals[i].file, false);
		free(t->journals[i].seen);
	}
	free(t->journals);
	free(t->gone);
	free(t->daemons.items);
	*t = (struct sb_targets){0};
}

bool sb_targets_needed(const struct sb_targets *t, size_t i)
{
	for (size_t k = 0; k < t->journal_count; k++)
		if (t->journals[k].target == i && !t->journals[k].done)
			return true;
	return false;
}

struct sb_dead_journal *sb_targets_journal(const struct sb_targets *t, const struct sb_owner *owner)
{
	for (size_t i = 0; i < t->journal_count; i++) {
		const struct sb_owner *o = &t->journals[i].file.owner;

		/* A journal that was put here by another user says nothing of this run. */
		if (!strcmp(o->run, owner->run) && o->pid == owner->pid &&
		    o->start == owner->start && o->uid == owner->uid &&
		    !strcmp(o->boot, owner->boot))
			return &t->journals[i];
	}
	return NULL;
}
