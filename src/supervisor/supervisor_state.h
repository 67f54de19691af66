/* SPDX-License-Identifier: MIT */
/* supervisor_state.h - what a supervisor knows; private to src/supervisor */
#ifndef SATBED_SUPERVISOR_STATE_H
#define SATBED_SUPERVISOR_STATE_H

#include <stdint.h>

#include "conn.h"
#include "supervisor_dir.h"
#include "satbed/supervisor.h"
#include "satbed/testbed.h"

#define SB_CLIENTS_MAX 128
#define SB_ASKED_MAX   1024 /* questions to the emulator at once */

/**
 * struct sb_client - one connection from a user
 * @since_ns:	when it came; who has asked nothing after a while has to leave
 * @asked:	it has sent a request
 * @id:		of the command it runs on @node; 0 = none
 * @input, @output: bytes of the command that are under way, unacknowledged
 * @held:	its node is behind: what it has sent waits
 * @leaving:	to be closed when everything has been sent
 * @wants_down:	waits for the testbed's end
 */
struct sb_client {
	struct sb_lines lines;
	struct sb_conn conn;
	int64_t since_ns;
	bool asked;
	size_t node;
	int64_t id;
	int64_t input, output;
	bool held, leaving, wants_down;
};

/** struct sb_orphan - a command whose user has hung up; killed at @kill_ns */
struct sb_orphan {
	size_t node;
	int64_t id, kill_ns;
};

/**
 * struct sb_asked - a question to the emulator, answered later
 * @client:	NULL: has gone meanwhile, or it is the testbed's page (@by_page)
 * @first_id, @look_id: its answers, the "look" being the last one
 * @link, @dir: what is to be shown: -1 = all, both; else @links from that one on
 * @failed:	the first thing that went wrong
 */
struct sb_asked {
	struct sb_client *client;
	bool is_ps, by_page;
	int64_t first_id, look_id;
	int link, links, dir;
	struct sb_err failed;
};

/**
 * struct sb_supervisor - the whole of it
 * @plan:	the request's; once it is up, as built
 * @emulator, @nodes: their channels, never waited for from then on
 * @next_id:	of commands and questions
 * @t0_ns:	of the timeline, 0 = it does not play; @rest_ns: when it is over, 0 = it is
 * @broken:	a peer has gone, and with it the testbed; @emulator_lost: that was the emulator
 * @complaints:	of peers, written to the log: a bounded number
 */
struct sb_supervisor {
	const struct sb_keep_request *request;
	const struct sb_plan *plan;
	struct sb_supervisor_dir place;
	struct sb_testbed_session up;
	cJSON *manifest;
	int *capture_fds;
	size_t capture_count;
	struct sb_conn emulator, *nodes;
	struct sb_testbed_page *page; /* NULL = none is served */
	int listen_fd, signal_fd;
	size_t client_count;
	struct sb_client *clients[SB_CLIENTS_MAX];
	struct sb_orphan *orphans;
	size_t orphan_count, orphan_room;
	struct sb_asked *asked;
	size_t asked_count, asked_room;
	int64_t next_id, t0_ns, rest_ns;
	int64_t since_unix_s;
	double up_ms;
	bool ending, broken, emulator_lost;
	int complaints;
};

/** sb_supervisor_timeline() - "none", "playing", "over" */
static inline const char *sb_supervisor_timeline(const struct sb_supervisor *k)
{
	return !k->t0_ns ? "none" : k->rest_ns ? "playing" : "over";
}

/** sb_keep() - the supervisor's whole life; @report: told "starting", then of "ps" or the failure */
int sb_keep(const struct sb_keep_request *request, struct sb_lines *report);

/* captures.c */

/** sb_keep_captures() - files for pcap in the request's directory */
int sb_keep_captures(struct sb_supervisor *k, struct sb_err *err);

/* serve.c */

/** sb_serve() - until it is to end: a signal, "down", or a peer that has gone */
void sb_serve(struct sb_supervisor *k);
/** sb_client_close() - it has gone, or has to */
void sb_client_close(struct sb_supervisor *k, struct sb_client *c);

/* control.c: what a client may ask, and what the emulator answers */
void sb_control_request(struct sb_supervisor *k, struct sb_client *c, const cJSON *request);
void sb_control_emulator(struct sb_supervisor *k, const cJSON *event);
/** sb_control_gone() - nobody waits for the answers to @c any more */
void sb_control_gone(struct sb_supervisor *k, const struct sb_client *c);

/* emulator_requests.c */

/** sb_emulator_ask() - end a question with a "look", whose answer is for @asked.client */
void sb_emulator_ask(struct sb_supervisor *k, struct sb_asked asked);
/** sb_is_asked_for() - is this link of those that a question is about? */
bool sb_is_asked_for(const struct sb_asked *a, size_t link);
/** sb_emulator_link() - a request "link" of @c, or of the testbed's page (NULL); 0, or -1 with @err */
int sb_emulator_link(struct sb_supervisor *k, struct sb_client *c, const cJSON *request,
		     struct sb_err *err);
/** sb_emulator_look() - ask how the links are, for the testbed's page; false: too much is asked already */
bool sb_emulator_look(struct sb_supervisor *k);

/* facts.c */

/** sb_supervisor_facts() - "ps" but for the links */
cJSON *sb_supervisor_facts(const struct sb_supervisor *k);

/* command.c: commands of clients on nodes */
void sb_command_run(struct sb_supervisor *k, struct sb_client *c, const cJSON *request);
void sb_command_request(struct sb_supervisor *k, struct sb_client *c, const cJSON *request);
void sb_command_node(struct sb_supervisor *k, size_t node, cJSON *event);
/** sb_command_gone() - its user has hung up: end it */
void sb_command_gone(struct sb_supervisor *k, const struct sb_client *c);
/** sb_command_due_ns() - when sb_command_kill() has something to do; INT64_MAX = nothing */
int64_t sb_command_due_ns(const struct sb_supervisor *k);
void sb_command_kill(struct sb_supervisor *k);
/** sb_command_ready() - does the node of @c's command take more? */
bool sb_command_ready(const struct sb_supervisor *k, const struct sb_client *c);

#endif
