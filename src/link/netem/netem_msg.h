/* SPDX-License-Identifier: MIT */
/*
 * netem_msg.h - the parameters of one netem qdisc, to netlink attributes and back
 *
 * Pure: builds and reads messages, sends none.  libnl-route's own netem class knows neither rate
 * nor Gilbert-Elliott loss, 64-bit times or the seed.
 */
#ifndef SATBED_LINK_NETEM_MSG_H
#define SATBED_LINK_NETEM_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nl_msg;

/* A rate at which the longest frame takes 0 ns.  netem keeps the order of packets when it has a
 * rate: this one keeps the order and delays nothing (packet_time_ns() in net/sched/sch_netem.c). */
#define SB_NETEM_ORDER_ONLY UINT64_C(1000000000000000)

/**
 * struct sb_netem - everything that netem can be told here, in the kernel's units
 *
 * Probabilities are fractions of 2^32 - 1.  The kernel loses a packet in the bad state with 1 - @h:
 * as it stands here, @h is the kernel's.  @loss is independent loss, 0 when @gemodel is set.
 */
struct sb_netem {
	int64_t latency_ns;
	uint64_t rate_bytes; /* per second; 0 = none */
	uint64_t seed;
	int32_t overhead; /* bytes beside each packet, for the rate */
	uint32_t limit;
	uint32_t loss;
	bool gemodel;
	bool seeded; /* encoding: send @seed; decoding: the kernel has one */
	uint32_t p, r, h, k1;
	uint32_t duplicate, corrupt, reorder;
	uint32_t gap; /* 1: every packet may be reordered, 0: none */
};

/** sb_netem_probability() - parts per billion to the kernel's fraction, rounded to nearest */
uint32_t sb_netem_probability(uint32_t ppb);

/**
 * sb_netem_tick_ns() - length of the packet scheduler's tick, from the text of /proc/net/psched
 *
 * Return: ns, or 64 (every kernel since 2.6.31) when the text is not of that form
 */
uint32_t sb_netem_tick_ns(const char *psched);

/**
 * sb_netem_put() - append TCA_KIND and TCA_OPTIONS with the complete set of attributes
 *
 * What a message leaves out the kernel keeps as it was (rate, reordering, corruption) or resets
 * (loss), so nothing is left out, zeroes included.
 *
 * Return: 0, or -1 when the message has no room
 */
int sb_netem_put(struct nl_msg *msg, const struct sb_netem *n, uint32_t tick_ns);

/**
 * sb_netem_get() - read the payload of a TCA_OPTIONS attribute
 * @out:	not modified on failure
 *
 * Return: 0, or -1 when it is not netem's or damaged
 */
int sb_netem_get(const void *options, size_t len, struct sb_netem *out);

/**
 * sb_netem_differs() - compare what was asked with what the kernel holds
 * @text:	the first difference in words: "rate is 1250000 bytes/s instead of 2500000"
 *
 * The seed is not compared: kernels before 6.6 have none.
 */
bool sb_netem_differs(const struct sb_netem *asked, const struct sb_netem *got, char *text,
		      size_t size);

#endif
