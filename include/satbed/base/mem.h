/* SPDX-License-Identifier: MIT */
/* mem.h - allocation that cannot fail, and release by scope */
#ifndef SATBED_BASE_MEM_H
#define SATBED_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "satbed/base/err.h"

/* These end the process when memory is exhausted; what must survive that is held by the kernel
 * (namespaces die with their processes), not by the heap.  @n * @size is checked. */
void *sb_alloc(size_t n, size_t size);			     /* zeroed */
void *sb_realloc(void *old, size_t n, size_t size);	     /* the new part is not zeroed */
void *sb_alloc_aligned(size_t align, size_t n, size_t size); /* a power of two; not zeroed */
char *sb_strdup(const char *s);				     /* NULL gives NULL */
char *sb_asprintf(const char *fmt, ...) SB_PRINTF(1, 2);
char *sb_vasprintf(const char *fmt, va_list ap) SB_PRINTF(1, 0);

/**
 * sb_alloc_in_huge_pages() - the next @bytes of small allocations lie in huge pages
 *
 * For a program that touches megabytes of them at random: fewer addresses have to be translated.
 * What is not used takes no memory; where there are no huge pages nothing changes.
 */
void sb_alloc_in_huge_pages(size_t bytes);

/** sb_copy_str() - copy into a fixed array; -1 (and an empty @dst) when it does not fit */
int sb_copy_str(char *dst, size_t size, const char *src);

/** sb_out_of_memory() - say so and end the process, with the status of what nobody can act on */
__attribute__((noreturn)) void sb_out_of_memory(void);

/** sb_must() - @p itself; sb_out_of_memory() where a library could not allocate it and gave NULL */
void *sb_must(void *p);

/** sb_grow() - make room for one more element; returns the array, doubled when full */
void *sb_grow(void *array, size_t used, size_t *room, size_t size);

void sb_close_p(int *fd); /* close when >= 0 and set to -1; errno is kept */
void sb_free_p(void *p);  /* free what the pointer at @p points to */

#define sb_auto_close	__attribute__((cleanup(sb_close_p)))
#define sb_auto_free	__attribute__((cleanup(sb_free_p)))
#define SB_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/** sb_steal_fd() - hand the descriptor over: returns it and leaves -1 behind */
int sb_steal_fd(int *fd);
/** sb_steal() - hand a pointer over: yields it and leaves NULL behind */
#define sb_steal(pp)                            \
	__extension__({                         \
		__auto_type sb_stolen_ = *(pp); \
		*(pp) = NULL;                   \
		sb_stolen_;                     \
	})

#endif
