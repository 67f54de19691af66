// SPDX-License-Identifier: MIT
/* request_flow.c - "prepare": the flows of a node */
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "satbed/base/clock.h"

#define MAX_TIME_NS   (INT64_C(366) * 24 * 3600 * SB_NS_PER_S)
#define MAX_RATE_BPS  INT64_C(1000000000000)
#define MAX_FILE      (INT64_C(1) << 48)
#define MAX_SOCKETS   65536
#define MIN_SAMPLE_NS SB_NS_PER_MS

/* How its sockets are made. */
static int get_socket(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	out->mptcp = json_is_true(json_object_get(obj, "mptcp"));
	if (!json_object_get(obj, "cc"))
		return 0;
	return sb_field_word(obj, "cc", out->cc, sizeof(out->cc), err);
}

static int parse_bulk(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t streams = 1;

	if (json_object_get(obj, "streams") &&
	    sb_field_int(obj, "streams", 1, SB_NODE_MAX_STREAMS, &streams, err))
		return -1;
	out->streams = (uint32_t)streams;
	return get_socket(obj, out, err);
}

static int parse_stream(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t rate, bytes;

	if (sb_field_int(obj, "rate_bps", 1, MAX_RATE_BPS, &rate, err) ||
	    sb_field_int(obj, "packet_bytes", SB_NODE_MIN_DATAGRAM, SB_NODE_MAX_DATAGRAM, &bytes,
			 err))
		return -1;
	out->rate_bps = (uint64_t)rate;
	out->packet_bytes = (uint32_t)bytes;
	out->streams = 1;
	return 0;
}

static int parse_file(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t size, seed;

	if (sb_field_int(obj, "size_bytes", 1, MAX_FILE, &size, err) ||
	    sb_field_int(obj, "seed", 0, INT64_MAX, &seed, err) ||
	    sb_field_int(obj, "stall_ns", SB_NS_PER_MS, MAX_TIME_NS, &out->stall_ns, err))
		return -1;
	out->size_bytes = (uint64_t)size;
	out->seed = (uint64_t)seed;
	out->streams = 1;
	return get_socket(obj, out, err);
}

static int parse_rr(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t request, response, min, max;

	if (sb_field_choice(obj, "transport", "tcp", "udp", &out->is_udp, err))
		return -1;
	min = out->is_udp ? SB_NODE_MIN_DATAGRAM : 1;
	max = out->is_udp ? SB_NODE_MAX_DATAGRAM : SB_NODE_MAX_MESSAGE;
	if (sb_field_int(obj, "request_bytes", min, max, &request, err) ||
	    sb_field_int(obj, "response_bytes", min, max, &response, err) ||
	    sb_field_int(obj, "interval_ns", 0, MAX_TIME_NS, &out->interval_ns, err) ||
	    sb_field_int(obj, "timeout_ns", SB_NS_PER_MS, MAX_TIME_NS, &out->timeout_ns, err))
		return -1;
	out->request_bytes = (uint32_t)request;
	out->response_bytes = (uint32_t)response;
	out->streams = 1;
	return get_socket(obj, out, err);
}

static int parse_session(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t port;

	if (sb_field_word(obj, "path", out->path, sizeof(out->path), err) ||
	    sb_field_int(obj, "first_port", 1024, UINT16_MAX, &port, err) ||
	    sb_field_choice(obj, "through", "link", "relay", &out->relayed, err) ||
	    sb_field_address_of(obj, "peer", (uint16_t)port, &out->peer, err))
		return -1;
	out->first_port = (uint16_t)port;
	/* Connections are counted when the file is read. */
	out->streams = 1;
	return get_socket(obj, out, err);
}

static int get_kind(const json_t *obj, enum sb_spec_kind *out, struct sb_err *err)
{
	static const char *const names[] = {"bulk", "stream", "file", "rr", "session"};
	char word[16];

	if (sb_field_word(obj, "kind", word, sizeof(word), err))
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i])) {
			*out = (enum sb_spec_kind)i;
			return 0;
		}
	return sb_fail(err, SB_EINPUT, 0,
		       "\"kind\" is \"%s\", not bulk, stream, file, rr or session", word);
}

static int parse_flow(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	static int (*const parsers[])(const json_t *, struct sb_flow_spec *, struct sb_err *) = {
	    parse_bulk, parse_stream, parse_file, parse_rr, parse_session};
	int64_t port;

	if (!json_is_object(obj))
		return sb_fail(err, SB_EINPUT, 0, "not an object");
	if (sb_field_int(obj, "id", 0, INT32_MAX, &out->id, err) ||
	    sb_field_choice(obj, "role", "server", "client", &out->is_client, err) ||
	    get_kind(obj, &out->kind, err) ||
	    sb_field_choice(obj, "dir", "up", "down", &out->is_down, err) ||
	    sb_field_int(obj, "port", 1, UINT16_MAX, &port, err) ||
	    sb_field_address(obj, (uint16_t)port, &out->server, err) ||
	    sb_field_int(obj, "start_ns", 0, MAX_TIME_NS, &out->start_ns, err) ||
	    sb_field_int(obj, "duration_ns", 1, MAX_TIME_NS, &out->duration_ns, err))
		return -1;
	return parsers[out->kind](obj, out, err);
}

int sb_request_prepare(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, "flows"), *v;
	size_t i, sockets = 0;

	if (sb_field_int(obj, "sample_ns", MIN_SAMPLE_NS, MAX_TIME_NS, &out->sample_ns, err))
		return -1;
	out->keep_users = json_is_true(json_object_get(obj, "other_users"));
	if (!json_is_array(list) || json_array_size(list) > SB_NODE_MAX_FLOWS)
		return sb_fail(err, SB_EINPUT, 0, "\"flows\" is not a list of at most %d",
			       SB_NODE_MAX_FLOWS);
	out->flows = calloc(json_array_size(list) + 1, sizeof(*out->flows));
	if (!out->flows)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	json_array_foreach(list, i, v)
	{
		if (parse_flow(v, &out->flows[i], err))
			return sb_wrap(err, "flows[%zu]", i);
		for (size_t k = 0; k < i; k++)
			if (out->flows[k].id == out->flows[i].id)
				return sb_fail(err, SB_EINPUT, 0, "flows[%zu]: \"id\" %lld again",
					       i, (long long)out->flows[i].id);
		sockets += out->flows[i].streams;
	}
	if (sockets > MAX_SOCKETS)
		return sb_fail(err, SB_EINPUT, 0, "%zu connections, more than %d", sockets,
			       MAX_SOCKETS);
	out->flow_count = json_array_size(list);
	return 0;
}
