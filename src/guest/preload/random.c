// SPDX-License-Identifier: MIT
/*
 * random.c - getrandom() out of a seed, for guests on the virtual clock
 *
 * User-Mode Linux takes its guest's random numbers from the host's getrandom().  A run that is to
 * be the same to the byte needs the same ones: SplitMix64 (Steele, Lea, Flood 2014), whose state is
 * the seed.  Nothing secret may be made in such a guest.  Without a seed it is the system call.
 */
#include "preload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool seeded;
static uint64_t counter;

__attribute__((constructor)) static void read_seed(void)
{
	const char *text = getenv(SB_PRELOAD_SEED);
	char *end;

	if (!text || !*text)
		return;
	counter = strtoull(text, &end, 0);
	if (*end) {
		static const char why[] = SB_PRELOAD_SEED ": not a number\n";

		if (write(STDERR_FILENO, why, sizeof(why) - 1) < 0)
			_exit(3);
		_exit(2);
	}
	seeded = true;
}

static uint64_t next_u64(void)
{
	uint64_t z = counter += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

ssize_t sb_preload_getrandom(void *buf, size_t len, unsigned int flags)
{
	unsigned char *at = buf;

	if (!seeded)
		return syscall(SYS_getrandom, buf, len, flags);
	for (size_t done = 0, part; done < len; done += part) {
		uint64_t word = next_u64();

		part = len - done < sizeof(word) ? len - done : sizeof(word);
		memcpy(at + done, &word, part);
	}
	return (ssize_t)len;
}
