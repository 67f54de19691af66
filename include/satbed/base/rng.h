/* SPDX-License-Identifier: MIT */
/* rng.h - the only source of randomness: seeded, the same numbers on every machine */
#ifndef SATBED_BASE_RNG_H
#define SATBED_BASE_RNG_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct sb_rng - xoshiro256** (Blackman and Vigna, 2018, prng.di.unimi.it), state seeded by
 * splitmix64
 *
 * Plain data: copying it copies the stream.
 */
struct sb_rng {
	uint64_t s[4];
};

/** sb_rng_seed() - the stream of (@seed, @stream); streams of one seed are independent */
void sb_rng_seed(struct sb_rng *rng, uint64_t seed, uint64_t stream);
uint64_t sb_rng_u64(struct sb_rng *rng);
/** sb_rng_unit() - uniform in [0, 1), 53 bits */
double sb_rng_unit(struct sb_rng *rng);
/** sb_rng_chance() - true with probability @ppb / 10^9 (never for 0, always from 10^9 on) */
bool sb_rng_chance(struct sb_rng *rng, uint32_t ppb);
/**
 * sb_rng_normal() - standard normal deviate
 *
 * Computed with +, -, *, / and sqrt only (IEEE 754 exact), so that every machine gets the same
 * bits; libm's log and cos differ in the last bit between versions.
 */
double sb_rng_normal(struct sb_rng *rng);

#endif
