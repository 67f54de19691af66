// SPDX-License-Identifier: MIT
/* user.c - the user-space backend behind the table of backends: sizes, probe, attach, detach */
#include <stdlib.h>

#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/clock.h"
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

struct sb_shaper {
	struct sb_worker worker;
	uint64_t seed, queue_bytes;
	uint32_t capacity;
};

static uint32_t capacity_for(const struct sb_link_dir *dir)
{
	uint64_t pps = MAX_PPS, waiting, packets;

	if (dir->max_rate_bps && dir->max_rate_bps / SMALL_FRAME_BITS + 1 < MAX_PPS)
		pps = dir->max_rate_bps / SMALL_FRAME_BITS + 1;
	packets = (uint64_t)(dir->max_delay_ns + SLACK_NS) / SB_NS_PER_US * pps / 1000000;
	waiting = dir->queue_bytes / (SMALL_FRAME_BITS / 8);
	packets += waiting < MAX_CAPACITY ? waiting : MAX_CAPACITY;
	if (packets < MIN_CAPACITY)
		return MIN_CAPACITY;
	return packets < MAX_CAPACITY ? (uint32_t)packets : MAX_CAPACITY;
}

static void detach(struct sb_shaper *s)
{
	if (!s)
		return;
	sb_worker_stop(&s->worker);
	free(s);
}

static int attach(const char *ifname, const struct sb_link_dir *dir, uint32_t mtu,
		  struct sb_shaper **out, struct sb_err *err)
{
	struct sb_queue_config config = {.initial = dir->initial,
					 .queue_bytes = dir->queue_bytes,
					 .seed = dir->seed,
					 .capacity = capacity_for(dir)};
	struct sb_shaper *s = sb_alloc(1, sizeof(*s));
	struct sb_port port;

	s->seed = dir->seed;
	s->queue_bytes = dir->queue_bytes;
	s->capacity = config.capacity;
	if (sb_port_open(&port, ifname, mtu, SB_SINK_ANY, err)) {
		free(s);
		return -1;
	}
	if (sb_worker_start(&s->worker, &port, &config, mtu, err) ||
	    sb_port_steer(&s->worker.port, err)) {
		detach(s);
		return -1;
	}
	*out = s;
	return 0;
}

static int apply(struct sb_shaper *s, const struct sb_link_state *state, int64_t at_ns,
		 struct sb_err *err)
{
	return sb_worker_apply(&s->worker, state, at_ns, err);
}

static int read_counters(struct sb_shaper *s, struct sb_link_counters *out, struct sb_err *err)
{
	struct sb_worker *w = &s->worker;
	int64_t dropped = (int64_t)sb_port_dropped(&w->port);

	(void)err;
	*out = (struct sb_link_counters){0};
	sb_queue_counters(w->queue, out);
	/* Frames that found no ring slot did reach the shaper. */
	out->arrived += dropped;
	out->failed += dropped + __atomic_load_n(&w->failed, __ATOMIC_RELAXED);
	out->sent = __atomic_load_n(&w->sent, __ATOMIC_RELAXED);
	out->late = __atomic_load_n(&w->late, __ATOMIC_RELAXED);
	return 0;
}

static void describe(struct sb_shaper *s, cJSON *into)
{
	const struct sb_port *p = &s->worker.port;

	sb_json_add_str(into, "interface", p->ifname);
	sb_json_add_str(into, "sink", p->sink_name);
	sb_json_add_str(into, "sink_kind", p->tap_fd >= 0 ? "tap" : "veth");
	sb_json_add_i64(into, "mark", p->mark);
	sb_json_add_u64(into, "seed", s->seed);
	sb_json_add_bool(into, "seed_honoured", true);
	sb_json_add_i64(into, "queue_bytes", (int64_t)s->queue_bytes);
	sb_json_add_i64(into, "ring_slots", p->slots);
	sb_json_add_i64(into, "packets_under_way_max", s->capacity);
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
	rc = sb_port_open(&port, a.ifname, 1500, SB_SINK_ANY, err);
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

size_t sb_user_ledger(struct sb_shaper *s, struct sb_ledger_entry *out, size_t max,
		      uint64_t *written)
{
	return sb_ledger_read(&s->worker.ledger, out, max, written);
}

const struct sb_link_ops sb_link_user = {
    .name = "user",
    .lookahead_ns = LOOKAHEAD_NS,
    .probe = probe,
    .attach = attach,
    .apply = apply,
    .counters = read_counters,
    .describe = describe,
    .detach = detach,
};
