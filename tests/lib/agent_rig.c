// SPDX-License-Identifier: MIT
/* agent_rig.c - two namespaces, a wire, and node programs driven over their channel */
#include "agent_rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "netns.h"
#include "satbed/base/fdio.h"
#include "satbed/net.h"

#define PATIENCE_MS 30000

static int say(const char *what)
{
	fprintf(stderr, "node_rig: %s: %s\n", what, strerror(errno));
	return -1;
}

static int fill_end(int netns_fd, const char *addr4, const char *addr6)
{
	int here = sb_test_self_netns(), rc = -1;
	struct sb_rtnl nl = {0};
	struct sb_err err = {0};
	struct in_addr in4;
	struct in6_addr in6;

	inet_pton(AF_INET, addr4, &in4);
	inet_pton(AF_INET6, addr6, &in6);
	if (sb_test_setns(netns_fd))
		return say("entering a namespace");
	if (!sb_rtnl_open(&nl, &err)) {
		rc = sb_rtnl_add_addr(&nl, "eth0", AF_INET, &in4, 24, &err) ||
		     sb_rtnl_add_addr(&nl, "eth0", AF_INET6, &in6, 64, &err) ||
		     sb_rtnl_set_up(&nl, "eth0", &err);
		sb_rtnl_close(&nl);
	}
	if (rc)
		fprintf(stderr, "node_rig: %s\n", err.msg);
	if (sb_test_setns(here))
		rc = say("leaving a namespace");
	close(here);
	return rc ? -1 : 0;
}

static int join(const struct sb_rig *rig)
{
	const struct sb_veth_half a = {.ifname = "eth0", .netns_fd = rig->server_ns};
	const struct sb_veth_half b = {.ifname = "eth0", .netns_fd = rig->client_ns};
	struct sb_rtnl nl = {0};
	struct sb_err err = {0};
	int rc = sb_rtnl_open(&nl, &err);

	if (!rc) {
		rc = sb_rtnl_add_veth(&nl, &a, &b, 1500, &err);
		sb_rtnl_close(&nl);
	}
	if (rc)
		fprintf(stderr, "node_rig: %s\n", err.msg);
	return rc;
}

int sb_rig_open(struct sb_rig *rig)
{
	rig->server_ns = sb_test_new_netns();
	rig->client_ns = sb_test_new_netns();
	if (rig->server_ns >= 0 && rig->client_ns >= 0 && !join(rig) &&
	    !fill_end(rig->server_ns, SB_RIG_SERVER4, SB_RIG_SERVER6) &&
	    !fill_end(rig->client_ns, SB_RIG_CLIENT4, SB_RIG_CLIENT6))
		return 0;
	sb_rig_close(rig);
	return -1;
}

int sb_rig_enter(struct sb_rig *rig)
{
	int rc = sb_test_enter_netns();

	signal(SIGPIPE, SIG_IGN);
	return rc ? rc : sb_rig_open(rig) ? 1 : 0;
}

void sb_rig_close(struct sb_rig *rig)
{
	if (rig->server_ns >= 0)
		close(rig->server_ns);
	if (rig->client_ns >= 0)
		close(rig->client_ns);
	rig->server_ns = rig->client_ns = -1;
}

const char *sb_test_node_path(void)
{
	static char path[4096];
	const char *given = getenv("SATBED_NODE"), *build = getenv("O");

	if (given)
		return given;
	snprintf(path, sizeof(path), "%s/satbed-agent", build ? build : "build");
	return path;
}

static void become_node(int netns_fd, int channel)
{
	const char *path = sb_test_node_path();

	if (sb_test_setns(netns_fd) || dup2(channel, 0) < 0 || dup2(channel, 1) < 0)
		_exit(126);
	execl(path, path, (char *)NULL);
	fprintf(stderr, "node_rig: %s: %s\n", path, strerror(errno));
	_exit(127);
}

int sb_test_node_start(struct sb_test_node *node, int netns_fd)
{
	int pair[2];

	memset(node, 0, sizeof(*node));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return say("a socket pair");
	node->pid = fork();
	if (node->pid < 0)
		return say("fork");
	if (!node->pid)
		become_node(netns_fd, pair[1]);
	close(pair[1]);
	node->fd = pair[0];
	sb_lines_init(&node->lines, node->fd);
	node->samples = cJSON_CreateArray();
	return 0;
}

int sb_test_node_send(struct sb_test_node *node, const char *fmt, ...)
{
	char line[16384];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) - 1)
		return -1;
	for (char *c = line; *c; c++)
		if (*c == '\'')
			*c = '"';
	line[n++] = '\n';
	return sb_write_all(node->fd, line, (size_t)n);
}

cJSON *sb_test_node_expect(struct sb_test_node *node, const char *event)
{
	struct sb_err err = {0};
	cJSON *obj = NULL;
	char *text;
	int rc;

	while ((rc = sb_lines_recv(&node->lines, PATIENCE_MS, &obj, &err)) == 1) {
		const char *got = sb_test_str(obj, "ev");

		if (!strcmp(got, event))
			return obj;
		/* What a node has cost is said whenever it is stopped. */
		if (!strcmp(got, "cpu")) {
			cJSON_Delete(obj);
			obj = NULL;
			continue;
		}
		if (strcmp(got, "sample"))
			break;
		cJSON_AddItemToArray(node->samples, obj);
	}
	text = rc == 1 ? cJSON_PrintUnformatted(obj) : NULL;
	fprintf(stderr, "node_rig: waited for \"%s\", got %s\n", event,
		rc == 1	 ? text
		: rc < 0 ? err.msg
			 : "nothing");
	free(text);
	if (rc == 1)
		cJSON_Delete(obj);
	return NULL;
}

int sb_test_node_wait(struct sb_test_node *node, struct rusage *use)
{
	struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, node->pid, 0), .events = POLLIN};
	int status = 0, ended = poll(&end, 1, PATIENCE_MS);

	close(end.fd);
	if (ended != 1)
		kill(node->pid, SIGKILL);
	if (wait4(node->pid, &status, 0, use) != node->pid || ended != 1 || !WIFEXITED(status)) {
		fprintf(stderr, "node_rig: the node did not end by itself (status %#x)\n", status);
		status = -1;
	} else {
		status = WEXITSTATUS(status);
	}
	node->pid = 0;
	return status;
}

int sb_test_node_stop(struct sb_test_node *node)
{
	int status = 0;

	close(node->fd);
	if (node->pid)
		status = sb_test_node_wait(node, NULL);
	sb_lines_fini(&node->lines);
	cJSON_Delete(node->samples);
	return status;
}

double sb_test_num(const cJSON *event, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(event, key);

	if (cJSON_IsNumber(v))
		return v->valuedouble;
	fprintf(stderr, "node_rig: an event has no number \"%s\"\n", key);
	return -1;
}

const char *sb_test_str(const cJSON *event, const char *key)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(event, key);

	return cJSON_IsString(v) ? v->valuestring : "";
}
