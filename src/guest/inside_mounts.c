// SPDX-License-Identifier: MIT
/*
 * inside_mounts.c - what a guest sees of files and devices
 *
 * The root is the host's, mounted read-only by the kernel.  /dev holds only what programs expect:
 * neither the serial lines nor the kernel's memory.
 */
#include "inside_mounts.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "handover.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/guest_inside.h"

static int attach(const char *what, const char *where, const char *type, unsigned long flags,
		  const char *options, struct sb_err *err)
{
	if (mount(what, where, type, flags, options))
		return sb_fail(err, SB_EENV, errno, "the guest cannot mount %s at %s", what, where);
	return 0;
}

/* Directories made so far, and how many there are in the end at least. */
static unsigned int made;
#define MADE_ALWAYS 64u
/* On the guest's clock; what was done before takes much less, and not always as much. */
#define BEGIN_NS (100 * SB_NS_PER_MS)

static int make_directory(const char *path, mode_t mode, struct sb_err *err)
{
	if (!mkdir(path, mode)) {
		made++;
		return 0;
	}
	if (errno != EEXIST)
		return sb_fail(err, SB_EENV, errno, "the guest cannot make %s", path);
	return 0;
}

int sb_inside_mounts(struct sb_err *err)
{
	char link[64], directory[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", SB_HANDOVER_DIRECTORY);
	len = readlink(link, directory, sizeof(directory) - 1);
	if (len <= 0)
		return sb_fail(err, SB_EENV, errno, "the guest does not find its directory");
	directory[len] = '\0';
	if (attach("satbed", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755", err) ||
	    make_directory("/run/satbed", 0755, err) ||
	    make_directory(SB_GUEST_DIRECTORY, 0755, err) ||
	    make_directory(SB_GUEST_HOST, 0755, err) ||
	    attach("host", SB_GUEST_HOST, "hostfs", MS_RDONLY | MS_NOSUID | MS_NODEV, "/", err))
		return -1;
	return attach("results", SB_GUEST_DIRECTORY, "hostfs", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		      directory, err);
}

static int make_devices(struct sb_err *err)
{
	static const struct {
		const char *path;
		unsigned int major, minor;
	} devices[] = {
	    {"/dev/null", 1, 3},       {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
	    {"/dev/random", 1, 8},     {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0},
	    {"/dev/net/tun", 10, 200},
	};
	static const char *const links[][2] = {{"/proc/self/fd", "/dev/fd"},
					       {"/proc/self/fd/0", "/dev/stdin"},
					       {"/proc/self/fd/1", "/dev/stdout"},
					       {"/proc/self/fd/2", "/dev/stderr"},
					       {"pts/ptmx", "/dev/ptmx"}};

	if (attach("satbed", "/dev", "tmpfs", MS_NOSUID, "mode=0755", err) ||
	    make_directory("/dev/net", 0755, err) || make_directory("/dev/pts", 0755, err) ||
	    make_directory("/dev/shm", 01777, err))
		return -1;
	for (size_t i = 0; i < SB_ARRAY_LEN(devices); i++)
		/* Users of nodes' commands are others than root: the mask of permissions does not count. */
		if (mknod(devices[i].path, S_IFCHR | 0666,
			  makedev(devices[i].major, devices[i].minor)) ||
		    chmod(devices[i].path, 0666))
			return sb_fail(err, SB_EENV, errno, "the guest cannot make %s",
				       devices[i].path);
	for (size_t i = 0; i < SB_ARRAY_LEN(links); i++)
		if (symlink(links[i][0], links[i][1]))
			return sb_fail(err, SB_EENV, errno, "the guest cannot make %s",
				       links[i][1]);
	return attach("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		      "newinstance,ptmxmode=0666,mode=0620", err);
}

static bool is_covered(const char *path)
{
	static const char *const covers[] = {"/tmp/", "/run/", "/dev/"};

	for (size_t i = 0; i < SB_ARRAY_LEN(covers); i++)
		if (!strncmp(path, covers[i], strlen(covers[i])))
			return true;
	return false;
}

static int make_way(const char *path, struct sb_err *err)
{
	char part[PATH_MAX];

	for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
		size_t len = slash ? (size_t)(slash - path) : strlen(path);

		if (len >= sizeof(part))
			return sb_fail(err, SB_EINPUT, 0, "the path %s is too long", path);
		memcpy(part, path, len);
		part[len] = '\0';
		if (make_directory(part, 0755, err))
			return -1;
		if (!slash)
			return 0;
	}
}

/*
 * Each file that is made takes a random number, and how many the way to the kept directories takes is the
 * caller's affair: always the same number is made, so that random numbers do not tell where the caller stands.
 */
static int make_up_to_number(struct sb_err *err)
{
	char path[64];

	if (make_directory("/run/satbed/even", 0700, err))
		return -1;
	while (made < MADE_ALWAYS) {
		snprintf(path, sizeof(path), "/run/satbed/even/%u", made);
		if (make_directory(path, 0700, err))
			return -1;
	}
	return 0;
}

static int keep_directory(const char *path, struct sb_err *err)
{
	sb_auto_free char *from = sb_asprintf("%s%s", SB_GUEST_HOST, path);

	if (!is_covered(path) || access(from, F_OK))
		return 0;
	if (make_way(path, err))
		return -1;
	return attach(from, path, NULL, MS_BIND, NULL, err);
}

int sb_inside_covers(const cJSON *keep, struct sb_err *err)
{
	const cJSON *path;

	if (attach("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err) ||
	    attach("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err) ||
	    attach("satbed", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777", err) ||
	    make_devices(err))
		return -1;
	cJSON_ArrayForEach(path, keep)
	{
		if (cJSON_IsString(path) && path->valuestring[0] == '/' &&
		    keep_directory(path->valuestring, err))
			return -1;
	}
	if (make_up_to_number(err))
		return -1;
	sb_sleep_until_ns(BEGIN_NS);
	return 0;
}
