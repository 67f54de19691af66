/* SPDX-License-Identifier: MIT */
/* state.h - what a run knows while it goes on; private to src/run */
#ifndef SATBED_RUN_STATE_H
#define SATBED_RUN_STATE_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "rundir.h"
#include "satbed/analysis.h"
#include "satbed/analysis_replayed.h"
#include "satbed/live.h"
#include "satbed/plan.h"
#include "satbed/replay_session.h"
#include "satbed/report.h"
#include "satbed/run.h"
#include "satbed/testbed.h"

/**
 * struct sb_flow_end - the latest a node said of its end of a flow
 * @bytes, @retransmits, @rtt_us, @packets, @lost: sums over the streams (RTT: of the stream heard
 * last)
 */
struct sb_flow_end {
	int64_t bytes, retransmits, rtt_us, packets, lost;
	int64_t *stream_bytes, *stream_retransmits;
	int64_t start_ns, end_ns;
	int64_t busy_us, rwnd_us, sndbuf_us;
	int64_t attempts, complete_ns, damaged_at, sent_bytes; /* file */
	int64_t asked, answered, timeouts;		       /* rr, client */
	int64_t latency_ns[SB_LATENCIES];
	bool done;
	char cc[16];
	char *error;
};

struct sb_flow_state {
	struct sb_flow_end server, client;
};

/** struct sb_replay_end - what the sending node said of its packets; @done: it has */
struct sb_replay_end {
	bool done;
	int64_t sent, failed;
};

struct sb_exec;

/**
 * struct sb_run_links - what the emulator and the nodes said of the links
 * @late_ns:	per step of the timeline, -1 = not applied
 * @counters:	two per link
 * @bytes:	likewise: passed so far, 0 where nobody asks for it; @bytes_ns: when that was, since the
 *		timeline's zero
 * @relays:	one per link; nothing in them on other paths
 * @rtts:	one per link; @rtt_ms: what measuring them took
 */
struct sb_run_links {
	int64_t *late_ns;
	struct sb_link_counters *counters;
	int64_t *bytes;
	int64_t bytes_ns;
	struct sb_relay_facts *relays;
	struct sb_path_rtt *rtts;
	double rtt_ms;
	struct sb_host_baseline host_baseline;
};

/**
 * struct sb_run_replay - a capture that is replayed
 * @frames:	its packets, by direction; NULL = none; @ends: what their senders said
 * @session:	what it had of applications; NULL = there is none
 */
struct sb_run_replay {
	struct sb_replay_frames *frames;
	struct sb_replay_end ends[2];
	struct sb_session_played *session;
};

/**
 * struct sb_run_disk - what goes into the run's directory while it goes on
 * @steps:	of the plan's steps, so many are in events.jsonl
 * @flushed_ns:	when events and samples were handed to the kernel last
 * @report_bytes: that must stay free for the report; @room_ns: when that was looked at last
 */
struct sb_run_disk {
	size_t steps;
	int64_t flushed_ns;
	double report_bytes;
	int64_t room_ns;
};

/**
 * struct sb_run_end - how it ended
 * @stop_asked:	of the emulator: once is enough
 * @collect_asked: of the engine: once is enough
 * @stopped:	counters and capture statistics are there
 * @collected:	so are all captures, whole
 * @in_order:	read from its directory: all of it was measured, end_ns is exact
 * @broken:	what ends it early although all answer; SB_OK = nothing
 * @cut_off:	why it did not come to its end; NULL = it did, or Ctrl-C
 */
struct sb_run_end {
	bool stop_asked, collect_asked, stopped, collected, interrupted, in_order;
	struct sb_err broken;
	char *cut_off;
};

/**
 * struct sb_run_cost - what it took
 * @node_s:	seconds of processors by node, since the start; below 0 = not known
 * @engine:	what the engine said at the start, then the difference
 * @json:	as "cpu" of run.json; NULL = nothing is known
 */
struct sb_run_cost {
	double up_ms, down_ms;
	double *node_s;
	cJSON *engine, *json;
};

/** struct sb_run - one run; times are CLOCK_MONOTONIC unless they say real */
struct sb_run {
	const struct sb_plan *plan;
	const struct sb_run_options *options;
	struct sb_live *live, *own_live; /* the second one is ours to free */
	struct sb_rundir dir;
	struct sb_testbed_session up;
	cJSON *manifest;
	struct sb_flow_state *flows;
	struct sb_exec *exec; /* of the flows that are the user's commands; NULL = there are none */
	struct sb_run_links links;
	struct sb_run_replay replay;
	struct sb_run_disk disk;
	struct sb_run_end end;
	struct sb_run_cost cost;
	int64_t t0_ns, end_ns, real_minus_mono_ns;
	int64_t train_start_ns, train_end_ns;
	char *recovered_engine; /* what engine_kind points to in a run read from its directory */
};

/* guest.c: on the virtual clock */

/** sb_run_in_guest() - sb_run() in a guest; the directory, the live view and the report are the
 * same */
int sb_run_in_guest(const struct sb_plan *plan, const struct sb_run_options *options,
		    int *exit_status, struct sb_err *err);

/* messages.c */

/** sb_run_note() - what arrives unasked while flows run; @arg is the run */
void sb_run_note(void *arg, int node, const cJSON *obj);

/** sb_run_note_done() - a node's final word on its end of a flow */
void sb_run_note_done(struct sb_run *run, const cJSON *obj);

/* lifetime.c */

void sb_run_init(struct sb_run *run, const struct sb_plan *plan,
		 const struct sb_run_options *options);
void sb_run_fini(struct sb_run *run);
/** sb_run_take_down() - the testbed, if it is up */
void sb_run_take_down(struct sb_run *run);

/* stop.c: the end of a run, in order or not */

/** sb_run_all_done() - has every node said its last word on every flow? */
bool sb_run_all_done(const struct sb_run *run);
/** sb_run_stop_nodes() - all flows end, and their nodes say what became of them */
int sb_run_stop_nodes(struct sb_run *run, struct sb_err *err);
/** sb_run_stop_emulator() - captures closed, counters read */
int sb_run_stop_emulator(struct sb_run *run, struct sb_err *err);
/** sb_run_collect() - bring the captures here from where the emulator has written them, once */
int sb_run_collect(struct sb_run *run, struct sb_err *err);
/** sb_run_note_stopped() - the emulator's answer to "stop" */
void sb_run_note_stopped(struct sb_run *run, const cJSON *stopped);
/**
 * sb_run_salvage() - something of the testbed broke after the start: stop what still lives
 * @err:	why; the name of the process and its signal are added where they become known
 *
 * Sets cut_off and, where the flows were still going, end_ns.
 */
void sb_run_salvage(struct sb_run *run, struct sb_err *err);

/* run_state.c */

#define SB_RUN_STATE_FILE "run-state.json"
/** sb_run_state_write() - at the start, before the first packet of a flow; @ended: once more, when all is
 * measured and only the analysis is left */
int sb_run_state_write(struct sb_run *run, bool ended, struct sb_err *err);
/** sb_run_state_read() - what of @run is known from then; the file is not trusted */
int sb_run_state_read(struct sb_run *run, struct sb_err *err);

/* room.c */

/** sb_run_room_begin() - is there room for the report at least?  Warns where there is none for all */
int sb_run_room_begin(struct sb_run *run, struct sb_err *err);
/** sb_run_room_check() - twice a second: -1 with @err (SB_EENV) when what is left is for the report */
int sb_run_room_check(struct sb_run *run, struct sb_err *err);

/* captured.c */

/** sb_run_captured_until() - up to when all captures that have packets have them, CLOCK_MONOTONIC;
 * INT64_MAX = none has any */
int64_t sb_run_captured_until(const struct sb_run *run);
/**
 * sb_run_analyse_outside() - what a guest has measured, analysed by who started it
 * @options:	as for sb_run(), @out_dir: the directory that the guest filled; @inside: as the guest had it
 *
 * The plan is the directory's.
 *
 * Return: 0 with *@exit_status as sb_run(); 1 where the guest has left nothing to analyse, or was not the
 * one to leave it: the directory is as it was; -1 with @err
 */
int sb_run_analyse_outside(const struct sb_run_options *options, int *exit_status,
			   struct sb_err *err);

/* path.c */

/** sb_run_note_path() - what "stopped" says of taps and relays; "path_proof" of the manifest */
void sb_run_note_path(struct sb_run *run, const cJSON *stopped);
void sb_run_free_path(struct sb_run *run);

/* cost.c: what the run cost in processor time */

/** sb_run_cost_begin() - at the start; @end: once the emulator has stopped, all still being there */
void sb_run_cost_begin(struct sb_run *run);
void sb_run_cost_end(struct sb_run *run, const cJSON *stopped);
void sb_run_cost_free(struct sb_run *run);

/* setup.c */

/** sb_run_testbed_up() - engine up, nodes set up and prepared, links shaped, captures open */
int sb_run_testbed_up(struct sb_run *run, struct sb_err *err);
/** sb_run_train() - before the flows: a back-to-back train through every direction with a rate */
int sb_run_train(struct sb_run *run, struct sb_err *err);

/* replay.c: a capture's packets */

/** sb_run_send_packets() - rewrite them for the link that is there, and into the nodes */
int sb_run_send_packets(struct sb_run *run, struct sb_err *err);
void sb_run_note_packets(struct sb_run *run, int node, const cJSON *obj);
/** sb_run_replayed() - what became of them; @out: by direction */
int sb_run_replayed(struct sb_run *run, struct sb_replayed out[2], struct sb_err *err);
/** sb_run_judge_replay() - what was not sent counts against the run */
void sb_run_judge_replay(const struct sb_run *run, const struct sb_replayed replayed[2],
			 struct sb_result *result);
void sb_run_free_packets(struct sb_run *run);

/* session.c: a capture's session */

/** sb_run_send_session() - into the nodes, before "prepare" */
int sb_run_send_session(struct sb_run *run, struct sb_err *err);
/** sb_run_session_json() - what such a flow has of its own in "prepare" */
void sb_run_session_json(const struct sb_run *run, size_t index, cJSON *to);
void sb_run_note_session(struct sb_run *run, const char *event, const cJSON *obj);

/* probes.c */

/** sb_probes_add() - one end's probes of a link, to the flows of its "prepare" */
void sb_probes_add(const struct sb_plan *plan, size_t link, bool is_client, const char *address,
		   cJSON *flows);
/** sb_run_rtt() - before there is a link: round trips of the paths; @arg is the run */
int sb_run_rtt(void *arg, struct sb_err *err);
/** sb_run_timer_probe() - before the start: the emulator's timers */
int sb_run_timer_probe(struct sb_run *run, struct sb_err *err);
/** sb_run_note_cpu() - what "stopped" says of the processors */
void sb_run_note_cpu(struct sb_run *run, const cJSON *stopped);

/* exec.c: the flows that are the user's own commands */

/** sb_exec_load() - read their files, before anything is raised; 0 or -1 with @err */
int sb_exec_load(struct sb_run *run, struct sb_err *err);
/** sb_exec_prepare() - before the nodes give up their rights: files into them, and [flow] setup */
int sb_exec_prepare(struct sb_run *run, struct sb_err *err);
/** sb_exec_serve() - servers started, and waited for until they listen */
int sb_exec_serve(struct sb_run *run, struct sb_err *err);
/** sb_exec_tick() - start and stop what is due; @next_ns is lowered to when more will be */
int sb_exec_tick(struct sb_run *run, int64_t *next_ns, struct sb_err *err);
/** sb_exec_stop() - end all that still runs, and wait for it */
int sb_exec_stop(struct sb_run *run, struct sb_err *err);
/** sb_exec_collect_qlog() - exec_qlog.c: what programs wrote to QLOGDIR, to qlog/ in the run's directory */
int sb_exec_collect_qlog(struct sb_run *run, struct sb_err *err);
/** sb_interop_judge() - interop.c: the files that clients of interop flows downloaded, compared */
int sb_interop_judge(struct sb_run *run, struct sb_err *err);
/** sb_exec_note() - what a node says of a command */
void sb_exec_note(struct sb_run *run, const char *event, const cJSON *obj);
void sb_exec_outcome(const struct sb_run *run, size_t flow, struct sb_flow_outcome *out);
void sb_exec_free(struct sb_run *run);

/* result.c */
int sb_run_analyse(struct sb_run *run, struct sb_result **result, struct sb_err *err);
/** sb_run_report() - judge, write run.json, plan.json, series.json and report.html, print */
int sb_run_report(struct sb_run *run, struct sb_result *result, int *exit_status,
		  struct sb_err *err);

/* page.c */

/** sb_run_page() - series.json and, of it and run.json, report.html */
int sb_run_page(struct sb_run *run, const struct sb_result *result, struct sb_err *err);

/* samples.c */
void sb_samples_header(FILE *to);
/** sb_samples_note() - a node's sample: kept for the live line, written to samples.csv */
void sb_samples_note(struct sb_run *run, const cJSON *sample);
/** sb_samples_note_bytes() - what has passed the links by now, as the emulator says it */
void sb_samples_note_bytes(struct sb_run *run, const cJSON *obj);
/** sb_samples_captured() - throughput and retransmits per bin, from the captures */
void sb_samples_captured(const struct sb_run *run, const struct sb_result *result);

/* events.c */
void sb_events_phase(struct sb_run *run, const char *phase);
#define SB_PHASE_COLLECTED "collected" /* the captures are whole */
/** sb_events_cut_off() - the phase of a run that something broke */
void sb_events_cut_off(struct sb_run *run);
/** sb_events_steps() - steps of the timeline with their lateness, up to @end (not in it) */
void sb_events_steps(struct sb_run *run, size_t end);
/** sb_events_done() - what a node or the emulator said at the end, under @key */
void sb_events_done(struct sb_run *run, const char *key, const cJSON *obj);
/** sb_events_flush() - what has happened, to the disk: a few times a second */
int sb_events_flush(struct sb_run *run, struct sb_err *err);

/* live.c */

/**
 * sb_run_open_live() - what people see of one run: the caller's of the options, or one of its own
 * @own:	set where it is the caller's to free
 *
 * Return: 0, or -1 with @err, see sb_live_new()
 */
int sb_run_open_live(const struct sb_run_options *o, const struct sb_plan *plan,
		     struct sb_live **live, struct sb_live **own, struct sb_err *err);
/** sb_run_show() - what is known of the flows, to run->live */
void sb_run_show(struct sb_run *run);

#endif
