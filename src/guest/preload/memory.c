// SPDX-License-Identifier: MIT
/*
 * memory.c - the guest's memory as a file that never had a name
 *
 * User-Mode Linux makes it with mkstemp() in /dev/shm or a temporary directory and unlinks it at
 * once.  Killed in between it would leave it behind; and in many containers /dev/shm holds 64 MB,
 * where a larger guest ends by SIGBUS.
 */
#include "preload.h"

#include <dlfcn.h>
#include <errno.h>
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

int sb_preload_mkstemp64(char *template)
{
	static int (*next)(char *template);
	int fd;

	if (is_memory(template)) {
		/* Code of the guest's programs runs out of it; kernels before 6.3 know no MFD_EXEC. */
		fd = memfd_create("guest-memory", MFD_CLOEXEC | MFD_EXEC);
		if (fd < 0)
			fd = memfd_create("guest-memory", MFD_CLOEXEC);
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
