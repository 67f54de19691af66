// SPDX-License-Identifier: MIT
/*
 * main.c - satbed-emulator: the emulator as a program of its own, for the network namespace of a container
 * daemon
 *
 * On standard input and output, before what emulator.h has:
 *
 *   {"op":"names","ends":[{"index":7,"peer":6}],"tap":"tap0"}
 *	Host-side halves of veths by index; "peer" is the other half's, as the node told it.  A tap
 *	(optional) by name.
 *	{"ev":"names","ends":[{"name":"veth12ab34c","bridge":"br-0123456789ab",
 *	 "bridge_mac":"02:..."}],"tap_mtu":65520}	0 = there is none of that name
 *   {"op":"plan","plan":{...},"captures":2,"neighbours":[{"interface":"br-0123456789ab",
 *    "address":"198.18.1.100","mac":"02:..."}],"joints":[["veth12ab34c","veth56de78f"]]}
 *	What is to be done, how many files to capture into (0, 1, ... in SB_EMULATOR_CAPTURES), and whose
 *	addresses are not to be asked for over a link (optional); which interfaces become one wire
 *	(optional).
 *	{"ev":"plan"}
 *
 * With the argument "proxy" it is a terminal or a gateway instead: see engine_proxy.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/process.h"
#include "satbed/base/sched.h"
#include "satbed/base/version.h"
#include "satbed/net.h"
#include "satbed/emulator.h"
#include "satbed/engine_proxy.h"
#include "satbed/link.h"

#define EMULATOR_NICE (-10)
#define MAX_CAPTURES  (4L * SB_MAX_CLIENTS)

struct program {
	struct sb_lines channel;
	struct sb_plan *plan;
	int *capture_fds;
	size_t capture_count;
};

static cJSON *event(const char *name)
{
	cJSON *obj = cJSON_CreateObject();

	sb_json_add_str(obj, "ev", name);
	return obj;
}

static int answer(struct program *p, cJSON *obj, struct sb_err *err)
{
	int rc = sb_lines_send(&p->channel, obj, err);

	cJSON_Delete(obj);
	return rc;
}

/* That index in another namespace may be anything: it must be the half that the node belongs to. */
static int find_end(struct sb_rtnl *nl, const cJSON *end, cJSON *found, struct sb_err *err)
{
	int64_t index, wanted;
	struct sb_veth veth;
	char mac[18];
	cJSON *obj;

	if (sb_json_get_i64(end, "$.ends[]", "index", &index, err) ||
	    sb_json_get_i64(end, "$.ends[]", "peer", &wanted, err) ||
	    sb_rtnl_find_veth(nl, (int)index, &veth, err))
		return -1;
	if (veth.peer != wanted)
		return sb_fail(err, SB_EENV, 0,
			       "interface %s (index %d) belongs to interface %d, not to the "
			       "node's %d",
			       veth.name, (int)index, veth.peer, (int)wanted);
	obj = cJSON_CreateObject();
	sb_json_add_str(obj, "name", veth.name);
	sb_json_add_str(obj, "bridge", veth.bridge);
	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", veth.bridge_mac[0],
		 veth.bridge_mac[1], veth.bridge_mac[2], veth.bridge_mac[3], veth.bridge_mac[4],
		 veth.bridge_mac[5]);
	sb_json_add_str(obj, "bridge_mac", mac);
	cJSON_AddItemToArray(found, obj);
	return 0;
}

static int on_names(struct program *p, const cJSON *request, struct sb_err *err)
{
	cJSON *told = event("names"), *found = cJSON_AddArrayToObject(told, "ends");
	const char *tap;
	const cJSON *end;
	struct sb_rtnl nl;
	int rc = sb_rtnl_open(&nl, err);

	if (!rc) {
		if (!sb_json_get_str(request, "$", "tap", &tap, NULL))
			sb_json_add_i64(told, "tap_mtu", sb_rtnl_mtu(&nl, tap));
		cJSON_ArrayForEach(end, cJSON_GetObjectItemCaseSensitive(request, "ends"))
		{
			rc = find_end(&nl, end, found, err);
			if (rc)
				break;
		}
		sb_rtnl_close(&nl);
	}
	if (!rc)
		return answer(p, told, err);
	cJSON_Delete(told);
	return -1;
}

static int add_neighbour(struct sb_rtnl *nl, const cJSON *obj, struct sb_err *err)
{
	const char *interface, *address, *mac;
	struct in_addr addr;
	uint8_t bytes[6];

	if (sb_json_get_str(obj, "$.neighbours[]", "interface", &interface, err) ||
	    sb_json_get_str(obj, "$.neighbours[]", "address", &address, err) ||
	    sb_json_get_str(obj, "$.neighbours[]", "mac", &mac, err))
		return -1;
	if (inet_pton(AF_INET, address, &addr) != 1 ||
	    sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx", &bytes[0], &bytes[1], &bytes[2],
		   &bytes[3], &bytes[4], &bytes[5]) != 6)
		return sb_fail(err, SB_EINPUT, 0, "$.neighbours[]: invalid neighbour address");
	return sb_rtnl_add_neigh(nl, interface, AF_INET, &addr, bytes, err);
}

static int add_neighbours(const cJSON *list, struct sb_err *err)
{
	const cJSON *obj;
	struct sb_rtnl nl;
	int rc = 0;

	if (!list)
		return 0;
	if (sb_rtnl_open(&nl, err))
		return -1;
	cJSON_ArrayForEach(obj, list)
	{
		rc = add_neighbour(&nl, obj, err);
		if (rc)
			break;
	}
	sb_rtnl_close(&nl);
	return rc;
}

static int join(const cJSON *list, struct sb_err *err)
{
	const cJSON *pair;

	cJSON_ArrayForEach(pair, list)
	{
		const char *a = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 0));
		const char *b = cJSON_GetStringValue(cJSON_GetArrayItem(pair, 1));

		if (!a || !b)
			return sb_fail(err, SB_EINPUT, 0, "$.joints[]: not two interfaces");
		if (sb_link_join(a, b, err))
			return sb_wrap(err, "joining %s and %s", a, b);
	}
	return 0;
}

static int open_captures(struct program *p, size_t count, struct sb_err *err)
{
	/* Made here and now: one that is there already came with an image, and may lead elsewhere. */
	if (mkdir(SB_EMULATOR_CAPTURES, 0700))
		return sb_fail(err, SB_EENV, errno, "cannot create the directory %s",
			       SB_EMULATOR_CAPTURES);
	p->capture_fds = sb_alloc(count, sizeof(p->capture_fds[0]));
	for (; p->capture_count < count; p->capture_count++) {
		sb_auto_free char *path =
		    sb_asprintf("%s/%zu", SB_EMULATOR_CAPTURES, p->capture_count);
		int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0)
			return sb_fail(err, SB_EENV, errno, "cannot create the file %s", path);
		p->capture_fds[p->capture_count] = fd;
	}
	return 0;
}

static int on_plan(struct program *p, const cJSON *request, struct sb_err *err)
{
	int64_t captures;

	if (p->plan)
		return sb_fail(err, SB_EINTERNAL, 0, "a plan was already given");
	if (sb_json_get_i64(request, "$", "captures", &captures, err))
		return -1;
	if (captures < 0 || captures > MAX_CAPTURES)
		return sb_fail(err, SB_EINPUT, 0, "$.captures is out of range");
	if (sb_plan_from_json(cJSON_GetObjectItemCaseSensitive(request, "plan"), &p->plan, err) ||
	    add_neighbours(cJSON_GetObjectItemCaseSensitive(request, "neighbours"), err) ||
	    join(cJSON_GetObjectItemCaseSensitive(request, "joints"), err) ||
	    (captures && open_captures(p, (size_t)captures, err)))
		return -1;
	return answer(p, event("plan"), err);
}

static int obey(struct program *p, const cJSON *request, struct sb_err *err)
{
	const char *op = "";

	if (sb_json_get_str(request, "$", "op", &op, err))
		return -1;
	if (!strcmp(op, "names"))
		return on_names(p, request, err);
	if (!strcmp(op, "plan"))
		return on_plan(p, request, err);
	return sb_fail(err, SB_EINTERNAL, 0, "unknown emulator request \"%s\" before it has a plan",
		       op);
}

/* 0 when there is a plan, -1 when the orchestrator has gone. */
static int prepare(struct program *p)
{
	while (!p->plan) {
		struct sb_err err = {0};
		cJSON *request;
		int rc = sb_lines_recv(&p->channel, -1, &request, &err);

		if (rc == 0)
			continue; /* a signal */
		if (rc < 0)
			return -1;
		rc = obey(p, request, &err);
		cJSON_Delete(request);
		if (rc && sb_lines_send_err(&p->channel, &err, NULL))
			return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct program p = {0};
	int out_fd, status = 1;

	sb_process_begin();
	sb_json_begin();
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		printf("satbed-emulator %s\n", sb_version);
		return 0;
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	/* What a library prints must not get into the channel. */
	out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (out_fd < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		sb_error("emulator: no standard output");
		return 1;
	}
	if (argc == 2 && !strcmp(argv[1], "proxy"))
		return sb_proxy_main(STDIN_FILENO, out_fd);
	/* Where it may: a packet that waits for a processor leaves late. */
	setpriority(PRIO_PROCESS, 0, EMULATOR_NICE);
	sb_sched_group(0, EMULATOR_NICE);
	sb_lines_init_pair(&p.channel, STDIN_FILENO, out_fd);
	if (!prepare(&p)) {
		struct sb_emulator_start start = {.plan = p.plan,
						  .channel_fd = STDIN_FILENO,
						  .answer_fd = out_fd,
						  .strange = true,
						  .capture_fds = p.capture_fds};

		status = sb_emulator_main(&start);
	}
	sb_lines_fini(&p.channel);
	sb_plan_free(p.plan);
	for (size_t i = 0; i < p.capture_count; i++)
		close(p.capture_fds[i]);
	free(p.capture_fds);
	return status;
}
