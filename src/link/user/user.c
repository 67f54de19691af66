// SPDX-License-Identifier: MIT
/* user.c - the user-space backend behind the table of backends: sizes, probe, attach, detach */
#include <net/ethernet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/clock.h"
#include "satbed/base/parallel.h"
#include "satbed/net.h"
#include "user.h"
#include "user_worker.h"

/* Steps are handed over this long before their time, so that no scheduling delay makes them late.
 */
#define LOOKAHEAD_NS (50 * SB_NS_PER_MS)

/* Packets under way: enough for 1,000,000 a second, or for small frames at the link's rate. */
#define SMALL_FRAME_BITS (60u * 8u)
#define MAX_PPS		 1000000u
#define MIN_CAPACITY	 8192u
#define MAX_CAPACITY	 (1u << 18)
/* Delays are bridged by the pool; a loaded machine adds to them. */
#define SLACK_NS (20 * SB_NS_PER_MS)

/*
 * A ring bridges the time in which the thread does not run.  On a virtual clock that is none, but what a sender lets go
 * in one instant is all there before anybody runs: a window at most, of the link and its queue in both directions.  A
 * page that is touched for the first time is dear there, so the ring is no larger than that takes.
 */
#define RING_SLOTS	   4096u
#define RING_LEAST_VIRTUAL 2048u
#define RING_MOST_VIRTUAL  16384u
#define RING_MEMORY_SHARE  32u /* of what is free: there may be many clients */

/**
 * struct beam - one worker, for one interface or for several that share a direction
 * @lock:	detaching is done side by side
 * @users:	shapers not detached yet
 */
struct beam {
	struct sb_worker worker;
	pthread_mutex_t lock;
	size_t users;
	uint64_t queue_bytes;
	uint32_t capacity;
};

struct sb_shaper {
	struct beam *beam;
	uint32_t client; /* of the beam */
	uint64_t seed;
};

/* The rate and the queue are those of all together; the longest delay is somebody's. */
static uint32_t capacity_for(const struct sb_link_dir *const *dirs, size_t count)
{
	const struct sb_link_dir *dir = dirs[0];
	uint64_t pps = MAX_PPS, waiting, packets;
	int64_t delay_ns = 0;

	for (size_t i = 0; i < count; i++)
		if (dirs[i]->max_delay_ns > delay_ns)
			delay_ns = dirs[i]->max_delay_ns;
	if (dir->max_rate_bps && dir->max_rate_bps / SMALL_FRAME_BITS + 1 < MAX_PPS)
		pps = dir->max_rate_bps / SMALL_FRAME_BITS + 1;
	packets = (uint64_t)(delay_ns + SLACK_NS) / SB_NS_PER_US * pps / 1000000;
	waiting = dir->queue_bytes / (SMALL_FRAME_BITS / 8);
	packets += waiting < MAX_CAPACITY ? waiting : MAX_CAPACITY;
	if (packets < MIN_CAPACITY)
		return MIN_CAPACITY;
	return packets < MAX_CAPACITY ? (uint32_t)packets : MAX_CAPACITY;
}

static uint32_t ring_slots(const struct sb_link_dir *dir, uint32_t mtu)
{
	double burst_bytes = 2 * ((double)dir->max_rate_bps / 8 * (double)dir->max_delay_ns / 1e9 +
				  (double)dir->queue_bytes);
	struct sysinfo memory = {0};
	uint32_t slots = RING_LEAST_VIRTUAL;

	if (!sb_clock_is_virtual())
		return RING_SLOTS;
	sysinfo(&memory);
	while (slots < RING_MOST_VIRTUAL && (double)slots * (mtu + ETHER_HDR_LEN) < burst_bytes &&
	       2.0 * slots * mtu * RING_MEMORY_SHARE < (double)memory.freeram * memory.mem_unit)
		slots *= 2;
	return slots;
}

static struct sb_shaper_port *side_of(const struct sb_shaper *s)
{
	return &s->beam->worker.sides[s->client];
}

/* The first to go ends the thread, the last one takes the rest along. */
static void detach(struct sb_shaper *s)
{
	struct beam *b;
	bool last;

	if (!s)
		return;
	b = s->beam;
	pthread_mutex_lock(&b->lock);
	sb_worker_halt(&b->worker);
	pthread_mutex_unlock(&b->lock);
	sb_port_close(&side_of(s)->port);
	pthread_mutex_lock(&b->lock);
	last = !--b->users;
	pthread_mutex_unlock(&b->lock);
	if (last) {
		sb_worker_fini(&b->worker);
		pthread_mutex_destroy(&b->lock);
		free(b);
	}
	free(s);
}

/* What one interface after the other would take long for. */
struct opening {
	const char *const *ifnames;
	struct sb_port *ports;
	struct sb_shaper **shapers;
	uint32_t mtu, slots;
};

static int open_one(void *arg, size_t i, struct sb_err *err)
{
	struct opening *o = arg;

	return sb_port_open(&o->ports[i], o->ifnames[i], o->mtu, o->slots, SB_SINK_ANY, err);
}

static int steer_one(void *arg, size_t i, struct sb_err *err)
{
	struct opening *o = arg;

	return sb_port_steer(&side_of(o->shapers[i])->port, err);
}

static int start_beam(struct opening *o, const struct sb_link_dir *const *dirs, size_t count,
		      struct sb_err *err)
{
	struct sb_queue_config *configs = sb_alloc(count, sizeof(*configs));
	struct beam *b = sb_alloc(1, sizeof(*b));
	int rc;

	for (size_t i = 0; i < count; i++) {
		configs[i] = (struct sb_queue_config){.initial = dirs[i]->initial,
						      .queue_bytes = dirs[i]->queue_bytes,
						      .seed = dirs[i]->seed,
						      .exact = dirs[i]->exact,
						      .discipline = dirs[i]->discipline,
						      .frame_bytes = o->mtu + ETHER_HDR_LEN,
						      .overhead_bytes = dirs[i]->overhead_bytes,
						      .may_overtake = dirs[i]->may_overtake};
		o->shapers[i] = sb_alloc(1, sizeof(*o->shapers[i]));
		*o->shapers[i] =
		    (struct sb_shaper){.beam = b, .client = (uint32_t)i, .seed = dirs[i]->seed};
	}
	configs[0].capacity = b->capacity = capacity_for(dirs, count);
	b->queue_bytes = dirs[0]->queue_bytes;
	b->users = count;
	pthread_mutex_init(&b->lock, NULL);
	rc = sb_worker_start(&b->worker, o->ports, configs, (uint32_t)count, o->mtu, err);
	free(configs);
	return rc;
}

static int attach_shared(const char *const *ifnames, const struct sb_link_dir *const *dirs,
			 size_t count, uint32_t mtu, struct sb_shaper **out, struct sb_err *err)
{
	struct sb_port ports[SB_MAX_CLIENTS];
	struct sb_shaper *shapers[SB_MAX_CLIENTS];
	struct opening o = {ifnames, ports, shapers, mtu, ring_slots(dirs[0], mtu)};

	for (size_t i = 0; i < count; i++)
		ports[i] = (struct sb_port){.tap_fd = -1, .sock_fd = -1};
	if (sb_parallel(count, open_one, &o, err)) {
		for (size_t i = 0; i < count; i++)
			sb_port_close(&ports[i]);
		return -1;
	}
	if (start_beam(&o, dirs, count, err) || sb_parallel(count, steer_one, &o, err)) {
		for (size_t i = 0; i < count; i++)
			detach(shapers[i]);
		return -1;
	}
	memcpy(out, shapers, count * sizeof(out[0]));
	return 0;
}

static int attach(const char *ifname, const struct sb_link_dir *dir, uint32_t mtu,
		  struct sb_shaper **out, struct sb_err *err)
{
	return attach_shared(&ifname, &dir, 1, mtu, out, err);
}

static int apply(struct sb_shaper *s, const struct sb_link_state *state, int64_t at_ns,
		 struct sb_err *err)
{
	return sb_worker_apply(&s->beam->worker, s->client, state, at_ns, err);
}

static int read_counters(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err)
{
	struct sb_shaper_port *side = side_of(s);
	int64_t unseen = (int64_t)sb_port_dropped(&side->port) +
			 __atomic_load_n(&side->refused, __ATOMIC_RELAXED);

	(void)err;
	*out = (struct sb_link_counters){0};
	sb_queue_counters(s->beam->worker.queue, s->client, out);
	/* Frames that found no ring slot, or do not fit the interface, did reach the shaper. */
	out->arrived += unseen;
	out->failed += unseen + __atomic_load_n(&side->failed, __ATOMIC_RELAXED);
	out->sent = __atomic_load_n(&side->sent, __ATOMIC_RELAXED);
	out->late = __atomic_load_n(&side->late, __ATOMIC_RELAXED);
	return 0;
}

static void describe(struct sb_shaper *s, cJSON *into)
{
	const struct sb_port *p = &side_of(s)->port;

	sb_json_add_str(into, "interface", p->ifname);
	sb_json_add_str(into, "sink", p->sink_name);
	sb_json_add_str(into, "sink_kind", p->tap_fd >= 0 ? "tap" : "veth");
	sb_json_add_i64(into, "mark", p->mark);
	sb_json_add_u64(into, "seed", s->seed);
	sb_json_add_bool(into, "seed_honoured", true);
	sb_json_add_i64(into, "queue_bytes", (int64_t)s->beam->queue_bytes);
	if (s->beam->worker.side_count > 1)
		sb_json_add_i64(into, "shared_by", s->beam->worker.side_count);
	sb_json_add_i64(into, "ring_slots", p->slots);
	sb_json_add_i64(into, "packets_under_way_max", s->beam->capacity);
	sb_json_add_i64(into, "lookahead_ns", LOOKAHEAD_NS);
}

static int try_scratch(struct sb_rtnl *nl, struct sb_err *err)
{
	struct sb_veth_half a = {.ifname = "sbprobe0", .netns_fd = -1};
	struct sb_veth_half b = {.ifname = "sbprobe1", .netns_fd = -1};
	struct sb_port port;
	int rc;

	if (sb_rtnl_add_veth(nl, &a, &b, 1500, err))
		return -1;
	rc = sb_port_open(&port, a.ifname, 1500, RING_SLOTS, SB_SINK_ANY, err);
	if (!rc) {
		rc = sb_port_steer(&port, err);
		sb_port_close(&port);
	}
	sb_rtnl_delete_link(nl, a.ifname, NULL);
	return rc;
}

static int probe(struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc;

	if (sb_rtnl_open(&nl, err))
		return -1;
	rc = try_scratch(&nl, err);
	sb_rtnl_close(&nl);
	return rc ? sb_wrap(err, "the user-space link cannot work here") : 0;
}

size_t sb_user_packet_log(struct sb_shaper *s, struct sb_packet_log_entry *out, size_t max,
			  uint64_t *written)
{
	return sb_packet_log_read(&side_of(s)->packet_log, out, max, written);
}

const struct sb_link_ops sb_link_user = {
    .name = "user",
    .lookahead_ns = LOOKAHEAD_NS,
    .probe = probe,
    .attach = attach,
    .attach_shared = attach_shared,
    .apply = apply,
    .counters = read_counters,
    .describe = describe,
    .detach = detach,
};
