// SPDX-License-Identifier: MIT
/* spill.c - a growing array that is on the heap while it is small, and in a file when it is large */
#include "satbed/base/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "satbed/base/mem.h"

#define HEAP_MAX (8u << 20)
#define STEP_MIN (32u << 20)

/* Of so many steps of a pass one begins at its beginning. */
#define RETURN_EACH 8

/* No name, so that nothing is left behind whatever happens; a file system may not know how. */
static int open_nameless(const char *dir)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	sb_auto_free char *path = NULL;

	if (fd >= 0)
		return fd;
	path = sb_asprintf("%s/.spill.XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd >= 0)
		unlink(path);
	return fd;
}

/*
 * The room is taken before it is written to: a page of a mapping that finds a full disk is a SIGBUS.
 */
static bool grow_mapping(struct sb_spill *s, size_t bytes)
{
	void *base;

	if (posix_fallocate(s->file - 1, 0, (off_t)bytes))
		return false;
	base = s->base ? mremap(s->base, s->bytes, bytes, MREMAP_MAYMOVE)
		       : mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, s->file - 1, 0);
	if (base == MAP_FAILED)
		return false;
	s->base = base;
	s->bytes = bytes;
	return true;
}

static void release(struct sb_spill *s)
{
	if (s->base)
		munmap(s->base, s->bytes);
	if (s->file)
		close(s->file - 1);
	s->base = NULL;
	s->bytes = s->grown = 0;
	s->file = 0;
}

static void *to_heap(struct sb_spill *s, size_t used_bytes, size_t bytes)
{
	void *heap = sb_alloc(1, bytes);

	memcpy(heap, s->base, used_bytes);
	release(s);
	s->dir = NULL;
	return heap;
}

void sb_spill_give_back(const struct sb_spill *s, size_t *from, size_t to)
{
	size_t start = *from, until = to / SB_SPILL_PASS * SB_SPILL_PASS;

	/* What was reached below since, and what the kernel mapped around it, goes now and then. */
	if (until / SB_SPILL_PASS % RETURN_EACH == 0)
		start = 0;
	if (until > start)
		madvise((char *)s->base + start, until - start, MADV_DONTNEED);
	*from = until;
}

static void *grow_file(struct sb_spill *s, void *array, size_t used_bytes, size_t bytes)
{
	bool was_there = s->base;

	if (!s->file)
		s->file = open_nameless(s->dir) + 1;
	if (s->file && grow_mapping(s, bytes)) {
		if (!was_there) {
			memcpy(s->base, array, used_bytes);
			free(array);
		}
		return s->base;
	}
	if (was_there)
		return to_heap(s, used_bytes, bytes);
	release(s);
	s->dir = NULL;
	return sb_realloc(array, bytes, 1);
}

void *sb_spill_grow(struct sb_spill *s, void *array, size_t used, size_t *room, size_t size)
{
	size_t bytes;

	if (used < *room) {
		/* Who appends does not look back. */
		sb_spill_pass(s, &s->grown, used * size);
		return array;
	}
	if (!s->dir || *room * 2 * size <= HEAP_MAX)
		return sb_grow(array, used, room, size);
	if (__builtin_mul_overflow(*room, size, &bytes) ||
	    __builtin_add_overflow(bytes, bytes / 4 + STEP_MIN, &bytes))
		sb_out_of_memory();
	*room = bytes / size;
	return grow_file(s, array, used * size, bytes);
}

void sb_spill_free(struct sb_spill *s, void *array)
{
	if (s->base)
		release(s);
	else
		free(array);
}
