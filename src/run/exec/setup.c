// SPDX-License-Identifier: MIT
/* setup.c - what exec flows need in the nodes before these give up their rights: files, and [flow] setup */
#include "exec.h"
#include "run/interop.h"
#include "satbed/base/clock.h"

#define SETUP_NS (10 * SB_NS_PER_S)
#define POLL_MS	 20

static int64_t setup_id_of(const struct sb_run *run, size_t flow, bool client)
{
	return (int64_t)(2 * run->plan->flow_count) + (int64_t)(2 * flow + client);
}

static int has_set_up(const struct exec_end *e, const char *name, const char *node,
		      struct sb_err *err)
{
	if (e->error)
		return sb_fail(err, SB_EENV, 0, "[flow.%s] setup on the %s: %s", name, node,
			       e->error);
	if (!e->ended)
		return sb_fail(err, SB_EENV, 0, "[flow.%s] setup on the %s: not done after 10 s",
			       name, node);
	if (e->status)
		return sb_fail(err, SB_EENV, 0, "[flow.%s] setup on the %s: exit status %d: %s",
			       name, node, e->status, e->tail);
	return 0;
}

static int set_up(struct sb_run *run, size_t i, struct sb_err *err)
{
	const struct sb_flow *flow = &run->plan->flows[i];
	struct exec_end *ends = run->exec->flows[i].setup;
	int64_t deadline_ns = sb_mono_ns() + SETUP_NS;

	for (int client = 0; client < 2; client++)
		if (sb_exec_open_log(run, i, &ends[client], client ? "-setup" : "-server-setup",
				     err) ||
		    sb_exec_start_command(run, i, client, &ends[client],
					  setup_id_of(run, i, client), flow->setup, "", err))
			return -1;
	while (!(ends[0].ended && ends[1].ended) && sb_mono_ns() < deadline_ns)
		if (sb_listen(&run->up, POLL_MS, err))
			return -1;
	return has_set_up(&ends[0], flow->name, "server", err) ||
		       has_set_up(&ends[1], flow->name, "client", err)
		   ? -1
		   : 0;
}

int sb_exec_prepare(struct sb_run *run, struct sb_err *err)
{
	for (size_t i = 0; run->exec && i < run->plan->flow_count; i++)
		if (run->plan->flows[i].kind == SB_FLOW_EXEC &&
		    (sb_exec_send_files(run, i, err) ||
		     (sb_flow_is_interop(&run->plan->flows[i]) &&
		      sb_interop_prepare(run, i, err)) ||
		     (run->plan->flows[i].setup[0] && set_up(run, i, err))))
			return -1;
	return 0;
}
