// SPDX-License-Identifier: MIT
/* recipe.c - all that makes a kernel other than another: its digest */
#include "recipe.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "edit.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

#define CHUNK (256u << 10)

extern const char sb_guest_config[], sb_guest_config_end[];

const char *sb_kernel_config_text(size_t *len)
{
	*len = (size_t)(sb_guest_config_end - sb_guest_config);
	return sb_guest_config;
}

static void finish(XXH3_state_t *h, char out[SB_DIGEST_LEN + 1])
{
	XXH128_hash_t digest = XXH3_128bits_digest(h);

	snprintf(out, SB_DIGEST_LEN + 1, "%016llx%016llx", (unsigned long long)digest.high64,
		 (unsigned long long)digest.low64);
	XXH3_freeState(h);
}

static XXH3_state_t *begin(void)
{
	XXH3_state_t *h = sb_must(XXH3_createState());

	XXH3_128bits_reset(h);
	return h;
}

/* With its length, so that two texts in a row are not taken for one. */
static void add_text(XXH3_state_t *h, const char *text, size_t len)
{
	uint64_t n = len;

	XXH3_128bits_update(h, &n, sizeof(n));
	XXH3_128bits_update(h, text, len);
}

static void add_string(XXH3_state_t *h, const char *text)
{
	add_text(h, text, strlen(text));
}

static int add_file(XXH3_state_t *h, const char *path, struct sb_err *err)
{
	sb_auto_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	sb_auto_free char *buf = sb_alloc(1, CHUNK);
	uint64_t total = 0;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st))
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	if (!S_ISREG(st.st_mode))
		return sb_fail(err, SB_EINPUT, 0, "%s is not a file", path);
	while ((n = read(fd, buf, CHUNK)) > 0) {
		XXH3_128bits_update(h, buf, (size_t)n);
		total += (uint64_t)n;
		if (sb_interrupted())
			return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
	}
	if (n < 0)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	XXH3_128bits_update(h, &total, sizeof(total));
	return 0;
}

int sb_digest_file(const char *path, char out[SB_DIGEST_LEN + 1], struct sb_err *err)
{
	XXH3_state_t *h = begin();
	int rc = add_file(h, path, err);

	finish(h, out);
	return rc;
}

/* --- directories --- */

static bool is_source(const FTSENT *e)
{
	size_t len = e->fts_namelen;

	if (!strcmp(e->fts_name, ".git"))
		return false;
	return e->fts_info == FTS_D || len < 3 || strcmp(e->fts_name + len - 2, ".o") != 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_entry(XXH3_state_t *h, FTSENT *e, size_t root_len, struct sb_err *err)
{
	char target[4096];
	ssize_t n;

	switch (e->fts_info) {
	case FTS_F:
		add_string(h, e->fts_path + root_len);
		return add_file(h, e->fts_accpath, err);
	case FTS_SL:
	case FTS_SLNONE:
		n = readlink(e->fts_accpath, target, sizeof(target));
		add_string(h, e->fts_path + root_len);
		add_text(h, target, n > 0 ? (size_t)n : 0);
		return 0;
	case FTS_DNR:
	case FTS_ERR:
	case FTS_NS:
		return sb_fail(err, SB_EINPUT, e->fts_errno, "cannot read %s", e->fts_path);
	default:
		return 0;
	}
}

static int add_tree(XXH3_state_t *h, const char *path, struct sb_err *err)
{
	char *roots[] = {(char *)(uintptr_t)path, NULL};
	FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	size_t root_len = strlen(path);
	FTSENT *e = NULL;
	int rc = 0;

	if (!fts)
		return sb_fail(err, SB_EINPUT, errno, "cannot read %s", path);
	while (!rc && (e = fts_read(fts)))
		if (e->fts_level && !is_source(e))
			fts_set(fts, e, FTS_SKIP);
		else
			rc = add_entry(h, e, root_len, err);
	fts_close(fts);
	return rc;
}

int sb_digest_tree(const char *path, char out[SB_DIGEST_LEN + 1], struct sb_err *err)
{
	XXH3_state_t *h = begin();
	int rc = add_tree(h, path, err);

	finish(h, out);
	return rc;
}

/* --- the recipe --- */

int sb_recipe_digest(const struct sb_kernel_request *request, char out[SB_DIGEST_LEN + 1],
		     struct sb_err *err)
{
	XXH3_state_t *h = begin();
	size_t len;
	const char *config = sb_kernel_config_text(&len);
	int rc = 0;

	add_string(h, "satbed kernel 1");
	add_text(h, config, len);
	for (size_t i = 0; i < sb_edit_count; i++) {
		add_string(h, sb_edits[i].file);
		add_string(h, sb_edits[i].from);
		add_string(h, sb_edits[i].to);
	}
	for (size_t i = 0; !rc && i < request->patch_count; i++) {
		add_string(h, "patch");
		rc = add_file(h, request->patches[i], err);
	}
	for (size_t i = 0; !rc && i < request->module_count; i++) {
		add_string(h, "module");
		rc = add_tree(h, request->modules[i], err);
	}
	finish(h, out);
	return rc;
}

void sb_kernel_hash(const char *recipe, const char *source, char out[SB_KERNEL_HASH_LEN + 1])
{
	XXH3_state_t *h = begin();
	char whole[SB_DIGEST_LEN + 1];

	add_string(h, recipe);
	add_string(h, source);
	finish(h, whole);
	memcpy(out, whole, SB_KERNEL_HASH_LEN);
	out[SB_KERNEL_HASH_LEN] = '\0';
}
