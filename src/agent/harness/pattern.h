/* SPDX-License-Identifier: MIT */
/* pattern.h - the payload of a file: noise that both ends can compute, from any byte on */
#ifndef SATBED_AGENT_PATTERN_H
#define SATBED_AGENT_PATTERN_H

#include <stddef.h>
#include <stdint.h>

/** sb_pattern_fill() - bytes [@offset, @offset + @len) of the payload that belongs to @seed */
void sb_pattern_fill(uint64_t seed, uint64_t offset, void *buf, size_t len);
/** sb_pattern_check() - how many of the @len bytes from @offset on are as they should be */
size_t sb_pattern_check(uint64_t seed, uint64_t offset, const void *buf, size_t len);

#endif
