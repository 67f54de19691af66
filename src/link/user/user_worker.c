// SPDX-License-Identifier: MIT
/*
 * user_worker.c - ring to queue model to interface: the hot path of the user-space backend
 *
 * Nothing here allocates, logs or takes a lock.  A frame that leaves at once is sent from its ring
 * slot; one that stays is copied to the pool, so that the ring only has to bridge the time in which
 * the thread does not run.
 *
 * Departures are exact because they are computed from arrival stamps, and punctual because the
 * thread asks to be woken a little early, as early as the kernel was late before, and looks at the
 * clock for the rest.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/sched.h"
#include "user_frame.h"
#include "user_worker.h"

/* Frames taken before what is due is sent: on a real clock that is some 20 us. */
#define REAL_BATCH 64u
/* A frame due within this stays in its ring slot. */
#define HOLD_NS (100 * SB_NS_PER_US)
#define LATE_NS SB_NS_PER_MS
/* Steps left in the inbox of a worker that sleeps. */
#define WAKE_STEPS 64u
/* A clock that was set shows as a change beyond what two readings can differ by. */
#define CLOCK_SET_NS (200 * SB_NS_PER_US)
/* Room in a pool slot before the frame, so that the frame's IP header is aligned. */
#define SLOT_HEADROOM 32u
#define FRAME_AT      (SLOT_HEADROOM - 14u)

static void count(int64_t *counter, int64_t by)
{
	__atomic_store_n(counter, *counter + by, __ATOMIC_RELAXED);
}

/* The ring's stamps are CLOCK_REALTIME, which may be set at any time; everything else is not. */
static int64_t follow_clocks(struct sb_worker *w)
{
	int64_t mono_ns = sb_mono_ns(), off;

	if (w->virtual_clock)
		return mono_ns; /* nobody sets that one */
	off = sb_real_ns() - mono_ns - w->real_minus_mono_ns;
	if (off > CLOCK_SET_NS || off < -CLOCK_SET_NS)
		w->virtual_clock = sb_clock_is_virtual();
	w->real_minus_mono_ns = sb_real_minus_mono_ns();
	return mono_ns;
}

static void take_steps(struct sb_worker *w, int64_t now_ns)
{
	uint32_t head = __atomic_load_n(&w->inbox_head, __ATOMIC_ACQUIRE);
	uint32_t tail = w->inbox_tail;

	if (tail == head)
		return;
	for (; tail != head; tail++) {
		const struct sb_worker_step *s = &w->inbox[tail % SB_WORKER_INBOX];

		if (sb_queue_apply(w->queue, s->client, &s->state, s->at_ns, now_ns))
			break; /* it stays in the inbox until its time is nearer */
	}
	__atomic_store_n(&w->inbox_tail, tail, __ATOMIC_RELEASE);
}

static void write_packet_log(struct sb_shaper_port *side, const struct sb_queue_decision *v,
			     uint32_t len)
{
	struct sb_packet_log_entry e = {.index = v->index, .arrival_ns = v->arrival_ns, .len = len};

	switch (v->fate) {
	case SB_FATE_PASSED:
		break;
	case SB_FATE_LOST:
		e.causes = SB_PACKET_LOG_LOST;
		break;
	case SB_FATE_OUTAGE:
		e.causes = SB_PACKET_LOG_OUTAGE;
		break;
	case SB_FATE_QUEUE_FULL:
		e.causes = SB_PACKET_LOG_QUEUE_FULL;
		break;
	case SB_FATE_NO_ROOM:
		e.causes = SB_PACKET_LOG_FAILED;
		break;
	}
	if (v->queue_dropped)
		e.causes |= SB_PACKET_LOG_QUEUE_FULL;
	if (v->duplicated)
		e.causes |= SB_PACKET_LOG_DUPLICATED;
	if (v->reordered)
		e.causes |= SB_PACKET_LOG_REORDERED;
	if (v->corrupt_bit)
		e.causes |= SB_PACKET_LOG_CORRUPTED;
	if (e.causes)
		sb_packet_log_add(&side->packet_log, &e);
}

/* Where the frame under way of pool slot @slot lies: its virtio header. */
static uint8_t *held_frame(const struct sb_worker *w, uint32_t slot)
{
	const struct sb_buffered *h = &w->held[slot];

	if (h->ring_slot >= 0)
		return sb_port_frame(&w->sides[h->client].port, (uint32_t)h->ring_slot);
	return sb_pool_at(&w->pool, slot) + FRAME_AT - SB_PORT_HEADER;
}

/* How long before its time a frame may be handed to the kernel. */
static int64_t ahead_ns(const struct sb_worker *w)
{
	for (uint32_t i = 0; i < w->side_count; i++)
		if (!w->sides[i].port.ahead)
			return 0;
	return sb_worker_lazy_ns(w);
}

/* Judges one frame; its ring slot is released unless the frame stays there to be sent before @hold_ns. */
static void take_frame(struct sb_worker *w, uint32_t client, const struct sb_port_frame *f,
		       uint32_t ring_slot, int64_t now_ns, int64_t hold_ns)
{
	struct sb_shaper_port *side = &w->sides[client];
	int64_t arrival_ns = f->real_ns - w->real_minus_mono_ns;
	uint32_t len = sb_frame_len(f);
	uint32_t slot = sb_pool_take(&w->pool);
	struct sb_buffered *h = &w->held[slot];
	struct sb_queue_decision v;

	/* @now_ns is a little old: what came since may come after a step that was not there yet.
	 * Only a clock that was set can put an arrival into the future. */
	if (arrival_ns > now_ns) {
		take_steps(w, now_ns);
		sb_clock_moved();
		now_ns = sb_mono_ns();
		if (arrival_ns > now_ns)
			arrival_ns = now_ns;
	}
	sb_queue_arrive(w->queue, client, arrival_ns, len, slot, &v);
	write_packet_log(side, &v, len);
	if (!v.copies) {
		sb_pool_give(&w->pool, slot);
		sb_port_release(&side->port, ring_slot);
		return;
	}
	h->copies = v.copies;
	h->client = (uint8_t)client;
	if (v.depart_ns < hold_ns && v.copies == 1 && !f->tagged) {
		h->ring_slot = (int32_t)ring_slot;
	} else {
		h->ring_slot = -1;
		sb_frame_copy(held_frame(w, slot), f);
		sb_port_release(&side->port, ring_slot);
	}
	if (v.corrupt_bit)
		sb_frame_flip_bit(held_frame(w, slot), len, v.corrupt_bit);
}

/*
 * The side whose next frame came first; -1 when there is none.  Each ring is in order, so several
 * are merged by looking at their heads.
 */
static int first_side(struct sb_worker *w)
{
	int64_t first_ns = INT64_MAX, at_ns;
	int first = -1;

	if (w->side_count == 1)
		return 0;
	for (uint32_t i = 0; i < w->side_count; i++) {
		if (!sb_port_peek(&w->sides[i].port, &at_ns) || at_ns >= first_ns)
			continue;
		first_ns = at_ns;
		first = (int)i;
	}
	return first;
}

static uint32_t take_frames(struct sb_worker *w, int64_t now_ns)
{
	int64_t ahead = ahead_ns(w), hold_ns = now_ns + (ahead > HOLD_NS ? ahead : HOLD_NS);
	struct sb_port_frame f;
	uint32_t n, slot;

	for (n = 0; n < w->batch; n++) {
		int client = first_side(w);
		struct sb_shaper_port *side = &w->sides[client < 0 ? 0 : client];

		if (client < 0 || !sb_port_take(&side->port, &f, &slot))
			break;
		if (sb_frame_fits(&f, w->mtu)) {
			take_frame(w, (uint32_t)client, &f, slot, now_ns, hold_ns);
		} else {
			count(&side->refused, 1);
			sb_port_release(&side->port, slot);
		}
	}
	return n;
}

static void let_go(struct sb_worker *w, uint32_t slot)
{
	struct sb_buffered *h = &w->held[slot];

	if (--h->copies)
		return;
	if (h->ring_slot >= 0)
		sb_port_release(&w->sides[h->client].port, (uint32_t)h->ring_slot);
	sb_pool_give(&w->pool, slot);
}

/* What waited and was dropped from the queue. */
static void forget_dropped(struct sb_worker *w)
{
	struct sb_departure d;

	while (sb_queue_take_dropped(w->queue, &d)) {
		sb_packet_log_add(
		    &w->sides[w->held[d.handle].client].packet_log,
		    &(struct sb_packet_log_entry){.index = d.index,
						  .arrival_ns = d.depart_ns,
						  .len = d.len,
						  .causes = SB_PACKET_LOG_QUEUE_FULL});
		let_go(w, d.handle);
	}
}

/* Those of @due that are @client's, with as few system calls as can be. */
static void send_of(struct sb_worker *w, uint32_t client, const struct sb_departure *due,
		    uint32_t n, int64_t now_ns)
{
	struct sb_shaper_port *side = &w->sides[client];
	const struct sb_departure *of[SB_PORT_BATCH];
	struct iovec frames[SB_PORT_BATCH];
	int64_t depart_ns[SB_PORT_BATCH];
	bool sent[SB_PORT_BATCH];
	uint32_t count_of = 0, went, late = 0;

	for (uint32_t i = 0; i < n; i++) {
		const struct sb_buffered *h = &w->held[due[i].handle];

		if (h->client != client)
			continue;
		of[count_of] = &due[i];
		depart_ns[count_of] = due[i].depart_ns;
		frames[count_of].iov_base = held_frame(w, due[i].handle);
		frames[count_of++].iov_len = SB_PORT_HEADER + due[i].len;
		late += now_ns - due[i].depart_ns > LATE_NS;
	}
	if (!count_of)
		return;
	went = sb_port_send(&side->port, frames, depart_ns, count_of, sent);
	for (uint32_t i = 0; i < count_of; i++)
		if (!sent[i])
			sb_packet_log_add(&side->packet_log, &(struct sb_packet_log_entry){
								 .index = of[i]->index,
								 .arrival_ns = now_ns,
								 .len = of[i]->len,
								 .causes = SB_PACKET_LOG_FAILED});
	count(&side->sent, went);
	count(&side->failed, count_of - went);
	if (late)
		count(&side->late, late);
}

static uint32_t send_due(struct sb_worker *w, int64_t now_ns)
{
	struct sb_departure due[SB_PORT_BATCH];
	uint32_t n =
	    sb_queue_depart_ahead(w->queue, now_ns, now_ns + ahead_ns(w), due, SB_PORT_BATCH);

	forget_dropped(w);
	for (uint32_t client = 0; n && client < w->side_count; client++)
		send_of(w, client, due, n, now_ns);
	for (uint32_t i = 0; i < n; i++)
		let_go(w, due[i].handle);
	return n;
}

static void *work(void *arg)
{
	struct sb_worker *w = arg;

	/* The default slack of 50 us would be most of the error. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	sb_sched_exact(SB_EXACT_EMULATOR);
	sb_clock_keep(true);
	w->batch = w->virtual_clock ? SB_PORT_BATCH : REAL_BATCH;
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		int64_t now_ns = follow_clocks(w);
		uint32_t taken, gone;

		take_steps(w, now_ns);
		taken = take_frames(w, now_ns);
		gone = send_due(w, w->virtual_clock ? now_ns : sb_mono_ns());
		/* There no time has passed, and nothing has come, while this one was computing. */
		if (w->virtual_clock ? taken < w->batch && gone < SB_PORT_BATCH : !taken && !gone)
			sb_worker_wait(w, now_ns, taken);
	}
	return NULL;
}

static int start_thread(struct sb_worker *w, struct sb_err *err)
{
	sigset_t all, before;
	int rc;

	/* Signals are for the process's main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&w->thread, NULL, work, w);
	if (!rc)
		pthread_setname_np(w->thread, w->sides[0].port.ifname); /* for top and perf */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return sb_fail(err, SB_EENV, rc, "cannot start a thread for %s",
			       w->sides[0].port.ifname);
	w->running = true;
	return 0;
}

int sb_worker_start(struct sb_worker *w, const struct sb_port *ports,
		    const struct sb_queue_config *config, uint32_t clients, uint32_t mtu,
		    struct sb_err *err)
{
	uint32_t slot_bytes = (FRAME_AT - SB_PORT_HEADER + sb_frame_room(mtu) + 63) & ~63u;
	/* Every packet under way has a slot, and one more is taken before a packet is judged. */
	uint32_t slots = config->capacity + 1;

	*w = (struct sb_worker){.side_count = clients, .mtu = mtu, .wake_fd = -1};
	w->sides = sb_alloc(clients, sizeof(*w->sides));
	for (uint32_t i = 0; i < clients; i++) {
		w->sides[i].port = ports[i];
		sb_packet_log_init(&w->sides[i].packet_log);
	}
	w->queue = sb_queue_new_shared(config, clients);
	w->held = sb_alloc(slots, sizeof(*w->held));
	w->inbox = sb_alloc(SB_WORKER_INBOX, sizeof(*w->inbox));
	w->virtual_clock = sb_clock_is_virtual();
	w->real_minus_mono_ns = sb_real_minus_mono_ns();
	w->wake_late_ns = SB_WORKER_EARLY_MAX_NS / 2;
	w->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->wake_fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot create an event descriptor");
	if (sb_pool_init(&w->pool, slot_bytes, slots, err))
		return -1;
	return start_thread(w, err);
}

static void wake(struct sb_worker *w)
{
	uint64_t one = 1;

	/* It can only fail when it is full, and then the thread wakes anyway. */
	if (write(w->wake_fd, &one, sizeof(one)) < 0)
		return;
}

void sb_worker_halt(struct sb_worker *w)
{
	if (!w->running)
		return;
	__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
	wake(w);
	pthread_join(w->thread, NULL);
	w->running = false;
}

void sb_worker_fini(struct sb_worker *w)
{
	sb_worker_halt(w);
	sb_queue_free(w->queue);
	sb_pool_fini(&w->pool);
	for (uint32_t i = 0; i < w->side_count; i++)
		sb_packet_log_fini(&w->sides[i].packet_log);
	free(w->sides);
	free(w->held);
	free(w->inbox);
	sb_close_p(&w->wake_fd);
}

int sb_worker_apply(struct sb_worker *w, uint32_t client, const struct sb_link_state *state,
		    int64_t at_ns, struct sb_err *err)
{
	uint32_t tail = __atomic_load_n(&w->inbox_tail, __ATOMIC_ACQUIRE);
	struct sb_worker_step *s = &w->inbox[w->inbox_head % SB_WORKER_INBOX];

	if (w->inbox_head - tail == SB_WORKER_INBOX)
		return sb_fail(err, SB_EINTERNAL, 0, "%s: too many steps at once",
			       w->sides[client].port.ifname);
	s->at_ns = at_ns;
	s->client = client;
	s->state = *state;
	__atomic_store_n(&w->inbox_head, w->inbox_head + 1, __ATOMIC_RELEASE);
	/* A worker that has something to do looks by itself, in time; an idle one must not run
	 * over. */
	if (w->inbox_head % WAKE_STEPS == 0)
		wake(w);
	return 0;
}
