// SPDX-License-Identifier: MIT
/*
 * links.c - each client's network and link: names, addresses, base states, queues
 *
 * Clients with several terminals have several of both; @client is the number of the link here, from 1.
 */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "beam.h"
#include "plan/timeline/bursts.h"
#include "dir_fields.h"
#include "plan/timeline/process.h"
#include "plan/timeline/track.h"
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
#define CLIENTS_NET 18
#define SERVERS_NET 19

/* On a split path what slirp4netns(1) names its defaults: the gateway is .2, the first guest .100.
 */
#define RELAY_GATEWAY 2
#define RELAY_GUEST   100

static void fill_endpoint(struct sb_endpoint *e, unsigned int net, unsigned int client,
			  unsigned int host)
{
	char text[INET6_ADDRSTRLEN];

	snprintf(text, sizeof(text), "198.%u.%u.%u", net, client, host);
	inet_pton(AF_INET, text, &e->addr4);
	if (net == CLIENTS_NET)
		snprintf(text, sizeof(text), "fd5a:7bed:%x::%u", client, host);
	else
		snprintf(text, sizeof(text), "fd5a:7bed:%x:%u::%u", client, net, host);
	inet_pton(AF_INET6, text, &e->addr6);
	memcpy(e->mac, (uint8_t[6]){0x02, 0x5a, 0x7b, 0x00, (uint8_t)client, (uint8_t)host}, 6);
}

static void set_points(struct sb_link *link, const char *at_client, const char *at_server,
		       const char *other_leg)
{
	sb_copy_str(link->point_ifname[SB_AT_CLIENT], SB_IFNAME_MAX, at_client);
	sb_copy_str(link->point_ifname[SB_AT_SERVER], SB_IFNAME_MAX, at_server);
	sb_copy_str(link->point_ifname[SB_AT_OTHER_LEG], SB_IFNAME_MAX, other_leg);
}

/* Terminal and gateway stand between the ends, which keep their names and addresses. */
static void set_pep_points(struct sb_link *link, unsigned int client)
{
	char terminal[SB_IFNAME_MAX], gateway[SB_IFNAME_MAX];

	snprintf(terminal, sizeof(terminal), "sbt%u", client);
	snprintf(gateway, sizeof(gateway), "sbg%u", client);
	set_points(link, terminal, gateway, link->client.host_ifname);
	sb_copy_str(link->point_ifname[SB_AT_SERVER_LEG], SB_IFNAME_MAX, link->server.host_ifname);
}

/* Two networks, and the relay between them: the client's with the tap, the server's with the
 * relay's veth. */
static void fill_split(struct sb_link *link, enum sb_placement placement, unsigned int client)
{
	struct sb_relay *relay = &link->relay;

	fill_endpoint(&link->client, CLIENTS_NET, client, RELAY_GUEST);
	fill_endpoint(&link->server, SERVERS_NET, client, 1);
	fill_endpoint(&relay->outer, SERVERS_NET, client, 2);
	relay->gateway4 = link->client.addr4;
	((uint8_t *)&relay->gateway4)[3] = RELAY_GATEWAY;
	snprintf(relay->outer.ifname, SB_IFNAME_MAX, "eth0");
	snprintf(relay->outer.host_ifname, SB_IFNAME_MAX, "sbr%u", client);
	snprintf(relay->bridge, SB_IFNAME_MAX, "sbo%u", client);
	snprintf(relay->tap, SB_IFNAME_MAX, "sbt%u", client);
	if (placement == SB_INSIDE)
		set_points(link, link->client.host_ifname, relay->tap, link->server.host_ifname);
	else
		set_points(link, relay->outer.host_ifname, link->server.host_ifname,
			   link->client.host_ifname);
}

static void fill_names(const struct sb_plan *plan, struct sb_link *link, unsigned int client)
{
	snprintf(link->client.ifname, SB_IFNAME_MAX, "eth%zu",
		 (client - 1) % sb_plan_terminals(plan));
	snprintf(link->server.ifname, SB_IFNAME_MAX, "eth%u", client - 1);
	snprintf(link->client.host_ifname, SB_IFNAME_MAX, "sbc%u", client);
	snprintf(link->server.host_ifname, SB_IFNAME_MAX, "sbs%u", client);
	snprintf(link->bridge, SB_IFNAME_MAX, "sbb%u", client);
	if (plan->path == SB_PATH_BRIDGE) {
		fill_endpoint(&link->server, CLIENTS_NET, client, 1);
		fill_endpoint(&link->client, CLIENTS_NET, client, 2);
		set_points(link, link->client.host_ifname, link->server.host_ifname, "");
		if (plan->pep)
			set_pep_points(link, client);
	} else {
		fill_split(link, plan->placement, client);
	}
	link->target4 = link->server.addr4;
	link->target6 = link->server.addr6;
}

static struct sb_link_state base_state(const struct sb_scenario *sc, unsigned int client,
				       enum sb_dir dir)
{
	uint32_t reorder = sb_link_value(sc, client, dir, SB_KEY_REORDER)->ppb;

	return (struct sb_link_state){
	    .delay_ns = sb_link_value(sc, client, dir, SB_KEY_DELAY)->time_ns,
	    .rate_bps = sb_link_value(sc, client, dir, SB_KEY_RATE)->number,
	    .loss = sb_link_value(sc, client, dir, SB_KEY_LOSS)->loss.loss,
	    .duplicate_ppb = sb_link_value(sc, client, dir, SB_KEY_DUPLICATE)->ppb,
	    .reorder_ppb = reorder == SB_REORDER_ALLOW ? 0 : reorder,
	    .corrupt_ppb = sb_link_value(sc, client, dir, SB_KEY_CORRUPT)->ppb,
	};
}

uint64_t sb_bdp_bytes(uint64_t rate_bps, int64_t rtt_ns)
{
	return (uint64_t)sb_round((double)rate_bps * (double)rtt_ns / (8.0 * (double)SB_NS_PER_S));
}

static uint64_t queue_bytes(const struct sb_queue_written *q, uint64_t rate_bps, int64_t rtt_ns,
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
	const struct sb_trace *trace = sb_track_of(sc, client, dir, SB_KEY_TRACE);
	struct sb_queue_written queue = {SB_QUEUE_TIME, DEFAULT_QUEUE_NS};
	uint64_t rate_bps = d->initial.rate_bps;
	uint64_t bytes;

	if (sb_has(v))
		queue = v->queue;
	else if (trace && trace->queue_packets)
		queue = (struct sb_queue_written){SB_QUEUE_PACKETS, trace->queue_packets};
	else if (!rate_bps)
		queue = (struct sb_queue_written){SB_QUEUE_PACKETS, DEFAULT_QUEUE_PACKETS};
	/* The first rate of a trace, or of those drawn, is nothing to size a queue by; the mean is.
	 */
	if (d->drawn_every_ns)
		rate_bps = d->drawn_mean_bps;
	if (trace)
		rate_bps = sb_track_mean_rate(trace, plan->duration_ns, rate_bps);
	bytes = queue_bytes(&queue, rate_bps, rtt_ns, frame);
	if (bytes > MAX_QUEUE_BYTES) {
		char text[SB_UNIT_BUF];

		sb_findings_add(f, v->place, "queue: %s is larger than the maximum of 4GB",
				sb_format_bytes(text, bytes));
		return;
	}
	/* A queue shorter than one frame would lose every full-sized packet that has to wait. */
	d->queue_bytes = bytes < frame ? frame : bytes;
	d->queue_packets = (uint32_t)((d->queue_bytes + frame - 1) / frame);
}

/* What a trace says of the very start holds from the start. */
static void fill_trace(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
		       int64_t end_ns, struct sb_link_dir *d)
{
	const struct sb_trace *trace = sb_track_of(sc, client, dir, SB_KEY_TRACE);
	const struct sb_trace *delays = sb_track_of(sc, client, dir, SB_KEY_DELAY_TRACE);

	if (trace) {
		if (trace->has & SB_TRACE_JITTER)
			d->jitter_ns = sb_track_deviation(trace, end_ns);
		sb_copy_str(d->trace, sizeof(d->trace), trace->name);
		d->trace_xxh64 = trace->xxh64;
		if (!trace->rows[0].at_ns)
			sb_track_apply(&trace->rows[0], &d->initial);
	}
	if (delays) {
		sb_copy_str(d->delay_trace, sizeof(d->delay_trace), delays->name);
		d->delay_trace_xxh64 = delays->xxh64;
		if (!delays->rows[0].at_ns)
			sb_track_apply(&delays->rows[0], &d->initial);
	}
}

static void fill_drawn_rate(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			    uint64_t seed, struct sb_link_dir *d)
{
	const struct sb_link_rate *rate = &sb_link_value(sc, client, dir, SB_KEY_RATE)->rate;

	if (!rate->drawn)
		return;
	d->drawn_every_ns = sb_link_value(sc, client, dir, SB_KEY_RATE_EVERY)->time_ns;
	d->drawn_mean_bps = rate->number;
	sb_drawn_rate_begin(sc, client, dir, seed, &d->initial);
}

static void fill_direction(const struct sb_scenario *sc, const struct sb_orbit *orbit,
			   unsigned int client, enum sb_dir dir, struct sb_plan *plan)
{
	const struct sb_loss_written *loss = &sb_link_value(sc, client, dir, SB_KEY_LOSS)->loss;
	struct sb_link_dir *d = &plan->links[client - 1].dir[dir];
	char purpose[64];
	struct sb_rng rng;

	d->initial = base_state(sc, client, dir);
	if (loss->form == SB_LOSS_BURSTS)
		d->bursts = sb_bursts_means(&loss->bursts);
	d->exact = loss->exact;
	d->jitter_ns = sb_jitter_deviation(&sb_link_value(sc, client, dir, SB_KEY_JITTER)->jitter);
	fill_trace(sc, client, dir, plan->duration_ns, d);
	fill_drawn_rate(sc, client, dir, plan->seed, d);
	d->discipline = sb_link_value(sc, client, dir, SB_KEY_DISCIPLINE)->discipline;
	sb_dir_fields_fill(sc, client, dir, d);
	d->may_overtake = sb_link_value(sc, client, dir, SB_KEY_REORDER)->ppb == SB_REORDER_ALLOW;
	if (orbit) {
		d->initial.delay_ns += orbit->track.rows[0].delay_ns;
		d->initial.outage = orbit->track.rows[0].outage;
	}
	d->max_rate_bps = d->initial.rate_bps;
	d->max_delay_ns = d->initial.delay_ns;
	snprintf(purpose, sizeof(purpose), "packets/client%u/%s", client, sb_dir_name(dir));
	sb_draw_stream(&rng, plan->seed, purpose);
	d->seed = sb_rng_u64(&rng);
}

/* What a trace has is not said a second time. */
static void check_delays(const struct sb_scenario *sc, unsigned int client, enum sb_dir dir,
			 struct sb_findings *f)
{
	const struct sb_trace *trace = sb_track_of(sc, client, dir, SB_KEY_TRACE);
	const struct sb_value *jitter = sb_link_value(sc, client, dir, SB_KEY_JITTER);

	if (!trace)
		return;
	if (trace->has & SB_TRACE_DELAY && sb_track_of(sc, client, dir, SB_KEY_DELAY_TRACE))
		sb_findings_add(f, sb_link_value(sc, client, dir, SB_KEY_DELAY_TRACE)->place,
				"delay_trace: the trace of [link.%s], %s, has delays, too; one is "
				"enough",
				sb_dir_name(dir), trace->name);
	if (trace->has & SB_TRACE_JITTER && sb_jitter_deviation(&jitter->jitter))
		sb_findings_add(
		    f, jitter->place,
		    "jitter: the trace of [link.%s], %s, has jitter, too; one is enough",
		    sb_dir_name(dir), trace->name);
}

void sb_plan_fill_links(const struct sb_scenario *sc, const struct sb_orbit *orbit,
			struct sb_plan *plan, struct sb_findings *f)
{
	plan->link_count = sb_links(sc);
	plan->links = sb_alloc(plan->link_count, sizeof(*plan->links));
	for (unsigned int client = 1; client <= plan->link_count; client++) {
		fill_names(plan, &plan->links[client - 1], client);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++) {
			check_delays(sc, client, (enum sb_dir)dir, f);
			fill_direction(sc, orbit, client, (enum sb_dir)dir, plan);
		}
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			fill_queue(sc, client, (enum sb_dir)dir, plan, f);
	}
	sb_beam_fill(sc, plan, f);
}
