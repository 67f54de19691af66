/* SPDX-License-Identifier: MIT */
/* link_rig.h - a veth pair to shape, numbered frames through it, and what arrived when */
#ifndef SATBED_TESTS_LINK_RIG_H
#define SATBED_TESTS_LINK_RIG_H

#include <stddef.h>
#include <stdint.h>

#include "satbed/link.h"

#define SB_LINK_IF	"shaped" /* in the namespace of the test; the far end is in another */
#define SB_LINK_MTU	1500u
#define SB_LINK_FRAMES	8192u
#define SB_LINK_MIN_LEN 18u

/** struct sb_link_got - one frame that arrived: its number, length, CLOCK_REALTIME by the kernel */
struct sb_link_got {
	uint32_t seq, len;
	int64_t at_ns;
};

/**
 * struct sb_link_rig - @sent_ns: CLOCK_REALTIME just before each frame was sent
 *
 * Failures of the rig itself end the test (cmocka assertions).
 */
struct sb_link_rig {
	int peer_ns, tx, rx;
	int ifindex;
	uint32_t sent;
	int64_t sent_ns[SB_LINK_FRAMES];
	size_t got_count;
	struct sb_link_got got[SB_LINK_FRAMES];
};

struct sb_link_rig *sb_link_rig_open(void);
void sb_link_rig_close(struct sb_link_rig *rig);
/** sb_link_rig_reset() - forget what was sent and what arrived */
void sb_link_rig_reset(struct sb_link_rig *rig);

/** sb_link_rig_send() - one frame of @len bytes, Ethernet header included */
void sb_link_rig_send(struct sb_link_rig *rig, uint32_t len);
/** sb_link_rig_send_many() - @n of them, 64 at most, in few system calls: those are slow under
 * User-Mode Linux */
void sb_link_rig_send_many(struct sb_link_rig *rig, uint32_t n, uint32_t len);
/** sb_link_rig_receive() - the next frame as it is; its length, or 0 at @deadline_ns (monotonic) */
size_t sb_link_rig_receive(struct sb_link_rig *rig, uint8_t *buf, size_t size, int64_t *at_ns,
			   int64_t deadline_ns);
/** sb_link_rig_collect() - note what arrives until @deadline_ns or until @count frames are there */
void sb_link_rig_collect(struct sb_link_rig *rig, size_t count, int64_t deadline_ns);

/**
 * sb_link_rig_drain() - wait until every frame sent is accounted for and every survivor arrived
 *
 * For shapers that know all counters.  Return: the counters
 */
struct sb_link_counters sb_link_rig_drain(struct sb_link_rig *rig, const struct sb_link_ops *ops,
					  struct sb_shaper *s);

/** sb_link_rig_inversions() - frames that arrived after one with a higher number */
size_t sb_link_rig_inversions(const struct sb_link_rig *rig);

#endif
