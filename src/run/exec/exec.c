// SPDX-License-Identifier: MIT
/*
 * exec.c - the flows that are the user's own commands
 *
 * Servers are started before the run's zero and have until [flow] ready to listen; clients start at
 * their time.  When a client ends, its server is ended; when the flow's time is over, both are:
 * asked first (SIGTERM), killed a second later.  What satbed ended is no failure.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "exec.h"
#include "run/interop.h"
#include "satbed/base/clock.h"
#include "satbed/base/expand.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define LEAVE_NS (500 * SB_NS_PER_MS) /* for a server to see that its client has gone */
#define KILL_NS	 SB_NS_PER_S
#define STOP_NS	 (4 * SB_NS_PER_S)
#define POLL_MS	 20

/*
 * So much of a command's output goes its way every so often: one that writes without end waits, and
 * does not take the processor from the measurement.
 */
#define WINDOW_BYTES (256 << 10)
#define TAKE_NS	     (50 * SB_NS_PER_MS)

static int node_of(const struct sb_run *run, size_t flow, bool client)
{
	return client ? (int)sb_plan_node(run->plan, run->plan->flows[flow].client) : 0;
}

int sb_exec_load(struct sb_run *run, struct sb_err *err)
{
	for (size_t i = 0; i < run->plan->flow_count; i++) {
		if (!sb_is_exec(run, i))
			continue;
		if (!run->exec) {
			run->exec = sb_alloc(1, sizeof(*run->exec));
			run->exec->flows =
			    sb_alloc(run->plan->flow_count, sizeof(*run->exec->flows));
		}
		if (sb_exec_read_files(run, i, &run->exec->flows[i], err))
			return -1;
	}
	return 0;
}

/* --- starting --- */

static const char *to_text(const struct sb_plan *plan, const struct in_addr *addr4,
			   const struct in6_addr *addr6, char buf[INET6_ADDRSTRLEN])
{
	return plan->ip_version == 4 ? inet_ntop(AF_INET, addr4, buf, INET6_ADDRSTRLEN)
				     : inet_ntop(AF_INET6, addr6, buf, INET6_ADDRSTRLEN);
}

static int expand(const struct sb_run *run, size_t i, bool client, const char *command, char **out,
		  struct sb_err *err)
{
	const struct sb_plan *plan = run->up.tb->plan;
	const struct sb_flow *flow = &plan->flows[i];
	const struct sb_link *link = &plan->links[flow->client];
	char server[INET6_ADDRSTRLEN], peer[INET6_ADDRSTRLEN], port[8], bytes[24];
	const struct sb_brace braces[] = {
	    {"server", server, NULL},
	    {"client", peer, NULL},
	    {"port", port, NULL},
	    {"bytes", flow->size_bytes ? bytes : NULL, "{bytes} needs a size"},
	    {NULL, NULL, NULL},
	};

	if (client)
		to_text(plan, &link->target4, &link->target6, server);
	else
		to_text(plan, &link->server.addr4, &link->server.addr6, server);
	to_text(plan, &link->client.addr4, &link->client.addr6, peer);
	snprintf(port, sizeof(port), "%d", client ? flow->connect_port : flow->port);
	snprintf(bytes, sizeof(bytes), "%" PRIu64, flow->size_bytes);
	return sb_expand(command, braces, out, err);
}

int sb_exec_open_log(struct sb_run *run, size_t i, struct exec_end *e, const char *which,
		     struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	sb_auto_free char *path = NULL;

	snprintf(e->log_name, sizeof(e->log_name), "exec-%s-client%zu%s.log", flow->name,
		 sb_plan_node(run->plan, flow->client), which);
	path = sb_rundir_path(&run->dir, e->log_name);
	e->log = fopen(path, "we");
	return e->log ? 0 : sb_fail(err, SB_EENV, errno, "cannot write %s", path);
}

/* Numbers of commands in a node: two for each flow, then two for what sets it up. */
static int64_t id_of(size_t flow, bool client)
{
	return (int64_t)(2 * flow + client);
}

int sb_exec_start_command(struct sb_run *run, size_t i, bool client, struct exec_end *e, int64_t id,
			  const char *text, const char *user, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *argv;
	sb_auto_free char *command = NULL, *script = NULL;
	int rc;

	sb_json_add_str(request, "op", "run");
	sb_json_add_i64(request, "id", id);
	sb_json_add_i64(request, "window", WINDOW_BYTES);
	if (*user)
		sb_json_add_str(request, "user", user);
	argv = cJSON_AddArrayToObject(request, "argv");
	rc = expand(run, i, client, text, &command, err);
	if (!rc) {
		cJSON_AddItemToArray(argv, cJSON_CreateString("/bin/sh"));
		cJSON_AddItemToArray(argv, cJSON_CreateString("-c"));
		if (sb_flow_is_interop(&run->plan->flows[i]))
			script = sb_interop_dress(run, i, client, command, request);
		cJSON_AddItemToArray(argv, cJSON_CreateString(script ? script : command));
		rc = sb_send(&run->up, node_of(run, i, client), request, err);
	}
	cJSON_Delete(request);
	if (rc)
		return -1;
	e->started = true;
	e->status = e->signal = -1;
	e->start_ns = sb_mono_ns();
	/* Nobody types: it reads the end of file. */
	request = cJSON_CreateObject();
	sb_json_add_str(request, "op", "input");
	sb_json_add_i64(request, "id", id);
	sb_json_add_bool(request, "eof", true);
	rc = sb_send(&run->up, node_of(run, i, client), request, err);
	cJSON_Delete(request);
	return rc;
}

static int start(struct sb_run *run, size_t i, bool client, struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	struct exec_end *e = sb_exec_end_of(run, i, client);

	return sb_exec_open_log(run, i, e, client ? "" : "-server", err) ||
		       sb_exec_start_command(run, i, client, e, id_of(i, client),
					     client ? flow->client_command : flow->server_command,
					     flow->user, err)
		   ? -1
		   : 0;
}

static int ask_listens(struct sb_run *run, size_t i, bool *listens, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject(), *answer = NULL;
	int rc;

	sb_json_add_str(request, "op", "listens");
	sb_json_add_i64(request, "port", run->up.tb->plan->flows[i].port);
	rc = sb_send(&run->up, 0, request, err) ||
	     sb_wait_reply(&run->up, 0, "listens", SB_ANSWER_MS, &answer, err);
	cJSON_Delete(request);
	*listens = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "tcp")) ||
		   cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(answer, "udp"));
	cJSON_Delete(answer);
	return rc ? -1 : 0;
}

/* Until it listens, has failed, or its time is over; not listening is only worth a word. */
static int await_server(struct sb_run *run, size_t i, struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	const struct exec_end *e = sb_exec_end_of(run, i, false);
	int64_t deadline_ns = e->start_ns + flow->ready_ns;
	bool listens = false;

	for (;;) {
		if (ask_listens(run, i, &listens, err))
			return -1;
		if (listens || e->error || (e->ended && e->status))
			return 0;
		if (sb_mono_ns() >= deadline_ns)
			break;
		if (sb_listen(&run->up, POLL_MS, err))
			return -1;
	}
	sb_warn("[flow.%s] nothing listens on the server's port %u after ready = %.3g s; see %s",
		flow->name, flow->port, (double)flow->ready_ns / 1e9, e->log_name);
	return 0;
}

int sb_exec_serve(struct sb_run *run, struct sb_err *err)
{
	if (!run->exec)
		return 0;
	for (size_t i = 0; i < run->plan->flow_count; i++)
		if (sb_is_exec(run, i) && start(run, i, false, err))
			return -1;
	for (size_t i = 0; i < run->plan->flow_count; i++)
		if (sb_is_exec(run, i) && await_server(run, i, err))
			return -1;
	return 0;
}

/* --- ending --- */

static int send_signal(struct sb_run *run, size_t i, bool client, int sig, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc;

	sb_json_add_str(request, "op", "signal");
	sb_json_add_i64(request, "id", id_of(i, client));
	sb_json_add_i64(request, "signal", sig);
	rc = sb_send(&run->up, node_of(run, i, client), request, err);
	cJSON_Delete(request);
	return rc;
}

static void lower(int64_t *next_ns, int64_t at_ns)
{
	if (at_ns < *next_ns)
		*next_ns = at_ns;
}

static int stop(struct sb_run *run, size_t i, bool client, int64_t now, int64_t *next_ns,
		struct sb_err *err)
{
	struct exec_end *e = sb_exec_end_of(run, i, client);

	if (!e->started || e->ended)
		return 0;
	if (!e->stop_ns) {
		e->stop_ns = now;
		e->stopped = true;
		if (send_signal(run, i, client, SIGTERM, err))
			return -1;
	} else if (now >= e->stop_ns + KILL_NS && !e->killed) {
		e->killed = true;
		return send_signal(run, i, client, SIGKILL, err);
	}
	if (!e->killed)
		lower(next_ns, e->stop_ns + KILL_NS);
	return 0;
}

/* Both have ended; what they left behind goes, too. */
static int close_flow(struct sb_run *run, size_t i, struct sb_err *err)
{
	struct sb_flow_state *f = &run->flows[i];
	const struct exec_end *client = sb_exec_end_of(run, i, true);

	f->client.done = f->server.done = true;
	f->client.retransmits = f->server.retransmits = -1;
	f->client.start_ns = f->server.start_ns = client->start_ns;
	f->client.end_ns = f->server.end_ns = client->end_ns;
	if (client->started && send_signal(run, i, true, SIGKILL, err))
		return -1;
	return send_signal(run, i, false, SIGKILL, err);
}

static int take_output(struct sb_run *run, size_t i, bool client, int64_t now, int64_t *next_ns,
		       struct sb_err *err)
{
	struct exec_end *e = sb_exec_end_of(run, i, client);
	cJSON *request;
	int rc;

	if (!e->untaken || e->ended)
		return 0;
	if (now < e->taken_ns + TAKE_NS) {
		lower(next_ns, e->taken_ns + TAKE_NS);
		return 0;
	}
	request = cJSON_CreateObject();
	sb_json_add_str(request, "op", "taken");
	sb_json_add_i64(request, "id", id_of(i, client));
	sb_json_add_i64(request, "bytes", (int64_t)e->untaken);
	rc = sb_send(&run->up, node_of(run, i, client), request, err);
	cJSON_Delete(request);
	e->untaken = 0;
	e->taken_ns = now;
	return rc;
}

/* A server that has failed can serve nobody. */
static bool is_hopeless(const struct exec_end *server)
{
	return server->error || (server->ended && server->status);
}

/* Starts and stops what is due; @next_ns is lowered to when more will be. */
static int start_and_stop(struct sb_run *run, size_t i, int64_t now, int64_t *next_ns,
			  struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	const struct exec_end *client = sb_exec_end_of(run, i, true),
			      *server = sb_exec_end_of(run, i, false);
	int64_t start_ns = run->t0_ns + flow->start_ns, end_ns = start_ns + flow->duration_ns;

	if (run->exec->over || now >= end_ns || (!client->started && is_hopeless(server))) {
		if (stop(run, i, true, now, next_ns, err) || stop(run, i, false, now, next_ns, err))
			return -1;
	} else if (!client->started && now >= start_ns) {
		if (start(run, i, true, err))
			return -1;
	} else if (!client->started) {
		lower(next_ns, start_ns);
	} else if (client->ended && now < client->end_ns + LEAVE_NS) {
		lower(next_ns, client->end_ns + LEAVE_NS);
	} else if (client->ended && stop(run, i, false, now, next_ns, err)) {
		return -1;
	}
	if (client->started && !client->ended)
		lower(next_ns, end_ns);
	return 0;
}

/* Neither end runs, or will run. */
static bool is_finished(struct sb_run *run, size_t i, bool hopeless)
{
	const struct exec_end *client = sb_exec_end_of(run, i, true),
			      *server = sb_exec_end_of(run, i, false);
	bool never = !client->started && (run->exec->over || hopeless);

	return (client->ended || never) && (server->ended || !server->started);
}

static int tick_flow(struct sb_run *run, size_t i, int64_t now, int64_t *next_ns,
		     struct sb_err *err)
{
	bool hopeless = is_hopeless(sb_exec_end_of(run, i, false));

	if (take_output(run, i, true, now, next_ns, err) ||
	    take_output(run, i, false, now, next_ns, err) ||
	    start_and_stop(run, i, now, next_ns, err))
		return -1;
	return is_finished(run, i, hopeless) ? close_flow(run, i, err) : 0;
}

int sb_exec_tick(struct sb_run *run, int64_t *next_ns, struct sb_err *err)
{
	int64_t now = sb_mono_ns();

	for (size_t i = 0; run->exec && i < run->plan->flow_count; i++)
		if (sb_is_exec(run, i) && !run->flows[i].client.done &&
		    tick_flow(run, i, now, next_ns, err))
			return -1;
	return 0;
}

static bool all_closed(const struct sb_run *run)
{
	for (size_t i = 0; i < run->plan->flow_count; i++)
		if (sb_is_exec(run, i) && !run->flows[i].client.done)
			return false;
	return true;
}

int sb_exec_stop(struct sb_run *run, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + STOP_NS;

	if (!run->exec)
		return 0;
	run->exec->over = true;
	for (;;) {
		int64_t next_ns = deadline_ns;

		if (sb_exec_tick(run, &next_ns, err))
			return -1;
		if (all_closed(run) || sb_mono_ns() >= deadline_ns)
			return 0;
		if (sb_listen(&run->up, POLL_MS, err))
			return -1;
	}
}

/* --- the end --- */

void sb_exec_free(struct sb_run *run)
{
	for (size_t i = 0; run->exec && i < run->plan->flow_count; i++) {
		struct exec_flow *x = &run->exec->flows[i];
		struct exec_end *ends[] = {&x->server, &x->client, &x->setup[0], &x->setup[1]};

		for (size_t k = 0; k < SB_ARRAY_LEN(ends); k++) {
			free(ends[k]->error);
			if (ends[k]->log)
				fclose(ends[k]->log);
		}
		sb_exec_free_files(x);
		free(x->certificate);
		free(x->key);
	}
	if (run->exec)
		free(run->exec->flows);
	free(run->exec);
	run->exec = NULL;
}
