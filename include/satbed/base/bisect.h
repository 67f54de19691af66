/* SPDX-License-Identifier: MIT */
/* bisect.h - binary search */
#ifndef SATBED_BASE_BISECT_H
#define SATBED_BASE_BISECT_H

#include <stddef.h>

/**
 * sb_bisect() - the first index of [@from, @to) for which @before does not hold, or @to
 * @i:		name of the index, for @before
 * @before:	an expression that holds for all items ahead of the one sought, and for no other
 */
#define sb_bisect(i, from, to, before)                                 \
	__extension__({                                                \
		size_t sb_low_ = (from), sb_high_ = (to);              \
                                                                       \
		while (sb_low_ < sb_high_) {                           \
			size_t i = sb_low_ + (sb_high_ - sb_low_) / 2; \
                                                                       \
			if (before)                                    \
				sb_low_ = i + 1;                       \
			else                                           \
				sb_high_ = i;                          \
		}                                                      \
		sb_low_;                                               \
	})

#endif
