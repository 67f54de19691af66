// SPDX-License-Identifier: MIT
/*
 * serve.c - one loop over the user's connections, the emulator and the nodes
 *
 * Nothing here waits for anybody: what is sent lies in a bounded buffer until it is read, and each
 * turn takes a bounded number of lines from each side.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testbed_page.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define LINES_A_TURN	  64
#define CLIENT_UNREAD_MAX (8u << 20)
#define SILENT_NS	  (10 * SB_NS_PER_S) /* a connection that asks nothing */
#define LOG_MAX_BYTES	  (1 << 20)

/* --- clients --- */

static bool is_own_user(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) && peer.uid == geteuid();
}

static void accept_one(struct sb_supervisor *k)
{
	int fd = accept4(k->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct sb_err err = {0};
	struct sb_client *c;

	if (fd < 0)
		return;
	if (!is_own_user(fd) || k->client_count == SB_CLIENTS_MAX) {
		struct sb_lines lines;

		/* The socket is empty: so short a line always fits. */
		sb_lines_init(&lines, fd);
		sb_fail(&err, SB_EENV, 0,
			"this testbed belongs to another user, or has %d connections already",
			SB_CLIENTS_MAX);
		sb_lines_send_err(&lines, &err, NULL);
		sb_lines_fini(&lines);
		close(fd);
		return;
	}
	c = sb_alloc(1, sizeof(*c));
	sb_lines_init(&c->lines, fd);
	c->lines.max = SB_SUPERVISOR_LINE_MAX;
	sb_conn_init(&c->conn, &c->lines, CLIENT_UNREAD_MAX);
	c->since_ns = sb_mono_ns();
	k->clients[k->client_count++] = c;
}

void sb_client_close(struct sb_supervisor *k, struct sb_client *c)
{
	size_t i = 0;

	sb_command_gone(k, c);
	sb_control_gone(k, c);
	while (k->clients[i] != c)
		i++;
	k->clients[i] = k->clients[--k->client_count];
	close(c->lines.fd);
	sb_conn_fini(&c->conn);
	sb_lines_fini(&c->lines);
	free(c);
}

/* True when there may be more to read. */
static bool read_client(struct sb_supervisor *k, struct sb_client *c)
{
	for (int i = 0; i < LINES_A_TURN; i++) {
		struct sb_err err = {0};
		cJSON *request;
		int rc;

		if (c->leaving || c->conn.broken)
			return false;
		c->held = !sb_command_ready(k, c);
		if (c->held)
			return false;
		rc = sb_lines_recv(&c->lines, 0, &request, &err);
		if (rc == 0)
			return false;
		if (rc < 0) {
			/* Gone, or not to be understood: told in case it still listens. */
			sb_conn_fail(&c->conn, &err);
			c->leaving = true;
			return false;
		}
		sb_control_request(k, c, request);
		cJSON_Delete(request);
	}
	return true;
}

static bool is_done(const struct sb_client *c, int64_t now_ns)
{
	if (c->conn.broken || (c->leaving && !c->conn.len))
		return true;
	return !c->asked && now_ns - c->since_ns > SILENT_NS;
}

static void sweep(struct sb_supervisor *k)
{
	int64_t now_ns = sb_mono_ns();

	for (size_t i = k->client_count; i-- > 0;)
		if (is_done(k->clients[i], now_ns))
			sb_client_close(k, k->clients[i]);
}

/* --- emulator and nodes --- */

static void peer_lost(struct sb_supervisor *k, int node, const struct sb_err *err)
{
	char name[SB_NAME_MAX];

	if (!k->broken)
		sb_error("%s: %s; the testbed is taken down", sb_peer_name(name, node), err->msg);
	k->broken = k->ending = true;
	k->emulator_lost |= node < 0;
}

static bool read_peer(struct sb_supervisor *k, int node)
{
	struct sb_conn *conn = node < 0 ? &k->emulator : &k->nodes[node];

	for (int i = 0; i < LINES_A_TURN; i++) {
		struct sb_err err = {0};
		cJSON *event;
		int rc = sb_lines_recv(conn->lines, 0, &event, &err);

		if (rc == 0)
			return false;
		if (rc < 0) {
			peer_lost(k, node, &err);
			return false;
		}
		if (node >= 0) {
			sb_command_node(k, (size_t)node, event);
		} else {
			sb_control_emulator(k, event);
			cJSON_Delete(event);
		}
	}
	return true;
}

/* --- time --- */

static void rest_when_over(struct sb_supervisor *k, int64_t now_ns)
{
	cJSON *rest;

	if (!k->rest_ns || now_ns < k->rest_ns)
		return;
	k->rest_ns = 0;
	rest = cJSON_CreateObject();
	sb_json_add_str(rest, "op", "rest");
	sb_conn_put(&k->emulator, rest);
}

/* Others write there, too: what is kept is bounded in the end, not the moment. */
static void bound_log(void)
{
	struct stat st;

	if (!fstat(STDERR_FILENO, &st) && S_ISREG(st.st_mode) && st.st_size > LOG_MAX_BYTES &&
	    ftruncate(STDERR_FILENO, 0))
		return;
}

static int wait_ms(const struct sb_supervisor *k, bool more)
{
	int64_t due_ns = sb_command_due_ns(k), now_ns = sb_mono_ns(), left_ms;

	if (more)
		return 0;
	if (k->rest_ns && k->rest_ns < due_ns)
		due_ns = k->rest_ns;
	if (sb_testbed_page_due_ns(k) < due_ns)
		due_ns = sb_testbed_page_due_ns(k);
	for (size_t i = 0; i < k->client_count; i++)
		if (!k->clients[i]->asked && k->clients[i]->since_ns + SILENT_NS < due_ns)
			due_ns = k->clients[i]->since_ns + SILENT_NS;
	if (due_ns == INT64_MAX)
		return 60000;
	left_ms = (due_ns - now_ns) / SB_NS_PER_MS + 1;
	return left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms;
}

/* --- the loop --- */

static short events_of(const struct sb_conn *c)
{
	return (short)(POLLIN | (c->len ? POLLOUT : 0));
}

/* Places in the list of descriptors: three, emulator, nodes, clients. */
enum { AT_LISTEN, AT_SIGNAL, AT_PAGE, AT_EMULATOR, AT_NODES };

static size_t fill(const struct sb_supervisor *k, struct pollfd *fds)
{
	size_t nodes = k->up.tb->node_count, n = AT_NODES;

	fds[AT_LISTEN] = (struct pollfd){.fd = k->listen_fd, .events = POLLIN};
	fds[AT_SIGNAL] = (struct pollfd){.fd = k->signal_fd, .events = POLLIN};
	fds[AT_PAGE] = (struct pollfd){.fd = sb_testbed_page_fd(k), .events = POLLIN};
	fds[AT_EMULATOR] =
	    (struct pollfd){.fd = k->emulator.lines->fd, .events = events_of(&k->emulator)};
	for (size_t i = 0; i < nodes; i++)
		fds[n++] =
		    (struct pollfd){.fd = k->nodes[i].lines->fd, .events = events_of(&k->nodes[i])};
	for (size_t i = 0; i < k->client_count; i++) {
		const struct sb_client *c = k->clients[i];
		short events = events_of(&c->conn);

		if (c->leaving || !sb_command_ready(k, c))
			events &= (short)~POLLIN;
		fds[n++] = (struct pollfd){.fd = c->lines.fd, .events = events};
	}
	return n;
}

static bool turn(struct sb_supervisor *k, const struct pollfd *fds, size_t n, bool all)
{
	size_t nodes = k->up.tb->node_count, clients = n - AT_NODES - nodes;
	struct signalfd_siginfo si;
	bool more = false;

	sb_conn_flush(&k->emulator);
	if (fds[AT_EMULATOR].revents || all)
		more |= read_peer(k, SB_EMULATOR);
	for (size_t i = 0; i < nodes; i++) {
		sb_conn_flush(&k->nodes[i]);
		if (fds[AT_NODES + i].revents || all)
			more |= read_peer(k, (int)i);
	}
	/* Nobody comes or goes meanwhile: places are those that were polled. */
	for (size_t i = 0; i < clients; i++) {
		struct sb_client *c = k->clients[i];
		short revents = fds[AT_NODES + nodes + i].revents;

		sb_conn_flush(&c->conn);
		if ((revents & (POLLHUP | POLLERR)) && !(revents & POLLIN))
			c->conn.broken = true;
		else if (revents || all || (c->held && sb_command_ready(k, c)))
			more |= read_client(k, c);
	}
	if (fds[AT_SIGNAL].revents && read(k->signal_fd, &si, sizeof(si)) > 0)
		k->ending = true;
	sweep(k);
	if (fds[AT_LISTEN].revents)
		accept_one(k);
	return more;
}

void sb_serve(struct sb_supervisor *k)
{
	struct pollfd *fds =
	    sb_alloc(AT_NODES + k->up.tb->node_count + SB_CLIENTS_MAX, sizeof(*fds));
	bool more = false;

	while (!k->ending) {
		size_t n = fill(k, fds);
		int rc = poll(fds, n, wait_ms(k, more));

		if (rc < 0 && errno != EINTR)
			break;
		if (rc < 0)
			continue;
		more = turn(k, fds, n, more);
		rest_when_over(k, sb_mono_ns());
		sb_testbed_page_serve(k);
		sb_command_kill(k);
		bound_log();
	}
	free(fds);
}
