// SPDX-License-Identifier: MIT
/* proxy_main.c - a terminal or a gateway in a container: told which one, configured, confined, asked at the end */
#include "satbed/engine_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "engine/pep/pep.h"
#include "satbed/base/caps.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/base/sandbox.h"

#define ADDRESSES_S 10
#define RETRY_MS    50

struct station {
	struct sb_lines channel;
	struct sb_plan *plan;
	struct sb_pep_place at;
	struct sb_pep_machine machine;
	char node_side[SB_IFNAME_MAX], satellite_side[SB_IFNAME_MAX];
};

/* Neither sockets nor files: it answers on its channel, and asks after its one child. */
static const char *const calls[] = {"recvfrom", "sendto", "wait4"};

static bool find_now(const struct in_addr *wanted, char ifname[SB_IFNAME_MAX])
{
	struct ifaddrs *all = NULL;
	bool found = false;

	if (getifaddrs(&all))
		return false;
	for (const struct ifaddrs *a = all; a && !found; a = a->ifa_next)
		found = a->ifa_addr && a->ifa_addr->sa_family == AF_INET &&
			((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr.s_addr ==
			    wanted->s_addr &&
			!sb_copy_str(ifname, SB_IFNAME_MAX, a->ifa_name);
	freeifaddrs(all);
	return found;
}

/* The daemon may still be giving addresses. */
static int find_interface(const cJSON *request, const char *key, char ifname[SB_IFNAME_MAX],
			  struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + ADDRESSES_S * SB_NS_PER_S;
	struct in_addr wanted;
	const char *text;

	if (sb_json_get_str(request, "$", key, &text, err))
		return -1;
	if (inet_pton(AF_INET, text, &wanted) != 1)
		return sb_fail(err, SB_EINPUT, 0, "$.%s: invalid address", key);
	while (!find_now(&wanted, ifname)) {
		if (sb_mono_ns() >= deadline_ns)
			return sb_fail(err, SB_EENGINE, 0,
				       "no interface got the address %s within %d s", text,
				       ADDRESSES_S);
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

static int read_place(struct station *s, const cJSON *request, struct sb_err *err)
{
	const char *sends;
	int64_t link;

	if (sb_plan_from_json(cJSON_GetObjectItemCaseSensitive(request, "plan"), &s->plan, err) ||
	    sb_json_get_i64(request, "$", "link", &link, err) ||
	    sb_json_get_str(request, "$", "sends", &sends, err))
		return -1;
	if (link < 0 || (uint64_t)link >= s->plan->link_count)
		return sb_fail(err, SB_EINPUT, 0, "$.link is out of range");
	if (find_interface(request, "node_address", s->node_side, err) ||
	    find_interface(request, "satellite_address", s->satellite_side, err))
		return -1;
	s->at =
	    (struct sb_pep_place){s->plan, (size_t)link, strcmp(sends, "up") != 0 ? SB_DOWN : SB_UP,
				  s->node_side, s->satellite_side};
	return 0;
}

static int configure(struct station *s, struct sb_err *err)
{
	struct sb_rtnl nl;
	int rc = sb_rtnl_open(&nl, err);

	if (rc)
		return rc;
	/* Each side has the Ethernet address of the node beyond, as if there were a bridge only. */
	rc = sb_rtnl_set_mac(&nl, s->node_side, sb_pep_beyond(&s->at)->mac, err) ||
	     sb_rtnl_set_mac(&nl, s->satellite_side, sb_pep_near(&s->at)->mac, err) ||
	     sb_pep_configure(&s->machine, &s->at, &nl, err);
	sb_rtnl_close(&nl);
	return rc ? -1 : 0;
}

static int add_end(const char *ifname, cJSON *ends, struct sb_err *err)
{
	int index = (int)if_nametoindex(ifname), rc;
	struct sb_veth veth;
	struct sb_rtnl nl;
	cJSON *end;

	if (sb_rtnl_open(&nl, err))
		return -1;
	rc = sb_rtnl_find_veth(&nl, index, &veth, err);
	sb_rtnl_close(&nl);
	if (rc)
		return rc;
	end = cJSON_CreateObject();
	sb_json_add_i64(end, "index", index);
	sb_json_add_i64(end, "peer", veth.peer);
	cJSON_AddItemToArray(ends, end);
	return 0;
}

static int confine(struct sb_err *err)
{
	static const struct sb_sandbox sandbox = {
	    .who = "satbed-proxy", .calls = calls, .call_count = SB_ARRAY_LEN(calls)};
	struct sb_sandbox_state state = {0};

	return sb_caps_keep(0, err) || sb_sandbox_enter(&sandbox, &state, err) ? -1 : 0;
}

static int on_proxy(struct station *s, const cJSON *request, cJSON *answer, struct sb_err *err)
{
	cJSON *ends = cJSON_AddArrayToObject(answer, "ends");

	if (s->plan)
		return sb_fail(err, SB_EINTERNAL, 0, "a plan was already given");
	s->machine.counts = mmap(NULL, sizeof(*s->machine.counts), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s->machine.counts == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "cannot share memory with the proxy");
	if (read_place(s, request, err) || add_end(s->node_side, ends, err) ||
	    add_end(s->satellite_side, ends, err) || configure(s, err) ||
	    sb_pep_launch(&s->machine, &s->at, 0, err))
		return -1;
	return confine(err);
}

static void add_facts(struct station *s, cJSON *answer)
{
	cJSON *facts = cJSON_AddObjectToObject(answer, "facts");
	double cpu_s = 0;

	sb_pep_machine_facts(&s->machine, s->at.sends, facts, &cpu_s);
	if (cpu_s >= 0)
		sb_json_add_num(facts, "cpu_s", cpu_s);
}

static int obey(struct station *s, const cJSON *request, struct sb_err *err)
{
	cJSON *answer = cJSON_CreateObject();
	const char *op = "";
	int rc = sb_json_get_str(request, "$", "op", &op, err);

	sb_json_add_str(answer, "ev", op);
	if (!rc && !strcmp(op, "proxy"))
		rc = on_proxy(s, request, answer, err);
	else if (!rc && !strcmp(op, "facts") && s->plan)
		add_facts(s, answer);
	else if (!rc)
		rc = sb_fail(err, SB_EINTERNAL, 0, "unknown proxy request \"%s\"", op);
	if (!rc)
		rc = sb_lines_send(&s->channel, answer, err);
	cJSON_Delete(answer);
	return rc;
}

int sb_proxy_main(int in_fd, int out_fd)
{
	struct station s = {.machine.net_fd = -1};

	prctl(PR_SET_NAME, "satbed-station");
	sb_lines_init_pair(&s.channel, in_fd, out_fd);
	for (;;) {
		struct sb_err err = {0};
		cJSON *request = NULL;
		int rc = sb_lines_recv(&s.channel, -1, &request, &err);

		if (rc < 0)
			break;
		if (rc == 0)
			continue; /* a signal */
		rc = obey(&s, request, &err);
		cJSON_Delete(request);
		if (rc && sb_lines_send_err(&s.channel, &err, NULL))
			break;
	}
	sb_lines_fini(&s.channel);
	sb_pep_machine_close(&s.machine);
	sb_plan_free(s.plan);
	return 0;
}
