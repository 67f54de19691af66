/* SPDX-License-Identifier: MIT */
/* user_worker.h - the thread that moves the packets of one direction, of one client or of several
 */
#ifndef SATBED_LINK_USER_WORKER_H
#define SATBED_LINK_USER_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "link/queue/packet_log.h"
#include "pool.h"
#include "link/queue/queue.h"
#include "user_port.h"

#define SB_WORKER_INBOX 1024u /* steps on their way to the worker */

/* Early wake-ups: bounds of what is spent looking at the clock. */
#define SB_WORKER_EARLY_MIN_NS (5 * SB_NS_PER_US)
#define SB_WORKER_EARLY_MAX_NS (100 * SB_NS_PER_US)

/** struct sb_buffered - where a packet under way lies: in its slot of the pool, or still in the ring
 *
 * No pointer: what lies beside the pool must not be worth overrunning.
 */
struct sb_buffered {
	int32_t ring_slot; /* -1: in the pool */
	uint8_t copies, client;
};

struct sb_worker_step {
	int64_t at_ns;
	uint32_t client;
	struct sb_link_state state;
};

/**
 * struct sb_shaper_port - the interface of one client, and what became of its packets
 * @refused:	frames that do not fit the interface (sb_frame_fits()); the queue never saw them
 */
struct sb_shaper_port {
	struct sb_port port;
	struct sb_packet_log packet_log;
	int64_t sent, failed, late, refused;
};

/**
 * struct sb_worker - one direction's thread and all it works with
 * @sides:	of the clients that share it, mostly one
 *
 * The thread is the only user of all but the inbox's head, @stop and the counters.
 */
struct sb_worker {
	struct sb_shaper_port *sides;
	uint32_t side_count, mtu, batch;
	struct sb_queue *queue;
	struct sb_pool pool;
	struct sb_buffered *held; /* by pool slot */

	bool virtual_clock;
	int64_t real_minus_mono_ns;
	int64_t wake_late_ns; /* how late the kernel wakes us, lately */

	struct sb_worker_step *inbox;
	uint32_t inbox_head, inbox_tail;
	int wake_fd;
	bool stop, running;
	pthread_t thread;
};

/**
 * sb_worker_start() - everything but the ports is made here
 * @ports:	one for each of @clients; taken over in any case
 * @config:	as for sb_queue_new_shared()
 */
int sb_worker_start(struct sb_worker *w, const struct sb_port *ports,
		    const struct sb_queue_config *config, uint32_t clients, uint32_t mtu,
		    struct sb_err *err);
/** sb_worker_halt() - ends the thread; ports may then be closed. sb_worker_fini() - drops what is
 * under way; half-made is fine for both, and again is fine for the first */
void sb_worker_halt(struct sb_worker *w);
void sb_worker_fini(struct sb_worker *w);
int sb_worker_apply(struct sb_worker *w, uint32_t client, const struct sb_link_state *state,
		    int64_t at_ns, struct sb_err *err);

/**
 * sb_worker_wait() - in the worker's thread, which has nothing to do: until something comes or is due
 * @looked_ns:	what was due by then has been sent
 * @busy:	frames came just now, so that more may come soon
 */
void sb_worker_wait(struct sb_worker *w, int64_t looked_ns, bool busy);
/**
 * sb_worker_lazy_ns() - on a virtual clock: what comes from now on leaves no sooner than so much later
 *
 * So long the worker may sleep, and so far ahead the kernel has to know what leaves.  0 elsewhere.
 */
int64_t sb_worker_lazy_ns(const struct sb_worker *w);

#endif
