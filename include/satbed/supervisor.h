/* SPDX-License-Identifier: MIT */
/*
 * supervisor.h - a testbed that stands until it is taken down, and the process that keeps it
 *
 * The supervisor owns the channels of emulator and nodes, as the orchestrator of a run does, and serves its
 * user on a UNIX socket.  In $XDG_RUNTIME_DIR/satbed, else /run/user/UID/satbed, for root
 * /run/satbed, else /tmp/satbed-UID (0700, of this user):
 *
 *   NAME.lock	locked (fcntl) by the supervisor as long as it lives
 *   NAME.sock	served (0600) as long as the testbed is up
 *   NAME.log	what supervisor, emulator and nodes have to say
 *
 * Spoken there: one JSON object a line, both ways; the other end's user must be the supervisor's own.
 *
 *   {"op":"ps"}
 *	{"ev":"ps","name":"leo","about":"...","engine":"native","path":"bridge","backend":"user",
 *	 "why":"...","pid":N,"ip_version":4,"since_unix_s":N,"up_ms":N,"timeline":"none"|"playing"|"over","captures":"DIR"|null,
 *	 "commands":N,"page":"http://...","nodes":[{"name":"server","addresses":["198.18.1.1",...],"pid":N}],
 *	 "links":[{"client":"client1","up":{"state":{...},"by_hand":false,"counters":{...}},
 *	 "down":{...}}]}
 *	"state" as in a plan; "pid" of a node only where the engine knows one.
 *   {"op":"link","client":1,"dir":"down","state":{...}}
 *	"client" and "dir" left out: all, both.  "state": members to change (emulator.h); "reset":true:
 *	back to the scenario; neither: only look.  {"ev":"link","links":[...]} of those directions
 *   {"op":"run","node":"client1","argv":[...],"tty":..,"rows":..,"cols":..,"env":[..],"cwd":".."}
 *	Once per connection.  From then on it speaks as agent_proto.h does of one command, without
 *	"id": input, taken, close, resize and signal one way, output, taken and exit the other,
 *	with windows of SB_SUPERVISOR_WINDOW for output and SB_NODE_INPUT_MAX for input.  Whoever hangs
 *	up ends the command: SIGHUP, after SB_SUPERVISOR_KILL_MS SIGKILL.
 *   {"op":"down"}	{"ev":"down","ms":N} when everything is gone
 *
 * A failure: {"ev":"error","kind":"input","msg":"..."}.
 */
#ifndef SATBED_SUPERVISOR_H
#define SATBED_SUPERVISOR_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

#define SB_SUPERVISOR_WINDOW   (256u << 10)
#define SB_SUPERVISOR_LINE_MAX (1u << 20) /* a longer line from a client is an error */
#define SB_SUPERVISOR_KILL_MS  2000

/**
 * struct sb_keep_request - what is to be kept
 * @name:	of the testbed, as a scenario's
 * @plan:	its links are given room for what may be set by hand
 * @capture_dir: where to write pcap files until it is taken down; NULL = none
 * @events:	play the timeline, once
 * @serve, @serve_token: of a page with the links, and buttons that change them, as in
 *		struct sb_dashboard_options; NULL = none
 */
struct sb_keep_request {
	const char *name;
	struct sb_plan *plan;
	const char *capture_dir, *serve, *serve_token;
	bool events;
};

/**
 * sb_supervisor_start() - a supervisor in the background, its testbed up
 * @answer:	as of "ps"; the caller's to delete
 *
 * What happens meanwhile is told on standard error.  Ctrl-C ends it in order.  Call while
 * single-threaded.
 *
 * Return: 0, or -1 with @err and nothing left (SB_EINPUT: one of that name is up already)
 */
int sb_supervisor_start(const struct sb_keep_request *request, cJSON **answer, struct sb_err *err);

/**
 * struct sb_supervisor_entry - a testbed of this user
 * @pid:	of its supervisor; 0 = that has gone, and @last is the last it said
 * @serving:	it is up (else coming up, or going down)
 */
struct sb_supervisor_entry {
	char name[SB_NAME_MAX];
	pid_t pid;
	bool serving;
	char last[256];
};

/** sb_supervisor_list() - all of this user, by name; the caller's to free */
int sb_supervisor_list(struct sb_supervisor_entry **out, size_t *count, struct sb_err *err);
/** sb_supervisor_forget() - take away what a supervisor that has gone left there; a living one's stays */
void sb_supervisor_forget(const char *name);
/**
 * sb_supervisor_connect() - to the supervisor of a testbed
 * @name:	NULL: the only one there is; @found: which it was; may be NULL
 *
 * Return: a descriptor, or -1 with @err (SB_EINPUT: there is none, or several)
 */
int sb_supervisor_connect(const char *name, char found[SB_NAME_MAX], struct sb_err *err);
/**
 * sb_supervisor_ask() - one request over a connection, and its answer
 * @event:	expected; @out: the caller's to delete
 * @timeout_ms:	20 s and more: longer, as long as this machine's disk is busy (base/writeback.h)
 */
int sb_supervisor_ask(int fd, const cJSON *request, const char *event, int timeout_ms, cJSON **out,
		      struct sb_err *err);

#endif
