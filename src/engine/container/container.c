// SPDX-License-Identifier: MIT
/*
 * container.c - nodes as containers of a daemon: root and rootless Docker and Podman
 *
 *	orchestrator ── Engine API ── daemon
 *	  │ channels: attach streams     ├ emulator:     network of the daemon's host; no node
 *	  └──────────────────────────────├ server:  one network per client
 *	                                 ├ client1: one network
 *	                                 └ with proxies terminal1 and gateway1: two networks
 *
 * The emulator is a container too, in the network namespace where the daemon keeps the host-side halves
 * of its veths: that is what the socket allows, so neither root nor the daemon's machine is needed.
 * All mount one volume with satbed's programs; whatever image the user chose, nothing is added to
 * it.  Containers end when their channels close, and the daemon removes those that have ended; what
 * a killed satbed leaves is in the journal.
 */
#include "container.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/emulator_end.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* Through the daemon, and on Docker containerd's shim: milliseconds when all is well. */
#define CHANNEL_LAG_NS (200 * SB_NS_PER_MS)

/*
 * The tap on a split path is the daemon's, and outlives the run: the emulator must have taken its shaper
 * off before it is killed with its container.
 */
#define EMULATOR_END_NS (5 * SB_NS_PER_S)
#define ALIVE_MS	3000

static int copy_plan(const struct sb_plan *plan, struct sb_plan **out, struct sb_err *err)
{
	cJSON *json = sb_plan_to_json(plan);
	int rc = sb_plan_from_json(json, out, err);

	cJSON_Delete(json);
	return rc;
}

static bool has_limit(const struct sb_daemon_info *about, const char *key)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(about->info, key));
}

/* A daemon elsewhere may have no such device, and a container that asks for one does not start. */
static bool has_tun(const struct sb_daemon_info *about)
{
	return !strncmp(about->url, "unix://", 7) && !access("/dev/net/tun", F_OK);
}

static void describe_to_spec(struct sb_containers *c)
{
	const struct sb_daemon_info *about = sb_daemon_info(c->daemon);

	c->spec = (struct sb_spec){.owner = sb_journal_owner(c->journal),
				   .plan = c->common.built,
				   .podman = about->podman,
				   .memory_limit = has_limit(about, "MemoryLimit"),
				   .pids_limit = has_limit(about, "PidsLimit"),
				   .cpu_shares = has_limit(about, "CPUShares"),
				   .tun = has_tun(about),
				   .emulator_network = "host"};
	c->common.ops = sb_container_ops(about);
	if (!c->spec.plan->pep)
		return;
	sb_spec_fill_proxies(&c->spec);
	c->proxy_fds = sb_alloc(sb_spec_proxies(&c->spec), sizeof(int));
	for (size_t i = 0; i < sb_spec_proxies(&c->spec); i++)
		c->proxy_fds[i] = -1;
}

static void down_containers(struct sb_testbed *tb)
{
	struct sb_containers *c = (struct sb_containers *)tb;
	bool all_down = true;

	if (!c)
		return;
	/* Their end of file: they begin to end by themselves. */
	if (c->common.plan && c->request->plan->path != SB_PATH_BRIDGE)
		sb_emulator_await_end(c->common.emulator_fd, EMULATOR_END_NS);
	sb_close_p(&c->common.emulator_fd);
	for (size_t i = 0; i < c->common.node_count; i++)
		sb_close_p(&c->common.node_fds[i]);
	for (size_t i = 0; c->proxy_fds && i < sb_spec_proxies(&c->spec); i++)
		sb_close_p(&c->proxy_fds[i]);
	if (c->journal)
		all_down = sb_container_remove(c);
	sb_attachments_close(c->attachments);
	sb_journal_end(c->journal, all_down);
	sb_daemon_close(c->daemon);
	sb_plan_free(c->common.built);
	cJSON_Delete(c->image);
	cJSON_Delete(c->client_image);
	cJSON_Delete(c->warnings);
	free(c->os_release);
	free(c->emulator_network);
	free(c->emulator_image);
	free(c->spec.proxies);
	free(c->proxy_fds);
	free(c->network_driver);
	free(c->port_driver);
	free(c->common.node_fds);
	free(c);
}

static int raise_containers(struct sb_containers *c, const char *engine, struct sb_err *err)
{
	bool split = c->request->plan->path != SB_PATH_BRIDGE;

	if (copy_plan(c->request->plan, &c->common.built, err) ||
	    sb_daemon_find(engine, &c->daemon, err) ||
	    sb_journal_open(sb_daemon_info(c->daemon)->url, &c->journal, err))
		return -1;
	describe_to_spec(c);
	if (sb_daemon_info(c->daemon)->rootless && !c->spec.podman && sb_container_drivers(c, err))
		return -1;
	if (split && sb_container_split_plan(c, err))
		return -1;
	if (sb_container_image(c, err) || sb_container_make(c, err) ||
	    (split && sb_container_split_ports(c, err)) || sb_container_look(c, err))
		return -1;
	sb_container_check_os(c);
	return 0;
}

static int up_containers(const char *engine, const struct sb_engine_request *request,
			 struct sb_testbed **out, struct sb_err *err)
{
	size_t count = request->plan->link_count + 1;
	struct sb_containers *c = sb_alloc(1, sizeof(*c));

	*c = (struct sb_containers){.common = {.emulator_fd = -1,
					       .nodes_arrange = true,
					       .lag_ns = CHANNEL_LAG_NS,
					       .node_count = count,
					       .node_fds = sb_alloc(count, sizeof(int))},
				    .request = request,
				    .warnings = cJSON_CreateArray()};
	for (size_t i = 0; i < count; i++)
		c->common.node_fds[i] = -1;
	if (raise_containers(c, engine, err)) {
		down_containers(&c->common);
		return sb_wrap(err, "engine %s", engine);
	}
	c->common.plan = c->common.built;
	*out = &c->common;
	return 0;
}

struct download {
	const struct sb_containers *c;
	size_t count, got;
};

static int capture_fd(const char *name, void *ctx)
{
	struct download *d = ctx;
	uint64_t i;

	if (sb_parse_digits(name, SIZE_MAX, &i) || i >= d->count)
		return -1;
	d->got++;
	return d->c->request->capture_fds[i];
}

static int collect_containers(struct sb_testbed *tb, struct sb_err *err)
{
	struct sb_containers *c = (struct sb_containers *)tb;
	struct download d = {.c = c,
			     .count = sb_plan_points(c->common.plan) * c->common.plan->link_count};
	char emulator[SB_THING_NAME_MAX];

	if (!c->request->capture_fds)
		return 0;
	if (sb_daemon_download(c->daemon, sb_spec_name(emulator, &c->spec, "emulator"),
			       SB_EMULATOR_CAPTURES, capture_fd, &d, err))
		return sb_wrap(err, "fetching the captures");
	if (d.got != d.count)
		return sb_fail(err, SB_EENGINE, 0, "fetching the captures: received %zu of %zu",
			       d.got, d.count);
	return 0;
}

static void describe_image(const cJSON *image, const char *name, cJSON *into)
{
	const cJSON *digests = cJSON_GetObjectItemCaseSensitive(image, "RepoDigests");
	const char *id = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(image, "Id"));
	const char *digest = cJSON_GetStringValue(cJSON_GetArrayItem(digests, 0));

	sb_json_add_str(into, "name", name);
	sb_json_add_str(into, "id", id);
	/* One that was imported or built has none. */
	sb_json_add_str(into, "digest", digest);
}

static void describe_containers(const struct sb_testbed *tb, cJSON *into)
{
	const struct sb_containers *c = (const struct sb_containers *)tb;
	const struct sb_daemon_info *about = sb_daemon_info(c->daemon);
	cJSON *cgroup, *limits, *image;

	sb_json_add_str(into, "kind", c->common.ops->name);
	sb_json_add_bool(into, "rootless", about->rootless);
	sb_json_add_str(into, "socket", about->url);
	sb_json_add_str(into, "found_by", about->origin);
	sb_json_add_str(into, "version", about->server_version);
	sb_json_add_str(into, "api", about->api_version);
	sb_json_add_str(into, "operating_system", about->operating_system);
	sb_json_add_str(into, "kernel", about->kernel);
	sb_json_add_str(into, "storage_driver", about->storage_driver);
	cgroup = cJSON_AddObjectToObject(into, "cgroup");
	sb_json_add_str(cgroup, "version", about->cgroup_version);
	sb_json_add_str(cgroup, "driver", about->cgroup_driver);
	limits = cJSON_AddObjectToObject(into, "limits");
	sb_json_add_bool(limits, "memory", c->spec.memory_limit);
	sb_json_add_bool(limits, "pids", c->spec.pids_limit);
	sb_json_add_bool(limits, "cpu_shares", c->spec.cpu_shares);
	sb_json_add_str(into, "run", c->spec.owner->run);
	sb_json_add_bool(into, "tun", c->spec.tun);
	if (c->network_driver)
		sb_json_add_str(into, "network_driver", c->network_driver);
	if (c->port_driver)
		sb_json_add_str(into, "port_driver", c->port_driver);
	image = cJSON_AddObjectToObject(into, "image");
	describe_image(c->image, sb_plan_node_image(c->spec.plan, 0), image);
	sb_json_add_str(image, "os_release", c->os_release);
	if (c->client_image)
		describe_image(c->client_image, sb_plan_interop(c->spec.plan)->client_image,
			       cJSON_AddObjectToObject(into, "client_image"));
	cJSON_AddItemToObject(into, "warnings", cJSON_Duplicate(c->warnings, true));
}

/* Channels go through the daemon: they end with it. */
static void explain_loss(struct sb_testbed *tb, struct sb_err *err)
{
	const struct sb_containers *c = (const struct sb_containers *)tb;
	struct sb_daemon *d = NULL;
	struct sb_err why = {0};

	if (sb_daemon_again(c->daemon, &d, &why) ||
	    sb_daemon_call(d, "GET", "/version", NULL, ALIVE_MS, NULL, &why) < 0)
		sb_wrap(err,
			"the daemon %s ended or hangs (when it is back, remove leftovers with: "
			"satbed clean)",
			sb_daemon_info(c->daemon)->url);
	sb_daemon_close(d);
}

static int ended_proxy(struct sb_testbed *tb, struct sb_err *err)
{
	if (!sb_container_proxy_ended((const struct sb_containers *)tb, err))
		return 0;
	explain_loss(tb, err);
	return -1;
}

static int probe(const char *engine, struct sb_err *err)
{
	struct sb_daemon *d;

	if (sb_daemon_find(engine, &d, err))
		return -1;
	sb_daemon_close(d);
	return 0;
}

/* Four engines, one way of running them; which daemon it is makes the difference. */
#define ENGINE(id, word)                                                                     \
	static int probe_##id(struct sb_err *err)                                            \
	{                                                                                    \
		return probe(word, err);                                                     \
	}                                                                                    \
	static int up_##id(const struct sb_engine_request *request, struct sb_testbed **out, \
			   struct sb_err *err)                                               \
	{                                                                                    \
		return up_containers(word, request, out, err);                               \
	}                                                                                    \
	const struct sb_engine_ops sb_engine_##id = {                                        \
	    .name = (word),                                                                  \
	    .probe = probe_##id,                                                             \
	    .up = up_##id,                                                                   \
	    .collect = collect_containers,                                                   \
	    .describe = describe_containers,                                                 \
	    .facts = sb_container_proxy_facts,                                               \
	    .cpu = sb_container_cpu,                                                         \
	    .lost = explain_loss,                                                            \
	    .ended = ended_proxy,                                                            \
	    .down = down_containers,                                                         \
	}

ENGINE(docker, "docker");
ENGINE(docker_rootless, "docker-rootless");
ENGINE(podman, "podman");
ENGINE(podman_rootless, "podman-rootless");

static int probe_address(struct sb_err *err)
{
	(void)err; /* the address is the plan's */
	return 0;
}

static int up_address(const struct sb_engine_request *request, struct sb_testbed **out,
		      struct sb_err *err)
{
	return up_containers(request->plan->engine, request, out, err);
}

const struct sb_engine_ops sb_engine_address = {
    .name = "address",
    .probe = probe_address,
    .up = up_address,
    .collect = collect_containers,
    .describe = describe_containers,
    .facts = sb_container_proxy_facts,
    .cpu = sb_container_cpu,
    .lost = explain_loss,
    .ended = ended_proxy,
    .down = down_containers,
};

const struct sb_engine_ops *sb_container_ops(const struct sb_daemon_info *about)
{
	if (about->podman)
		return about->rootless ? &sb_engine_podman_rootless : &sb_engine_podman;
	return about->rootless ? &sb_engine_docker_rootless : &sb_engine_docker;
}
