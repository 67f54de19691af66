/* SPDX-License-Identifier: MIT */
/* fetch.h - memory that will be needed soon */
#ifndef SATBED_FLOW_ANALYSIS_FETCH_H
#define SATBED_FLOW_ANALYSIS_FETCH_H

#include <stddef.h>
#include <stdint.h>

/** sb_fetch() - bring what is @offset behind @base into the cache; there may be nothing there */
static inline void sb_fetch(const void *base, size_t offset)
{
	__builtin_prefetch((const void *)((uintptr_t)base + offset));
}

#endif
