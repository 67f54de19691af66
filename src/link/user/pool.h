/* SPDX-License-Identifier: MIT */
/* pool.h - room for packets under way: slots of one size, pages used only as they are needed */
#ifndef SATBED_LINK_POOL_H
#define SATBED_LINK_POOL_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

#define SB_POOL_NONE UINT32_MAX

struct sb_pool {
	uint8_t *base;
	size_t bytes;
	uint32_t slot_bytes, slots;
	uint32_t *free; /* the last slot given back is the next taken: it is still in the cache */
	uint32_t free_count, untouched;
};

int sb_pool_init(struct sb_pool *p, uint32_t slot_bytes, uint32_t slots, struct sb_err *err);
void sb_pool_fini(struct sb_pool *p);
/** sb_pool_take() - a slot, or SB_POOL_NONE when all are taken */
uint32_t sb_pool_take(struct sb_pool *p);
void sb_pool_give(struct sb_pool *p, uint32_t slot);
uint8_t *sb_pool_at(const struct sb_pool *p, uint32_t slot);

#endif
