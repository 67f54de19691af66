// SPDX-License-Identifier: MIT
/* session.c - a capture's session into the nodes that carry it, and what they say of it */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "run/exec/exec.h"
#include "satbed/base/base64.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/agent_proto.h"

/* By direction. */
static const char *const file_names[2] = {"session.up", "session.down"};

int sb_run_send_session(struct sb_run *run, struct sb_err *err)
{
	const struct sb_plan *plan = run->plan;

	run->replay.session = sb_session_played_new(run->options->session);
	for (size_t i = 0; i < plan->flow_count; i++) {
		const struct sb_flow *flow = &plan->flows[i];
		struct exec_file file = {.name = (char *)(uintptr_t)file_names[flow->dir],
					 .mode = 0600};
		sb_auto_free uint8_t *data = NULL;

		if (flow->kind != SB_FLOW_SESSION)
			continue;
		data = sb_session_file(run->options->session, (enum sb_dir)flow->dir, &file.len);
		file.data = (char *)data;
		if (sb_exec_send_file(run, 0, &file, err) ||
		    sb_exec_send_file(run, (int)sb_plan_node(plan, flow->client), &file, err))
			return sb_wrap(err, "session of the capture");
	}
	return 0;
}

void sb_run_session_json(const struct sb_run *run, size_t index, cJSON *to)
{
	const struct sb_plan *plan = run->plan;
	const struct sb_flow *flow = &plan->flows[index];
	const struct sb_endpoint *client = &plan->links[flow->client].client;
	int64_t port = SB_NODE_SESSION_PORT;
	char buf[INET6_ADDRSTRLEN];

	/* The flows of two files share the client's ports. */
	if (flow->dir == SB_DOWN)
		port += (int64_t)run->replay.session->flow_count[SB_UP];
	sb_json_add_str(to, "path", file_names[flow->dir]);
	sb_json_add_i64(to, "first_port", port);
	sb_json_add_str(to, "through", plan->path == SB_PATH_BRIDGE ? "link" : "relay");
	sb_json_add_str(to, "peer",
			plan->ip_version == 4
			    ? inet_ntop(AF_INET, &client->addr4, buf, sizeof(buf))
			    : inet_ntop(AF_INET6, &client->addr6, buf, sizeof(buf)));
}

/* Which file's, and which end's; false: of none. */
static bool find_end(const struct sb_run *run, const cJSON *obj, enum sb_dir *dir, int *end)
{
	const char *role = "";
	int64_t flow = -1;

	sb_json_get_i64(obj, "$", "flow", &flow, NULL);
	if (!run->replay.session || flow < 0 || (size_t)flow >= run->plan->flow_count ||
	    run->plan->flows[flow].kind != SB_FLOW_SESSION ||
	    sb_json_get_str(obj, "$", "role", &role, NULL))
		return false;
	*dir = (enum sb_dir)run->plan->flows[flow].dir;
	*end = !strcmp(role, "server");
	return true;
}

static void note_flow(struct sb_run *run, const cJSON *obj, enum sb_dir dir, int end)
{
	struct sb_session_played_end said = {.retransmits = -1};
	const char *error = NULL;
	int64_t index = -1;

	sb_json_get_i64(obj, "$", "index", &index, NULL);
	sb_json_get_u64(obj, "$", "received", &said.received, NULL);
	sb_json_get_u64(obj, "$", "given", &said.given, NULL);
	sb_json_get_u64(obj, "$", "sent", &said.sent, NULL);
	sb_json_get_u64(obj, "$", "arrived", &said.arrived, NULL);
	sb_json_get_i64(obj, "$", "retransmits", &said.retransmits, NULL);
	if (!sb_json_get_str(obj, "$", "error", &error, NULL))
		said.error = (char *)(uintptr_t)error;
	sb_session_played_flow(run->replay.session, dir, end, index, &said);
}

static void note_times(struct sb_run *run, const cJSON *obj, enum sb_dir dir, int end)
{
	const char *text = "";
	sb_auto_free int64_t *at_ns = NULL;
	int64_t first = -1;
	ssize_t len;

	if (sb_json_get_str(obj, "$", "data", &text, NULL) ||
	    sb_json_get_i64(obj, "$", "first", &first, NULL))
		return;
	at_ns = sb_alloc(strlen(text) + 8, 1);
	len = sb_base64_decode(text, strlen(text), at_ns);
	if (len > 0)
		sb_session_played_times(run->replay.session, dir, end, first, at_ns,
					(size_t)len / sizeof(*at_ns));
}

void sb_run_note_session(struct sb_run *run, const char *event, const cJSON *obj)
{
	enum sb_dir dir;
	int end;

	if (!find_end(run, obj, &dir, &end))
		return;
	if (!strcmp(event, "session_flow"))
		note_flow(run, obj, dir, end);
	else
		note_times(run, obj, dir, end);
}
