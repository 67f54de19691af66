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
#include "satbed/model.h"

struct sb_scenario;

/**
 * struct sb_link_state - what one direction does to packets arriving at one instant
 * @delay_ns:	one-way delay after serialisation, as it is when serialisation ends
 * @rate_bps:	serialisation rate over whole frames (Ethernet header included, FCS not); 0 =
 * unlimited, SB_RATE_STOPPED
 * @loss:	before rate and queue: lost packets use no capacity (netem's order)
 * @duplicate_ppb: a second copy enters the queue
 * @reorder_ppb: the packet skips the delay (leaves at once after serialisation) and so overtakes
 * @corrupt_ppb: one bit beyond the Ethernet header is flipped
 * @outage:	every arriving packet is lost; what is under way still arrives
 * @queue_action: done once, when this state begins, to what waits for the serialiser
 */
struct sb_link_state {
	int64_t delay_ns;
	uint64_t rate_bps;
	struct sb_loss loss;
	uint32_t duplicate_ppb, reorder_ppb, corrupt_ppb;
	bool outage;
	uint8_t queue_action;
};

/**
 * struct sb_pep_sending - how the proxy that sends in one direction sends over the satellite
 * @cc:		its congestion control; empty = nobody sends here but the node itself
 * @rate_bps:	fixed rate of all its connections together, 0 = none
 * @buffer_bytes: of each connection, at its sender and ahead at the receiving proxy
 */
struct sb_pep_sending {
	char cc[16];
	uint64_t rate_bps, buffer_bytes;
};

/**
 * struct sb_link_dir - one direction of one client's link
 * @initial:	state at the start of the run
 * @discipline:	of the queue
 * @overhead_bytes: that each frame takes on the link beside itself
 * @may_overtake: when the delay falls; else packets keep their order
 * @shared:	queue and serialiser are one for all links that share this direction: rate, queue,
 * discipline and overhead are the same in each at any time, see sb_plan_first_sharer()
 * @bursts:	all zero = none
 * @exact:	lost in addition to what the state's loss takes
 * @queue_bytes: room for waiting frames before the serialiser, never 0
 * @queue_packets: the same in full-MTU frames, rounded up, for backends that count packets
 * @drawn_every_ns: the rate is drawn anew so often, @drawn_mean_bps in the mean (both already in
 *		the timeline); 0 = it is not
 * @jitter_ns:	standard deviation of the delay's steps, 0 = none (already drawn into the timeline)
 * @seed:	for the per-packet decisions of this direction
 * @trace:	the file that its steps were read from, empty = none; @trace_xxh64: of its content;
 *		@delay_trace, @delay_trace_xxh64: likewise of a file of delays alone
 * @max_rate_bps, @max_delay_ns: over the whole timeline (max_rate_bps 0 = unlimited at some time)
 * @rate_changes: during the run; what waits then is served at the new rate
 * @pep:	of the proxy that sends in this direction, see sb_plan.pep
 */
struct sb_link_dir {
	struct sb_link_state initial;
	uint64_t queue_bytes;
	uint32_t queue_packets;
	int64_t drawn_every_ns;
	uint64_t drawn_mean_bps;
	int64_t jitter_ns;
	struct sb_discipline discipline;
	uint32_t overhead_bytes;
	bool may_overtake, shared, rate_changes;
	struct sb_bursts bursts;
	struct sb_exact exact;
	uint64_t seed;
	uint64_t max_rate_bps;
	int64_t max_delay_ns;
	char trace[192];
	uint64_t trace_xxh64;
	char delay_trace[192];
	uint64_t delay_trace_xxh64;
	struct sb_pep_sending pep;
};

/**
 * struct sb_endpoint - one end of a client's network
 * @ifname:	inside the node
 * @host_ifname: of the veth's other half, where the emulator shapes and captures
 */
struct sb_endpoint {
	char ifname[SB_IFNAME_MAX];
	char host_ifname[SB_IFNAME_MAX];
	uint8_t mac[6];
	struct in_addr addr4;
	struct in6_addr addr6;
};

/**
 * enum sb_point - where a link is shaped and captured
 * @SB_AT_CLIENT: the client's side of the satellite leg; down is shaped at its egress
 * @SB_AT_SERVER: the server's side of it; up is shaped at its egress
 * @SB_AT_OTHER_LEG: on a split path the leg that is no satellite; with proxies the client's; only
 * captured
 * @SB_AT_SERVER_LEG: with proxies the server's leg; only captured
 */
enum sb_point { SB_AT_CLIENT, SB_AT_SERVER, SB_AT_OTHER_LEG, SB_AT_SERVER_LEG, SB_POINTS };

/**
 * struct sb_relay - slirp4netns or pasta on a split path
 * @tap:	in the emulator's namespace: its interface towards the client; empty = none is known
 *
 * The rest where the engine itself runs it, all zero elsewhere:
 *
 * @outer:	its own interface towards the server, in its namespace
 * @bridge:	joins @outer's host-side half and the server's; sb_link.bridge the client's and @tap
 * @gateway4:	its address on the client's network
 */
struct sb_relay {
	struct sb_endpoint outer;
	char tap[SB_IFNAME_MAX];
	char bridge[SB_IFNAME_MAX];
	struct in_addr gateway4;
};

/**
 * struct sb_link - one terminal of a client, mostly its only one: its network and satellite link
 * @client, @server: its two ends; @bridge: the bridge that joins the host-side halves
 * @relay:	between them on a split path
 * @point_ifname: in the emulator's namespace, by enum sb_point; the other leg's is empty on a path of
 * one leg.  On a bridge they are the ends' host_ifname
 * @target4, @target6: where the client connects to: the server's address, or the address at which
 *		its ports are published
 * @dir:	indexed by enum sb_dir
 *
 * Links are shaped in the middle, never on a node's own interface.
 */
struct sb_link {
	struct sb_endpoint client, server;
	struct sb_relay relay;
	char bridge[SB_IFNAME_MAX];
	char point_ifname[SB_POINTS][SB_IFNAME_MAX];
	struct in_addr target4;
	struct in6_addr target6;
	struct sb_link_dir dir[2];
};

#define SB_PREFIX_LEN4 24
#define SB_PREFIX_LEN6 64

/* Numbers are part of the timeline's hash: new ones come last. */
enum sb_step_cause {
	SB_CAUSE_EVENT,
	SB_CAUSE_OUTAGE_END,
	SB_CAUSE_JITTER,
	SB_CAUSE_RAMP,
	SB_CAUSE_BURST,
	SB_CAUSE_TRACE,
	SB_CAUSE_ORBIT,
	SB_CAUSE_RATE,
	SB_CAUSES
};

/**
 * struct sb_step - one change on the frozen timeline
 * @at_ns:	since the start of the run
 * @link:	index into sb_plan.links; @dir: enum sb_dir
 * @cause, @event: why; @event indexes sb_plan.events, -1 where the cause is none of an event's
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

#define SB_SERVING_SATELLITE_NAME 32

/** struct sb_serving_satellite - from @at_ns on the link goes over this satellite; an empty name = over
 * none */
struct sb_serving_satellite {
	int64_t at_ns;
	char satellite[SB_SERVING_SATELLITE_NAME];
};

/**
 * struct sb_flow - one flow of one client in one direction (`both` and several clients are
 * expanded)
 * @name:	as in the scenario
 * @client:	index into sb_plan.links: of the link it goes over, or as MPTCP begins with
 * @dir:	which way the payload goes; the client always connects
 * @streams:	parallel connections (bulk)
 * @cc:		congestion control, empty = the kernel's default
 * @mptcp:	bulk, file: by Multipath TCP, which uses all links of the client
 * @port:	the server's, one per flow, so that captures tell flows apart
 * @connect_port: what the client connects to; another one only where the server's is published
 * @start_ns, @duration_ns: since the start of the run
 * @rate_bps, @packet_bytes: stream: payload rate and UDP payload size
 * @transport:	rr: tcp or udp; see sb_flow_transport() for what any flow's packets are
 * @size_bytes:	file: of the whole payload; exec: what {bytes} stands for, 0 = nothing
 * @stall_ns:	file: a connection on which nothing moves for so long is given up for another one
 * @seed:	file: of the payload; below 2^53
 * @request_bytes, @response_bytes: rr
 * @interval_ns: rr: between requests; 0 = the next one when the answer has come
 * @timeout_ns:	rr: an answer that takes longer is counted as a timeout
 * @server_command, @client_command: exec: for the shell; {server}, {client}, {port} and {bytes} are
 *		replaced when the testbed is up
 * @files:	exec: to be copied into the nodes, paths as written, blanks between them
 * @ready_ns:	exec: how long to wait for the server to listen before the client starts
 * @setup:	exec: for the shell of both nodes, before "prepare", empty = nothing
 * @user:	exec: who runs the commands, empty = the node's own user
 * @server_image, @client_image: interop, an exec flow whose commands are the entry points of these images
 *		(QUIC Interop Runner); empty = not such a flow
 * @testcase:	interop
 * @file_count, @file_bytes: interop: what the client downloads; @size_bytes is their sum
 */
struct sb_flow {
	char name[SB_NAME_MAX];
	enum sb_flow_kind kind;
	uint16_t client;
	uint8_t dir;
	uint16_t streams;
	char cc[16];
	bool mptcp;
	uint16_t port;
	uint16_t connect_port;
	int64_t start_ns, duration_ns;
	uint64_t rate_bps;
	uint32_t packet_bytes;
	uint8_t transport;
	uint64_t size_bytes;
	int64_t stall_ns;
	uint64_t seed;
	uint32_t request_bytes, response_bytes;
	int64_t interval_ns, timeout_ns;
	char server_command[SB_COMMAND_MAX], client_command[SB_COMMAND_MAX];
	char files[SB_COMMAND_MAX];
	int64_t ready_ns;
	char user[SB_USER_MAX];
	char setup[SB_COMMAND_MAX];
	char server_image[SB_IMAGE_MAX], client_image[SB_IMAGE_MAX];
	char testcase[SB_TESTCASE_MAX];
	uint32_t file_count;
	uint64_t file_bytes[SB_INTEROP_FILES];
};

/**
 * struct sb_plan - the whole run
 * @engine:	as written: "auto", "native", "docker", "unix:///run/docker.sock" ...
 * @pep:	where proxies are, on a path that is a bridge: client, terminal ~ satellite ~ gateway,
 *		server are then four, on three bridges; client's and server's addresses stay
 * @terminals:	links of each client, those of the first client come first in @links; 0 is 1
 * @kernel:	of the virtual clock, as written: "auto", "6.12", ...; empty on the real one
 * @ip_version:	4 or 6: what the flows use (both are configured)
 * @mtu:	of every interface of the path
 * @until_done:	the run is over when all flows are; @duration_ns is the longest it can take
 * @no_probes:	nothing but the flows goes over the links (see plan_probe.h)
 * @capture_buffer_bytes: per capture, from the links' rates
 * @sample_ns:	period of TCP_INFO samples and of throughput bins
 * @passes:	of [orbit], by time; none without one
 * @index:	of the steps by link and direction, made with the plan; NULL (in a plan made by
 *		hand) only makes sb_plan_state_at() slower
 */
struct sb_plan {
	char name[SB_NAME_MAX];
	char *about;
	uint64_t seed;
	int64_t duration_ns;
	char engine[256];
	char image[256];
	enum sb_path path;
	enum sb_placement placement;
	enum sb_pep pep;
	unsigned int terminals;
	enum sb_backend backend;
	enum sb_clock clock;
	char kernel[64];
	uint8_t ip_version;
	uint32_t mtu;
	uint32_t capture_snaplen;
	bool until_done, no_probes;
	uint32_t capture_buffer_bytes;
	int64_t sample_ns;
	size_t link_count, event_count, step_count, flow_count, expect_count;
	struct sb_link *links;
	struct sb_event *events;
	struct sb_step *steps; /* by at_ns, then link, then dir */
	struct sb_flow *flows;
	struct sb_expect *expects;
	size_t pass_count;
	struct sb_serving_satellite *passes;
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
/**
 * sb_plan_unshaped() - the same nodes, path and flows without links: no delay, rate, loss, events
 * @out:	the caller's to sb_plan_free(); at most 2 s long, without expectations
 */
int sb_plan_unshaped(const struct sb_plan *plan, struct sb_plan **out, struct sb_err *err);
/** sb_plan_text() - for people (`satbed check`): delays, BDP, queues, loss, timeline; caller frees
 */
char *sb_plan_text(const struct sb_plan *plan);
/** sb_plan_timeline_hash() - xxh64 of the timeline's canonical form, to show that arms played the
 * same */
uint64_t sb_plan_timeline_hash(const struct sb_plan *plan);

/**
 * sb_plan_needs_user() - can only the user-space link play this plan?
 * @why:	a sentence that says what netem cannot do, and for whom; empty when it can
 */
bool sb_plan_needs_user(const struct sb_plan *plan, char *why, size_t size);
/**
 * sb_plan_prefers_user() - would netem make another link of this plan, though it can play it?
 * @why:	as above; unchanged when it would not
 *
 * backend = auto then takes the user-space link where that works.
 */
bool sb_plan_prefers_user(const struct sb_plan *plan, char *why, size_t size);

/** sb_plan_first_sharer() - the first link that shares a direction with @link, mostly itself */
size_t sb_plan_first_sharer(const struct sb_plan *plan, size_t link, enum sb_dir dir);
/** sb_plan_sharers() - how many links share it, @link counted; 1 = it is its own */
size_t sb_plan_sharers(const struct sb_plan *plan, size_t link, enum sb_dir dir);

/** sb_plan_state_at() - the state of one direction at an instant since the start (binary search) */
const struct sb_link_state *sb_plan_state_at(const struct sb_plan *plan, size_t link,
					     enum sb_dir dir, int64_t at_ns);

/** sb_link_state_to_json() - all of a state, in the words of a plan; the caller's to delete */
cJSON *sb_link_state_to_json(const struct sb_link_state *s);
/** sb_link_state_from_json() - the members that @obj has, over those @s holds already; the text is
 * not trusted (SB_EINPUT) */
int sb_link_state_from_json(const cJSON *obj, struct sb_link_state *s, struct sb_err *err);

double sb_loss_mean(const struct sb_loss *loss); /* fraction of packets, by the formula above */
double sb_loss_mean_burst(
    const struct sb_loss *loss); /* packets lost in a row, on average; 0 without loss */

/** sb_cause_is_event() - steps of this cause belong to an event: sb_step.event names it */
bool sb_cause_is_event(enum sb_step_cause cause);
/** sb_cause_name() - "event", "outage_end", "jitter", "ramp", "burst", "trace", "orbit" */
const char *sb_cause_name(enum sb_step_cause cause);
/** sb_plan_is_split() - does somebody between client and server end TCP connections? */
bool sb_plan_is_split(const struct sb_plan *plan);
/** sb_plan_relay_name() - who that is, for messages: "slirp4netns", "pasta", "the proxies" */
const char *sb_plan_relay_name(const struct sb_plan *plan);
/** sb_plan_has_proxy() - at the end of the satellite leg that sends in direction @dir */
bool sb_plan_has_proxy(const struct sb_plan *plan, enum sb_dir dir);
/**
 * sb_flow_is_sent_elsewhere() - on a split path: the node's socket that sends the payload is not on the
 * satellite leg, and what TCP_INFO says of it is of another leg
 */
bool sb_flow_is_sent_elsewhere(const struct sb_plan *plan, const struct sb_flow *flow);
/** sb_point_prefix() - of the names of captures there, before the client's: "", "server-", ... */
const char *sb_point_prefix(enum sb_point point);
/** sb_point_is_satellite() - of the satellite leg, or of another one? */
bool sb_point_is_satellite(enum sb_point point);
/** sb_plan_points() - captures of each link: the first so many of enum sb_point */
size_t sb_plan_points(const struct sb_plan *plan);
/** sb_flow_is_interop() - are its commands those of images? */
static inline bool sb_flow_is_interop(const struct sb_flow *flow)
{
	return flow->server_image[0] != '\0';
}
/** sb_plan_interop() - the interop flow of a plan, of which there is one at most; NULL: none */
const struct sb_flow *sb_plan_interop(const struct sb_plan *plan);
/** sb_plan_node_image() - the image of a node, 0 = the server */
const char *sb_plan_node_image(const struct sb_plan *plan, size_t node);
/** sb_interop_sizes() - the list "2MB 3MB" as numbers; 0 or -1 with @err */
int sb_interop_sizes(const char *list, uint64_t bytes[SB_INTEROP_FILES], uint32_t *count,
		     struct sb_err *err);
/** sb_plan_terminals() - links of each client */
static inline size_t sb_plan_terminals(const struct sb_plan *plan)
{
	return plan->terminals ? plan->terminals : 1;
}
/** sb_plan_nodes() - the server and the clients */
static inline size_t sb_plan_nodes(const struct sb_plan *plan)
{
	return plan->link_count / sb_plan_terminals(plan) + 1;
}
/** sb_plan_node() - the node at the client's end of a link, 1 = client1 */
static inline size_t sb_plan_node(const struct sb_plan *plan, size_t link)
{
	return link / sb_plan_terminals(plan) + 1;
}
/** sb_link_name() - "client1", or "client1.terminal2" where clients have several */
const char *sb_link_name(char buf[SB_NAME_MAX], const struct sb_plan *plan, size_t link);
/** sb_flow_client() - the name of the node at its client's end */
const char *sb_flow_client(char buf[SB_NAME_MAX], const struct sb_plan *plan,
			   const struct sb_flow *flow);
/** sb_flow_spans() - may it use all terminals of its client at once? */
bool sb_flow_spans(const struct sb_plan *plan, const struct sb_flow *flow);
/** sb_flow_uses() - may packets of a flow go over a link? */
bool sb_flow_uses(const struct sb_plan *plan, const struct sb_flow *flow, size_t link);
/** sb_flow_sum() - of numbers by link and direction (up before down), the sums of the links it uses */
void sb_flow_sum(const struct sb_plan *plan, const struct sb_flow *flow, const int64_t *of_links,
		 int64_t out[2]);
/** sb_bdp_bytes() - rate times round trip, rounded; 0 when unlimited */
uint64_t sb_bdp_bytes(uint64_t rate_bps, int64_t rtt_ns);
/** sb_link_max_rtt_ns() - there and back at the largest delays of the run */
static inline int64_t sb_link_max_rtt_ns(const struct sb_link *link)
{
	return link->dir[SB_UP].max_delay_ns + link->dir[SB_DOWN].max_delay_ns;
}
/** sb_flow_transport() - what the packets of a flow are in the captures */
enum sb_transport sb_flow_transport(const struct sb_flow *flow);

#endif
