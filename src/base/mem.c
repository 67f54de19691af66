// SPDX-License-Identifier: MIT
/* mem.c - allocation that cannot fail, and release by scope */
#include "satbed/base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *must(void *p)
{
	if (p)
		return p;
	fputs("satbed: out of memory\n", stderr);
	abort();
}

void *sb_alloc(size_t n, size_t size)
{
	return must(calloc(n ? n : 1, size ? size : 1));
}

void *sb_realloc(void *old, size_t n, size_t size)
{
	return must(reallocarray(old, n ? n : 1, size ? size : 1));
}

char *sb_strdup(const char *s)
{
	return s ? must(strdup(s)) : NULL;
}

char *sb_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return must(n < 0 ? NULL : s);
}

int sb_copy_str(char *dst, size_t size, const char *src)
{
	size_t len = strlen(src);

	if (len >= size) {
		dst[0] = '\0';
		return -1;
	}
	memcpy(dst, src, len + 1);
	return 0;
}

void *sb_grow(void *array, size_t used, size_t *room, size_t size)
{
	if (used < *room)
		return array;
	*room = *room ? *room * 2 : 8;
	return sb_realloc(array, *room, size);
}

void sb_close_p(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void sb_free_p(void *p)
{
	void **pp = p;

	free(*pp);
	*pp = NULL;
}

int sb_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}
