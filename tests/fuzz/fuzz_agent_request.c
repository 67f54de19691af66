// SPDX-License-Identifier: MIT
/*
 * fuzz_agent_request.c - any line as what the orchestrator asks of an agent
 *
 * Invariant beyond not crashing: what is taken is within all limits of request.h, the same line is taken
 * or refused alike, and a refusal can be told: its message makes one line of JSON.
 */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/request.h"
#include "agent/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_command(const struct sb_command_spec *c)
{
	require(memchr(c->path, '\0', sizeof(c->path)) && memchr(c->user, '\0', sizeof(c->user)));
	require(!c->argv || c->argv[0]);
	for (char **v = c->env; v && *v; v++)
		require(strchr(*v, '=') > *v);
	require(c->window >= 0 && c->bytes >= 0 && c->offset >= 0);
	require(!c->data_len || c->data);
}

static void check_request(const struct sb_request *r)
{
	require(r->interface_count <= SB_NODE_MAX_INTERFACES &&
		r->neighbour_count <= SB_NODE_MAX_NEIGHBOURS && r->flow_count <= SB_NODE_MAX_FLOWS);
	require(!r->flow_count || r->flows);
	require(!r->neighbour_count || r->neighbours);
	for (size_t i = 0; i < r->interface_count; i++)
		require(memchr(r->interfaces[i], '\0', sizeof(r->interfaces[i])) != NULL);
	for (size_t i = 0; i < r->neighbour_count; i++)
		require(memchr(r->neighbours[i].interface, '\0',
			       sizeof(r->neighbours[i].interface)) != NULL);
	check_command(&r->command);
}

static void check_refusal(const struct sb_err *err)
{
	struct sb_text t;
	cJSON *obj;

	require(err->msg[0]);
	sb_text_open(&t, "error");
	sb_text_str(&t, "msg", err->msg);
	sb_text_close(&t);
	require(t.len && t.buf[t.len - 1] == '\n' && !memchr(t.buf, '\n', t.len - 1));
	obj = cJSON_ParseWithLength(t.buf, t.len);
	require(cJSON_IsString(cJSON_GetObjectItemCaseSensitive(obj, "msg")));
	cJSON_Delete(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Some 20 KiB: not for the stack twice. */
	static struct sb_request first, second;
	struct sb_err err = {0};
	int rc = sb_request_parse((const char *)data, size, &first, &err);

	require(sb_request_parse((const char *)data, size, &second, NULL) == rc);
	if (rc) {
		check_refusal(&err);
		return 0;
	}
	check_request(&first);
	require(first.op == second.op && first.flow_count == second.flow_count);
	sb_request_fini(&first);
	sb_request_fini(&second);
	return 0;
}
