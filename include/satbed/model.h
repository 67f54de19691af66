/* SPDX-License-Identifier: MIT */
/*
 * model.h - the words of a link and a flow that scenario, plan and all later stages share: plain types
 *
 * What only a plan has is in plan.h.
 */
#ifndef SATBED_MODEL_H
#define SATBED_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_MAX_CLIENTS	 64 /* and the most links of all clients together */
#define SB_MAX_TERMINALS 8  /* of one client; the path manager of MPTCP knows as many addresses */
#define SB_NAME_MAX	 32 /* names of scenarios, flows, events; with the NUL */
#define SB_IFNAME_MAX	 16 /* the kernel's IFNAMSIZ */
#define SB_PPB		 1000000000u /* certainty, in parts per billion */

enum sb_dir { SB_UP, SB_DOWN }; /* client to server, server to client */
enum sb_path { SB_PATH_BRIDGE, SB_PATH_SLIRP, SB_PATH_PASTA };
/* On a split path: is the satellite between node and slirp, or between slirp and server? */
enum sb_placement { SB_INSIDE, SB_OUTSIDE };
/* Where performance-enhancing proxies (RFC 3135) end TCP connections: bits, in the scenario's order */
enum sb_pep { SB_PEP_NONE, SB_PEP_TERMINAL, SB_PEP_GATEWAY, SB_PEP_BOTH };
/* SB_BACKEND_NONE: nothing impairs; only in plans of sb_plan_unshaped(), no scenario asks for it */
enum sb_backend { SB_BACKEND_AUTO, SB_BACKEND_NETEM, SB_BACKEND_USER, SB_BACKEND_NONE };

/* SB_CLOCK_VIRTUAL: in a guest whose time moves only when nothing is left to compute (guest.h) */
enum sb_clock { SB_CLOCK_REAL, SB_CLOCK_VIRTUAL };

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
 * enum sb_queue_action - what an event does to the frames that wait
 * @SB_QUEUE_FLUSH: they are lost
 * @SB_QUEUE_DROP_FRONT: the oldest are lost until the rest is no longer, as a time, than the queue
 * may be: the queue's size scaled by the rate in force over the first rate
 */
enum sb_queue_action { SB_QUEUE_KEEP, SB_QUEUE_FLUSH, SB_QUEUE_DROP_FRONT };

enum sb_discipline_kind { SB_DROP_TAIL, SB_DROP_HEAD, SB_CODEL, SB_PIE };

/**
 * struct sb_discipline - which frame is lost when too much waits
 * @target_ns:	CoDel's TARGET, PIE's QDELAY_REF, drop-head's limit (0 = none); @interval_ns: CoDel's
 *		INTERVAL, PIE's T_UPDATE
 *
 * Drop-tail: the arriving one.  Drop-head: the oldest, and whose turn comes after it waited longer
 * than the limit.  CoDel: RFC 8289.  PIE: RFC 8033.
 */
struct sb_discipline {
	enum sb_discipline_kind kind;
	int64_t target_ns, interval_ns;
};

/* A rate at which nothing begins to be sent: frames wait for a step that has another one. */
#define SB_RATE_STOPPED UINT64_C(1)

/**
 * struct sb_bursts - loss by time: means of the intervals in which everything is lost, and between
 *
 * Drawn into the timeline: in such an interval the state's loss is random with 10^9 ppb.
 */
struct sb_bursts {
	int64_t burst_ns, gap_ns;
};

#define SB_MAX_EXACT 32

/** struct sb_exact - packets lost by number: the first to arrive is 1; ascending, apart */
struct sb_exact {
	uint32_t count;
	struct {
		uint32_t first, last;
	} range[SB_MAX_EXACT];
};

/* SB_FLOW_SESSION: only of `satbed replay --application`, no scenario asks for it
 * (replay_session.h) */
enum sb_flow_kind {
	SB_FLOW_BULK,
	SB_FLOW_STREAM,
	SB_FLOW_FILE,
	SB_FLOW_RR,
	SB_FLOW_EXEC,
	SB_FLOW_SESSION
};
/* Of a user's own programs it may be either, or both. */
enum sb_transport { SB_TRANSPORT_TCP, SB_TRANSPORT_UDP, SB_TRANSPORT_ANY };

#define SB_COMMAND_MAX	192 /* a line of a scenario, with the NUL */
#define SB_USER_MAX	64  /* a name of a user, or UID:GID, with the NUL */
#define SB_IMAGE_MAX	180 /* a name of an image, with the NUL */
#define SB_TESTCASE_MAX 32

#define SB_INTEROP_FILES     16
#define SB_INTEROP_MAX_BYTES UINT64_C(400000000) /* of all files: they are in memory at both ends */
#define SB_INTEROP_PORT	     443

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

const char *sb_dir_name(enum sb_dir dir); /* "up", "down" */
const char *sb_path_name(enum sb_path path);
/** sb_relay_name() - the program that relays on a split path: "slirp4netns", "pasta" */
const char *sb_relay_name(enum sb_path path);
const char *sb_placement_name(enum sb_placement placement); /* "inside", "outside" */
const char *sb_pep_name(enum sb_pep pep); /* "none", "terminal", "gateway", "terminal+gateway" */
const char *sb_backend_name(enum sb_backend backend);
const char *sb_clock_name(enum sb_clock clock);
const char *sb_flow_kind_name(enum sb_flow_kind kind);
const char *sb_transport_name(enum sb_transport transport); /* "tcp", "udp", "any" */
/** sb_node_name() - "server" for 0, "client1" ... for 1 and on */
const char *sb_node_name(char buf[SB_NAME_MAX], size_t node);
/** sb_relation_holds() - for an unknown @value (NAN) none does */
bool sb_relation_holds(double value, enum sb_relation relation, double wanted);
const char *sb_loss_kind_name(enum sb_loss_kind kind);
const char *sb_relation_sign(enum sb_relation relation);

/* The words of each enum in its order; each list ends with NULL. */
extern const char *const sb_dir_names[];
extern const char *const sb_path_names[];
extern const char *const sb_placement_names[];
extern const char *const sb_pep_names[];
extern const char *const sb_backend_names[];
extern const char *const sb_clock_names[];
extern const char *const sb_flow_kind_names[];
extern const char *const sb_transport_names[];
extern const char *const sb_loss_kind_names[];
extern const char *const sb_queue_action_names[];
extern const char *const sb_discipline_names[];
extern const char *const sb_relation_signs[];

#endif
