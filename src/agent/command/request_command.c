// SPDX-License-Identifier: MIT
/* request_command.c - requests about the user's commands and files */
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "agent/fields.h"
#include "satbed/base/base64.h"
#include "satbed/agent_proto.h"

#define MAX_FILE INT64_C(1099511627776)

static int get_data(const json_t *obj, bool optional, size_t max, struct sb_command_spec *out,
		    struct sb_err *err)
{
	const json_t *v = json_object_get(obj, "data");
	const char *text = json_string_value(v);
	ssize_t len;

	if (!v && optional)
		return 0;
	if (!text)
		return sb_fail(err, SB_EINPUT, 0, "\"data\" is not a string");
	if (json_string_length(v) > SB_BASE64_LEN(max))
		return sb_fail(err, SB_EINPUT, 0, "\"data\" is more than %zu bytes", max);
	out->data = malloc(json_string_length(v) / 4 * 3 + 1);
	if (!out->data)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	len = sb_base64_decode(text, json_string_length(v), out->data);
	if (len < 0)
		return sb_fail(err, SB_EINPUT, 0, "\"data\" is not base64");
	out->data_len = (size_t)len;
	return 0;
}

static int get_path(const json_t *obj, const char *key, struct sb_command_spec *out,
		    struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);

	if (!json_is_string(v) || !json_string_length(v))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a path", key);
	if (json_string_length(v) >= sizeof(out->path))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is longer than %zu bytes", key,
			       sizeof(out->path) - 1);
	memcpy(out->path, json_string_value(v), json_string_length(v) + 1);
	return 0;
}

/* A list of strings as exec() takes it: pointers first, then the characters, in one block. */
static int get_strings(const json_t *obj, const char *key, char ***out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, key), *v;
	size_t i, count = json_array_size(list), bytes = 0;
	char *text;

	if (!json_is_array(list) || count > SB_COMMAND_ARGS_MAX)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a list of at most %d", key,
			       SB_COMMAND_ARGS_MAX);
	json_array_foreach(list, i, v)
	{
		if (!json_is_string(v))
			return sb_fail(err, SB_EINPUT, 0, "%s[%zu] is not a string", key, i);
		bytes += json_string_length(v) + 1;
	}
	*out = malloc((count + 1) * sizeof(**out) + bytes);
	if (!*out)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	text = (char *)(*out + count + 1);
	json_array_foreach(list, i, v)
	{
		(*out)[i] = text;
		memcpy(text, json_string_value(v), json_string_length(v) + 1);
		text += json_string_length(v) + 1;
	}
	(*out)[count] = NULL;
	return 0;
}

/* A boolean that may be left out, and is false then. */
static int get_flag(const json_t *obj, const char *key, bool *out, struct sb_err *err)
{
	const json_t *v = json_object_get(obj, key);

	if (v && !json_is_boolean(v))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is neither true nor false", key);
	*out = json_is_true(v);
	return 0;
}

static int get_size(const json_t *obj, struct sb_command_spec *out, struct sb_err *err)
{
	int64_t rows, cols;

	if (sb_field_int(obj, "rows", 0, UINT16_MAX, &rows, err) ||
	    sb_field_int(obj, "cols", 0, UINT16_MAX, &cols, err))
		return -1;
	out->rows = (uint16_t)rows;
	out->cols = (uint16_t)cols;
	return 0;
}

int sb_request_file(const json_t *obj, struct sb_command_spec *out, struct sb_err *err)
{
	int64_t mode = 0644;

	if (get_path(obj, "path", out, err) ||
	    (json_object_get(obj, "mode") && sb_field_int(obj, "mode", 0, 0777, &mode, err)) ||
	    (json_object_get(obj, "offset") &&
	     sb_field_int(obj, "offset", 0, MAX_FILE, &out->offset, err)))
		return -1;
	out->mode = (uint32_t)mode;
	return get_data(obj, false, SB_NODE_FILE_BYTES, out, err);
}

int sb_request_qlog(const json_t *obj, struct sb_command_spec *out, struct sb_err *err)
{
	const char *name = json_string_value(json_object_get(obj, "name"));

	if (!name)
		return sb_fail(err, SB_EINPUT, 0, "\"name\" is not a text");
	if (name[0] && get_path(obj, "name", out, err))
		return -1;
	return sb_field_int(obj, "offset", 0, MAX_FILE, &out->offset, err);
}

int sb_request_pattern(const json_t *obj, struct sb_command_spec *out, struct sb_err *err)
{
	int64_t seed;

	if (get_path(obj, "path", out, err) || get_flag(obj, "check", &out->eof, err) ||
	    sb_field_int(obj, "bytes", 0, MAX_FILE, &out->bytes, err) ||
	    sb_field_int(obj, "seed", 0, INT64_MAX, &seed, err))
		return -1;
	out->seed = (uint64_t)seed;
	return 0;
}

int sb_request_run(const json_t *obj, struct sb_command_spec *out, struct sb_err *err)
{
	if (sb_field_int(obj, "id", 0, INT64_MAX, &out->id, err) ||
	    get_strings(obj, "argv", &out->argv, err))
		return -1;
	if (!out->argv[0])
		return sb_fail(err, SB_EINPUT, 0, "\"argv\" is empty");
	if (json_object_get(obj, "env") && get_strings(obj, "env", &out->env, err))
		return -1;
	for (char **v = out->env; v && *v; v++)
		if (**v == '=' || !strchr(*v, '='))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"env\" has an element that is not NAME=VALUE");
	if (get_flag(obj, "tty", &out->tty, err) ||
	    (json_object_get(obj, "rows") && get_size(obj, out, err)) ||
	    (json_object_get(obj, "cwd") && get_path(obj, "cwd", out, err)) ||
	    (json_object_get(obj, "user") &&
	     sb_field_word(obj, "user", out->user, sizeof(out->user), err)) ||
	    (json_object_get(obj, "window") &&
	     sb_field_int(obj, "window", 1, INT64_MAX, &out->window, err)))
		return -1;
	return 0;
}

int sb_request_command(const json_t *obj, enum sb_request_op op, struct sb_command_spec *out,
		       struct sb_err *err)
{
	int64_t n = 0;

	if (sb_field_int(obj, "id", 0, INT64_MAX, &out->id, err))
		return -1;
	if (op == SB_OP_INPUT)
		return get_flag(obj, "eof", &out->eof, err) ||
			       get_data(obj, true, SB_NODE_INPUT_MAX, out, err)
			   ? -1
			   : 0;
	if (op == SB_OP_TAKEN)
		return sb_field_int(obj, "bytes", 1, INT64_MAX, &out->bytes, err);
	if (op == SB_OP_RESIZE)
		return get_size(obj, out, err);
	if (op == SB_OP_CLOSE) {
		if (sb_field_int(obj, "fd", 1, 2, &n, err))
			return -1;
		out->fd = (int)n;
		return 0;
	}
	if (sb_field_int(obj, "signal", 1, SIGRTMAX, &n, err))
		return -1;
	out->signal = (int)n;
	return 0;
}
