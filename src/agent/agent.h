/* SPDX-License-Identifier: MIT */
/* agent.h - the agent's one loop, and the flows it carries */
#ifndef SATBED_AGENT_NODE_H
#define SATBED_AGENT_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/uio.h>

#include "channel.h"
#include "request.h"
#include "satbed/base/err.h"
#include "satbed/base/sandbox.h"
#include "text.h"

struct sb_node;
struct sb_node_flow;

/**
 * struct sb_watch - a descriptor in the loop
 * @fd:		-1 while not open: an event already fetched for a closed one is ignored
 * @ready:	called with the epoll events; does a bounded piece of work, so that timers stay
 * punctual
 */
struct sb_watch {
	int fd;
	void (*ready)(struct sb_watch *w, uint32_t events);
};

/**
 * struct sb_timer - something that the loop does when its time has come
 * @node:	NULL while not open
 * @at_ns:	CLOCK_MONOTONIC; 0 = not armed
 *
 * No descriptor: setting one costs nothing, as the loop waits until the first of them.
 */
struct sb_timer {
	struct sb_node *node;
	void (*ready)(struct sb_timer *t);
	int64_t at_ns;
	uint32_t turn;
	struct sb_timer *next;
};

#define sb_container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

int sb_watch_add(struct sb_node *node, struct sb_watch *w, uint32_t events, struct sb_err *err);
void sb_watch_change(struct sb_node *node, struct sb_watch *w, uint32_t events);
/** sb_watch_mute() - out of the loop, still open */
void sb_watch_mute(struct sb_node *node, struct sb_watch *w);
void sb_watch_close(struct sb_watch *w);
/** sb_watch_call() - its @ready, unless it was closed meanwhile */
void sb_watch_call(struct sb_watch *w, uint32_t events);
/** sb_timer_open() - a timer in the loop, not armed; @ready does a bounded piece of work */
void sb_timer_open(struct sb_node *node, struct sb_timer *t, void (*ready)(struct sb_timer *t));
/** sb_timer_arm() - at a CLOCK_MONOTONIC instant (one that has passed: in the next turn); 0 = never */
void sb_timer_arm(struct sb_timer *t, int64_t at_ns);
/** sb_timer_close() - again, or of one that was never opened, is fine */
void sb_timer_close(struct sb_timer *t);
/** sb_loop_open() - 0 or -1 with @err; sb_loop_close() after a failure, too */
int sb_loop_open(struct sb_node *node, struct sb_err *err);
void sb_loop_close(struct sb_node *node);
/** sb_loop_wait() - until something is ready or a timer is due; the number of @events, or -1 */
int sb_loop_wait(struct sb_node *node, struct epoll_event *events, int most);
/** sb_loop_run_timers() - all that are due, each once */
void sb_loop_run_timers(struct sb_node *node);

/**
 * struct sb_flow_ops - a kind of flow
 * @prepare:	make all sockets and memory; after a failure @release is called as well
 * @begin:	the flow's start has come
 * @sample:	report the state of now
 * @finish:	the end has come (or "stop"): measure, end the connections, fill the totals
 * @release:	close and free all
 */
struct sb_flow_ops {
	int (*prepare)(struct sb_node_flow *flow, struct sb_err *err);
	void (*begin)(struct sb_node_flow *flow, int64_t now_ns);
	void (*sample)(struct sb_node_flow *flow, int64_t now_ns);
	void (*finish)(struct sb_node_flow *flow, int64_t now_ns);
	void (*release)(struct sb_node_flow *flow);
};

extern const struct sb_flow_ops sb_bulk_ops, sb_stream_ops, sb_file_ops;
extern const struct sb_flow_ops sb_rr_client_ops, sb_rr_server_ops, sb_session_ops;

enum sb_flow_state { SB_FLOW_WAITING, SB_FLOW_RUNNING, SB_FLOW_OVER };

/* Quantiles of latencies: p50 p90 p95 p99 p99.9 max. */
#define SB_LATENCIES 6

/**
 * struct sb_totals - what "done" says of a flow, filled by its @finish
 * @complete_ns: file: when the receiver had all, or the sender knew; 0 = never
 * @damaged_at:	file, receiver: the first byte that is not as it was sent; -1 = none
 * @sent_bytes:	file, sender: over all attempts, without the kernel's retransmits
 * @latency_ns:	rr, with @answered > 0
 */
struct sb_totals {
	uint64_t bytes, retransmits, rwnd_us, sndbuf_us, busy_us;
	uint64_t packets, lost, reordered, duplicated, skipped, socket_drops;
	uint32_t connected;
	char cc[16];
	uint32_t attempts;
	int64_t complete_ns, damaged_at;
	uint64_t sent_bytes;
	uint64_t asked, answered, timeouts;
	int64_t latency_ns[SB_LATENCIES];
};

/**
 * struct sb_node_flow - one end of a flow
 * @begin_ns, @end_ns:	when it is to run; known from "start" on
 * @first_ns:	its first connection or datagram, 0 = none yet
 * @stopped:	ended by "stop", so the other end may have gone a moment before
 * @samples_dropped: for want of room in the channel
 * @error:	the first thing that went wrong
 * @impl:	the kind's own
 */
struct sb_node_flow {
	struct sb_node *node;
	const struct sb_flow_ops *ops;
	struct sb_flow_spec spec;
	enum sb_flow_state state;
	int64_t begin_ns, end_ns, first_ns;
	bool stopped;
	uint64_t samples_dropped;
	char error[256];
	struct sb_totals totals;
	void *impl;
};

void sb_flow_error(struct sb_node_flow *flow, const char *fmt, ...) SB_PRINTF(2, 3);
/** sb_flow_sample_open() - the members that every sample has; sb_flow_sample_send() ends it */
void sb_flow_sample_open(struct sb_node_flow *flow, struct sb_text *t, uint32_t stream,
			 int64_t now_ns);
void sb_flow_sample_send(struct sb_node_flow *flow, struct sb_text *t);
const char *sb_flow_role(const struct sb_node_flow *flow);

#define SB_PAYLOAD_BYTES (1u << 20)
#define SB_BATCH	 64

struct sb_train;
struct sb_packets;
struct sb_running_command;

/**
 * struct sb_node - the whole program
 * @payload:	SB_PAYLOAD_BYTES of noise, what all flows send
 * @in_held:	lines wait until answers have been read; @in_paused: so does what is not read yet
 * @discard_fd:	UDP port SB_NODE_DISCARD_PORT, IPv4 and IPv6; nothing is read from them
 * @next_sample_ns: CLOCK_MONOTONIC; samples of all flows are taken together
 * @usual_files: limit on descriptors before the node raised it, for commands
 * @launcher:	channel to the process that starts commands; -1 = there is none any more
 * @commands_us: processor time of commands that have ended
 */
struct sb_node {
	int epoll_fd;
	struct sb_channel channel;
	struct sb_watch in, out, signals;
	struct sb_timer *timers, clock;
	uint32_t turn;
	int clock_fd; /* for all timers, on a real clock; set to @clock_at_ns */
	int64_t clock_at_ns;
	bool in_is_file, in_held, in_paused, out_waiting, quitting;
	int64_t cpu_us; /* spent before the start */
	bool prepared, started, stopped;
	char *payload;
	int discard_fd[2];
	struct sb_node_flow *flows;
	size_t flow_count;
	int64_t t0_ns, sample_ns, next_sample_ns;
	struct sb_train *trains;
	struct sb_packets *packets;
	struct sb_running_command *commands;
	struct sb_timer command_clock;
	struct rlimit usual_files;
	int launcher;
	int64_t commands_us;
	struct sb_sandbox_state sandbox;
};

/** sb_node_run() - serve requests from @in_fd until "quit" or the end; the exit status */
int sb_node_run(int in_fd, int out_fd);
/** sb_node_say() - queue one event; @keep: see sb_channel_put() */
bool sb_node_say(struct sb_node *node, struct sb_text *t, bool keep);
void sb_node_say_error(struct sb_node *node, const struct sb_err *err);

/* flow.c */
/** sb_flow_end() - finish it and say what came of it */
void sb_flow_end(struct sb_node_flow *flow, int64_t now_ns);
/** sb_flow_over() - a flow has reached its end before its time */
void sb_flow_over(struct sb_node_flow *flow);

/* schedule.c: flows from "prepare" to "done" */
int sb_schedule_prepare(struct sb_node *node, const struct sb_request *req, struct sb_err *err);
int sb_schedule_start(struct sb_node *node, int64_t t0_ns, struct sb_err *err);
void sb_schedule_stop(struct sb_node *node);
void sb_schedule_release(struct sb_node *node);

/* setup.c: the node's own interfaces and kernel */
int sb_setup(struct sb_node *node, const struct sb_request *req, struct sb_err *err);
/** sb_interface_setup() - MTU and neighbours of a "setup" (interface_setup.c) */
int sb_interface_setup(const struct sb_request *req, struct sb_err *err);
/** sb_inspect() - answer with what is here (inspect.c) */
int sb_inspect(struct sb_node *node, struct sb_err *err);
/** sb_sysctl_read() - the first line of a file under /proc, blanks made single; "" when there is
 * none (sysctl.c) */
void sb_sysctl_read(const char *path, char *buf, size_t room);

/* train.c */
int sb_train_plan(struct sb_node *node, const struct sb_train_spec *spec, struct sb_err *err);
void sb_train_release(struct sb_node *node);

/** sb_rtt_measure() - answer with the round trips to an address, which takes as long (rtt.c) */
void sb_rtt_measure(struct sb_node *node, const struct sb_rtt_spec *spec);

/* packets.c: frames prepared elsewhere */
/** sb_packets_load() - check the whole file and open the interface, while that is still allowed */
int sb_packets_load(struct sb_node *node, const struct sb_request *req, struct sb_err *err);
/** sb_packets_start() - node->t0_ns is known; nothing to do without packets */
void sb_packets_start(struct sb_node *node);
void sb_packets_stop(struct sb_node *node);
void sb_packets_release(struct sb_node *node);

/** sb_privilege_drop() - give up every capability for good */
int sb_privilege_drop(struct sb_err *err);
/** sb_privilege_bound_network() - nothing that is executed gets more than rights over the network; while
 * there is CAP_SETPCAP, which another user does not have */
void sb_privilege_bound_network(void);
/** sb_privilege_users_only() - all but what starting commands as other users takes */
int sb_privilege_users_only(struct sb_err *err);
/** sb_privilege_network_only() - all but CAP_NET_ADMIN and CAP_NET_RAW, for what is executed too */
int sb_privilege_network_only(struct sb_err *err);
/** sb_privilege_agent() - the same and ports below 1024, for the agent alone, which executes nothing */
int sb_privilege_agent(struct sb_err *err);
/** sb_privilege_commands() - and the right to change users, for the launcher of commands */
int sb_privilege_commands(struct sb_err *err);
/** sb_agent_confine() - privileges, files and system calls of the agent itself (confinement.c) */
int sb_agent_confine(struct sb_sandbox_state *out, struct sb_err *err);

/* command.c: the user's commands */
int sb_command_run(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err);
/** sb_command_send() - input, taken, close, resize or signal for a command; none = nothing to do */
int sb_command_send(struct sb_node *node, enum sb_request_op op, const struct sb_command_spec *spec,
		    struct sb_err *err);
/** sb_command_tend() - once a turn: take up what waited for room in the channel, free what has
 * ended
 */
void sb_command_tend(struct sb_node *node);
/** sb_command_release() - kill all of them and wait until they are gone */
void sb_command_release(struct sb_node *node);

/** sb_port_probe() - answer whether there is a listener on a port (port_probe.c) */
void sb_port_probe(struct sb_node *node, uint16_t port);

/* workdir.c */
/** sb_workdir_path() - where commands start; NULL = this node has none */
const char *sb_workdir_path(void);
/** sb_workdir_open() - a file there for reading; a descriptor, or -1 with @err */
int sb_workdir_open(const char *path, struct sb_err *err);
int sb_workdir_file(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err);

#endif
