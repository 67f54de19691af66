// SPDX-License-Identifier: MIT
/* links.c - each client's network and link: names, addresses, base states, queues */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"
#include "plan_priv.h"
#include "satbed/base/clock.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

#define DEFAULT_QUEUE_NS      (100 * SB_NS_PER_MS)
#define DEFAULT_QUEUE_PACKETS 10000
#define MAX_QUEUE_BYTES	      UINT64_C(4000000000)

/*
 * 198.18.0.0/15 is set aside for testing of network interconnects (RFC 2544), fd00::/8 for private
 * use (RFC 4193); a MAC that begins with 02 is locally administered.
 */
static void fill_endpoint(struct sb_endpoint *e, unsigned int client, unsigned int host)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "198.18.%u.%u", client, host);
	inet_pton(AF_INET, text, &e->addr4);
	snprintf(text, sizeof(text), "fd5a:7bed:%x::%u", client, host);
	inet_pton(AF_INET6, text, &e->addr6);
	memcpy(e->mac, (uint8_t[6]){0x02, 0x5a, 0x7b, 0x00, (uint8_t)client, (uint8_t)host}, 6);
}

static void fill_names(struct sb_link *link, unsigned int client)
{
	snprintf(link->client.ifname, SB_IFNAME_MAX, "eth0");
	snprintf(link->server.ifname, SB_IFNAME_MAX, "eth%u", client - 1);
	snprintf(link->client.host_ifname, SB_IFNAME_MAX, "sbc%u", client);
	snprintf(link->server.host_ifname, SB_IFNAME_MAX, "sbs%u", client);
	snprintf(link->bridge, SB_IFNAME_MAX, "sbb%u", client);
	fill_endpoint(&link->server, client, 1);
	fill_endpoint(&link->client, client, 2);
}

static struct sb_link_state base_state(const struct sb_scenario *sc, unsigned int client,
				       enum sb_dir dir)
{
	return (struct sb_link_state){
	    .delay_ns = sb_link_value(sc, client, dir, SB_KEY_DELAY)->time_ns,
	    .rate_bps = sb_link_value(sc, client, dir, SB_KEY_RATE)->number,
	    .loss = sb_link_value(sc, client, dir, SB_KEY_LOSS)->loss,
	    .duplicate_ppb = sb_link_value(sc, client, dir, SB_KEY_DUPLICATE)->ppb,
	    .reorder_ppb = sb_link_value(sc, client, dir, SB_KEY_REORDER)->ppb,
	    .corrupt_ppb = sb_link_value(sc, client, dir, SB_KEY_CORRUPT)->ppb,
	};
}

uint64_t sb_bdp_bytes(uint64_t rate_bps, int64_t rtt_ns)
{
	return (uint64_t)sb_round((double)rate_bps * (double)rtt_ns / (8.0 * (double)SB_NS_PER_S));
}

static uint64_t queue_bytes(const struct sb_queue *q, uint64_t rate_bps, int64_t rtt_ns,
			    uint32_t frame)
{
	switch (q->kind) {
	case SB_QUEUE_TIME:
		return sb_bdp_bytes(rate_bps, (int64_t)q->amount);
	case SB_QUEUE_PACKETS:
		return q->amount * frame;
	case SB_QUEUE_BYTES:
		return q->amount;
	case SB_QUEUE_BDP:
		return (uint64_t)sb_round((double)sb_bdp_bytes(rate_bps, rtt_ns) *
					  (double)q->amount / 1e6);
	}
	return 0;
}

static void fill_queue(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		       struct sb_plan *plan, struct sb_findings *f)
{
	const struct sb_value *v = sb_link_value(sc, client, dir, SB_KEY_QUEUE);
	struct sb_link *link = &plan->links[client - 1];
	struct sb_link_dir *d = &link->dir[dir];
	int64_t rtt_ns = link->dir[SB_UP].initial.delay_ns + link->dir[SB_DOWN].initial.delay_ns;
	uint32_t frame = plan->mtu + SB_ETHERNET_HEADER;
	struct sb_queue queue = {SB_QUEUE_TIME, DEFAULT_QUEUE_NS};
	uint64_t bytes;

	if (sb_has(v))
		queue = v->queue;
	else if (!d->initial.rate_bps)
		queue = (struct sb_queue){SB_QUEUE_PACKETS, DEFAULT_QUEUE_PACKETS};
	bytes = queue_bytes(&queue, d->initial.rate_bps, rtt_ns, frame);
	if (bytes > MAX_QUEUE_BYTES) {
		char text[SB_UNIT_BUF];

		sb_findings_add(f, v->place, "queue: comes to %s, at most 4GB work",
				sb_format_bytes(text, bytes));
		return;
	}
	/* A queue shorter than one frame would lose every full-sized packet that has to wait. */
	d->queue_bytes = bytes < frame ? frame : bytes;
	d->queue_packets = (uint32_t)((d->queue_bytes + frame - 1) / frame);
}

static void fill_direction(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			   struct sb_plan *plan)
{
	struct sb_link_dir *d = &plan->links[client - 1].dir[dir];
	char purpose[64];
	struct sb_rng rng;

	d->initial = base_state(sc, client, dir);
	d->jitter_ns = sb_link_value(sc, client, dir, SB_KEY_JITTER)->time_ns;
	d->max_rate_bps = d->initial.rate_bps;
	d->max_delay_ns = d->initial.delay_ns;
	snprintf(purpose, sizeof(purpose), "packets/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, plan->seed, purpose);
	d->seed = sb_rng_u64(&rng);
}

void sb_plan_fill_links(const struct sb_scenario *sc, struct sb_plan *plan, struct sb_findings *f)
{
	plan->link_count = sb_clients(sc);
	plan->links = sb_alloc(plan->link_count, sizeof(*plan->links));
	for (unsigned int client = 1; client <= plan->link_count; client++) {
		fill_names(&plan->links[client - 1], client);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			fill_direction(sc, client, (enum sb_dir)dir, plan);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			fill_queue(sc, client, (enum sb_dir)dir, plan, f);
	}
}
