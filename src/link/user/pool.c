// SPDX-License-Identifier: MIT
/* pool.c - fixed slots in one large mapping that the kernel fills in page by page */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "pool.h"
#include "satbed/base/mem.h"

/* Behind the last slot, never accessible; a multiple of the page size anywhere. */
#define GUARD_BYTES ((size_t)64 << 10)

int sb_pool_init(struct sb_pool *p, uint32_t slot_bytes, uint32_t slots, struct sb_err *err)
{
	void *base;

	*p = (struct sb_pool){.slot_bytes = slot_bytes, .slots = slots};
	p->bytes = ((size_t)slot_bytes * slots + GUARD_BYTES - 1) / GUARD_BYTES * GUARD_BYTES;
	p->bytes += GUARD_BYTES;
	base = mmap(NULL, p->bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED ||
	    mprotect((uint8_t *)base + p->bytes - GUARD_BYTES, GUARD_BYTES, PROT_NONE))
		return sb_fail(err, SB_EENV, errno, "cannot reserve %zu MB for packets in flight",
			       p->bytes >> 20);
	p->base = base;
	p->free = sb_alloc(slots, sizeof(*p->free));
	return 0;
}

void sb_pool_fini(struct sb_pool *p)
{
	if (p->base)
		munmap(p->base, p->bytes);
	free(p->free);
	*p = (struct sb_pool){0};
}

uint32_t sb_pool_take(struct sb_pool *p)
{
	if (p->free_count)
		return p->free[--p->free_count];
	if (p->untouched < p->slots)
		return p->untouched++;
	return SB_POOL_NONE;
}

void sb_pool_give(struct sb_pool *p, uint32_t slot)
{
	p->free[p->free_count++] = slot;
}

uint8_t *sb_pool_at(const struct sb_pool *p, uint32_t slot)
{
	return p->base + (size_t)slot * p->slot_bytes;
}
