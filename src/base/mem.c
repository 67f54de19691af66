// SPDX-License-Identifier: MIT
/* mem.c - allocation that cannot fail, and release by scope */
#include "satbed/base/mem.h"

#include <errno.h>
#include <malloc.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXIT_BROKEN 4 /* as sb_exit_status() has it for what nobody can act on */

void sb_out_of_memory(void)
{
	static const char words[] = "satbed: out of memory\n";

	/* Nothing that prints may need memory. */
	if (write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		_exit(EXIT_BROKEN);
	_exit(EXIT_BROKEN);
}

void *sb_must(void *p)
{
	if (!p)
		sb_out_of_memory();
	return p;
}

void *sb_alloc(size_t n, size_t size)
{
	return sb_must(calloc(n ? n : 1, size ? size : 1));
}

void *sb_realloc(void *old, size_t n, size_t size)
{
	return sb_must(reallocarray(old, n ? n : 1, size ? size : 1));
}

void *sb_alloc_aligned(size_t align, size_t n, size_t size)
{
	size_t bytes;
	void *p;

	if (__builtin_mul_overflow(n, size, &bytes) || posix_memalign(&p, align, bytes ? bytes : 1))
		p = NULL;
	return sb_must(p);
}

#define MMAP_THRESHOLD (128 << 10) /* glibc's own to begin with */

/* One allocation of all of it: the heap grows by it and keeps it when it is given back. */
void sb_alloc_in_huge_pages(size_t bytes)
{
	const uintptr_t page = 2u << 20;
	uintptr_t from, to;
	void *all;

	if (bytes > INT_MAX / 2)
		return;
	(void)mallopt(M_TRIM_THRESHOLD, 2 * (int)bytes);
	(void)mallopt(M_MMAP_THRESHOLD, 2 * (int)bytes);
	all = realloc(NULL, bytes);
	(void)mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	from = ((uintptr_t)all + page - 1) / page * page;
	to = ((uintptr_t)all + bytes) / page * page;
	if (all && from < to)
		(void)madvise((void *)from, to - from, MADV_HUGEPAGE);
	free(all);
}

char *sb_strdup(const char *s)
{
	return s ? sb_must(strdup(s)) : NULL;
}

char *sb_vasprintf(const char *fmt, va_list ap)
{
	char *s;

	return sb_must(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

char *sb_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = sb_vasprintf(fmt, ap);
	va_end(ap);
	return s;
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
