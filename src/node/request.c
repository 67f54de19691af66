// SPDX-License-Identifier: MIT
/* request.c - what the orchestrator may ask of a node, checked to the last field */
#include "request.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/clock.h"
#include "satbed/node_proto.h"

#define MAX_TIME_NS   (INT64_C(366) * 24 * 3600 * SB_NS_PER_S)
#define MAX_CLOCK_NS  (INT64_C(1) << 62)
#define MAX_RATE_BPS  INT64_C(1000000000000)
#define MAX_TRAIN     65536
#define MAX_SOCKETS   65536
#define MIN_SAMPLE_NS SB_NS_PER_MS

static int get_int(const json_t *obj, const char *key, int64_t min, int64_t max, int64_t *out,
		   struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);
	int64_t n;

	if (!v)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is missing", key);
	if (json_is_integer(v)) {
		n = json_integer_value(v);
	} else if (json_is_real(v)) {
		/* Writers that keep all numbers as doubles give large integers as 1.5e+15. */
		double d = json_real_value(v);

		if (!(d >= -9e18 && d <= 9e18) || d != (double)(int64_t)d)
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not an integer", key);
		n = (int64_t)d;
	} else {
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not an integer", key);
	}
	if (n < min || n > max)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is %lld, not within %lld and %lld", key,
			       (long long)n, (long long)min, (long long)max);
	*out = n;
	return 0;
}

/* Printable ASCII only: these strings come back in messages and go to the kernel as names. */
static int check_word(const char *key, const json_t *v, size_t room, struct sb_err *err)
{
	const char *s = json_string_value(v);

	if (!s)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a string", key);
	if (json_string_length(v) >= room)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is longer than %zu bytes", key, room - 1);
	for (size_t i = 0; i < json_string_length(v); i++)
		if (!isgraph((unsigned char)s[i]))
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" has characters no name has", key);
	return 0;
}

static int get_word(const json_t *obj, const char *key, char *out, size_t room, struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);

	if (!v)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is missing", key);
	if (check_word(key, v, room, err))
		return -1;
	memcpy(out, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

/* One of two words; @out tells whether it was the second. */
static int get_choice(const json_t *obj, const char *key, const char *no, const char *yes,
		      bool *out, struct sb_err *err)
{
	char word[16];

	if (get_word(obj, key, word, sizeof(word), err))
		return -1;
	if (strcmp(word, no) && strcmp(word, yes))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is \"%s\", neither \"%s\" nor \"%s\"",
			       key, word, no, yes);
	*out = !strcmp(word, yes);
	return 0;
}

static int get_address(const json_t *obj, uint16_t port, struct sb_node_addr *out,
		       struct sb_err *err)
{
	struct sockaddr_in *in4 = (void *)&out->sa;
	struct sockaddr_in6 *in6 = (void *)&out->sa;

	memset(out, 0, sizeof(*out));
	if (get_word(obj, "address", out->text, sizeof(out->text), err))
		return -1;
	out->port = port;
	if (inet_pton(AF_INET, out->text, &in4->sin_addr) == 1) {
		in4->sin_family = AF_INET;
		in4->sin_port = htons(port);
		out->len = sizeof(*in4);
	} else if (inet_pton(AF_INET6, out->text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		out->len = sizeof(*in6);
	} else {
		return sb_fail(err, SB_EINPUT, 0,
			       "\"address\" is \"%s\", neither an IPv4 nor an IPv6 address",
			       out->text);
	}
	return 0;
}

static int parse_setup(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, "interfaces"), *v;
	size_t i;

	if (get_word(obj, "node", out->node, sizeof(out->node), err))
		return -1;
	if (!json_is_array(list) || json_array_size(list) > SB_NODE_MAX_INTERFACES)
		return sb_fail(err, SB_EINPUT, 0, "\"interfaces\" is not a list of at most %d",
			       SB_NODE_MAX_INTERFACES);
	json_array_foreach(list, i, v)
	{
		if (check_word("interfaces", v, IFNAMSIZ, err))
			return -1;
		if (!json_string_length(v))
			return sb_fail(err, SB_EINPUT, 0, "\"interfaces\" has an empty name");
		memcpy(out->interfaces[i], json_string_value(v), json_string_length(v) + 1);
	}
	out->interface_count = json_array_size(list);
	return 0;
}

static int parse_bulk(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t streams = 1;

	if (json_object_get(obj, "streams") &&
	    get_int(obj, "streams", 1, SB_NODE_MAX_STREAMS, &streams, err))
		return -1;
	out->streams = (uint32_t)streams;
	if (!json_object_get(obj, "cc"))
		return 0;
	return get_word(obj, "cc", out->cc, sizeof(out->cc), err);
}

static int parse_stream(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t rate, bytes;

	if (get_int(obj, "rate_bps", 1, MAX_RATE_BPS, &rate, err) ||
	    get_int(obj, "packet_bytes", SB_NODE_MIN_DATAGRAM, SB_NODE_MAX_DATAGRAM, &bytes, err))
		return -1;
	out->rate_bps = (uint64_t)rate;
	out->packet_bytes = (uint32_t)bytes;
	out->streams = 1;
	return 0;
}

static int parse_flow(const json_t *obj, struct sb_flow_spec *out, struct sb_err *err)
{
	int64_t port;

	if (!json_is_object(obj))
		return sb_fail(err, SB_EINPUT, 0, "not an object");
	if (get_int(obj, "id", 0, INT32_MAX, &out->id, err) ||
	    get_choice(obj, "role", "server", "client", &out->is_client, err) ||
	    get_choice(obj, "kind", "bulk", "stream", &out->is_stream, err) ||
	    get_choice(obj, "dir", "up", "down", &out->is_down, err) ||
	    get_int(obj, "port", 1, UINT16_MAX, &port, err) ||
	    get_address(obj, (uint16_t)port, &out->server, err) ||
	    get_int(obj, "start_ns", 0, MAX_TIME_NS, &out->start_ns, err) ||
	    get_int(obj, "duration_ns", 1, MAX_TIME_NS, &out->duration_ns, err))
		return -1;
	return out->is_stream ? parse_stream(obj, out, err) : parse_bulk(obj, out, err);
}

static int parse_prepare(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, "flows"), *v;
	size_t i, sockets = 0;

	if (get_int(obj, "sample_ns", MIN_SAMPLE_NS, MAX_TIME_NS, &out->sample_ns, err))
		return -1;
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

static int parse_train(const json_t *obj, struct sb_train_spec *out, struct sb_err *err)
{
	int64_t packets, bytes;

	if (get_int(obj, "id", 0, INT64_MAX, &out->id, err) ||
	    get_int(obj, "packets", 1, MAX_TRAIN, &packets, err) ||
	    get_int(obj, "bytes", 1, SB_NODE_MAX_DATAGRAM, &bytes, err) ||
	    get_int(obj, "at_ns", 0, MAX_CLOCK_NS, &out->at_ns, err))
		return -1;
	out->packets = (uint32_t)packets;
	out->bytes = (uint32_t)bytes;
	return get_address(obj, SB_NODE_DISCARD_PORT, &out->to, err);
}

static int parse_op(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	static const char *const names[] = {
	    [SB_OP_SETUP] = "setup", [SB_OP_PREPARE] = "prepare", [SB_OP_TRAIN] = "train",
	    [SB_OP_START] = "start", [SB_OP_STOP] = "stop",	  [SB_OP_QUIT] = "quit",
	};
	size_t op = 0;
	char word[16];

	if (get_word(obj, "op", word, sizeof(word), err))
		return -1;
	while (op < sizeof(names) / sizeof(names[0]) && strcmp(names[op], word))
		op++;
	if (op == sizeof(names) / sizeof(names[0]))
		return sb_fail(err, SB_EINPUT, 0, "there is no \"op\" \"%s\"", word);
	out->op = (enum sb_request_op)op;
	switch (out->op) {
	case SB_OP_SETUP:
		return parse_setup(obj, out, err);
	case SB_OP_PREPARE:
		return parse_prepare(obj, out, err);
	case SB_OP_TRAIN:
		return parse_train(obj, &out->train, err);
	case SB_OP_START:
		return get_int(obj, "t0_ns", 0, MAX_CLOCK_NS, &out->t0_ns, err);
	case SB_OP_STOP:
	case SB_OP_QUIT:
		break;
	}
	return 0;
}

int sb_request_parse(const char *line, size_t len, struct sb_request *out, struct sb_err *err)
{
	struct sb_request req = {0};
	json_error_t why;
	json_t *obj = json_loadb(line, len, JSON_REJECT_DUPLICATES, &why);
	int rc;

	if (!obj)
		return sb_fail(err, SB_EINPUT, 0, "not a JSON object: %s", why.text);
	rc = json_is_object(obj) ? parse_op(obj, &req, err)
				 : sb_fail(err, SB_EINPUT, 0, "not a JSON object");
	json_decref(obj);
	if (rc)
		sb_request_fini(&req);
	else
		*out = req;
	return rc;
}

void sb_request_fini(struct sb_request *req)
{
	free(req->flows);
	req->flows = NULL;
}
