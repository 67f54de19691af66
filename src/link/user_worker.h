/* SPDX-License-Identifier: MIT */
/* user_worker.h - the thread that moves the packets of one direction */
#ifndef SATBED_LINK_USER_WORKER_H
#define SATBED_LINK_USER_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger.h"
#include "pool.h"
#include "queue.h"
#include "user_port.h"

#define SB_WORKER_INBOX 1024u /* steps on their way to the worker */

/** struct sb_held - where a packet under way lies: in its slot of the pool, or still in the ring */
struct sb_held {
	uint8_t *data;
	int32_t ring_slot; /* -1: in the pool */
	uint8_t copies;
};

struct sb_worker_step {
	int64_t at_ns;
	struct sb_link_state state;
};

/**
 * struct sb_worker - one direction's thread and all it works with
 *
 * The thread is the only user of all but the inbox's head, @stop and the counters.
 */
struct sb_worker {
	struct sb_port port;
	struct sb_queue *queue;
	struct sb_pool pool;
	struct sb_held *held; /* by pool slot */
	struct sb_ledger ledger;
	int64_t sent, failed, late;

	int64_t real_minus_mono_ns;
	int64_t wake_late_ns; /* how late the kernel wakes us, lately */

	struct sb_worker_step *inbox;
	uint32_t inbox_head, inbox_tail;
	int wake_fd;
	bool stop, running;
	pthread_t thread;
};

/** sb_worker_start() - everything but the port is made here; @port is taken over in any case */
int sb_worker_start(struct sb_worker *w, const struct sb_port *port,
		    const struct sb_queue_config *config, uint32_t mtu, struct sb_err *err);
/** sb_worker_stop() - ends the thread, drops what is under way, closes the port; half-made is fine
 */
void sb_worker_stop(struct sb_worker *w);
int sb_worker_apply(struct sb_worker *w, const struct sb_link_state *state, int64_t at_ns,
		    struct sb_err *err);

#endif
