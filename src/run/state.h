/* SPDX-License-Identifier: MIT */
/* state.h - what a run knows while it goes on; private to src/run */
#ifndef SATBED_RUN_STATE_H
#define SATBED_RUN_STATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "rundir.h"
#include "satbed/analysis.h"
#include "satbed/base/lines.h"
#include "satbed/engine.h"
#include "satbed/plan.h"
#include "satbed/run.h"

/**
 * struct sb_flow_end - the latest a node said of its end of a flow
 * @bytes, @retransmits, @rtt_us, @packets, @lost: sums over the streams (RTT: of the stream heard
 * last)
 */
struct sb_flow_end {
	int64_t bytes, retransmits, rtt_us, packets, lost;
	int64_t *stream_bytes, *stream_retransmits;
	int64_t start_ns, end_ns;
	bool done;
	char cc[16];
	char *error;
};

struct sb_flow_state {
	struct sb_flow_end server, client;
};

/** struct sb_run - one run; times are CLOCK_MONOTONIC unless they say real */
struct sb_run {
	const struct sb_plan *plan;
	const struct sb_run_options *options;
	struct sb_rundir dir;
	struct sb_testbed *tb;
	struct sb_lines sky, *nodes;
	const char *engine_kind;
	char *link_backend, *backend_why;
	bool exact_steps;
	cJSON *manifest;
	struct sb_flow_state *flows;
	int64_t *late_ns;		   /* per step, -1 = not applied */
	struct sb_link_counters *counters; /* two per link */
	bool stopped;			   /* counters and capture statistics are there */
	int64_t t0_ns, end_ns, real_minus_mono_ns;
	int64_t train_start_ns, train_end_ns;
	double up_ms, down_ms;
	bool interrupted;
};

/* messages.c */

/**
 * sb_run_await() - the answer of one peer, whatever else it says meanwhile being noted
 * @node:	index of the node, or -1 for the sky
 * @out:	the caller's to delete; may be NULL
 */
int sb_run_await(struct sb_run *run, int node, const char *event, int timeout_ms, cJSON **out,
		 struct sb_err *err);
int sb_run_tell(struct sb_run *run, int node, const cJSON *request, struct sb_err *err);
int sb_run_tell_op(struct sb_run *run, int node, const char *op, struct sb_err *err);
/** sb_run_listen() - note everything that has arrived from all peers, waiting up to @timeout_ms for
 * something */
int sb_run_listen(struct sb_run *run, int timeout_ms, struct sb_err *err);

/* setup.c */

/** sb_run_raise() - engine up, nodes set up and prepared, links shaped, captures open */
int sb_run_raise(struct sb_run *run, struct sb_err *err);
/** sb_run_train() - before the flows: a back-to-back train through every direction with a rate */
int sb_run_train(struct sb_run *run, struct sb_err *err);

/* samples.c */
void sb_samples_header(FILE *to);
/** sb_samples_note() - a node's sample: kept for the live line, written to samples.csv */
void sb_samples_note(struct sb_run *run, const cJSON *sample);
/** sb_samples_captured() - throughput and retransmits per bin, from the captures */
void sb_samples_captured(const struct sb_run *run, const struct sb_result *result);

/* events.c */
void sb_events_phase(struct sb_run *run, const char *phase);
/** sb_events_steps() - the played timeline with its lateness */
void sb_events_steps(struct sb_run *run);

/* live.c */
struct sb_live {
	bool overwrite, quiet;
	int64_t next_ns, last_ns;
	int64_t last_bytes;
	int last_width;
};
void sb_live_start(struct sb_live *live, const struct sb_run *run);
void sb_live_tick(struct sb_live *live, const struct sb_run *run);
void sb_live_end(struct sb_live *live);

#endif
