// SPDX-License-Identifier: MIT
/* from_json_flows.c - the flows of a plan back from JSON */
#include <stdio.h>
#include <string.h>

#include "json_read.h"
#include "plan/plan_priv.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"

static int read_file(const cJSON *obj, const char *path, struct sb_flow *f, struct sb_err *err)
{
	int64_t size, seed;

	if (sb_get_range(obj, path, "size_bytes", 1, (int64_t)SB_MAX_FILE_BYTES, &size, err) ||
	    sb_get_range(obj, path, "stall_ns", SB_NS_PER_MS, SB_PLAN_MAX_TIME_NS, &f->stall_ns,
			 err) ||
	    sb_get_range(obj, path, "seed", 0, (INT64_C(1) << 53) - 1, &seed, err))
		return -1;
	f->size_bytes = (uint64_t)size;
	f->seed = (uint64_t)seed;
	return 0;
}

static int read_rr(const cJSON *obj, const char *path, struct sb_flow *f, struct sb_err *err)
{
	int transport;

	if (sb_get_word(obj, path, "transport", sb_transport_names, &transport, err) ||
	    sb_get_u32(obj, path, "request_bytes", 1, SB_MAX_RR_BYTES, &f->request_bytes, err) ||
	    sb_get_u32(obj, path, "response_bytes", 1, SB_MAX_RR_BYTES, &f->response_bytes, err) ||
	    sb_get_range(obj, path, "interval_ns", 0, SB_PLAN_MAX_TIME_NS, &f->interval_ns, err) ||
	    sb_get_range(obj, path, "timeout_ns", SB_NS_PER_MS, SB_PLAN_MAX_TIME_NS, &f->timeout_ns,
			 err))
		return -1;
	if (transport == SB_TRANSPORT_ANY)
		return sb_fail(err, SB_EINPUT, 0, "%s.transport is neither tcp nor udp", path);
	f->transport = (uint8_t)transport;
	return 0;
}

static int read_interop(const cJSON *obj, const char *path, struct sb_flow *f, struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(obj, "file_bytes"), *item;
	uint64_t total = 0;
	int64_t seed;

	if (sb_get_range(obj, path, "seed", 0, (INT64_C(1) << 53) - 1, &seed, err) ||
	    sb_get_text(obj, path, "server_image", f->server_image, sizeof(f->server_image), err) ||
	    sb_get_text(obj, path, "client_image", f->client_image, sizeof(f->client_image), err) ||
	    sb_get_name(obj, path, "testcase", f->testcase, sizeof(f->testcase), err))
		return -1;
	if (!f->server_image[0] || !f->client_image[0])
		return sb_fail(err, SB_EINPUT, 0, "%s has an image without a name", path);
	f->seed = (uint64_t)seed;
	cJSON_ArrayForEach(item, list)
	{
		double n = cJSON_IsNumber(item) ? item->valuedouble : 0;

		if (f->file_count == SB_INTEROP_FILES || !(n >= 1) ||
		    n > (double)(SB_INTEROP_MAX_BYTES - total))
			return sb_fail(err, SB_EINPUT, 0, "%s.file_bytes is out of bounds", path);
		f->file_bytes[f->file_count++] = (uint64_t)n;
		total += (uint64_t)n;
	}
	if (!f->file_count)
		return sb_fail(err, SB_EINPUT, 0, "%s has no file_bytes", path);
	return 0;
}

static int read_exec(const cJSON *obj, const char *path, struct sb_flow *f, struct sb_err *err)
{
	int64_t size;

	if (sb_get_range(obj, path, "size_bytes", 0, (int64_t)SB_MAX_FILE_BYTES, &size, err) ||
	    sb_get_text(obj, path, "server_command", f->server_command, sizeof(f->server_command),
			err) ||
	    sb_get_text(obj, path, "client_command", f->client_command, sizeof(f->client_command),
			err) ||
	    sb_get_text(obj, path, "files", f->files, sizeof(f->files), err) ||
	    sb_get_range(obj, path, "ready_ns", 0, SB_PLAN_MAX_TIME_NS, &f->ready_ns, err) ||
	    (cJSON_GetObjectItemCaseSensitive(obj, "setup") &&
	     sb_get_text(obj, path, "setup", f->setup, sizeof(f->setup), err)) ||
	    (cJSON_GetObjectItemCaseSensitive(obj, "user") &&
	     sb_get_text(obj, path, "user", f->user, sizeof(f->user), err)))
		return -1;
	f->size_bytes = (uint64_t)size;
	return cJSON_GetObjectItemCaseSensitive(obj, "server_image")
		   ? read_interop(obj, path, f, err)
		   : 0;
}

static int read_kind(const cJSON *obj, const char *path, struct sb_flow *f, struct sb_err *err)
{
	switch (f->kind) {
	case SB_FLOW_FILE:
		return read_file(obj, path, f, err);
	case SB_FLOW_RR:
		return read_rr(obj, path, f, err);
	case SB_FLOW_EXEC:
		return read_exec(obj, path, f, err);
	case SB_FLOW_BULK:
	case SB_FLOW_STREAM:
	case SB_FLOW_SESSION:
		break;
	}
	return 0;
}

static int read_flow(const cJSON *obj, const char *path, const struct sb_plan *plan,
		     struct sb_flow *f, struct sb_err *err)
{
	int64_t rate;
	int kind, dir;

	if (sb_get_name(obj, path, "name", f->name, sizeof(f->name), err) ||
	    sb_get_word(obj, path, "kind", sb_flow_kind_names, &kind, err) ||
	    sb_get_u16(obj, path, "client", 0, (uint16_t)(plan->link_count - 1), &f->client, err) ||
	    sb_get_word(obj, path, "dir", sb_dir_names, &dir, err) ||
	    sb_get_u16(obj, path, "streams", 1, 128, &f->streams, err) ||
	    sb_get_text(obj, path, "cc", f->cc, sizeof(f->cc), err) ||
	    (cJSON_HasObjectItem(obj, "mptcp") &&
	     sb_json_get_bool(obj, path, "mptcp", &f->mptcp, err)) ||
	    sb_get_u16(obj, path, "port", 1, UINT16_MAX, &f->port, err) ||
	    sb_get_u16(obj, path, "connect_port", 1, UINT16_MAX, &f->connect_port, err) ||
	    sb_get_range(obj, path, "start_ns", 0, plan->duration_ns, &f->start_ns, err) ||
	    sb_get_range(obj, path, "duration_ns", 1, plan->duration_ns - f->start_ns,
			 &f->duration_ns, err) ||
	    sb_get_range(obj, path, "rate_bps", 0, (int64_t)SB_MAX_RATE_BPS, &rate, err) ||
	    sb_get_u32(obj, path, "packet_bytes", 0, UINT16_MAX, &f->packet_bytes, err))
		return -1;
	f->kind = (enum sb_flow_kind)kind;
	f->dir = (uint8_t)dir;
	f->rate_bps = (uint64_t)rate;
	if (f->kind == SB_FLOW_STREAM && (!f->rate_bps || !f->packet_bytes))
		return sb_fail(err, SB_EINPUT, 0, "%s is a stream without rate or packets", path);
	return read_kind(obj, path, f, err);
}

int sb_read_flows(const cJSON *json, struct sb_plan *plan, struct sb_err *err)
{
	const cJSON *list = sb_get_list(json, "flows", 0, SB_MAX_PLAN_FLOWS, err), *obj;

	if (!list)
		return -1;
	plan->flows = sb_alloc(cJSON_GetArraySize(list), sizeof(*plan->flows));
	cJSON_ArrayForEach(obj, list)
	{
		char path[32];

		snprintf(path, sizeof(path), "$.flows[%zu]", plan->flow_count);
		if (read_flow(obj, path, plan, &plan->flows[plan->flow_count], err))
			return -1;
		plan->flow_count++;
	}
	return 0;
}
