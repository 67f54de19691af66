// SPDX-License-Identifier: MIT
/*
 * fuzz_supervisor.c - what users' connections, the emulator and nodes may say to a supervisor
 *
 * A line each; its first letter says from whom: "a", "b" two users, "e" the emulator, "0" and "1"
 * server and client1; "A" and "B": that user hangs up.  Nothing that is heard ends the supervisor,
 * and what it says itself is JSON.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "must.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/scenario.h"
#include "supervisor/supervisor_state.h"

#define NODES 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct world {
	struct sb_supervisor k;
	struct sb_keep_request request;
	struct sb_testbed tb;
	struct sb_engine_ops ops;
	struct sb_lines node_lines[NODES];
	struct sb_conn nodes[NODES];
	int far[3 + NODES]; /* of the users, emulator and nodes */
	struct sb_client *users[2];
};

static struct sb_plan *make_plan(void)
{
	static const char text[] = "[scenario]\nname = fuzz\n[link]\nrate = 10mbit\n";
	struct sb_scenario *sc = NULL;
	struct sb_plan *plan = NULL;
	struct sb_err err = {0};

	MUST(!sb_scenario_parse("fuzz", text, sizeof(text) - 1, NULL, 0, &sc, &err));
	MUST(!sb_plan_make(sc, &plan, &err));
	sb_scenario_free(sc);
	return plan;
}

static int open_pair(int *far)
{
	int pair[2];

	MUST(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
	*far = pair[1];
	return pair[0];
}

static struct sb_client *new_client(struct sb_supervisor *k, int *far)
{
	struct sb_client *c = sb_alloc(1, sizeof(*c));

	sb_lines_init(&c->lines, open_pair(far));
	sb_conn_init(&c->conn, &c->lines, 1 << 20);
	k->clients[k->client_count++] = c;
	return c;
}

static void begin(struct world *w, struct sb_plan *plan)
{
	struct sb_supervisor *k = &w->k;

	*w = (struct world){.request = {.name = "fuzz", .plan = plan},
			    .tb = {.plan = plan, .node_count = NODES}};
	w->tb.ops = &w->ops;
	k->request = &w->request;
	k->plan = plan;
	k->up.tb = &w->tb;
	k->up.engine_kind = "native";
	k->next_id = 1;
	k->nodes = w->nodes;
	for (size_t i = 0; i < 2; i++)
		w->users[i] = new_client(k, &w->far[i]);
	sb_lines_init(&k->up.emulator, open_pair(&w->far[2]));
	sb_conn_init(&k->emulator, &k->up.emulator, 1 << 20);
	for (size_t i = 0; i < NODES; i++) {
		sb_lines_init(&w->node_lines[i], open_pair(&w->far[3 + i]));
		sb_conn_init(&w->nodes[i], &w->node_lines[i], 1 << 20);
	}
}

/* Whatever was said to that end is lines of JSON objects. */
static void listen_to(int fd)
{
	static char buf[1 << 20];
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);
	char *rest = buf, *line;

	buf[n > 0 ? n : 0] = '\0';
	while ((line = strsep(&rest, "\n")) && rest) {
		cJSON *obj = cJSON_Parse(line);

		MUST(cJSON_IsObject(obj));
		cJSON_Delete(obj);
	}
}

static void hang_up(struct world *w, size_t user)
{
	if (w->users[user])
		sb_client_close(&w->k, w->users[user]);
	w->users[user] = NULL;
}

static void end(struct world *w)
{
	for (size_t i = 0; i < SB_ARRAY_LEN(w->far); i++)
		listen_to(w->far[i]);
	for (size_t i = 0; i < 2; i++)
		hang_up(w, i);
	sb_conn_fini(&w->k.emulator);
	close(w->k.up.emulator.fd);
	sb_lines_fini(&w->k.up.emulator);
	for (size_t i = 0; i < NODES; i++) {
		sb_conn_fini(&w->nodes[i]);
		close(w->node_lines[i].fd);
		sb_lines_fini(&w->node_lines[i]);
	}
	for (size_t i = 0; i < SB_ARRAY_LEN(w->far); i++)
		close(w->far[i]);
	free(w->k.asked);
	free(w->k.orphans);
}

static void hear(struct world *w, char who, const char *line, size_t len)
{
	struct sb_supervisor *k = &w->k;
	size_t user = who == 'b';
	cJSON *obj;

	if (who == 'A' || who == 'B') {
		hang_up(w, who == 'B');
		return;
	}
	obj = cJSON_ParseWithLength(line, len);
	/* As sb_lines_recv() has it. */
	if (cJSON_IsObject(obj) && (who == '0' || who == '1')) {
		sb_command_node(k, (size_t)(who - '0'), obj);
		return;
	}
	if (cJSON_IsObject(obj) && who == 'e')
		sb_control_emulator(k, obj);
	if (cJSON_IsObject(obj) && (who == 'a' || who == 'b') && w->users[user] &&
	    !w->users[user]->leaving && sb_command_ready(k, w->users[user]))
		sb_control_request(k, w->users[user], obj);
	cJSON_Delete(obj);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sb_plan *plan;
	const char *at = (const char *)data, *stop = at + size;
	struct world w;

	if (!plan) {
		plan = make_plan();
		sb_log_set_level(SB_LOG_ERROR);
	}
	begin(&w, plan);
	while (at < stop) {
		const char *newline = memchr(at, '\n', (size_t)(stop - at));
		size_t len = newline ? (size_t)(newline - at) : (size_t)(stop - at);

		if (len)
			hear(&w, *at, at + 1, len - 1);
		at += len + 1;
	}
	end(&w);
	return 0;
}
