/* SPDX-License-Identifier: MIT */
/*
 * analysis.h - from captures at both ends of each link to what really happened, and whether to
 * trust it
 *
 * Pure but for reading the capture files, which are not trusted.  Needs no privilege.
 */
#ifndef SATBED_ANALYSIS_H
#define SATBED_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/analysis_series.h"
#include "satbed/base/err.h"
#include "satbed/capture.h"
#include "satbed/link.h"
#include "satbed/plan.h"

/* The most that a TCP window holds without the window scale option (RFC 9293, section 3.1). */
#define SB_UNSCALED_WINDOW 65535

enum sb_verdict { SB_PASS, SB_WARN, SB_INVALID };

/** enum sb_check - was it as asked?  What a run did not exercise is never taken for held. */
enum sb_check { SB_NOT_EXERCISED, SB_MET, SB_MISSED };

/**
 * enum sb_reason_code - what a reason against PASS is about; names in run.json are these in lower case
 *
 * Programs go by the code, people read the sentence beside it.
 */
enum sb_reason_code {
	SB_REASON_PATH_DELAY,
	SB_REASON_DELAY,
	SB_REASON_LOSS,
	SB_REASON_RATE,
	SB_REASON_SHAPER_FAILED,
	SB_REASON_LATE,
	SB_REASON_SHAPER_COUNT,
	SB_REASON_REORDERED,
	SB_REASON_DUPLICATED,
	SB_REASON_OUTAGE_PASSED,
	SB_REASON_UNSEEN,
	SB_REASON_QUEUE_LIMIT,
	SB_REASON_QUEUE_PACKETS,
	SB_REASON_IDLE,
	SB_REASON_FEW_PACKETS,
	SB_REASON_NONE_ARRIVED,
	SB_REASON_CAPTURE_LOST,
	SB_REASON_CAPTURE_DAMAGED,
	SB_REASON_OFFLOAD,
	SB_REASON_NO_PAYLOAD,
	SB_REASON_RETRANSMITS_DIFFER,
	SB_REASON_STEPS_MISSING,
	SB_REASON_STEPS_LATE,
	SB_REASON_OUTAGE_EDGE,
	SB_REASON_DELAY_STEP,
	SB_REASON_RATE_STEP,
	SB_REASON_SLOW_MACHINE,
	SB_REASON_WRONG_PATH,
	SB_REASON_PATH_UNPROVEN,
	SB_REASON_RELAY_ENDED,
	SB_REASON_CUT_OFF,
	SB_REASON_CUT_OFF_UNKNOWN,
	SB_REASON_REPLAY_DAMAGED,
	SB_REASON_REPLAY_INCOMPLETE,
	SB_REASON_CODES
};

/** struct sb_reasons - codes and sentences, worst first; the caller's (freed with the result) */
struct sb_reasons {
	size_t count;
	char **text;
	enum sb_reason_code *code;
};

/** sb_reason_code_name() - "path_delay", "late", ... */
const char *sb_reason_code_name(enum sb_reason_code code);

/**
 * struct sb_link_capture - the captures of one client's link, and what the shapers counted
 * @pcap, @stats: by enum sb_point.  At the client's side of the satellite leg: sender truth for up,
 *		receiver truth for down; at the server's side the other way round; of the other leg
 *		on a split path only (NULL elsewhere, or when it was not captured)
 * @counters:	indexed by enum sb_dir; NULL when unknown
 */
struct sb_link_capture {
	const char *pcap[SB_POINTS];
	struct sb_capture_stats stats[SB_POINTS];
	const struct sb_link_counters *counters;
};

/**
 * struct sb_relay_facts - what is known of the relay of one client on a split path
 * @counted:	its tap's counters were read: @tx_bytes towards it (up), @rx_bytes from it (down)
 * @ended:	it did not live to the run's end, and what it said; else NULL
 */
struct sb_relay_facts {
	bool counted;
	uint64_t tx_bytes, rx_bytes;
	const char *ended;
};

/** struct sb_flow_report - what the harness itself said of a flow (-1 / 0 where it said nothing) */
struct sb_flow_report {
	int64_t bytes; /* payload the receiving application took */
	int64_t
	    retransmits; /* sum of tcpi_total_retrans of the sending sockets, at the flow's end */
	int64_t start_real_ns,
	    end_real_ns; /* CLOCK_REALTIME: first connect and the end of measuring */
	/* what held the sending sockets up, by TCP_INFO; in all, over the streams */
	int64_t busy_us, rwnd_us, sndbuf_us;
};

/**
 * struct sb_host_baseline - the machine under it, as the emulator found it
 * @timer_known: before the start: the lateness of its timers
 * @cpu_known:	during the run: shares of all processors' time
 */
struct sb_host_baseline {
	bool timer_known, cpu_known;
	int64_t timer_p50_ns, timer_max_ns;
	double cpu_busy, cpu_stolen;
};

/**
 * struct sb_analysis_input - everything analysis may look at
 * @start_real_ns: CLOCK_REALTIME of the timeline's zero
 * @end_real_ns: when the run was over (earlier than planned after Ctrl-C); later packets are not
 * counted
 * @train_start_real_ns, @train_end_real_ns: when the rate train before the flows was sent; 0 = none
 * @relays:	sb_plan.link_count of them on a split path, NULL = nothing is known
 * @links:	sb_plan.link_count of them; @flows: sb_plan.flow_count of them
 * @step_lateness_ns: lateness of each applied step of the timeline, -1 for those never applied;
 * NULL = unknown
 * @cut_off:	the run did not come to its end, and why; NULL = it did
 * @spill_dir:	where what a long run has of each packet is put aside, in files without a name; NULL =
 *		memory
 * @captures_closed: the captures were, and have all that was captured; only without @cut_off is it taken
 *		for granted
 */
struct sb_analysis_input {
	const struct sb_plan *plan;
	int64_t start_real_ns, end_real_ns;
	int64_t train_start_real_ns, train_end_real_ns;
	const struct sb_link_capture *links;
	const struct sb_relay_facts *relays;
	const struct sb_flow_report *flows;
	const int64_t *step_lateness_ns;
	struct sb_host_baseline host_baseline;
	const char *cut_off, *spill_dir;
	bool captures_closed;
	bool exact_steps; /* the backend applies steps by packet arrival time (user) */
};

struct sb_quantiles {
	uint64_t count; /* 0: the values below mean nothing */
	double p50, p95, p99, mean, max;
};

/**
 * struct sb_dir_result - one direction of one link, asked against got
 * @sent, @arrived: distinct packets seen before and after the link
 * @lost_link, @lost_queue, @lost_outage: where the missing went; @duplicated, @reordered: seen
 * after it
 * @configured_delay_ms: how long the plan's link delays each delivered packet after its serialiser;
 * where a falling delay must not reorder, longer than the delay in force
 * @delay_ms:	one-way delay less the wait for the serialiser that the rate and the packets before
 * it explain
 * @delay_error_ms: measured less predicted, per delivered packet
 * @owd_ms:	one-way delay as it was, queueing included
 * @configured_loss, @loss, @loss_tolerance: fractions of packets outside outages, queue drops not
 * counted
 * @loss_false_alarm: how often chance alone exceeds @loss_tolerance; 0 = there is no chance in it
 * @delay_p50_limit_ms, @delay_p99_limit_ms: of the errors' sizes; NAN = not exercised
 * @rate_tolerance: as a fraction
 * @configured_rate_bps, @rate_bps: over the times the link was full; NAN when it never was, 0 asked =
 * unlimited
 * @path_cost_ms: the least a packet took beyond what was asked: the machine's own share; NAN =
 * unknown
 * @ceiling_bps: how fast packets came to the link before the flows: it can be filled up to this,
 * NAN = unknown
 * @probes, @probes_arrived: those of the packets that were none of a flow's
 * @rate_source: "flows", "train" or "" where not exercised
 * @sharers:	how many clients share its rate and queue, 1 = it is its own
 * @share:	of what they all were carried: this client's; NAN where it is its own or idle
 */
struct sb_dir_result {
	uint64_t sent, arrived, lost_link, lost_queue, lost_outage, duplicated, reordered;
	struct sb_quantiles configured_delay_ms, delay_ms, delay_error_ms, owd_ms;
	double configured_loss, loss, loss_tolerance, loss_false_alarm;
	double delay_p50_limit_ms, delay_p99_limit_ms, rate_tolerance;
	double configured_rate_bps, rate_bps;
	const char *rate_source;
	size_t sharers;
	double share;
	double measured_burst, configured_burst; /* packets lost in a row, on average */
	enum sb_check delay_check, loss_check, rate_check, order_check;
	double path_cost_ms, ceiling_bps;
	uint64_t probes, probes_arrived;
	enum sb_verdict verdict;
	struct sb_reasons reasons;
};

/** struct sb_syn - the options of one SYN or SYN-ACK: -1 = absent */
struct sb_syn {
	bool seen;
	int mss, window_scale;
	bool sack, timestamps, ecn;
};

enum sb_retransmit_cause {
	SB_RETRANSMIT_LINK,	/* lost by the link's loss process */
	SB_RETRANSMIT_QUEUE,	/* found the queue full */
	SB_RETRANSMIT_OUTAGE,	/* sent while an outage was on */
	SB_RETRANSMIT_SPURIOUS, /* the original arrived, too */
	SB_RETRANSMIT_UNKNOWN,	/* a capture lost packets, or it was under way at the end */
	SB_RETRANSMIT_CAUSES
};

/**
 * struct sb_recovery - one outage of the link, as a flow met it
 * @at_s:	since the start of the run; @dir: the directions that were out
 * @first_byte_ms: from the outage's end to the arrival of new payload sent after it; NAN = none
 * came
 * @before_bps:	goodput before it, NAN = too short or none
 * @recovered_ms: from the outage's end to 90 % of that; NAN = not before the next outage or the end
 * @timeouts, @spurious_timeouts: retransmission timeouts from its beginning until then
 */
struct sb_recovery {
	double at_s, outage_ms;
	bool dir[2];
	double first_byte_ms, before_bps, recovered_ms;
	uint32_t timeouts, spurious_timeouts;
};

/**
 * struct sb_limits - shares of a flow's time, over all its streams; NAN = unknown
 * @application: nothing was waiting to be sent or acknowledged
 * @window, @buffer: the receive window, the send buffer held it up
 * @text:	"not limited by the link: ..." in words, "" = nothing speaks against the link
 */
struct sb_limits {
	double application, window, buffer;
	char text[160];
};

/** struct sb_datagrams - of one direction of a flow; @bytes: payload of those that arrived; @causes: of
 * those lost */
struct sb_datagrams {
	uint64_t sent, lost, bytes;
	uint64_t causes[SB_RETRANSMIT_CAUSES];
};

/**
 * struct sb_quic_result - the QUIC connections of a flow; times are of the first one, at the client's
 * capture; see struct sb_quic
 * @connections: 0 = there was none, and the rest means nothing
 * @version:	0 = the server said none
 * @handshake_ms, @round_trip_ms: NAN = not seen
 * @spins:	@spin_rtt_ms are round trips by the spin bit, of all connections
 */
struct sb_quic_result {
	uint64_t connections, zero_rtt, coalesced, behind, unread;
	bool retry, negotiation, spins;
	uint32_t client_version, version;
	double handshake_ms, round_trip_ms;
	struct sb_quantiles spin_rtt_ms;
};

/** struct sb_mptcp_path - of one terminal: payload of the flow's subflows that arrived, of it with the
 * place in the connection, and how many of them brought some */
struct sb_mptcp_path {
	uint64_t bytes, mapped;
	uint32_t subflows;
};

/**
 * struct sb_mptcp_result - a flow by Multipath TCP
 * @used:	it was; else the rest means nothing
 * @repeated:	bytes that arrived over more than one path, and are counted once in the flow's
 */
struct sb_mptcp_result {
	bool used;
	struct sb_mptcp_path path[SB_MAX_TERMINALS];
	uint64_t repeated;
};

/**
 * struct sb_flow_result - one flow, from the captures alone
 * @bytes:	distinct payload bytes seen at the receiving end
 * @seconds:	from the first SYN or datagram to the end of the flow's time
 * @retransmits: segments whose sequence space was sent before; -1 when a capture lost packets
 * @rtt_ms:	at the sender's capture, from data to the ACK that covers it (Karn's rule)
 * @handshake_ms: SYN to the first ACK of it at the client's end
 * @syn, @syn_ack: on the satellite leg; @other_syn, @other_syn_ack: on the other leg of a split
 * path
 * @settled_bps: goodput of the second half of its time, when slow start is over, or of as many
 * whole round trips as fit into it: what a window limits comes in one burst each; NAN = none
 * @window_cap_bps: what 65535 bytes of window a round trip allow, of all streams together, where a
 *		handshake on the satellite leg had no window scale option; else NAN
 * @tcp_seen:	some of its packets were TCP's
 * @datagrams:	by enum sb_dir, of a flow that may have both TCP and UDP
 * @causes:	of the retransmits by the captures, whose sum they are; of a stream, of the
 *		datagrams lost
 * @timeouts, @spurious_timeouts: retransmissions by the timer, by the captures
 * @recoveries:	one for each outage that met the flow
 * @tcp_info_elsewhere: the socket that sends on the satellite leg is the relay's, of which there is
 *		no TCP_INFO: retransmits_tcp_info is -1
 * @bins:	throughput per sample_ns at the receiving end, payload bytes; @bin_retransmits
 * beside it
 */
struct sb_flow_result {
	uint64_t bytes;
	double seconds, goodput_bps, settled_bps;
	int64_t retransmits, retransmits_tcp_info;
	uint64_t packets, lost; /* stream: datagrams sent and not arrived */
	struct sb_quantiles rtt_ms;
	double handshake_ms;
	struct sb_syn syn, syn_ack, other_syn, other_syn_ack;
	double window_cap_bps;
	bool tcp_info_elsewhere, tcp_seen;
	struct sb_datagrams datagrams[2];
	struct sb_quic_result quic;
	struct sb_mptcp_result mptcp;
	uint64_t causes[SB_RETRANSMIT_CAUSES];
	uint64_t timeouts, spurious_timeouts;
	size_t recovery_count;
	struct sb_recovery *recoveries;
	struct sb_limits limits;
	size_t bin_count;
	uint64_t *bins;
	uint32_t *bin_retransmits;
};

/**
 * struct sb_edge - one end of an outage
 * @error_ms:	measured less asked: later is positive; 0 = between the packets around it; NAN =
 * unknown
 * @gap_ms:	between those packets: no error smaller than this is seen
 * @limit_ms:	what the error may be, of either sign
 * @false_alarm: how often the loss process alone makes it look later or earlier than that, at most
 */
struct sb_edge {
	double error_ms, gap_ms, limit_ms, false_alarm;
	enum sb_check check;
};

/**
 * struct sb_event_occurrence - one event of the timeline on one direction, asked against measured
 * @event:	index into the plan's events
 * @lateness_ms: as the backend logged it, NAN = unknown
 * @delay_limit_ms, @rate_tolerance: what they may be off by
 * @outage, @delay, @rate: whether it brought one; what follows each is of it, NAN where not
 * exercised
 */
struct sb_event_occurrence {
	int16_t event;
	uint16_t link;
	uint8_t dir;
	double at_s, lateness_ms;
	bool outage, delay, rate;
	double outage_ms;
	struct sb_edge begin, end;
	double configured_delay_ms, delay_ms, delay_limit_ms;
	double configured_rate_bps, rate_bps, rate_tolerance;
	enum sb_check delay_check, rate_check;
};

struct sb_result {
	size_t link_count, flow_count;
	struct sb_dir_result (*links)[2];
	struct sb_flow_result *flows;
	size_t event_occurrence_count;
	struct sb_event_occurrence *event_occurrences; /* by link, direction, time */
	struct sb_quantiles step_lateness_ms;
	struct sb_host_baseline host_baseline;
	uint64_t capture_dropped, capture_damaged;
	enum sb_verdict verdict;
	struct sb_reasons reasons; /* of the whole run, worst first */
	struct sb_series *series;  /* what happened when */
};

/**
 * sb_analyse() - read the captures, match both ends, judge
 *
 * A damaged or cut-off capture gives what it has and a reason.
 *
 * Return: 0, or -1 with @err when a capture cannot be read at all
 */
int sb_analyse(const struct sb_analysis_input *in, struct sb_result **out, struct sb_err *err);
void sb_result_free(struct sb_result *r);
/** sb_retransmit_cause_name() - "link", "queue", "outage", "spurious", "unknown" */
const char *sb_retransmit_cause_name(enum sb_retransmit_cause cause);
const char *sb_check_name(enum sb_check check); /* "not exercised", "met", "failed" */
/** sb_result_add_reason() - one more reason against PASS, known from elsewhere than captures; the
 * verdict is @verdict at best */
void sb_result_add_reason(struct sb_result *r, enum sb_verdict verdict, enum sb_reason_code code,
			  const char *fmt, ...) SB_PRINTF(4, 5);

const char *sb_verdict_name(enum sb_verdict v); /* "PASS", "WARN", "INVALID" */

#endif
