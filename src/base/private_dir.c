// SPDX-License-Identifier: MIT
/* private_dir.c - find, make and check directories of satbed's own */
#include "satbed/base/private_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/fdio.h"
#include "satbed/base/mem.h"

static const struct {
	const char *variable, *below_home;
} kinds[] = {
    [SB_PRIVATE_RUNTIME] = {"XDG_RUNTIME_DIR", NULL},
    [SB_PRIVATE_STATE] = {"XDG_STATE_HOME", ".local/state"},
    [SB_PRIVATE_CACHE] = {"XDG_CACHE_HOME", ".cache"},
    [SB_PRIVATE_DATA] = {"XDG_DATA_HOME", ".local/share"},
};

static bool is_own_dir(const char *path)
{
	struct stat st;

	return path && path[0] == '/' && !stat(path, &st) && S_ISDIR(st.st_mode) &&
	       st.st_uid == geteuid();
}

char *sb_home(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (is_own_dir(home))
		return sb_strdup(home);
	pw = getpwuid(geteuid());
	return pw && is_own_dir(pw->pw_dir) ? sb_strdup(pw->pw_dir) : NULL;
}

/* Of another user's runtime directory (sudo -E) no use is made. */
static char *runtime_base(void)
{
	const char *given = getenv("XDG_RUNTIME_DIR");
	sb_auto_free char *usual = sb_asprintf("/run/user/%u", geteuid());

	if (is_own_dir(given))
		return sb_strdup(given);
	return is_own_dir(usual) ? sb_steal(&usual) : NULL;
}

static char *home_base(enum sb_private_kind kind)
{
	const char *given = getenv(kinds[kind].variable);
	sb_auto_free char *home = NULL;

	/* A relative path is to be ignored. */
	if (given && given[0] == '/')
		return sb_strdup(given);
	home = sb_home();
	return home ? sb_asprintf("%s/%s", home, kinds[kind].below_home) : NULL;
}

/* The directory that holds "satbed", and what that is called there. */
static char *find_base(enum sb_private_kind kind, char **name)
{
	char *base = kind == SB_PRIVATE_RUNTIME ? runtime_base() : home_base(kind);

	if (!base && geteuid() != 0) {
		*name = sb_asprintf("satbed-%u", geteuid());
		return sb_strdup("/tmp");
	}
	*name = sb_strdup("satbed");
	return base ? base : sb_strdup("/run");
}

char *sb_private_dir_path(enum sb_private_kind kind, const char *name)
{
	sb_auto_free char *own = NULL;
	sb_auto_free char *base = find_base(kind, &own);

	return name ? sb_asprintf("%s/%s/%s", base, own, name) : sb_asprintf("%s/%s", base, own);
}

bool sb_owned_by_us(const struct stat *st)
{
	return (st->st_uid == geteuid() || st->st_uid == 0) && !(st->st_mode & 022);
}

static int fail_make(enum sb_private_kind kind, const char *path, struct sb_err *err)
{
	return sb_fail(
	    err, SB_EENV, errno,
	    "cannot create the directory %s; set %s to a directory that can be written to", path,
	    kinds[kind].variable);
}

/* What is above is the user's own choice, symbolic links and all. */
static int make_base(enum sb_private_kind kind, const char *base, struct sb_err *err)
{
	sb_auto_free char *part = sb_strdup(base);

	for (char *slash = strchr(part + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0700) && errno != EEXIST)
			return fail_make(kind, part, err);
		if (!slash)
			return 0;
		*slash = '/';
	}
}

static int fail_trust(enum sb_private_kind kind, const char *path, const struct stat *st,
		      struct sb_err *err)
{
	if (st->st_uid != geteuid())
		return sb_fail(err, SB_EENV, 0,
			       "%s belongs to another user (%u), so it is not used; remove it, or "
			       "set %s to a directory of your own",
			       path, (unsigned int)st->st_uid, kinds[kind].variable);
	return sb_fail(err, SB_EENV, 0,
		       "other users can use %s, so satbed does not; run: chmod %s %s", path,
		       kind == SB_PRIVATE_DATA ? "go-w" : "700", path);
}

/* One step down, to a directory that can be trusted. */
static int open_step(enum sb_private_kind kind, int at, const char *path, const char *name,
		     bool make, bool last, struct sb_err *err)
{
	bool strict = kind != SB_PRIVATE_DATA && last;
	sb_auto_close int fd = -1;
	struct stat st;

	if (make && mkdirat(at, name, 0700) && errno != EEXIST)
		return fail_make(kind, path, err);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !make)
		return -1;
	if (fd < 0 || fstat(fd, &st))
		return sb_fail(err, SB_EENV, errno, "cannot open the directory %s", path);
	if (!sb_owned_by_us(&st) || (strict && (st.st_uid != geteuid() || (st.st_mode & 077))))
		return fail_trust(kind, path, &st, err);
	return sb_steal_fd(&fd);
}

int sb_private_dir_open(enum sb_private_kind kind, const char *name, bool make, char **path,
			struct sb_err *err)
{
	sb_auto_free char *own = NULL, *above = NULL, *whole = sb_private_dir_path(kind, name);
	sb_auto_free char *base = find_base(kind, &own);
	sb_auto_close int base_fd = -1, own_fd = -1;

	if (path)
		*path = sb_strdup(whole);
	if (make && make_base(kind, base, err))
		return -1;
	base_fd = open(base, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (base_fd < 0 && errno == ENOENT && !make)
		return -1;
	if (base_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open the directory %s", base);
	above = sb_asprintf("%s/%s", base, own);
	own_fd = open_step(kind, base_fd, above, own, make, !name, err);
	if (own_fd < 0 || !name)
		return sb_steal_fd(&own_fd);
	return open_step(kind, own_fd, whole, name, make, true, err);
}
