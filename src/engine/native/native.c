// SPDX-License-Identifier: MIT
/*
 * native.c - nodes in namespaces of satbed's own: no daemon, no root, no image
 *
 *	orchestrator
 *	  └ emulator: own user, net, mount, pid, uts namespaces; bridges and host-side veth halves
 *	      ├ server:  own namespaces below the emulator's; runs the agent
 *	      ├ client1: likewise
 *	      ├ ...
 *	      ├ on a split path slirp4netns or pasta for each client, see split.c
 *	      └ with proxies a terminal and a gateway for each client, see pep/pep.h
 *
 * The emulator is process 1 of its pid namespace and the nodes live below it, so killing the emulator kills
 * everything; the emulator itself dies with the orchestrator.  Nothing is ever written to a disk.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "satbed/base/clock.h"
#include "satbed/base/fdio.h"
#include "satbed/base/json.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"
#include "satbed/base/sched.h"
#include "satbed/engine.h"
#include "satbed/engine_ns.h"
#include "engine/node_pids.h"
#include "engine/emulator_end.h"
#include "native.h"

extern const char sb_agent_image[], sb_agent_image_end[];

#define UP_TIMEOUT_MS 30000
#define EMULATOR_NICE (-10)
/* After a channel has ended: for the kernel to end what is below the emulator. */
#define ENDED_NS	(300 * SB_NS_PER_MS)
#define DOWN_TIMEOUT_NS (3 * SB_NS_PER_S)

static int probe_native(struct sb_err *err)
{
	if (!sb_ns_user_works(err))
		return 0;
	/* Root does without user namespaces where they are forbidden. */
	return geteuid() == 0 ? 0 : -1;
}

static void down_native(struct sb_testbed *tb)
{
	struct sb_native *n = (struct sb_native *)tb;

	if (!n)
		return;
	if (n->emulator_pid > 0) {
		sb_emulator_await_end(n->common.emulator_fd, DOWN_TIMEOUT_NS);
		kill(n->emulator_pid, SIGKILL);
		while (waitpid(n->emulator_pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	sb_close_p(&n->common.emulator_fd);
	sb_close_p(&n->emulator_end);
	for (size_t i = 0; i < n->common.node_count; i++) {
		sb_close_p(&n->common.node_fds[i]);
		sb_close_p(&n->node_ends[i]);
	}
	sb_close_p(&n->program_fd);
	cJSON_Delete(n->relay);
	free(n->common.node_fds);
	free(n->node_ends);
	free(n->node_pids);
	free(n);
}

static int await_up(struct sb_native *n, struct sb_err *err)
{
	struct sb_lines channel;
	cJSON *answer = NULL;
	int rc;

	sb_lines_init(&channel, n->common.emulator_fd);
	do
		rc = sb_lines_recv(&channel, UP_TIMEOUT_MS, &answer, err);
	while (rc == 0 && errno == EINTR);
	if (rc == 0)
		rc = sb_fail(err, SB_EENGINE, 0, "the testbed was not up within %d s",
			     UP_TIMEOUT_MS / 1000);
	else if (rc > 0)
		rc = sb_lines_check(answer, "up", err);
	if (!rc)
		n->relay = cJSON_DetachItemFromObjectCaseSensitive(answer, "relay");
	cJSON_Delete(answer);
	sb_lines_fini(&channel);
	return rc;
}

/*
 * Where it may, the emulator goes before the traffic it shapes: a packet that waits for a processor
 * leaves late.  Asked for by the orchestrator, because within a user namespace nobody may; nodes
 * give it back.
 */
static pid_t fork_emulator(struct sb_native *n, struct sb_err *err)
{
	int usual = getpriority(PRIO_PROCESS, 0);
	pid_t pid;

	n->usual_nice = usual;
	if (usual > EMULATOR_NICE)
		setpriority(PRIO_PROCESS, 0, EMULATOR_NICE);
	pid = sb_ns_fork(n->user_namespaces, err);
	if (pid != 0)
		setpriority(PRIO_PROCESS, 0, usual);
	return pid;
}

static int up_native(const struct sb_engine_request *request, struct sb_testbed **out,
		     struct sb_err *err)
{
	struct sb_native *n = sb_alloc(1, sizeof(*n));
	size_t count = sb_plan_nodes(request->plan);
	int rc = 0;

	if (sb_plan_interop(request->plan)) {
		free(n);
		return sb_fail(
		    err, SB_EENV, 0,
		    "an interop flow runs images, and the native engine has none; type: --engine "
		    "docker (or podman; satbed doctor says which can run here)");
	}
	*n = (struct sb_native){.common = {.ops = &sb_engine_native,
					   .plan = request->plan,
					   .emulator_fd = -1,
					   .node_count = count,
					   .node_fds = sb_alloc(count, sizeof(int))},
				.request = request,
				.node_ends = sb_alloc(count, sizeof(int)),
				.node_pids = sb_alloc(count, sizeof(pid_t)),
				.emulator_end = -1,
				.uid = geteuid(),
				.gid = getegid()};
	for (size_t i = 0; i < count; i++)
		n->common.node_fds[i] = n->node_ends[i] = -1;
	/* Without root there is no choice, and forking says what is wrong. */
	n->user_namespaces = geteuid() != 0 || !sb_ns_user_works(NULL);
	n->program_fd = sb_open_program("satbed-agent", sb_agent_image, sb_agent_image_end, err);
	if (n->program_fd < 0 ||
	    sb_native_open_channel(&n->common.emulator_fd, &n->emulator_end, err))
		rc = -1;
	for (size_t i = 0; !rc && i < count; i++)
		rc = sb_native_open_channel(&n->common.node_fds[i], &n->node_ends[i], err);
	if (!rc) {
		n->emulator_pid = fork_emulator(n, err);
		if (n->emulator_pid == 0)
			sb_native_become_emulator(n);
		rc = n->emulator_pid < 0 ? -1 : 0;
	}
	sb_close_p(&n->emulator_end);
	for (size_t i = 0; i < count; i++)
		sb_close_p(&n->node_ends[i]);
	if (!rc)
		rc = await_up(n, err);
	if (rc) {
		down_native(&n->common);
		return sb_wrap(err, "engine native");
	}
	/* Emulator and nodes are sessions of their own, and may be weighed as such. */
	n->emulator_first = sb_sched_group(n->emulator_pid, EMULATOR_NICE);
	*out = &n->common;
	return 0;
}

static void describe_native(const struct sb_testbed *tb, cJSON *into)
{
	const struct sb_native *n = (const struct sb_native *)tb;

	sb_json_add_str(into, "kind", "native");
	sb_json_add_bool(into, "user_namespaces", n->user_namespaces);
	sb_json_add_bool(into, "root", n->uid == 0);
	sb_json_add_i64(into, "emulator_nice", getpriority(PRIO_PROCESS, (id_t)n->emulator_pid));
	sb_json_add_bool(into, "emulator_session_first", n->emulator_first);
	if (n->relay)
		cJSON_AddItemToObject(into, "relay", cJSON_Duplicate(n->relay, true));
}

/* Nodes go with the emulator, and their channels may be seen to end first; a zombie it is only when they
 * are gone. */
static bool emulator_ended(struct sb_native *n)
{
	int64_t until_ns = sb_mono_ns() + ENDED_NS;
	const struct timespec nap = {.tv_nsec = 5 * SB_NS_PER_MS};

	while (n->emulator_pid > 0 && sb_mono_ns() < until_ns) {
		if (waitpid(n->emulator_pid, &n->emulator_status, WNOHANG) == n->emulator_pid)
			n->emulator_pid = 0;
		else
			nanosleep(&nap, NULL);
	}
	return n->emulator_pid == 0;
}

static void explain_loss(struct sb_testbed *tb, struct sb_err *err)
{
	struct sb_native *n = (struct sb_native *)tb;

	if (!emulator_ended(n))
		return;
	if (WIFSIGNALED(n->emulator_status))
		sb_fail(err, SB_EENGINE, 0, "the emulator process was killed by signal %d (%s)",
			WTERMSIG(n->emulator_status), strsignal(WTERMSIG(n->emulator_status)));
	else
		sb_fail(err, SB_EENGINE, 0, "the emulator process ended with status %d",
			WEXITSTATUS(n->emulator_status));
}

static void pids_native(const struct sb_testbed *tb, pid_t *out)
{
	sb_node_pids(((const struct sb_native *)tb)->emulator_pid, out, tb->node_count);
}

const struct sb_engine_ops sb_engine_native = {
    .name = "native",
    .probe = probe_native,
    .up = up_native,
    .describe = describe_native,
    .lost = explain_loss,
    .pids = pids_native,
    .down = down_native,
};
