// SPDX-License-Identifier: MIT
/*
 * memory.c - the guest's memory as a file that never had a name
 *
 * User-Mode Linux makes it with open(O_TMPFILE) in /dev/shm or a temporary directory, or, where that is not
 * possible, with mkstemp(), and unlinks it at once.  Killed in between it would leave it behind; and in
 * many containers /dev/shm holds 64 MB, where a larger guest ends by SIGBUS, and nothing in it can be
 * executed, so that no guest begins.
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

static const char suffix[] = "/vm_file-XXXXXX";

static bool is_memory(const char *path)
{
	size_t len = strlen(path);

	return len >= sizeof(suffix) - 1 && !strcmp(path + len - (sizeof(suffix) - 1), suffix);
}

/* Code of the guest's programs runs out of it; kernels before 6.3 know no MFD_EXEC. */
static int make_memory(void)
{
	int fd = memfd_create("guest-memory", MFD_CLOEXEC | MFD_EXEC);

	return fd < 0 ? memfd_create("guest-memory", MFD_CLOEXEC) : fd;
}

/* Of files without a name it makes no others. */
int sb_preload_open64(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	if ((flags & O_TMPFILE) == O_TMPFILE) {
		int fd = make_memory();

		if (fd >= 0)
			return fd;
	}
	if (flags & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))) {
		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int sb_preload_mkstemp64(char *template)
{
	static int (*next)(char *template);

	if (is_memory(template)) {
		int fd = make_memory();

		if (fd >= 0)
			return fd;
	}
	if (!next) {
		void *found = dlsym(RTLD_NEXT, "mkstemp64");

		memcpy(&next, &found, sizeof(next));
	}
	if (next)
		return next(template);
	errno = ENOSYS;
	return -1;
}

/* The template is what it was: mkstemp() would have written a name over it. */
int sb_preload_unlink(const char *path)
{
	return is_memory(path) ? 0 : (int)syscall(SYS_unlink, path);
}
