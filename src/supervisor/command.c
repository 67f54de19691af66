// SPDX-License-Identifier: MIT
/*
 * command.c - commands of clients on nodes
 *
 * Whatever a client says is checked and put together anew before a node hears it.  Windows keep
 * what is under way small, so that a client or command that does not read stops nobody else.
 */
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "supervisor_state.h"
#include "satbed/base/base64.h"
#include "satbed/base/clean.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/suggest.h"
#include "satbed/agent_proto.h"

/* A node that does not read for a while: its clients wait. */
#define COMMAND_USER_MAX   63 /* as the agent takes it */
#define NODE_CROWDED_BYTES (4u << 20)
#define MAX_COMPLAINTS	   1000
#define TTY_SIDE_MAX	   10000
#define WORDS_MAX	   4096

static struct sb_client *find(struct sb_supervisor *k, size_t node, int64_t id)
{
	for (size_t i = 0; i < k->client_count; i++)
		if (k->clients[i]->id == id && k->clients[i]->node == node)
			return k->clients[i];
	return NULL;
}

/* Bytes behind a base64 text, by its length alone. */
static int64_t data_bytes(const cJSON *obj)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(obj, "data"));
	size_t len = text ? strlen(text) : 0;

	if (len < 4)
		return 0;
	return (int64_t)(len / 4 * 3) - (text[len - 1] == '=') - (text[len - 2] == '=');
}

static bool is_base64(const cJSON *data)
{
	const char *text = cJSON_GetStringValue(data);
	size_t len = text ? strlen(text) : 0;
	sb_auto_free char *scratch = sb_alloc(len / 4 * 3 + 1, 1);

	return text && sb_base64_decode(text, len, scratch) >= 0;
}

static void refuse(struct sb_client *c, const char *why)
{
	struct sb_err err = {0};

	sb_fail(&err, SB_EINPUT, 0, "%s", why);
	sb_conn_fail(&c->conn, &err);
	c->leaving = true;
}

static cJSON *request_for(const char *op, int64_t id)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "op", op);
	sb_json_add_i64(obj, "id", id);
	return obj;
}

/* --- starting --- */

static int find_node(const struct sb_supervisor *k, const char *name, size_t *out,
		     struct sb_err *err)
{
	const char *names[SB_MAX_CLIENTS + 2] = {0}, *close;
	char texts[SB_MAX_CLIENTS + 1][SB_NAME_MAX];

	for (size_t i = 0; i < k->up.tb->node_count; i++) {
		names[i] = sb_node_name(texts[i], i);
		if (!strcmp(name, names[i])) {
			*out = i;
			return 0;
		}
	}
	close = sb_suggest(name, names);
	if (close)
		return sb_fail(err, SB_EINPUT, 0,
			       "testbed %s has no node \"%s\"; did you mean \"%s\"?",
			       k->request->name, name, close);
	return sb_fail(err, SB_EINPUT, 0,
		       "testbed %s has no node \"%s\"; it has server, client1%s%s",
		       k->request->name, name, k->up.tb->node_count > 2 ? " to " : "",
		       k->up.tb->node_count > 2 ? names[k->up.tb->node_count - 1] : "");
}

static int copy_strings(const cJSON *request, const char *key, bool needed, cJSON *into,
			struct sb_err *err)
{
	const cJSON *list = cJSON_GetObjectItemCaseSensitive(request, key), *item;
	cJSON *copy;

	if (!list && !needed)
		return 0;
	if (!cJSON_IsArray(list) || (needed && !cJSON_GetArraySize(list)))
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" is not a list of strings", key);
	if (cJSON_GetArraySize(list) > WORDS_MAX)
		return sb_fail(err, SB_EINPUT, 0, "\"%s\" has more than %d words", key, WORDS_MAX);
	copy = cJSON_AddArrayToObject(into, key);
	cJSON_ArrayForEach(item, list)
	{
		/* The node would not understand the line, and not know whose it was. */
		if (!cJSON_IsString(item) || !sb_is_utf8(item->valuestring))
			return sb_fail(err, SB_EINPUT, 0,
				       "\"%s\" is not a list of strings in UTF-8", key);
		cJSON_AddItemToArray(copy, cJSON_CreateString(item->valuestring));
	}
	return 0;
}

static int copy_tty(const cJSON *request, cJSON *into, struct sb_err *err)
{
	static const char *const sides[] = {"rows", "cols"};

	for (size_t i = 0; i < SB_ARRAY_LEN(sides); i++) {
		int64_t n;

		if (sb_json_get_i64(request, "$", sides[i], &n, err))
			return -1;
		if (n < 0 || n > TTY_SIDE_MAX)
			return sb_fail(err, SB_EINPUT, 0, "\"%s\" is out of range", sides[i]);
		sb_json_add_i64(into, sides[i], n);
	}
	return 0;
}

static int build_run(const cJSON *request, cJSON *into, struct sb_err *err)
{
	const cJSON *cwd = cJSON_GetObjectItemCaseSensitive(request, "cwd");
	const cJSON *user = cJSON_GetObjectItemCaseSensitive(request, "user");

	if (copy_strings(request, "argv", true, into, err) ||
	    copy_strings(request, "env", false, into, err))
		return -1;
	if (cwd && (!cJSON_IsString(cwd) || !cwd->valuestring[0] ||
		    strlen(cwd->valuestring) >= PATH_MAX || !sb_is_utf8(cwd->valuestring)))
		return sb_fail(err, SB_EINPUT, 0, "\"cwd\" is not a path");
	if (cwd)
		sb_json_add_str(into, "cwd", cwd->valuestring);
	if (user &&
	    (!cJSON_IsString(user) || !user->valuestring[0] ||
	     strlen(user->valuestring) > COMMAND_USER_MAX || !sb_is_utf8(user->valuestring)))
		return sb_fail(err, SB_EINPUT, 0, "\"user\" is invalid");
	if (user)
		sb_json_add_str(into, "user", user->valuestring);
	sb_json_add_i64(into, "window", SB_SUPERVISOR_WINDOW);
	if (!cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "tty")))
		return 0;
	sb_json_add_bool(into, "tty", true);
	return copy_tty(request, into, err);
}

void sb_command_run(struct sb_supervisor *k, struct sb_client *c, const cJSON *request)
{
	cJSON *run = request_for("run", k->next_id);
	struct sb_err err = {0};
	const char *name = "";

	if (sb_json_get_str(request, "$", "node", &name, &err) ||
	    find_node(k, name, &c->node, &err) || build_run(request, run, &err)) {
		cJSON_Delete(run);
		refuse(c, err.msg);
		return;
	}
	c->id = k->next_id++;
	sb_conn_put(&k->nodes[c->node], run);
}

/* --- while it runs --- */

static void on_input(struct sb_supervisor *k, struct sb_client *c, const cJSON *request)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(request, "data");
	cJSON *input;

	if (data && !is_base64(data)) {
		refuse(c, "\"data\" is not base64");
		return;
	}
	c->input += data_bytes(request);
	if (c->input > (int64_t)SB_NODE_INPUT_MAX) {
		refuse(c, "input beyond the acknowledged window");
		return;
	}
	input = request_for("input", c->id);
	if (cJSON_IsString(data))
		sb_json_add_str(input, "data", data->valuestring);
	if (cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(request, "eof")))
		sb_json_add_bool(input, "eof", true);
	sb_conn_put(&k->nodes[c->node], input);
}

static void on_taken(struct sb_supervisor *k, struct sb_client *c, int64_t bytes)
{
	cJSON *taken;

	if (bytes > c->output) {
		refuse(c, "acknowledged more output than was sent");
		return;
	}
	c->output -= bytes;
	taken = request_for("taken", c->id);
	sb_json_add_i64(taken, "bytes", bytes);
	sb_conn_put(&k->nodes[c->node], taken);
}

/* Requests with plain numbers in them, each within its limits. */
static const struct {
	const char *op, *key[2];
	int64_t min, max;
} plain[] = {
    {"taken", {"bytes", NULL}, 1, SB_SUPERVISOR_WINDOW},
    {"close", {"fd", NULL}, 1, 2},
    {"resize", {"rows", "cols"}, 0, TTY_SIDE_MAX},
    {"signal", {"signal", NULL}, 1, 64},
};

void sb_command_request(struct sb_supervisor *k, struct sb_client *c, const cJSON *request)
{
	const char *op = "";
	int64_t n[2] = {0};
	cJSON *out;
	size_t i = 0;

	sb_json_get_str(request, "$", "op", &op, NULL);
	if (!strcmp(op, "input")) {
		on_input(k, c, request);
		return;
	}
	while (i < SB_ARRAY_LEN(plain) && strcmp(op, plain[i].op))
		i++;
	if (i == SB_ARRAY_LEN(plain)) {
		refuse(c, "one command per connection");
		return;
	}
	for (size_t v = 0; v < 2 && plain[i].key[v]; v++)
		if (sb_json_get_i64(request, "$", plain[i].key[v], &n[v], NULL) ||
		    n[v] < plain[i].min || n[v] > plain[i].max) {
			refuse(c, "a number is missing or out of range");
			return;
		}
	if (i == 0) {
		on_taken(k, c, n[0]);
		return;
	}
	out = request_for(op, c->id);
	for (size_t v = 0; v < 2 && plain[i].key[v]; v++)
		sb_json_add_i64(out, plain[i].key[v], n[v]);
	sb_conn_put(&k->nodes[c->node], out);
}

/* --- what nodes say --- */

static void forget_orphan(struct sb_supervisor *k, size_t node, int64_t id)
{
	for (size_t i = 0; i < k->orphan_count; i++)
		if (k->orphans[i].node == node && k->orphans[i].id == id)
			k->orphans[i--] = k->orphans[--k->orphan_count];
}

static void complain(struct sb_supervisor *k, size_t node, const cJSON *event)
{
	const char *msg = "failed without saying why";
	char name[SB_NAME_MAX];

	sb_json_get_str(event, "$", "msg", &msg, NULL);
	if (k->complaints++ < MAX_COMPLAINTS)
		sb_warn("%s: %s", sb_node_name(name, node), msg);
}

static void pass_on(struct sb_client *c, const char *ev, cJSON *event)
{
	int64_t n = 0;

	if (!strcmp(ev, "output")) {
		c->output += data_bytes(event);
	} else if (!strcmp(ev, "taken")) {
		sb_json_get_i64(event, "$", "bytes", &n, NULL);
		c->input -= n < 0 || n > c->input ? c->input : n;
	} else {
		c->id = 0;
		c->leaving = true;
	}
	cJSON_DeleteItemFromObjectCaseSensitive(event, "id");
	sb_conn_put(&c->conn, event);
}

void sb_command_node(struct sb_supervisor *k, size_t node, cJSON *event)
{
	struct sb_client *c;
	const char *ev = "";
	int64_t id = 0;

	sb_json_get_str(event, "$", "ev", &ev, NULL);
	sb_json_get_i64(event, "$", "id", &id, NULL);
	c = id > 0 ? find(k, node, id) : NULL;
	if (!strcmp(ev, "error"))
		complain(k, node, event);
	if (!strcmp(ev, "exit"))
		forget_orphan(k, node, id);
	if (c && (!strcmp(ev, "output") || !strcmp(ev, "taken") || !strcmp(ev, "exit") ||
		  !strcmp(ev, "error")))
		pass_on(c, ev, event);
	else
		cJSON_Delete(event);
}

/* --- whose user has gone --- */

static void tell_number(struct sb_supervisor *k, size_t node, const char *op, int64_t id,
			const char *key, int64_t n)
{
	cJSON *obj = request_for(op, id);

	sb_json_add_i64(obj, key, n);
	sb_conn_put(&k->nodes[node], obj);
}

void sb_command_gone(struct sb_supervisor *k, const struct sb_client *c)
{
	if (!c->id)
		return;
	/* Nobody reads any more: what it still writes must not stop it from ending. */
	tell_number(k, c->node, "close", c->id, "fd", 1);
	tell_number(k, c->node, "close", c->id, "fd", 2);
	tell_number(k, c->node, "signal", c->id, "signal", SIGHUP);
	k->orphans = sb_grow(k->orphans, k->orphan_count, &k->orphan_room, sizeof(k->orphans[0]));
	k->orphans[k->orphan_count++] =
	    (struct sb_orphan){c->node, c->id, sb_mono_ns() + SB_SUPERVISOR_KILL_MS * SB_NS_PER_MS};
}

int64_t sb_command_due_ns(const struct sb_supervisor *k)
{
	int64_t due_ns = INT64_MAX;

	for (size_t i = 0; i < k->orphan_count; i++)
		if (k->orphans[i].kill_ns < due_ns)
			due_ns = k->orphans[i].kill_ns;
	return due_ns;
}

void sb_command_kill(struct sb_supervisor *k)
{
	int64_t now_ns = sb_mono_ns();

	for (size_t i = 0; i < k->orphan_count; i++)
		if (k->orphans[i].kill_ns <= now_ns) {
			tell_number(k, k->orphans[i].node, "signal", k->orphans[i].id, "signal",
				    SIGKILL);
			k->orphans[i--] = k->orphans[--k->orphan_count];
		}
}

bool sb_command_ready(const struct sb_supervisor *k, const struct sb_client *c)
{
	return !c->id || k->nodes[c->node].len < NODE_CROWDED_BYTES;
}
