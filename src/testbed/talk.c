// SPDX-License-Identifier: MIT
/* talk.c - requests to emulator and nodes, and their answers */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/base/interrupt.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/testbed.h"

static struct sb_lines *channel(struct sb_testbed_session *r, int node)
{
	return node < 0 ? &r->emulator : &r->nodes[node];
}

const char *sb_peer_name(char buf[SB_NAME_MAX], int node)
{
	return node < 0 ? "emulator" : sb_node_name(buf, (size_t)node);
}

static int lost(struct sb_testbed_session *r, int node, struct sb_err *err)
{
	struct sb_lines *l = channel(r, node);
	char name[SB_NAME_MAX];

	/* Borrowed: who looks at all peers is not told of it again and again. */
	l->fd = l->out_fd = -1;
	if (r->lost == SB_NOBODY)
		r->lost = node;
	sb_wrap(err, "%s", sb_peer_name(name, node));
	if (r->tb->ops->lost)
		r->tb->ops->lost(r->tb, err);
	return -1;
}

static int has_gone(int node, struct sb_err *err)
{
	char name[SB_NAME_MAX];

	return sb_fail(err, SB_EENGINE, 0, "%s ended", sb_peer_name(name, node));
}

int sb_send(struct sb_testbed_session *r, int node, const cJSON *request, struct sb_err *err)
{
	if (channel(r, node)->out_fd < 0)
		return has_gone(node, err);
	if (sb_lines_send(channel(r, node), request, err))
		return lost(r, node, err);
	return 0;
}

int sb_send_op(struct sb_testbed_session *r, int node, const char *op, struct sb_err *err)
{
	cJSON *request = cJSON_CreateObject();
	int rc;

	sb_json_add_str(request, "op", op);
	rc = sb_send(r, node, request, err);
	cJSON_Delete(request);
	return rc;
}

static void note(struct sb_testbed_session *r, int node, const cJSON *obj)
{
	if (r->note)
		r->note(r->arg, node, obj);
}

static bool is_event(const cJSON *obj, const char *event)
{
	const char *got;

	return !sb_json_get_str(obj, "$", "ev", &got, NULL) && !strcmp(got, event);
}

int sb_wait_reply(struct sb_testbed_session *r, int node, const char *event, int timeout_ms,
		  cJSON **out, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + timeout_ms * SB_NS_PER_MS;
	char name[SB_NAME_MAX];
	cJSON *obj = NULL;

	if (channel(r, node)->fd < 0)
		return has_gone(node, err);
	for (;;) {
		int64_t left_ms = (deadline_ns - sb_mono_ns()) / SB_NS_PER_MS;
		int rc = sb_lines_recv(channel(r, node), left_ms > 0 ? (int)left_ms : 0, &obj, err);

		if (rc < 0)
			return lost(r, node, err);
		if (rc > 0 && (is_event(obj, event) || is_event(obj, "error")))
			break;
		if (rc > 0)
			note(r, node, obj);
		cJSON_Delete(obj);
		obj = NULL;
		if (sb_interrupted() && !r->ending)
			return sb_fail(err, SB_EINTERRUPTED, 0, "interrupted");
		if (rc == 0 && sb_mono_ns() >= deadline_ns)
			return sb_fail(err, SB_EENGINE, 0, "%s did not answer within %d s (\"%s\")",
				       sb_peer_name(name, node), timeout_ms / 1000, event);
	}
	if (sb_lines_check(obj, event, err)) {
		cJSON_Delete(obj);
		return sb_wrap(err, "%s", sb_peer_name(name, node));
	}
	if (out)
		*out = obj;
	else
		cJSON_Delete(obj);
	return 0;
}

int sb_drain(struct sb_testbed_session *r, int node, struct sb_err *err)
{
	for (;;) {
		cJSON *obj;
		int rc = sb_lines_recv(channel(r, node), 0, &obj, err);

		if (rc == 0)
			return 0;
		if (rc < 0)
			return lost(r, node, err);
		note(r, node, obj);
		cJSON_Delete(obj);
		/* What came meanwhile, the next poll() tells. */
		if (!sb_lines_has_line(channel(r, node)))
			return 0;
	}
}

int sb_listen(struct sb_testbed_session *r, int timeout_ms, struct sb_err *err)
{
	size_t count = r->tb->node_count;
	struct pollfd *fds = sb_alloc(count + 1, sizeof(*fds));
	int rc;

	for (size_t i = 0; i <= count; i++)
		fds[i] = (struct pollfd){.fd = i == count ? r->emulator.fd : r->nodes[i].fd,
					 .events = POLLIN};
	rc = poll(fds, count + 1, timeout_ms);
	sb_clock_moved();
	if (rc < 0)
		rc = errno == EINTR ? 0 : sb_fail(err, SB_EINTERNAL, errno, "poll");
	else if (rc > 0)
		rc = 0;
	for (size_t i = 0; !rc && i <= count; i++)
		if (fds[i].revents)
			rc = sb_drain(r, i == count ? SB_EMULATOR : (int)i, err);
	free(fds);
	return rc;
}
