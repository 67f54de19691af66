// SPDX-License-Identifier: MIT
/*
 * pattern.c - the payload of a file
 *
 * Word k is SplitMix64's k-th output (Steele, Lea, Flood: "Fast splittable pseudorandom number
 * generators", OOPSLA 2014): a bijection of a counter, so that any word can be had without those
 * before it.
 */
#include "pattern.h"

#include <endian.h>
#include <string.h>

#define CHECK_BYTES 512

static uint64_t word_at(uint64_t seed, uint64_t k)
{
	uint64_t z = seed + (k + 1) * UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return htole64(z ^ z >> 31);
}

void sb_pattern_fill(uint64_t seed, uint64_t offset, void *buf, size_t len)
{
	unsigned char *to = buf;

	while (len) {
		uint64_t word = word_at(seed, offset / 8);
		size_t skip = offset % 8, n = len < 8 - skip ? len : 8 - skip;

		memcpy(to, (const unsigned char *)&word + skip, n);
		to += n;
		offset += n;
		len -= n;
	}
}

size_t sb_pattern_check(uint64_t seed, uint64_t offset, const void *buf, size_t len)
{
	unsigned char want[CHECK_BYTES];
	const unsigned char *have = buf;

	for (size_t at = 0; at < len;) {
		size_t n = len - at < sizeof(want) ? len - at : sizeof(want);

		sb_pattern_fill(seed, offset + at, want, n);
		for (size_t i = 0; i < n && memcmp(want, have + at, n); i++)
			if (want[i] != have[at + i])
				return at + i;
		at += n;
	}
	return len;
}
