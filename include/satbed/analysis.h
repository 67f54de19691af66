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

#include "satbed/base/err.h"
#include "satbed/capture.h"
#include "satbed/link.h"
#include "satbed/plan.h"

enum sb_verdict { SB_PASS, SB_WARN, SB_INVALID };

/** struct sb_reasons - sentences for people; @text the caller's (freed with the result) */
struct sb_reasons {
	size_t count;
	char **text;
};

/**
 * struct sb_link_capture - the two captures of one client's link, and what the shapers counted
 * @client_pcap: at the client's host-side veth: sender truth for up, receiver truth for down
 * @server_pcap: at the server's host-side veth: the other way round
 * @counters:	indexed by enum sb_dir; NULL when unknown
 */
struct sb_link_capture {
	const char *client_pcap, *server_pcap;
	struct sb_capture_stats client_stats, server_stats;
	const struct sb_link_counters *counters;
};

/** struct sb_flow_report - what the harness itself said of a flow (-1 / 0 where it said nothing) */
struct sb_flow_report {
	int64_t bytes; /* payload the receiving application took */
	int64_t
	    retransmits; /* sum of tcpi_total_retrans of the sending sockets, at the flow's end */
	int64_t start_real_ns,
	    end_real_ns; /* CLOCK_REALTIME: first connect and the end of measuring */
};

/**
 * struct sb_analysis_input - everything analysis may look at
 * @start_real_ns: CLOCK_REALTIME of the timeline's zero
 * @end_real_ns: when the run was over (earlier than planned after Ctrl-C); later packets are not
 * counted
 * @train_start_real_ns, @train_end_real_ns: when the rate train before the flows was sent; 0 = none
 * @links:	sb_plan.link_count of them; @flows: sb_plan.flow_count of them
 * @step_lateness_ns: lateness of each applied step of the timeline, -1 for those never applied;
 * NULL = unknown
 */
struct sb_analysis_input {
	const struct sb_plan *plan;
	int64_t start_real_ns, end_real_ns;
	int64_t train_start_real_ns, train_end_real_ns;
	const struct sb_link_capture *links;
	const struct sb_flow_report *flows;
	const int64_t *step_lateness_ns;
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
 * @asked_delay_ms: of the plan's state at each delivered packet's arrival
 * @delay_ms:	one-way delay less the wait for the serialiser that the rate and the packets before
 * it explain
 * @delay_error_ms: measured less predicted, per delivered packet
 * @owd_ms:	one-way delay as it was, queueing included
 * @asked_loss, @loss, @loss_tolerance: fractions of packets outside outages, queue drops not
 * counted
 * @asked_rate_bps, @rate_bps: over the times the link was full; NAN when it never was, 0 asked =
 * unlimited
 * @rate_source: "flows", "train" or "" where not exercised
 */
struct sb_dir_result {
	uint64_t sent, arrived, lost_link, lost_queue, lost_outage, duplicated, reordered;
	struct sb_quantiles asked_delay_ms, delay_ms, delay_error_ms, owd_ms;
	double asked_loss, loss, loss_tolerance;
	double asked_rate_bps, rate_bps;
	const char *rate_source;
	double measured_burst, asked_burst; /* packets lost in a row, on average */
	enum sb_verdict verdict;
	struct sb_reasons reasons;
};

/** struct sb_syn - the options of one SYN or SYN-ACK: -1 = absent */
struct sb_syn {
	bool seen;
	int mss, window_scale;
	bool sack, timestamps, ecn;
};

/**
 * struct sb_flow_result - one flow, from the captures alone
 * @bytes:	distinct payload bytes seen at the receiving end
 * @seconds:	from the first SYN or datagram to the end of the flow's time
 * @retransmits: segments whose sequence space was sent before; -1 when a capture lost packets
 * @rtt_ms:	at the sender's capture, from data to the ACK that covers it (Karn's rule)
 * @handshake_ms: SYN to the first ACK of it at the client's end
 * @bins:	throughput per sample_ns at the receiving end, payload bytes; @bin_retransmits
 * beside it
 */
struct sb_flow_result {
	uint64_t bytes;
	double seconds, goodput_bps;
	int64_t retransmits, retransmits_tcp_info;
	uint64_t packets, lost; /* stream: datagrams sent and not arrived */
	struct sb_quantiles rtt_ms;
	double handshake_ms;
	struct sb_syn syn, syn_ack;
	size_t bin_count;
	uint64_t *bins;
	uint32_t *bin_retransmits;
};

struct sb_result {
	size_t link_count, flow_count;
	struct sb_dir_result (*links)[2];
	struct sb_flow_result *flows;
	struct sb_quantiles step_lateness_ms;
	uint64_t capture_dropped, capture_damaged;
	enum sb_verdict verdict;
	struct sb_reasons reasons; /* of the whole run, worst first */
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
const char *sb_verdict_name(enum sb_verdict v); /* "PASS", "WARN", "INVALID" */

#endif
