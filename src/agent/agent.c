// SPDX-License-Identifier: MIT
/* agent.c - the agent: one loop over the channel, the flows and the timers */
#include "agent.h"
#include "agent/command/pattern_file.h"
#include "agent/command/qlog.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/command/command_launcher.h"
#include "satbed/base/clock.h"
#include "satbed/base/rng.h"
#include "satbed/agent_proto.h"

/* Samples of many flows for some seconds; then answers and the "done" of every flow. */
#define OUT_SAMPLES_BYTES (2u << 20)
#define OUT_RESERVE_BYTES (8u << 20)
#define EVENTS_PER_TURN	  16
#define PAYLOAD_SEED	  UINT64_C(0x7361746265646e31)

/* Processor time of the node and of the commands that have ended. */
static int64_t spent_us(const struct sb_node *node)
{
	struct rusage self;

	if (getrusage(RUSAGE_SELF, &self))
		return 0;
	return (self.ru_utime.tv_sec + self.ru_stime.tv_sec) * INT64_C(1000000) +
	       self.ru_utime.tv_usec + self.ru_stime.tv_usec + node->commands_us;
}

static void say_cost(struct sb_node *node)
{
	struct sb_text t;

	sb_text_open(&t, "cpu");
	sb_text_int(&t, "us", spent_us(node) - node->cpu_us);
	sb_node_say(node, &t, true);
}

static int carry_out(struct sb_node *node, const struct sb_request *req, struct sb_err *err)
{
	struct sb_text t;

	switch (req->op) {
	case SB_OP_SETUP:
		return sb_setup(node, req, err);
	case SB_OP_LOOK:
		return sb_inspect(node, err);
	case SB_OP_PREPARE:
		if (sb_schedule_prepare(node, req, err))
			return -1;
		sb_text_open(&t, "ready");
		sb_node_say(node, &t, true);
		return 0;
	case SB_OP_TRAIN:
		return sb_train_plan(node, &req->train, err);
	case SB_OP_RTT:
		sb_rtt_measure(node, &req->rtt);
		return 0;
	case SB_OP_QLOG:
		return sb_qlog_say(node, &req->command, err);
	case SB_OP_PATTERN:
		return sb_pattern_file(node, &req->command, err);
	case SB_OP_FILE:
		return sb_workdir_file(node, &req->command, err);
	case SB_OP_RUN:
		return sb_command_run(node, &req->command, err);
	case SB_OP_INPUT:
	case SB_OP_TAKEN:
	case SB_OP_CLOSE:
	case SB_OP_RESIZE:
	case SB_OP_SIGNAL:
		return sb_command_send(node, req->op, &req->command, err);
	case SB_OP_LISTENS:
		sb_port_probe(node, req->port);
		return 0;
	case SB_OP_PACKETS:
		return sb_packets_load(node, req, err);
	case SB_OP_START:
		node->cpu_us = spent_us(node);
		if (sb_schedule_start(node, req->t0_ns, err))
			return -1;
		sb_packets_start(node);
		return 0;
	case SB_OP_STOP:
		sb_packets_stop(node);
		sb_schedule_stop(node);
		say_cost(node);
		return 0;
	case SB_OP_QUIT:
		node->quitting = true;
		return 0;
	}
	return 0;
}

static void take_line(struct sb_node *node, const char *line, size_t len)
{
	struct sb_request req;
	struct sb_err err = {0};

	if (sb_request_parse(line, len, &req, &err)) {
		sb_node_say_error(node, &err);
		return;
	}
	if (carry_out(node, &req, &err))
		sb_node_say_error(node, &err);
	sb_request_fini(&req);
}

/* All whole lines that are there; they wait (in_held) while answers are not being read. */
static void take_lines(struct sb_node *node)
{
	const char *line;
	struct sb_err err = {0};
	size_t len;

	while (!node->quitting) {
		int rc;

		node->in_held = sb_channel_crowded(&node->channel);
		if (node->in_held)
			return;
		rc = sb_channel_next(&node->channel, &line, &len, &err);
		if (!rc)
			return;
		if (rc > 0)
			take_line(node, line, len);
		else
			sb_node_say_error(node, &err);
	}
}

static void input_ready(struct sb_watch *w, uint32_t events)
{
	struct sb_node *node = sb_container_of(w, struct sb_node, in);
	int rc;

	if (node->in_paused) {
		/* Only the end is watched for then: nobody waits for the answers any more. */
		node->quitting = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
		return;
	}
	rc = sb_channel_read(&node->channel);
	take_lines(node);
	if (rc < 0)
		node->quitting = true;
}

static void output_ready(struct sb_watch *w, uint32_t events)
{
	(void)w; /* the loop writes before it waits */
	(void)events;
}

static void signal_came(struct sb_watch *w, uint32_t events)
{
	struct sb_node *node = sb_container_of(w, struct sb_node, signals);
	struct signalfd_siginfo info;

	(void)events;
	while (read(w->fd, &info, sizeof(info)) == sizeof(info))
		node->quitting |= info.ssi_signo == SIGTERM;
	/* Minders say themselves how their command ended; as pid 1 the node has all orphans too. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/*
 * Write what can be written, and wait for the reader where it cannot.  While answers pile up
 * unread, requests wait in the pipe; the end of the channel is still noticed.
 */
static void tend_channel(struct sb_node *node)
{
	bool waiting;

	for (;;) {
		if (sb_channel_flush(&node->channel)) {
			node->quitting = true;
			return;
		}
		if (!node->in_held || sb_channel_crowded(&node->channel))
			break;
		take_lines(node);
	}
	if (node->in_held != node->in_paused)
		sb_watch_change(node, &node->in, node->in_held ? EPOLLRDHUP : EPOLLIN);
	node->in_paused = node->in_held;
	waiting = node->channel.out_len > 0;
	if (waiting != node->out_waiting)
		sb_watch_change(node, &node->out, waiting ? EPOLLOUT : 0);
	node->out_waiting = waiting;
}

static int watch_channel(struct sb_node *node, int in_fd, int out_fd, struct sb_err *err)
{
	/* Two entries in the loop, even where both ends are one socket. */
	node->in = (struct sb_watch){.fd = in_fd, .ready = input_ready};
	node->out =
	    (struct sb_watch){.fd = fcntl(out_fd, F_DUPFD_CLOEXEC, 3), .ready = output_ready};
	if (node->out.fd < 0)
		return sb_fail(err, SB_EINTERNAL, errno, "the output");
	fcntl(in_fd, F_SETFL, fcntl(in_fd, F_GETFL) | O_NONBLOCK);
	fcntl(out_fd, F_SETFL, fcntl(out_fd, F_GETFL) | O_NONBLOCK);
	if (sb_watch_add(node, &node->in, EPOLLIN, err)) {
		/* A plain file is always ready, which epoll does not accept. */
		if (errno != EPERM)
			return -1;
		node->in_is_file = true;
	}
	if (sb_watch_add(node, &node->out, 0, err) && errno != EPERM)
		return -1;
	return sb_channel_init(&node->channel, in_fd, out_fd, SB_NODE_LINE_MAX,
			       OUT_SAMPLES_BYTES + OUT_RESERVE_BYTES, OUT_RESERVE_BYTES, err);
}

static int watch_signals(struct sb_node *node, struct sb_err *err)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	/* Ctrl-C and a closed terminal are the orchestrator's to answer, with "stop". */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	node->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	node->signals.ready = signal_came;
	if (node->signals.fd < 0)
		return sb_fail(err, SB_EINTERNAL, errno, "signals");
	return sb_watch_add(node, &node->signals, EPOLLIN, err);
}

static int make_payload(struct sb_node *node, struct sb_err *err)
{
	struct sb_rng rng;

	node->payload = malloc(SB_PAYLOAD_BYTES);
	if (!node->payload)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	/* Noise, so that no compressing device on the path makes the flow look fast. */
	sb_rng_seed(&rng, PAYLOAD_SEED, 0);
	for (size_t i = 0; i < SB_PAYLOAD_BYTES; i += sizeof(uint64_t)) {
		uint64_t word = sb_rng_u64(&rng);

		memcpy(node->payload + i, &word, sizeof(word));
	}
	return 0;
}

static void raise_limits(struct sb_node *node)
{
	struct rlimit files;

	/* One descriptor a connection; whoever asks for more than the hard limit is told so. */
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		node->usual_files = files;
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
}

static int open_node(struct sb_node *node, int in_fd, int out_fd, struct sb_err *err)
{
	*node = (struct sb_node){
	    .epoll_fd = -1,
	    .in.fd = -1,
	    .out.fd = -1,
	    .signals.fd = -1,
	    .clock_fd = -1,
	    .discard_fd = {-1, -1},
	    .launcher = -1,
	};
	if (sb_loop_open(node, err))
		return -1;
	/* Before there is anything that it should not have. */
	node->launcher = sb_launcher_start(err);
	if (node->launcher < 0)
		return -1;
	raise_limits(node);
	if (watch_signals(node, err) || make_payload(node, err))
		return -1;
	if (watch_channel(node, in_fd, out_fd, err))
		return -1;
	return sb_agent_confine(&node->sandbox, err);
}

static void close_node(struct sb_node *node)
{
	sb_command_release(node);
	sb_schedule_release(node);
	sb_train_release(node);
	sb_packets_release(node);
	sb_watch_close(&node->signals);
	sb_watch_close(&node->out);
	free(node->payload);
	for (int i = 0; i < 2; i++)
		if (node->discard_fd[i] >= 0)
			close(node->discard_fd[i]);
	sb_loop_close(node);
	sb_channel_fini(&node->channel);
}

static void serve(struct sb_node *node)
{
	struct epoll_event events[EVENTS_PER_TURN];

	sb_clock_keep(true);
	while (!node->quitting) {
		int n = sb_loop_wait(node, events, EVENTS_PER_TURN);

		for (int i = 0; i < n; i++)
			if (events[i].data.ptr)
				sb_watch_call(events[i].data.ptr, events[i].events);
		sb_loop_run_timers(node);
		if (node->in_is_file)
			input_ready(&node->in, EPOLLIN);
		sb_command_tend(node);
		tend_channel(node);
	}
}

int sb_node_run(int in_fd, int out_fd)
{
	struct sb_err err = {0};
	struct sb_node node;
	int rc = open_node(&node, in_fd, out_fd, &err);

	if (rc)
		fprintf(stderr, "satbed-agent: %s\n", err.msg);
	else
		serve(&node);
	close_node(&node);
	return rc ? 3 : 0;
}
