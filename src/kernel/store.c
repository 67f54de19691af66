// SPDX-License-Identifier: MIT
/* store.c - the directory of kernels: where it is, whether it can be trusted, what is in it */
#include "satbed/kernel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "choice.h"
#include "satbed/base/clean.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/private_dir.h"
#include "store.h"

#define MANIFEST_MAX (1u << 20)

const char *sb_store_system = SB_KERNEL_SYSTEM_DIRECTORY;

/* --- the directories --- */

char *sb_kernel_directory(void)
{
	return sb_private_dir_path(SB_PRIVATE_DATA, "kernels");
}

int sb_store_open(bool make, char **path, struct sb_err *err)
{
	return sb_private_dir_open(SB_PRIVATE_DATA, "kernels", make, path, err);
}

/* In a user namespace it may look like another user's: then it is left out, as kernels in it would be. */
static int open_system(void)
{
	sb_auto_close int fd = open(sb_store_system, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !sb_owned_by_us(&st))
		return -1;
	return sb_steal_fd(&fd);
}

/* --- one kernel --- */

void sb_kernel_fini(struct sb_kernel *k)
{
	free(k->name);
	free(k->version);
	free(k->hash);
	free(k->program);
	free(k->config);
	free(k->changes);
	*k = (struct sb_kernel){0};
}

static char *join_names(char *before, const cJSON *array)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, array)
	{
		const cJSON *name = cJSON_GetObjectItemCaseSensitive(item, "name");
		char *more;

		if (!cJSON_IsString(name))
			continue;
		more = sb_asprintf("%s%s%s", before, *before ? ", " : "", name->valuestring);
		free(before);
		before = more;
	}
	return before;
}

static int read_manifest(struct sb_kernel *k, const char *path)
{
	sb_auto_free char *text = NULL, *joined = NULL;
	cJSON *json = NULL;
	const char *version, *hash;
	int rc = -1;

	if (!sb_read_file(path, MANIFEST_MAX, &text, NULL, NULL))
		json = cJSON_Parse(text);
	if (json && !sb_json_get_str(json, "$", "version", &version, NULL) &&
	    !sb_json_get_str(json, "$", "hash", &hash, NULL) &&
	    !sb_json_get_i64(json, "$", "built_at_s", &k->built_at_s, NULL) &&
	    !strcmp(version, k->version) && !strcmp(hash, k->hash)) {
		joined =
		    join_names(sb_strdup(""), cJSON_GetObjectItemCaseSensitive(json, "patches"));
		joined = join_names(joined, cJSON_GetObjectItemCaseSensitive(json, "modules"));
		k->changes = sb_clean(joined);
		rc = 0;
	}
	cJSON_Delete(json);
	return rc;
}

static bool is_program(int dir_fd, const char *name, struct sb_kernel *k)
{
	sb_auto_close int fd =
	    openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || !sb_owned_by_us(&st) ||
	    fstatat(fd, SB_KERNEL_PROGRAM, &st, AT_SYMLINK_NOFOLLOW) || !S_ISREG(st.st_mode) ||
	    !sb_owned_by_us(&st) || !(st.st_mode & 0100))
		return false;
	k->size_bytes = st.st_size;
	return true;
}

static int read_kernel(int dir_fd, const char *path, const char *name, struct sb_kernel *k)
{
	sb_auto_free char *manifest = sb_asprintf("%s/%s/%s", path, name, SB_KERNEL_MANIFEST);
	size_t version_len;
	const char *hash = sb_kernel_split_name(name, &version_len);

	*k = (struct sb_kernel){0};
	if (!hash || !is_program(dir_fd, name, k))
		return -1;
	k->name = sb_strdup(name);
	k->version = sb_asprintf("%.*s", (int)version_len, name);
	k->hash = sb_strdup(hash);
	k->program = sb_asprintf("%s/%s/%s", path, name, SB_KERNEL_PROGRAM);
	k->config = sb_asprintf("%s/%s/%s", path, name, SB_KERNEL_CONFIG);
	if (read_manifest(k, manifest)) {
		sb_kernel_fini(k);
		return -1;
	}
	return 0;
}

/* --- all of them --- */

struct kernels {
	struct sb_kernel *list;
	size_t count, room;
};

static bool has_name(const struct kernels *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->list[i].name, name))
			return true;
	return false;
}

static int add_directory(struct kernels *all, int fd, const char *path, bool system,
			 struct sb_err *err)
{
	DIR *dir = opendir(path);

	if (!dir)
		return sb_fail(err, SB_EENV, errno, "cannot read the directory of kernels %s",
			       path);
	for (struct dirent *e; (e = readdir(dir));) {
		struct sb_kernel *k;

		if (has_name(all, e->d_name))
			continue;
		all->list = sb_grow(all->list, all->count, &all->room, sizeof(*all->list));
		k = &all->list[all->count];
		if (read_kernel(fd, path, e->d_name, k))
			continue;
		k->system = system;
		all->count++;
	}
	closedir(dir);
	return 0;
}

int sb_kernel_list(struct sb_kernel **out, size_t *count, struct sb_err *err)
{
	sb_auto_free char *path = NULL;
	struct sb_err own = {0};
	sb_auto_close int fd = sb_store_open(false, &path, &own), system_fd = -1;
	struct kernels all = {0};

	*out = NULL;
	*count = 0;
	if (fd < 0 && own.code != SB_OK) {
		if (err)
			*err = own;
		return -1;
	}
	if (fd >= 0 && add_directory(&all, fd, path, false, err))
		return -1;
	/* Of the user's own and the system's of one name, which are made of the same, the user's. */
	system_fd = open_system();
	if (system_fd >= 0)
		add_directory(&all, system_fd, sb_store_system, true, NULL);
	if (all.count)
		qsort(all.list, all.count, sizeof(*all.list), sb_kernel_preference);
	*out = all.list;
	*count = all.count;
	return 0;
}

void sb_kernel_list_free(struct sb_kernel *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		sb_kernel_fini(&list[i]);
	free(list);
}

static int none_found(const char *wanted, const struct sb_kernel *list, size_t count,
		      struct sb_err *err)
{
	sb_auto_free char *names = sb_strdup("");

	if (!count)
		return sb_fail(
		    err, SB_EENV, 0,
		    "no kernel for the virtual clock is built; run: satbed kernel build");
	for (size_t i = 0; i < count; i++) {
		char *more = sb_asprintf("%s%s%s", names, i ? ", " : "", list[i].name);

		free(names);
		names = more;
	}
	return sb_fail(err, SB_EENV, 0,
		       "no kernel \"%s\" is built, only %s; run: satbed kernel build VERSION",
		       wanted, names);
}

int sb_kernel_find(const char *wanted, struct sb_kernel *out, struct sb_err *err)
{
	struct sb_kernel *list;
	size_t count, i;
	int rc = 0;

	if (sb_kernel_list(&list, &count, err))
		return -1;
	for (i = 0; i < count && !sb_kernel_matches(&list[i], wanted); i++)
		;
	if (i < count) {
		*out = list[i];
		list[i] = (struct sb_kernel){0};
	} else {
		rc = none_found(wanted, list, count, err);
	}
	sb_kernel_list_free(list, count);
	return rc;
}

/* --- and gone --- */

int sb_store_remove_tree(int dir_fd, const char *name)
{
	sb_auto_close int fd =
	    openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = NULL;
	int rc = 0;

	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP ? unlinkat(dir_fd, name, 0) : -1;
	dir = fdopendir(dup(fd));
	if (!dir)
		return -1;
	for (struct dirent *e; (e = readdir(dir));) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		/* Most are files: a directory is known by its refusal. */
		if (unlinkat(fd, e->d_name, 0) && sb_store_remove_tree(fd, e->d_name))
			rc = -1;
	}
	closedir(dir);
	if (unlinkat(dir_fd, name, AT_REMOVEDIR))
		rc = -1;
	return rc;
}

int sb_kernel_remove(const struct sb_kernel *k, struct sb_err *err)
{
	sb_auto_free char *path = NULL, *hidden = NULL;
	sb_auto_close int fd = -1;

	if (k->system)
		return sb_fail(err, SB_EENV, 0,
			       "kernel %s in %s belongs to the system; run: sudo apt-get remove "
			       "satbed-kernel",
			       k->name, sb_store_system);
	fd = sb_store_open(false, &path, err);
	if (fd < 0)
		return err->code ? -1
				 : sb_fail(err, SB_EENV, 0, "%s is not there any longer", k->name);
	/* Gone at once for whoever looks meanwhile, and never half there. */
	hidden = sb_asprintf(".removed-%s", k->name);
	if (renameat(fd, k->name, fd, hidden) || sb_store_remove_tree(fd, hidden))
		return sb_fail(err, SB_EENV, errno, "cannot remove %s/%s", path, k->name);
	return 0;
}
