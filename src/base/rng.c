// SPDX-License-Identifier: MIT
/*
 * rng.c - seeded random numbers, the same on every machine
 *
 * xoshiro256** 1.0 and splitmix64 after Blackman and Vigna (prng.di.unimi.it, public domain
 * algorithms).
 */
#include "satbed/base/rng.h"

static uint64_t splitmix64(uint64_t *x)
{
	uint64_t z = *x += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

void sb_rng_seed(struct sb_rng *rng, uint64_t seed, uint64_t stream)
{
	uint64_t a = seed, b = stream;
	uint64_t x = splitmix64(&a);

	/* Mixed before they are joined: neighbouring seeds and streams share nothing. */
	x ^= rotate_left(splitmix64(&b), 32);
	for (int i = 0; i < 4; i++)
		rng->s[i] = splitmix64(&x);
}

uint64_t sb_rng_u64(struct sb_rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double sb_rng_unit(struct sb_rng *rng)
{
	return (double)(sb_rng_u64(rng) >> 11) * 0x1.0p-53;
}

bool sb_rng_chance(struct sb_rng *rng, uint32_t ppb)
{
	/* The upper 32 bits scaled to [0, 10^9): the bias is below 2^-32 * 10^9. */
	uint64_t draw = ((sb_rng_u64(rng) >> 32) * UINT64_C(1000000000)) >> 32;

	return draw < ppb;
}

double sb_rng_normal(struct sb_rng *rng)
{
	double sum = 0;

	/*
	 * Irwin-Hall: twelve uniforms less six have mean 0 and variance 1.  Tails end at 6 sigma
	 * and the kurtosis is 2.9 instead of 3, which no link can tell; in exchange every operation
	 * is exact or correctly rounded, where Box-Muller would need log and cos.
	 */
	for (int i = 0; i < 12; i++)
		sum += sb_rng_unit(rng);
	return sum - 6.0;
}
