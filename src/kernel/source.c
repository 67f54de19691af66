// SPDX-License-Identifier: MIT
/* source.c - where a kernel's source is: given, or the distribution's */
#include "source.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "choice.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"
#include "tool.h"

#define PREFIX "linux-source-"

/* Debian puts the archive into /usr/src, Ubuntu into a directory there. */
static const char *const places[] = {"/usr/src/" PREFIX "*.tar.*",
				     "/usr/src/" PREFIX "*/" PREFIX "*.tar.*"};

struct candidate {
	char *version, *path, *package;
};

struct candidates {
	struct candidate *list;
	size_t count, room;
};

void sb_source_fini(struct sb_source *s)
{
	free(s->path);
	free(s->package);
	*s = (struct sb_source){0};
}

char *sb_source_version(const char *name)
{
	const char *slash = strrchr(name, '/'), *at = slash ? slash + 1 : name;
	size_t len;

	if (strncmp(at, PREFIX, strlen(PREFIX)) != 0)
		return NULL;
	at += strlen(PREFIX);
	len = strspn(at, "0123456789.");
	if (at[len] && at[len - 1] == '.' && !strncmp(at + len, "tar.", 4))
		len--;
	else if (at[len])
		return NULL; /* linux-source-6.12-rt, and such */
	return len ? sb_asprintf("%.*s", (int)len, at) : NULL;
}

static void add(struct candidates *c, char *version, char *path, char *package)
{
	c->list = sb_grow(c->list, c->count, &c->room, sizeof(*c->list));
	c->list[c->count++] =
	    (struct candidate){.version = version, .path = path, .package = package};
}

static void free_candidates(struct candidates *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->list[i].version);
		free(c->list[i].path);
		free(c->list[i].package);
	}
	free(c->list);
}

static void look_in_usr_src(struct candidates *c)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(places); i++) {
		glob_t found;

		if (glob(places[i], 0, NULL, &found))
			continue;
		for (size_t j = 0; j < found.gl_pathc; j++) {
			char *version = sb_source_version(found.gl_pathv[j]);

			if (version)
				add(c, version, sb_strdup(found.gl_pathv[j]), NULL);
		}
		globfree(&found);
	}
}

static int ask_apt(struct candidates *c, struct sb_err *err)
{
	static const char *const argv[] = {"apt-cache", "pkgnames", PREFIX, NULL};
	sb_auto_free char *names = NULL;
	char *save = NULL;

	if (!sb_tool_find("apt-cache") || !sb_tool_find("apt-get"))
		return 0;
	if (sb_tool_output(argv, &names, err))
		return err->code == SB_EINTERRUPTED ? -1 : 0;
	for (char *name = strtok_r(names, "\n", &save); name; name = strtok_r(NULL, "\n", &save)) {
		char *version = sb_source_version(name);

		if (version)
			add(c, version, NULL, sb_strdup(name));
	}
	return 0;
}

/* The highest version; of the same what is here already. */
static struct candidate *choose(const struct candidates *c, const char *wanted)
{
	struct candidate *best = NULL;

	for (size_t i = 0; i < c->count; i++) {
		struct candidate *x = &c->list[i];
		int order = best ? sb_kernel_version_order(x->version, best->version) : 1;

		/* 6.12.30 is asked for, 6.12 is the name of its package: the source tells. */
		if (wanted && !sb_kernel_version_matches(x->version, wanted) &&
		    !sb_kernel_version_matches(wanted, x->version))
			continue;
		if (order > 0 || (order == 0 && !best->path && x->path))
			best = x;
	}
	return best;
}

/* "Version" and "Size" of what apt would install. */
static int describe(struct sb_source *out, const char *name, struct sb_err *err)
{
	const char *argv[] = {"apt-cache", "show", "--no-all-versions", name, NULL};
	sb_auto_free char *text = NULL;
	const char *version, *size;

	if (sb_tool_output(argv, &text, err))
		return err->code ? -1 : sb_fail(err, SB_EENV, 0, "apt-cache show %s failed", name);
	version = strstr(text, "\nVersion: ");
	size = strstr(text, "\nSize: ");
	if (!version)
		return sb_fail(err, SB_EENV, 0, "apt has no version of %s; run: apt-get update",
			       name);
	version += strlen("\nVersion: ");
	out->package = sb_asprintf("%s=%.*s", name, (int)strcspn(version, "\n"), version);
	size = size ? size + strlen("\nSize: ") : "";
	sb_read_digits(&size, UINT64_MAX, &out->package_bytes);
	return 0;
}

static bool is_first(const struct candidates *c, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (!strcmp(c->list[i].version, c->list[at].version))
			return false;
	return true;
}

static int none_found(const struct candidates *c, const char *wanted, struct sb_err *err)
{
	sb_auto_free char *list = sb_strdup("");

	for (size_t i = 0; i < c->count; i++) {
		char *more;

		if (!is_first(c, i))
			continue;
		more = sb_asprintf("%s%s%s", list, *list ? ", " : "", c->list[i].version);
		free(list);
		list = more;
	}
	if (c->count)
		return sb_fail(
		    err, SB_EENV, 0,
		    "no source of kernel %s here, only of %s; another one: satbed kernel "
		    "build --source DIRECTORY-OR-ARCHIVE",
		    wanted, list);
	if (sb_tool_find("apt-get"))
		return sb_fail(
		    err, SB_EENV, 0,
		    "apt knows no package linux-source-VERSION; run: sudo apt-get update; "
		    "or get a kernel's source yourself and run: satbed kernel build "
		    "--source DIRECTORY-OR-ARCHIVE");
	return sb_fail(
	    err, SB_EENV, 0,
	    "no apt and no archive /usr/src/linux-source-* here to take a kernel's source "
	    "from; get one (kernel.org) and run: satbed kernel build --source "
	    "DIRECTORY-OR-ARCHIVE");
}

static int find_distribution(const char *wanted, struct sb_source *out, struct sb_err *err)
{
	struct candidates all = {0};
	struct candidate *best;
	int rc;

	look_in_usr_src(&all);
	rc = ask_apt(&all, err);
	best = rc ? NULL : choose(&all, wanted);
	if (!rc && !best) {
		rc = none_found(&all, wanted, err);
	} else if (!rc && best->path) {
		*out = (struct sb_source){.path = sb_steal(&best->path)};
	} else if (!rc) {
		*out = (struct sb_source){0};
		rc = describe(out, best->package, err);
	}
	free_candidates(&all);
	return rc;
}

int sb_source_find(const struct sb_kernel_request *request, struct sb_source *out,
		   struct sb_err *err)
{
	struct stat st;

	if (!request->source)
		return find_distribution(request->version, out, err);
	if (stat(request->source, &st))
		return sb_fail(err, SB_EINPUT, errno, "cannot read the source %s", request->source);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return sb_fail(err, SB_EINPUT, 0, "the source %s is neither a directory nor a file",
			       request->source);
	*out = (struct sb_source){.path = sb_strdup(request->source),
				  .is_directory = S_ISDIR(st.st_mode)};
	return 0;
}

/* --- a package --- */

struct fetching {
	const struct sb_source *source;
	const char *directory;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	char last[256]; /* words of apt-get when it fails */
};

static char *find_file(const char *directory, const char *pattern)
{
	sb_auto_free char *whole = sb_asprintf("%s/%s", directory, pattern);
	char *path = NULL;
	glob_t found;

	if (!glob(whole, 0, NULL, &found)) {
		path = sb_strdup(found.gl_pathv[found.gl_pathc - 1]);
		globfree(&found);
	}
	return path;
}

static void measure(void *ctx)
{
	struct fetching *f = ctx;
	sb_auto_free char *path = find_file(f->directory, "*.deb*");
	struct stat st;

	if (f->progress && path && !stat(path, &st))
		f->progress(f->ctx, (uint64_t)st.st_size, f->source->package_bytes);
}

static void keep_error(void *ctx, const char *line)
{
	struct fetching *f = ctx;

	if (!strncmp(line, "E: ", 3) && !*f->last)
		sb_copy_str(f->last, sizeof(f->last), line + 3);
}

static int call(struct fetching *f, const char *const *argv, int log_fd, struct sb_err *err)
{
	struct sb_tool t = {.directory = f->directory,
			    .argv = argv,
			    .log_fd = log_fd,
			    .line = keep_error,
			    .tick = measure,
			    .ctx = f};
	int rc = sb_tool_run(&t, err);

	if (rc <= 0)
		return rc;
	return sb_fail(err, SB_EENV, 0,
		       "%s of %s failed: %s; if the lists of packages are old, run: sudo apt-get "
		       "update",
		       argv[0], f->source->package, *f->last ? f->last : "no reason given");
}

int sb_source_fetch(struct sb_source *source, const char *directory, int log_fd,
		    void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx,
		    struct sb_err *err)
{
	struct fetching f = {
	    .source = source, .directory = directory, .progress = progress, .ctx = ctx};
	const char *get[] = {"apt-get", "download", "-q", source->package, NULL};
	sb_auto_free char *deb = NULL, *usr_src = sb_asprintf("%s/files/usr/src", directory);
	const char *extract[] = {"dpkg-deb", "--extract", NULL, "files", NULL};

	if (call(&f, get, log_fd, err))
		return -1;
	deb = find_file(directory, "*.deb");
	if (!deb)
		return sb_fail(err, SB_EENV, 0, "apt-get download left no package %s",
			       source->package);
	extract[2] = deb;
	f.progress = NULL;
	if (call(&f, extract, log_fd, err))
		return -1;
	source->path = find_file(usr_src, PREFIX "*/" PREFIX "*.tar.*");
	if (!source->path)
		source->path = find_file(usr_src, PREFIX "*.tar.*");
	if (!source->path)
		return sb_fail(err, SB_EENV, 0,
			       "the package %s has no archive of a kernel's source",
			       source->package);
	return 0;
}
