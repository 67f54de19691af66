// SPDX-License-Identifier: MIT
/*
 * interop.c - interop flows: exec flows whose commands are the entry points of two images
 *
 * The images follow the contract of the QUIC Interop Runner: the server has port 443 and serves /www, the
 * client downloads to /downloads what REQUESTS names (README.md of quic-interop-runner).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_priv.h"
#include "satbed/base/mem.h"
#include "satbed/base/units.h"

const struct sb_flow *sb_plan_interop(const struct sb_plan *plan)
{
	for (size_t i = 0; i < plan->flow_count; i++)
		if (sb_flow_is_interop(&plan->flows[i]))
			return &plan->flows[i];
	return NULL;
}

const char *sb_plan_node_image(const struct sb_plan *plan, size_t node)
{
	const struct sb_flow *flow = sb_plan_interop(plan);

	if (flow && node == 0)
		return flow->server_image;
	if (flow && node == sb_plan_node(plan, flow->client))
		return flow->client_image;
	return plan->image;
}

int sb_interop_sizes(const char *list, uint64_t bytes[SB_INTEROP_FILES], uint32_t *count,
		     struct sb_err *err)
{
	sb_auto_free char *copy = sb_strdup(list);
	uint64_t total = 0;
	char *rest = NULL;

	*count = 0;
	for (char *w = strtok_r(copy, " \t,", &rest); w; w = strtok_r(NULL, " \t,", &rest)) {
		if (*count == SB_INTEROP_FILES)
			return sb_fail(err, SB_EINPUT, 0, "sizes: more than %d files",
				       SB_INTEROP_FILES);
		if (sb_parse_bytes(w, &bytes[*count], err))
			return sb_wrap(err, "sizes");
		if (!bytes[*count] || bytes[*count] > SB_INTEROP_MAX_BYTES - total)
			return sb_fail(
			    err, SB_EINPUT, 0,
			    "sizes: files have at least 1B, and together at most %" PRIu64 "MB",
			    SB_INTEROP_MAX_BYTES / 1000000);
		total += bytes[(*count)++];
	}
	return *count ? 0 : sb_fail(err, SB_EINPUT, 0, "sizes: expected for example 2MB 3MB");
}

void sb_plan_fill_interop(const struct sb_section *s, struct sb_flow *flow, struct sb_findings *f)
{
	const struct sb_value *client = sb_value(s, SB_KEY_CLIENT_IMAGE),
			      *server = sb_value(s, SB_KEY_SERVER_IMAGE),
			      *sizes = sb_value(s, SB_KEY_SIZES);
	struct sb_err err = {0};

	flow->kind = SB_FLOW_EXEC;
	flow->port = SB_INTEROP_PORT;
	flow->ready_ns = sb_value(s, SB_KEY_READY)->time_ns;
	sb_copy_str(flow->server_image, sizeof(flow->server_image), server->text);
	sb_copy_str(flow->client_image, sizeof(flow->client_image),
		    sb_has(client) ? client->text : server->text);
	sb_copy_str(flow->testcase, sizeof(flow->testcase), sb_value(s, SB_KEY_TESTCASE)->text);
	if (sb_interop_sizes(sizes->text, flow->file_bytes, &flow->file_count, &err))
		sb_findings_add(f, sizes->place ? sizes->place : s->place, "%s", err.msg);
	for (uint32_t i = 0; i < flow->file_count; i++)
		flow->size_bytes += flow->file_bytes[i];
	/* Images name their own: the engine puts these in their place (engine/container). */
	snprintf(flow->server_command, sizeof(flow->server_command), "exec /run_endpoint.sh");
	snprintf(flow->client_command, sizeof(flow->client_command), "exec /run_endpoint.sh");
}

void sb_plan_check_interop(const struct sb_scenario *sc, const struct sb_plan *plan,
			   struct sb_findings *f)
{
	const struct sb_section *testbed = sb_scenario_section(sc, SB_SEC_TESTBED, 0);
	const struct sb_value *engine = sb_value(testbed, SB_KEY_ENGINE);
	size_t count = 0;

	for (size_t i = 0; i < plan->flow_count; i++)
		count += sb_flow_is_interop(&plan->flows[i]);
	if (!count)
		return;
	if (count > 1)
		sb_findings_add(
		    f, testbed->place,
		    "%zu interop flows: there can be one, of one client (client = 1), since its "
		    "server has the server's node and port 443",
		    count);
	if (plan->clock == SB_CLOCK_VIRTUAL || !strcmp(plan->engine, "native"))
		sb_findings_add(
		    f, engine->place ? engine->place : testbed->place,
		    "an interop flow runs images: it needs a container engine (engine = docker, "
		    "docker-rootless, podman, podman-rootless) and the real clock");
	if (plan->path != SB_PATH_BRIDGE)
		sb_findings_add(f, sb_value(testbed, SB_KEY_PATH)->place,
				"path: an interop flow needs path = bridge");
}
