/* SPDX-License-Identifier: MIT */
/*
 * testbed.h - from a plan to a shaped testbed, and the talk with its emulator and nodes
 *
 * What a run and a testbed left standing have in common: engine up, nodes set up, links shaped,
 * captures open.
 */
#ifndef SATBED_TESTBED_H
#define SATBED_TESTBED_H

#include <cjson/cJSON.h>
#include <stdbool.h>

#include "satbed/base/err.h"
#include "satbed/base/lines.h"
#include "satbed/engine.h"
#include "satbed/plan.h"

#define SB_ANSWER_MS 15000 /* a node or emulator that is silent for so long is taken for broken */
#define SB_EMULATOR  (-1)  /* where a node's index stands: the emulator */
#define SB_NOBODY    (-2)

/**
 * struct sb_testbed_session - a testbed that is up; start zeroed but for the first four
 * @unshaped:	called when the nodes are set up and there is no link yet; may be NULL
 * @note:	told of everything a peer says that nobody awaits; may be NULL
 * @manifest:	facts are added: "engine", "nodes", "link"; borrowed, may be NULL
 * @ending:	Ctrl-C has been noticed already: answers are awaited all the same
 * @request:	what the engine was asked for
 * @built:	after sb_testbed_down(): the plan as it was built, where that is not the one asked for
 * @lost:	the first peer whose channel failed, SB_NOBODY = all are there; nothing is heard of it any
 *		more
 * @engine_kind, @link_backend, @backend_why: what runs the nodes, what impairs, and why that
 */
struct sb_testbed_session {
	int (*unshaped)(void *arg, struct sb_err *err);
	void (*note)(void *arg, int node, const cJSON *obj);
	void *arg;
	cJSON *manifest;
	bool ending;
	struct sb_engine_request request;
	struct sb_testbed *tb;
	struct sb_plan *built;
	struct sb_lines emulator, *nodes;
	const char *engine_kind;
	char *link_backend, *backend_why;
	bool exact_steps;
	int lost;
};

/**
 * sb_testbed_up_begin() - engine up, all nodes told to set themselves up, emulator told to open
 * @capture_fds: as in struct sb_emulator_start, borrowed
 *
 * What else a node is told before sb_testbed_up_finish() is done at the same time.
 *
 * Return: 0, or -1 with @err; sb_testbed_session_fini() in either case
 */
int sb_testbed_up_begin(struct sb_testbed_session *r, const struct sb_plan *plan,
			const int *capture_fds, struct sb_err *err);
/** sb_testbed_up_finish() - wait until all of them have */
int sb_testbed_up_finish(struct sb_testbed_session *r, struct sb_err *err);
/** sb_testbed_down() - everything gone, what is known of it still there; may be called again */
void sb_testbed_down(struct sb_testbed_session *r);
/** sb_testbed_session_fini() - lower it, and free what is known of it */
void sb_testbed_session_fini(struct sb_testbed_session *r);

/** sb_send() - one request to a node or the emulator */
int sb_send(struct sb_testbed_session *r, int node, const cJSON *request, struct sb_err *err);
int sb_send_op(struct sb_testbed_session *r, int node, const char *op, struct sb_err *err);
/**
 * sb_wait_reply() - the answer of one peer, whatever else it says meanwhile going to @note
 * @node:	index of the node, or SB_EMULATOR
 * @out:	the caller's to delete; may be NULL
 */
int sb_wait_reply(struct sb_testbed_session *r, int node, const char *event, int timeout_ms,
		  cJSON **out, struct sb_err *err);
/** sb_listen() - @note everything that has arrived from all peers, waiting up to @timeout_ms for
 * something */
int sb_listen(struct sb_testbed_session *r, int timeout_ms, struct sb_err *err);
/** sb_drain() - @note what one peer has sent: all lines of one reading, without waiting */
int sb_drain(struct sb_testbed_session *r, int node, struct sb_err *err);
/** sb_peer_name() - "emulator", "server", "client1" ... */
const char *sb_peer_name(char buf[SB_NAME_MAX], int node);
/** sb_capture_file() - what the file of one capture is called; @i: as capture_fds are counted */
void sb_capture_file(char *buf, size_t size, const struct sb_plan *plan, size_t i);

#endif
