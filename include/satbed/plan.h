/* SPDX-License-Identifier: MIT */
/*
 * plan.h - what a run will do, to the last number: the finished value of scenario and seed
 *
 * Pure: no I/O, no clock, no privilege.  Everything random that is not decided per packet is drawn
 * here, once, and frozen into the timeline; the same scenario and seed give the same plan, byte for
 * byte in its JSON form, on every machine.  All later stages take it as const.
 */
#ifndef SATBED_PLAN_H
#define SATBED_PLAN_H

#include <cjson/cJSON.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

#define SB_MAX_CLIENTS 64
#define SB_NAME_MAX    32	   /* names of scenarios, flows, events; with the NUL */
#define SB_IFNAME_MAX  16	   /* the kernel's IFNAMSIZ */
#define SB_PPB	       1000000000u /* certainty, in parts per billion */

struct sb_scenario;

enum sb_dir { SB_UP, SB_DOWN }; /* client to server, server to client */
enum sb_path { SB_PATH_BRIDGE, SB_PATH_SLIRP, SB_PATH_PASTA };
enum sb_backend { SB_BACKEND_AUTO, SB_BACKEND_NETEM, SB_BACKEND_USER };

enum sb_loss_kind { SB_LOSS_NONE, SB_LOSS_RANDOM, SB_LOSS_GEMODEL };

/**
 * struct sb_loss - a packet loss process, decided per arriving packet
 * @random_ppb:	SB_LOSS_RANDOM: independent probability
 * @bad_ppb:	SB_LOSS_GEMODEL: probability per packet to go from GOOD to BAD (p)
 * @good_ppb:	probability per packet to go from BAD to GOOD (r)
 * @lost_in_bad_ppb:	probability to lose a packet in BAD (h as the literature has it; Gilbert:
 * all)
 * @lost_in_good_ppb:	probability to lose a packet in GOOD (1-k; Gilbert: none)
 *
 * Gilbert-Elliott with state changes per packet: the state moves first, then the
 * packet is judged in the new state (netem judges before it moves: the same process).  Mean loss is
 * p/(p+r) * lost_in_bad + r/(p+r) * lost_in_good; the mean stay in BAD is 1/r packets.
 */
struct sb_loss {
	enum sb_loss_kind kind;
	uint32_t random_ppb;
	uint32_t bad_ppb, good_ppb, lost_in_bad_ppb, lost_in_good_ppb;
};

/**
 * struct sb_link_state - what one direction does to packets arriving at one instant
 * @delay_ns:	one-way delay after serialisation, as it is when serialisation ends
 * @rate_bps:	serialisation rate over whole frames (Ethernet header included, FCS not); 0 =
 * unlimited
 * @loss:	before rate and queue: lost packets use no capacity (netem's order)
 * @duplicate_ppb: a second copy enters the queue
 * @reorder_ppb: the packet skips the delay (leaves at once after serialisation) and so overtakes
 * @corrupt_ppb: one bit beyond the Ethernet header is flipped
 * @outage:	every arriving packet is lost; what is under way still arrives
 */
struct sb_link_state {
	int64_t delay_ns;
	uint64_t rate_bps;
	struct sb_loss loss;
	uint32_t duplicate_ppb, reorder_ppb, corrupt_ppb;
	bool outage;
};

/**
 * struct sb_link_dir - one direction of one client's link
 * @initial:	state at the start of the run
 * @queue_bytes: room for waiting frames before the serialiser, never 0; drop-tail
 * @queue_packets: the same in full-MTU frames, rounded up, for backends that count packets
 * @jitter_ns:	standard deviation of the delay's steps, 0 = none (already drawn into the timeline)
 * @seed:	for the per-packet decisions of this direction
 * @max_rate_bps, @max_delay_ns: over the whole timeline (max_rate_bps 0 = unlimited at some time)
 */
struct sb_link_dir {
	struct sb_link_state initial;
	uint64_t queue_bytes;
	uint32_t queue_packets;
	int64_t jitter_ns;
	uint64_t seed;
	uint64_t max_rate_bps;
	int64_t max_delay_ns;
};

/**
 * struct sb_endpoint - one end of a client's network
 * @ifname:	inside the node
 * @host_ifname: of the veth's other half, where the sky shapes and captures
 */
struct sb_endpoint {
	char ifname[SB_IFNAME_MAX];
	char host_ifname[SB_IFNAME_MAX];
	uint8_t mac[6];
	struct in_addr addr4;
	struct in6_addr addr6;
};

/**
 * struct sb_link - one client's own network and satellite link
 * @client, @server: its two ends; @bridge: the bridge that joins the host-side halves
 * @dir:	indexed by enum sb_dir
 *
 * The up direction is shaped at the egress of @server.host_ifname, the down direction at the egress
 * of @client.host_ifname: in the middle, never on a node's own interface.
 */
struct sb_link {
	struct sb_endpoint client, server;
	char bridge[SB_IFNAME_MAX];
	struct sb_link_dir dir[2];
};

#define SB_PREFIX_LEN4 24
#define SB_PREFIX_LEN6 64

enum sb_step_cause { SB_CAUSE_EVENT, SB_CAUSE_OUTAGE_END, SB_CAUSE_JITTER };

/**
 * struct sb_step - one change on the frozen timeline
 * @at_ns:	since the start of the run
 * @link:	index into sb_plan.links; @dir: enum sb_dir
 * @cause, @event: why; @event indexes sb_plan.events, -1 for jitter
 * @state:	the complete state from then on, not a difference
 */
struct sb_step {
	int64_t at_ns;
	uint16_t link;
	uint8_t dir;
	uint8_t cause;
	int16_t event;
	struct sb_link_state state;
};

/** struct sb_event - a named event of the scenario, for reports; @count = times it happens in this
 * plan */
struct sb_event {
	char name[SB_NAME_MAX];
	uint32_t count;
};

enum sb_flow_kind { SB_FLOW_BULK, SB_FLOW_STREAM };

/**
 * struct sb_flow - one flow of one client in one direction (`both` and several clients are
 * expanded)
 * @name:	as in the scenario
 * @client:	index into sb_plan.links
 * @dir:	which way the payload goes; the client always connects
 * @streams:	parallel connections (bulk)
 * @cc:		congestion control, empty = the kernel's default
 * @port:	the server's, one per flow, so that captures tell flows apart
 * @start_ns, @duration_ns: since the start of the run
 * @rate_bps, @packet_bytes: stream: payload rate and UDP payload size
 */
struct sb_flow {
	char name[SB_NAME_MAX];
	enum sb_flow_kind kind;
	uint16_t client;
	uint8_t dir;
	uint16_t streams;
	char cc[16];
	uint16_t port;
	int64_t start_ns, duration_ns;
	uint64_t rate_bps;
	uint32_t packet_bytes;
};

enum sb_relation { SB_GE, SB_GT, SB_LE, SB_LT, SB_EQ };

/**
 * struct sb_expect - one line of [expect], judged after the run
 * @what:	"fidelity", or a value of the report: goodput.FLOW, retransmits.FLOW, loss.up, ...
 * @value:	in bit/s, fractions, milliseconds or plain counts; unused for fidelity
 * @word:	"pass" or "warn" for fidelity (warn accepts both)
 */
struct sb_expect {
	char what[2 * SB_NAME_MAX];
	enum sb_relation relation;
	double value;
	char word[8];
	char text[64];
};

/**
 * struct sb_plan - the whole run
 * @engine:	as written: "auto", "native", ...
 * @ip_version:	4 or 6: what the flows use (both are configured)
 * @mtu:	of every interface of the path
 * @capture_buffer_bytes: per capture, from the links' rates
 * @sample_ns:	period of TCP_INFO samples and of throughput bins
 * @index:	of the steps by link and direction, made with the plan; NULL (in a plan made by
 *hand) only makes sb_plan_state_at() slower
 */
struct sb_plan {
	char name[SB_NAME_MAX];
	char *about;
	uint64_t seed;
	int64_t duration_ns;
	char engine[64];
	char image[256];
	enum sb_path path;
	enum sb_backend backend;
	uint8_t ip_version;
	uint32_t mtu;
	uint32_t capture_snaplen;
	uint32_t capture_buffer_bytes;
	int64_t sample_ns;
	size_t link_count, event_count, step_count, flow_count, expect_count;
	struct sb_link *links;
	struct sb_event *events;
	struct sb_step *steps; /* by at_ns, then link, then dir */
	struct sb_flow *flows;
	struct sb_expect *expects;
	struct sb_step_index *index;
};

/**
 * sb_plan_make() - resolve a scenario
 * @out:	the caller's to sb_plan_free(); unset on failure
 *
 * Return: 0, or -1 with @err (SB_EINPUT) listing every finding with file:line
 */
int sb_plan_make(const struct sb_scenario *sc, struct sb_plan **out, struct sb_err *err);
void sb_plan_free(struct sb_plan *plan);

/** sb_plan_to_json() - the canonical form, complete: sb_plan_from_json() gives the same plan back
 */
cJSON *sb_plan_to_json(const struct sb_plan *plan);
/** sb_plan_from_json() - the text is not trusted: every field is checked (SB_EINPUT) */
int sb_plan_from_json(const cJSON *json, struct sb_plan **out, struct sb_err *err);
/** sb_plan_text() - for people (`satbed check`): delays, BDP, queues, loss, timeline; caller frees
 */
char *sb_plan_text(const struct sb_plan *plan);
/** sb_plan_timeline_hash() - xxh64 of the timeline's canonical form, to show that arms played the
 * same */
uint64_t sb_plan_timeline_hash(const struct sb_plan *plan);

/** sb_plan_state_at() - the state of one direction at an instant since the start (binary search) */
const struct sb_link_state *sb_plan_state_at(const struct sb_plan *plan, size_t link,
					     enum sb_dir dir, int64_t at_ns);

double sb_loss_mean(const struct sb_loss *loss); /* fraction of packets, by the formula above */
double sb_loss_mean_burst(
    const struct sb_loss *loss); /* packets lost in a row, on average; 0 without loss */

const char *sb_dir_name(enum sb_dir dir); /* "up", "down" */
const char *sb_path_name(enum sb_path path);
const char *sb_backend_name(enum sb_backend backend);
const char *sb_flow_kind_name(enum sb_flow_kind kind);
/** sb_node_name() - "server" for 0, "client1" ... for 1 and on */
const char *sb_node_name(char buf[SB_NAME_MAX], size_t node);

#endif
