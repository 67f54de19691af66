// SPDX-License-Identifier: MIT
/* request.c - what the orchestrator may ask of a node, checked to the last field */
#include "request.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "interface_request.h"
#include "fields.h"
#include "satbed/base/clock.h"
#include "satbed/agent_proto.h"

#define MAX_CLOCK_NS (INT64_C(1) << 62)
#define MAX_TRAIN    65536
#define MAX_RTT_NS   (1 * SB_NS_PER_S) /* the node does nothing else meanwhile */

static int parse_setup(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, "interfaces"), *v;
	size_t i;

	if (sb_field_word(obj, "node", out->node, sizeof(out->node), err) ||
	    (json_object_get(obj, "server") &&
	     sb_field_word(obj, "server", out->server, sizeof(out->server), err)))
		return -1;
	if (!json_is_array(list) || json_array_size(list) > SB_NODE_MAX_INTERFACES)
		return sb_fail(err, SB_EINPUT, 0, "\"interfaces\" is not a list of at most %d",
			       SB_NODE_MAX_INTERFACES);
	json_array_foreach(list, i, v)
	{
		if (sb_field_check_word("interfaces", v, IFNAMSIZ, err))
			return -1;
		if (!json_string_length(v))
			return sb_fail(err, SB_EINPUT, 0, "\"interfaces\" has an empty name");
		memcpy(out->interfaces[i], json_string_value(v), json_string_length(v) + 1);
	}
	out->interface_count = json_array_size(list);
	return sb_request_arrangement(obj, out, err);
}

static int parse_train(const json_t *obj, struct sb_train_spec *out, struct sb_err *err)
{
	int64_t packets, bytes;

	if (sb_field_int(obj, "id", 0, INT64_MAX, &out->id, err) ||
	    sb_field_int(obj, "packets", 1, MAX_TRAIN, &packets, err) ||
	    sb_field_int(obj, "bytes", 1, SB_NODE_MAX_DATAGRAM, &bytes, err) ||
	    sb_field_int(obj, "at_ns", 0, MAX_CLOCK_NS, &out->at_ns, err))
		return -1;
	out->packets = (uint32_t)packets;
	out->bytes = (uint32_t)bytes;
	return sb_field_address(obj, SB_NODE_DISCARD_PORT, &out->to, err);
}

static int parse_rtt(const json_t *obj, struct sb_rtt_spec *out, struct sb_err *err)
{
	int64_t packets;

	if (sb_field_int(obj, "id", 0, INT64_MAX, &out->id, err) ||
	    sb_field_int(obj, "packets", 1, SB_RTT_MAX, &packets, err) ||
	    sb_field_int(obj, "give_up_ns", 1, MAX_RTT_NS, &out->give_up_ns, err))
		return -1;
	out->packets = (uint32_t)packets;
	return sb_field_address(obj, 0, &out->to, err);
}

static int parse_packets(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	if (sb_field_word(obj, "path", out->command.path, sizeof(out->command.path), err) ||
	    sb_field_word(obj, "interface", out->interfaces[0], IFNAMSIZ, err))
		return -1;
	out->interface_count = 1;
	return 0;
}

static int parse_op(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	static const char *const names[] = {
	    [SB_OP_SETUP] = "setup",	 [SB_OP_LOOK] = "look",	    [SB_OP_PREPARE] = "prepare",
	    [SB_OP_TRAIN] = "train",	 [SB_OP_FILE] = "file",	    [SB_OP_RUN] = "run",
	    [SB_OP_INPUT] = "input",	 [SB_OP_TAKEN] = "taken",   [SB_OP_CLOSE] = "close",
	    [SB_OP_RESIZE] = "resize",	 [SB_OP_SIGNAL] = "signal", [SB_OP_LISTENS] = "listens",
	    [SB_OP_START] = "start",	 [SB_OP_STOP] = "stop",	    [SB_OP_QUIT] = "quit",
	    [SB_OP_PACKETS] = "packets", [SB_OP_RTT] = "rtt",	    [SB_OP_QLOG] = "qlog",
	    [SB_OP_PATTERN] = "pattern",
	};
	size_t op = 0;
	int64_t port;
	char word[16];

	if (sb_field_word(obj, "op", word, sizeof(word), err))
		return -1;
	while (op < sizeof(names) / sizeof(names[0]) && strcmp(names[op], word))
		op++;
	if (op == sizeof(names) / sizeof(names[0]))
		return sb_fail(err, SB_EINPUT, 0, "unknown \"op\" \"%s\"", word);
	out->op = (enum sb_request_op)op;
	switch (out->op) {
	case SB_OP_SETUP:
		return parse_setup(obj, out, err);
	case SB_OP_PREPARE:
		return sb_request_prepare(obj, out, err);
	case SB_OP_TRAIN:
		return parse_train(obj, &out->train, err);
	case SB_OP_RTT:
		return parse_rtt(obj, &out->rtt, err);
	case SB_OP_QLOG:
		return sb_request_qlog(obj, &out->command, err);
	case SB_OP_PATTERN:
		return sb_request_pattern(obj, &out->command, err);
	case SB_OP_FILE:
		return sb_request_file(obj, &out->command, err);
	case SB_OP_RUN:
		return sb_request_run(obj, &out->command, err);
	case SB_OP_INPUT:
	case SB_OP_TAKEN:
	case SB_OP_CLOSE:
	case SB_OP_RESIZE:
	case SB_OP_SIGNAL:
		return sb_request_command(obj, out->op, &out->command, err);
	case SB_OP_START:
		return sb_field_int(obj, "t0_ns", 0, MAX_CLOCK_NS, &out->t0_ns, err);
	case SB_OP_LISTENS:
		if (sb_field_int(obj, "port", 1, UINT16_MAX, &port, err))
			return -1;
		out->port = (uint16_t)port;
		return 0;
	case SB_OP_PACKETS:
		return parse_packets(obj, out, err);
	case SB_OP_LOOK:
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
	free(req->neighbours);
	req->neighbours = NULL;
	free(req->flows);
	req->flows = NULL;
	free(req->command.argv);
	free(req->command.env);
	free(req->command.data);
	req->command.argv = req->command.env = NULL;
	req->command.data = NULL;
}
