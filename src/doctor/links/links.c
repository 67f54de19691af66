// SPDX-License-Identifier: MIT
/*
 * links.c - shaping and capturing, tried for real in a scratch namespace
 *
 * The namespace is made as the native engine makes the emulator's, so what works here works there; a
 * daemon on this kernel shapes with the same modules.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "doctor/job.h"
#include "links.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/capture.h"
#include "satbed/engine_ns.h"
#include "satbed/link.h"
#include "satbed/net.h"

#define SCRATCH_A	"sbdoctor0"
#define SCRATCH_B	"sbdoctor1"
#define CAPTURE_PACKETS 5
#define CAPTURE_BUFFER	(1u << 20)
#define CAPTURE_WAIT_NS (50 * SB_NS_PER_MS)

static void add_outcome(cJSON *facts, const char *name, int rc, const struct sb_err *err)
{
	cJSON *o = cJSON_AddObjectToObject(facts, name);

	sb_json_add_bool(o, "works", !rc);
	if (rc)
		sb_json_add_str(o, "why", err->msg);
}

/* Datagrams to nobody, over the loopback of the scratch namespace. */
static int send_some(struct sb_err *err)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	sb_auto_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open a UDP socket");
	for (int i = 0; i < CAPTURE_PACKETS; i++)
		if (sendto(fd, "satbed", 6, 0, (struct sockaddr *)&to, sizeof(to)) != 6)
			return sb_fail(err, SB_EENV, errno, "cannot send on the loopback");
	return 0;
}

static int try_capture(struct sb_rtnl *nl, struct sb_err *err)
{
	sb_auto_close int fd = memfd_create("satbed-doctor", MFD_CLOEXEC);
	struct sb_capture_stats stats;
	struct sb_capture *c = NULL;
	int rc;

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot create a file in memory");
	if (sb_rtnl_set_up(nl, "lo", err) ||
	    sb_capture_open("lo", fd, 128, CAPTURE_BUFFER, &c, err))
		return -1;
	sb_steal_fd(&fd);
	rc = send_some(err);
	sb_sleep_until_ns(sb_mono_ns() + CAPTURE_WAIT_NS);
	if (!rc)
		rc = sb_capture_stop(c, err);
	sb_capture_stats(c, &stats);
	if (!rc && stats.written < CAPTURE_PACKETS)
		rc = sb_fail(err, SB_EENV, 0,
			     "of %d packets sent the capture has %llu (TPACKET_V3 does not work)",
			     CAPTURE_PACKETS, (unsigned long long)stats.written);
	sb_capture_free(c);
	return rc;
}

static int try_offloads(struct sb_rtnl *nl, struct sb_err *err)
{
	struct sb_veth_half a = {.ifname = SCRATCH_A, .netns_fd = -1};
	struct sb_veth_half b = {.ifname = SCRATCH_B, .netns_fd = -1};
	int rc;

	if (sb_rtnl_add_veth(nl, &a, &b, 1500, err))
		return -1;
	rc = sb_offloads_off(nl, SCRATCH_A, err);
	sb_rtnl_delete_link(nl, SCRATCH_A, NULL);
	return rc;
}

static void try_cc(cJSON *facts)
{
	static const char *const names[] = {"cubic", "reno", "bbr"};
	cJSON *set = cJSON_AddObjectToObject(facts, "cc");
	sb_auto_close int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++)
		sb_json_add_bool(set, names[i],
				 !setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, names[i],
					     (socklen_t)strlen(names[i])));
}

static cJSON *try_all(void)
{
	cJSON *facts = cJSON_CreateObject();
	struct sb_err err = {0};
	struct sb_rtnl nl;
	int rc;

	sb_json_add_bool(facts, "made", true);
	rc = sb_link_user.probe(&err);
	add_outcome(facts, "user", rc, &err);
	err = (struct sb_err){0};
	rc = sb_link_netem.probe(&err);
	add_outcome(facts, "netem", rc, &err);
	try_cc(facts);
	err = (struct sb_err){0};
	if (sb_rtnl_open(&nl, &err)) {
		add_outcome(facts, "capture", -1, &err);
		return facts;
	}
	rc = try_capture(&nl, &err);
	add_outcome(facts, "capture", rc, &err);
	err = (struct sb_err){0};
	rc = try_offloads(&nl, &err);
	add_outcome(facts, "offloads", rc, &err);
	sb_rtnl_close(&nl);
	return facts;
}

static cJSON *not_made(const struct sb_err *err)
{
	cJSON *facts = cJSON_CreateObject();

	sb_json_add_bool(facts, "made", false);
	sb_json_add_str(facts, "why", err->msg);
	return facts;
}

cJSON *sb_probe_namespace(const void *ctx)
{
	unsigned int uid = geteuid(), gid = getegid();
	struct sb_err err = {0};
	bool with_user = !sb_ns_user_works(&err);
	cJSON *facts;
	pid_t pid;

	(void)ctx;
	/* Root does without user namespaces where they are forbidden, as the engine does. */
	if (!with_user && uid != 0)
		return not_made(&err);
	pid = sb_ns_fork(with_user, &err);
	if (pid < 0)
		return not_made(&err);
	if (pid > 0) {
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
		return NULL;
	}
	facts = sb_ns_settle(with_user, "doctor", uid, gid, &err) ? not_made(&err) : try_all();
	sb_json_add_bool(facts, "user_namespace", with_user);
	sb_job_answer(facts);
}

void sb_check_native(const struct sb_check_context *x)
{
	const cJSON *ns = sb_fact(x->facts, "namespace");

	if (!ns)
		return;
	if (!sb_fact_true(ns, "made"))
		sb_find(x->out, "native.namespaces", SB_LEVEL_FAIL, "native", NULL,
			"no namespaces of its own: %s", sb_fact_str(ns, "why"));
	else if (sb_fact_true(ns, "user_namespace"))
		sb_find(
		    x->out, "native.namespaces", SB_LEVEL_OK, "native", NULL,
		    "user, network, mount and process namespaces can be made; root is not needed");
	else
		sb_find(x->out, "native.namespaces", SB_LEVEL_OK, "native", NULL,
			"namespaces can be made, but only by root: user namespaces are forbidden");
}

static void check_netem(const struct sb_check_context *x, const cJSON *netem)
{
	sb_auto_free char *why = NULL, *fix = NULL;
	enum sb_module where = sb_machine_module(x->machine, "sch_netem");

	if (sb_fact_true(netem, "works")) {
		sb_find(x->out, "links.netem", SB_LEVEL_OK, NULL, NULL,
			"netem: added to a scratch interface, changed, read back, removed");
		return;
	}
	if (where == SB_MODULE_LOADED || where == SB_MODULE_BUILTIN) {
		sb_find(x->out, "links.netem", SB_LEVEL_WARN, NULL, NULL,
			"netem: module sch_netem is there, but: %s", sb_fact_str(netem, "why"));
		return;
	}
	sb_module_advice(x->machine, "sch_netem", &why, &fix);
	sb_find(x->out, "links.netem", SB_LEVEL_WARN, NULL, fix,
		"netem: module sch_netem is missing: %s; link backend user takes its place", why);
}

void sb_check_links(const struct sb_check_context *x)
{
	const cJSON *ns = sb_fact(x->facts, "namespace"), *user = sb_fact(ns, "user"),
		    *capture = sb_fact(ns, "capture"), *offloads = sb_fact(ns, "offloads");
	bool netem_works = sb_fact_true(sb_fact(ns, "netem"), "works");

	if (!sb_fact_true(ns, "made"))
		return;
	check_netem(x, sb_fact(ns, "netem"));
	if (sb_fact_true(user, "works"))
		sb_find(x->out, "links.user", SB_LEVEL_OK, NULL, NULL,
			"user: satbed's own link attached to a scratch interface, packets steered, "
			"removed");
	else
		sb_find(x->out, "links.user", netem_works ? SB_LEVEL_WARN : SB_LEVEL_FAIL, NULL,
			NULL, "user: satbed's own link cannot be attached: %s",
			sb_fact_str(user, "why"));
	if (sb_fact_true(capture, "works"))
		sb_find(x->out, "links.capture", SB_LEVEL_OK, NULL, NULL,
			"capture: packets on the loopback captured (TPACKET_V3)");
	else
		sb_find(x->out, "links.capture", SB_LEVEL_FAIL, NULL, NULL, "capture: %s",
			sb_fact_str(capture, "why"));
	if (sb_fact_true(offloads, "works"))
		sb_find(x->out, "links.offloads", SB_LEVEL_OK, NULL, NULL,
			"offloads: TSO, GSO and GRO of an interface can be switched off");
	else
		sb_find(x->out, "links.offloads", SB_LEVEL_FAIL, NULL, NULL, "offloads: %s",
			sb_fact_str(offloads, "why"));
}
