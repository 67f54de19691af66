// SPDX-License-Identifier: MIT
/* notes.c - what nodes say of the user's commands: their output, and how they ended */
#include <stdlib.h>
#include <string.h>

#include "exec.h"
#include "run/interop.h"
#include "satbed/base/base64.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

#define LOG_BYTES   (16u << 20) /* of each command; what is more is dropped */
#define CUT_MESSAGE "\n[satbed: more than 16 MiB; the rest was dropped]\n"

/* Its last line so far, for a message. */
static void note_tail(struct exec_end *e, const char *bytes, size_t len)
{
	while (len && bytes[len - 1] == '\n')
		len--;
	for (size_t i = len; i-- > 0;)
		if (bytes[i] == '\n') {
			bytes += i + 1;
			len -= i + 1;
			break;
		}
	if (len)
		snprintf(e->tail, sizeof(e->tail), "%.*s", (int)(len < 200 ? len : 200), bytes);
}

static void write_log(struct exec_end *e, const cJSON *obj)
{
	const char *data = "";
	sb_auto_free char *bytes = NULL;
	ssize_t len;

	if (sb_json_get_str(obj, "$", "data", &data, NULL))
		return;
	bytes = sb_alloc(strlen(data) / 4 * 3 + 1, 1);
	len = sb_base64_decode(data, strlen(data), bytes);
	if (len <= 0)
		return;
	e->untaken += (size_t)len;
	note_tail(e, bytes, (size_t)len);
	if (!e->log || e->logged > LOG_BYTES)
		return;
	fwrite(bytes, 1, (size_t)len, e->log);
	e->logged += (size_t)len;
	if (e->logged > LOG_BYTES)
		fputs(CUT_MESSAGE, e->log);
}

/* How it failed, in words for the report; NULL = it did not. */
static char *explain(const struct sb_flow *flow, const struct exec_end *e, const char *who)
{
	if (e->error)
		return sb_asprintf("%s: %s", who, e->error);
	if (e->stopped)
		return NULL;
	if (sb_flow_is_interop(flow) && sb_interop_is_unsupported(e))
		return sb_asprintf("%s: its image does not support test case %s", who,
				   flow->testcase);
	if (e->signal > 0)
		return sb_asprintf("%s: ended by signal %d (%s); see %s", who, e->signal,
				   strsignal(e->signal), e->log_name);
	if (e->status > 0)
		return sb_asprintf("%s: exit status %d; see %s", who, e->status, e->log_name);
	return NULL;
}

static void note_exit(struct exec_end *e, const cJSON *obj)
{
	const char *error;
	int64_t n;

	e->ended = true;
	e->end_ns = sb_mono_ns();
	if (!sb_json_get_i64(obj, "$", "status", &n, NULL))
		e->status = (int)n;
	if (!sb_json_get_i64(obj, "$", "signal", &n, NULL))
		e->signal = (int)n;
	if (!sb_json_get_str(obj, "$", "error", &error, NULL)) {
		free(e->error);
		e->error = sb_strdup(error);
	}
}

void sb_exec_note(struct sb_run *run, const char *event, const cJSON *obj)
{
	size_t count = 2 * run->plan->flow_count, flow;
	struct sb_flow_end *to;
	struct exec_end *e;
	bool client, setup;
	int64_t id;

	if (!run->exec || sb_json_get_i64(obj, "$", "id", &id, NULL) || id < 0 ||
	    (size_t)id >= 2 * count)
		return;
	setup = (size_t)id >= count;
	flow = (size_t)id % count / 2;
	client = id % 2;
	if (!sb_is_exec(run, flow))
		return;
	e = setup ? &run->exec->flows[flow].setup[client] : sb_exec_end_of(run, flow, client);
	if (!strcmp(event, "output")) {
		write_log(e, obj);
		return;
	}
	note_exit(e, obj);
	if (setup)
		return;
	to = client ? &run->flows[flow].client : &run->flows[flow].server;
	free(to->error);
	to->error = explain(&run->plan->flows[flow], e, client ? "client" : "server");
}

static struct sb_exec_outcome end_outcome(const struct exec_end *e)
{
	struct sb_exec_outcome o = {
	    .started = e->started,
	    .ended = e->ended,
	    .stopped = e->stopped,
	    .status = e->ended ? e->status : -1,
	    .signal = e->ended ? e->signal : -1,
	    .error = e->error,
	    .seconds = e->ended ? (double)(e->end_ns - e->start_ns) / 1e9 : 0,
	};

	sb_copy_str(o.log, sizeof(o.log), e->log_name);
	return o;
}

void sb_exec_outcome(const struct sb_run *run, size_t flow, struct sb_flow_outcome *out)
{
	const struct exec_flow *x = &run->exec->flows[flow];

	out->server = end_outcome(&x->server);
	out->client = end_outcome(&x->client);
	out->failed = run->flows[flow].client.error || run->flows[flow].server.error;
	if (sb_flow_is_interop(&run->plan->flows[flow]))
		sb_interop_outcome(run, flow, out);
}
