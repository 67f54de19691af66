// SPDX-License-Identifier: MIT
/* messages.c - talking with the sky and the nodes, and noting what they say */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "state.h"

static struct sb_lines *channel(struct sb_run *run, int node)
{
	return node < 0 ? &run->sky : &run->nodes[node];
}

static const char *peer_name(char buf[SB_NAME_MAX], int node)
{
	return node < 0 ? "sky" : sb_node_name(buf, (size_t)node);
}

int sb_run_tell(struct sb_run *run, int node, const cJSON *request, struct sb_err *err)
{
	char name[SB_NAME_MAX];

	if (sb_lines_send(channel(run, node), request, err))
		return sb_wrap(err, "%s", peer_name(name, node));
	return 0;
}

int sb_run_tell_op(struct sb_run *run, int node, const char *op, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc;

	sb_json_add_str(request, "op", op);
	rc = sb_run_tell(run, node, request, err);
	cJSON_Delete(request);
	return rc;
}

static int64_t number_or(const cJSON *obj, const char *key, int64_t otherwise)
{
	int64_t v;

	return sb_json_get_i64(obj, "$", key, &v, NULL) ? otherwise : v;
}

static void note_done(struct sb_run *run, const cJSON *obj)
{
	int64_t flow = number_or(obj, "flow", -1);
	const char *role = "", *text;
	struct sb_flow_end *end;

	if (flow < 0 || (size_t)flow >= run->plan->flow_count ||
	    sb_json_get_str(obj, "$", "role", &role, NULL))
		return;
	end = strcmp(role, "server") ? &run->flows[flow].client : &run->flows[flow].server;
	end->done = true;
	end->bytes = number_or(obj, "bytes", 0);
	end->retransmits = number_or(obj, "retransmits", -1);
	end->packets = number_or(obj, "packets", 0);
	end->lost = number_or(obj, "lost", 0);
	end->start_ns = number_or(obj, "start_ns", 0);
	end->end_ns = number_or(obj, "end_ns", 0);
	if (!sb_json_get_str(obj, "$", "cc", &text, NULL))
		sb_copy_str(end->cc, sizeof(end->cc), text);
	if (!sb_json_get_str(obj, "$", "error", &text, NULL)) {
		free(end->error);
		end->error = sb_strdup(text);
	}
}

static void note_steps(struct sb_run *run, const cJSON *obj)
{
	int64_t at = number_or(obj, "first", -1);
	const cJSON *late;

	cJSON_ArrayForEach(late, cJSON_GetObjectItemCaseSensitive(obj, "late_ns"))
	{
		if (at >= 0 && (size_t)at < run->plan->step_count && cJSON_IsNumber(late))
			run->late_ns[at] = (int64_t)late->valuedouble;
		at++;
	}
}

/* What arrives unasked while flows run. */
static void note(struct sb_run *run, int node, const cJSON *obj)
{
	const char *event = "", *msg = "", *name;
	char buf[SB_NAME_MAX];

	if (sb_json_get_str(obj, "$", "ev", &event, NULL))
		return;
	if (!strcmp(event, "sample") && node >= 0) {
		sb_samples_note(run, obj);
	} else if (!strcmp(event, "done") && node >= 0) {
		note_done(run, obj);
	} else if (!strcmp(event, "steps") && node < 0) {
		note_steps(run, obj);
	} else if (!strcmp(event, "error")) {
		name = peer_name(buf, node);
		if (!sb_json_get_str(obj, "$", "msg", &msg, NULL))
			sb_warn("%s: %s", name, msg);
	}
}

static int is_event(const cJSON *obj, const char *event)
{
	const char *got;

	return !sb_json_get_str(obj, "$", "ev", &got, NULL) && !strcmp(got, event);
}

int sb_run_await(struct sb_run *run, int node, const char *event, int timeout_ms, cJSON **out,
		 struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + timeout_ms * SB_NS_PER_MS;
	char name[SB_NAME_MAX];
	cJSON *obj = NULL;

	for (;;) {
		int64_t left_ms = (deadline_ns - sb_mono_ns()) / SB_NS_PER_MS;
		int rc =
		    sb_lines_recv(channel(run, node), left_ms > 0 ? (int)left_ms : 0, &obj, err);

		if (rc < 0)
			return sb_wrap(err, "%s", peer_name(name, node));
		if (rc > 0 && (is_event(obj, event) || is_event(obj, "error")))
			break;
		if (rc > 0)
			note(run, node, obj);
		cJSON_Delete(obj);
		obj = NULL;
		if (sb_interrupted() && !run->interrupted)
			return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		if (rc == 0 && sb_mono_ns() >= deadline_ns)
			return sb_fail(err, SB_EENGINE, 0, "%s did not answer within %d s (\"%s\")",
				       peer_name(name, node), timeout_ms / 1000, event);
	}
	if (sb_lines_check(obj, event, err)) {
		cJSON_Delete(obj);
		return sb_wrap(err, "%s", peer_name(name, node));
	}
	if (out)
		*out = obj;
	else
		cJSON_Delete(obj);
	return 0;
}

static int drain(struct sb_run *run, int node, struct sb_err *err)
{
	char name[SB_NAME_MAX];

	for (;;) {
		cJSON *obj;
		int rc = sb_lines_recv(channel(run, node), 0, &obj, err);

		if (rc == 0)
			return 0;
		if (rc < 0)
			return sb_wrap(err, "%s", peer_name(name, node));
		note(run, node, obj);
		cJSON_Delete(obj);
	}
}

int sb_run_listen(struct sb_run *run, int timeout_ms, struct sb_err *err)
{
	size_t count = run->tb->node_count;
	struct pollfd *fds = sb_alloc(count + 1, sizeof(*fds));
	int rc;

	for (size_t i = 0; i <= count; i++)
		fds[i] = (struct pollfd){.fd = i == count ? run->sky.fd : run->nodes[i].fd,
					 .events = POLLIN};
	rc = poll(fds, count + 1, timeout_ms);
	if (rc < 0)
		rc = errno == EINTR ? 0 : sb_fail(err, SB_EINTERNAL, errno, "poll");
	else if (rc > 0)
		rc = 0;
	for (size_t i = 0; !rc && i <= count; i++)
		if (fds[i].revents)
			rc = drain(run, i == count ? -1 : (int)i, err);
	free(fds);
	return rc;
}
