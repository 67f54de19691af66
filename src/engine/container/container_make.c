// SPDX-License-Identifier: MIT
/*
 * container_make.c - volume, networks and containers, side by side where none needs another
 *
 *	         ┌ image, emulator, agent   ┐
 *	volume ──┼ network 1, client 1 ┼ server ─ channels ─ all started
 *	         └ network 2, client 2 ┘
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "container.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"
#include "satbed/base/parallel.h"

#define SUBNET_TRIES 64

/* A thread's own connection. */
static int connect_again(const struct sb_containers *c, struct sb_daemon **d, struct sb_err *err)
{
	return sb_daemon_again(c->daemon, d, err);
}

/* @answer: the caller's to delete; NULL = of no interest. */
static int ask(struct sb_daemon *d, const char *path, cJSON *body, cJSON **answer,
	       struct sb_err *err)
{
	int status = sb_daemon_call(d, "POST", path, body, SB_CONTAINER_CALL_MS, answer, err);

	cJSON_Delete(body);
	return status < 0 || status >= 400 ? -1 : 0;
}

static int make(struct sb_containers *c, struct sb_daemon *d, enum sb_thing kind, const char *name,
		const char *path, cJSON *body, cJSON **answer, struct sb_err *err)
{
	if (sb_journal_note(c->journal, kind, name, err)) {
		cJSON_Delete(body);
		return -1;
	}
	if (ask(d, path, body, answer, err))
		return sb_wrap(err, "making the %s %s", sb_journal_thing_name(kind), name);
	return 0;
}

static int make_container(struct sb_containers *c, struct sb_daemon *d, const char *name,
			  cJSON *body, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("/containers/create?name=%s", name);

	cJSON *answer = NULL;
	int rc = make(c, d, SB_THING_CONTAINER, name, path, body, &answer, err);

	if (!rc)
		rc = sb_journal_made(
		    c->journal, name,
		    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(answer, "Id")), err);
	cJSON_Delete(answer);
	return rc;
}

static int make_volume(struct sb_containers *c, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];

	return make(c, c->daemon, SB_THING_VOLUME, sb_spec_name(name, &c->spec, NULL),
		    "/volumes/create", sb_spec_volume(&c->spec), NULL, err);
}

/*
 * The emulator has rights on the daemon's host network: with the image of the nodes, that image's loader
 * and environment would have them, too.
 */
static int make_emulator_image(struct sb_containers *c, struct sb_daemon *d, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];
	cJSON *labels = NULL;
	struct sb_payload p;
	int rc = sb_payload_emulator(&p, err);

	sb_spec_name(name, &c->spec, "emulator");
	if (!rc)
		rc = sb_journal_note(c->journal, SB_THING_IMAGE, name, err);
	if (!rc) {
		sb_auto_free char *full = sb_asprintf(SB_IMAGE_HOST "/%s", name);

		labels = sb_owner_labels(c->spec.owner);
		rc = sb_daemon_make_image(d, full, p.entries, p.count, labels, &c->emulator_image,
					  err);
		c->spec.emulator_image = c->emulator_image;
	}
	cJSON_Delete(labels);
	sb_payload_fini(&p);
	return rc;
}

static int make_emulator(struct sb_containers *c, struct sb_daemon *d, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];

	return make_container(c, d, sb_spec_name(name, &c->spec, "emulator"),
			      sb_spec_emulator(&c->spec), err);
}

static int upload(struct sb_containers *c, struct sb_daemon *d, const char *part,
		  struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];
	struct sb_payload p;
	int rc;

	sb_payload_agent(&p);
	rc = sb_daemon_upload(d, sb_spec_name(name, &c->spec, part), SB_PAYLOAD_DIR, p.entries,
			      p.count, err);
	sb_payload_fini(&p);
	return rc ? sb_wrap(err, "copying satbed's agent into the volume") : 0;
}

/*
 * Rootless Podman makes the network namespace of the emulator with the first node.  The files go through
 * the server then: what Podman writes to a volume it writes as itself, also where the container may
 * only read it.
 */
static bool emulator_comes_last(const struct sb_containers *c)
{
	return c->spec.podman && sb_daemon_info(c->daemon)->rootless;
}

/* In the words of all daemons: "Pool overlaps with other one", "subnet ... is already used". */
static bool is_taken(const struct sb_err *err)
{
	return strstr(err->msg, "overlap") || strstr(err->msg, "already used") ||
	       strstr(err->msg, "already in use");
}

/* The plan's addresses, or the next that nobody has: two runs at once on one daemon. */
static int make_network(struct sb_containers *c, struct sb_daemon *d, size_t network,
			struct sb_err *err)
{
	unsigned int subnet = sb_spec_subnet(&c->spec, network);
	char name[SB_THING_NAME_MAX];

	sb_spec_network_name(name, &c->spec, network);
	for (unsigned int tries = 0; tries < SUBNET_TRIES; tries++) {
		*err = (struct sb_err){0};
		if (!make(c, d, SB_THING_NETWORK, name, sb_spec_network_path(&c->spec),
			  sb_spec_network(&c->spec, network), NULL, err))
			return 0;
		if (!is_taken(err))
			return -1;
		sb_debug("network %s: %s", name, err->msg);
		/* A stride, so that the networks of two runs do not chase each other. */
		subnet = (subnet + SB_MAX_CLIENTS + 1) % SB_SUBNETS;
		subnet += !subnet;
		sb_spec_move(&c->spec, c->common.built, network, subnet);
	}
	return sb_wrap(err, "no free network below 198.18.0.0/15 after %d tries", SUBNET_TRIES);
}

/* 0: the emulator in its image, and the agent of all; i: the network of client i, and client i in it;
 * then the networks of satellite legs. */
static int make_one(void *arg, size_t i, struct sb_err *err)
{
	struct sb_containers *c = arg;
	char name[SB_THING_NAME_MAX];
	struct sb_daemon *d = NULL;
	int rc;

	if (connect_again(c, &d, err))
		return -1;
	if (i == 0) {
		rc = make_emulator_image(c, d, err);
		if (!rc && !emulator_comes_last(c))
			rc = make_emulator(c, d, err) || upload(c, d, "emulator", err) ? -1 : 0;
	} else {
		rc = make_network(c, d, i - 1, err);
	}
	if (!rc && i > 0 && i < c->common.node_count)
		rc = make_container(c, d, sb_spec_node_name(name, &c->spec, i),
				    sb_spec_node(&c->spec, i), err);
	sb_daemon_close(d);
	return rc;
}

static int connect_network(struct sb_daemon *d, const struct sb_spec *s, const char *container,
			   size_t network, const struct sb_endpoint *end, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];
	sb_auto_free char *path =
	    sb_asprintf("/networks/%s/connect", sb_spec_network_name(name, s, network));

	if (ask(d, path, sb_spec_connect(container, end), NULL, err))
		return sb_wrap(err, "connecting %s to the network %s", container, name);
	return 0;
}

/* In the first client's network from the beginning: an older API takes one only. */
static int make_server(struct sb_containers *c, struct sb_err *err)
{
	const struct sb_plan *plan = c->spec.plan;
	char name[SB_THING_NAME_MAX];

	sb_spec_node_name(name, &c->spec, 0);
	if (make_container(c, c->daemon, name, sb_spec_node(&c->spec, 0), err))
		return -1;
	for (size_t i = 1; i < plan->link_count; i++)
		if (connect_network(c->daemon, &c->spec, name, i, &plan->links[i].server, err))
			return -1;
	return 0;
}

/* With the image of the emulator. */
static int make_proxy(void *arg, size_t i, struct sb_err *err)
{
	struct sb_containers *c = arg;
	size_t network = c->spec.plan->link_count + i / 2;
	char name[SB_THING_NAME_MAX];
	struct sb_daemon *d = NULL;
	int rc;

	if (connect_again(c, &d, err))
		return -1;
	sb_spec_proxy_name(name, &c->spec, i);
	rc = make_container(c, d, name, sb_spec_proxy(&c->spec, i), err);
	if (!rc)
		rc =
		    connect_network(d, &c->spec, name, network, &c->spec.proxies[i].satellite, err);
	sb_daemon_close(d);
	return rc;
}

static int open_channel(struct sb_containers *c, const char *container, int *fd, struct sb_err *err)
{
	return sb_attachments_add(c->attachments, container, fd, err);
}

static int open_channels(struct sb_containers *c, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];

	if (sb_attachments_open(c->daemon, &c->attachments, err))
		return -1;
	for (size_t i = 0; i < c->common.node_count; i++)
		if (open_channel(c, sb_spec_node_name(name, &c->spec, i), &c->common.node_fds[i],
				 err))
			return -1;
	for (size_t i = 0; i < sb_spec_proxies(&c->spec); i++)
		if (open_channel(c, sb_spec_proxy_name(name, &c->spec, i), &c->proxy_fds[i], err))
			return -1;
	if (emulator_comes_last(c))
		return 0;
	return open_channel(c, sb_spec_name(name, &c->spec, "emulator"), &c->common.emulator_fd,
			    err);
}

static int start(const struct sb_containers *c, const char *name, struct sb_err *err)
{
	sb_auto_free char *path = sb_asprintf("/containers/%s/start", name);
	struct sb_daemon *d = NULL;
	int rc;

	if (connect_again(c, &d, err))
		return -1;
	rc = ask(d, path, NULL, NULL, err);
	sb_daemon_close(d);
	return rc ? sb_wrap(err, "starting the container %s", name) : 0;
}

static int start_one(void *arg, size_t i, struct sb_err *err)
{
	const struct sb_containers *c = arg;
	size_t nodes = c->common.node_count;
	char name[SB_THING_NAME_MAX];

	if (i < nodes)
		return start(c, sb_spec_node_name(name, &c->spec, i), err);
	if (i < nodes + sb_spec_proxies(&c->spec))
		return start(c, sb_spec_proxy_name(name, &c->spec, i - nodes), err);
	return start(c, sb_spec_name(name, &c->spec, "emulator"), err);
}

static int add_emulator(struct sb_containers *c, struct sb_err *err)
{
	char name[SB_THING_NAME_MAX];

	c->emulator_network = sb_container_rootless_netns(sb_daemon_info(c->daemon), err);
	if (!c->emulator_network)
		return -1;
	c->spec.emulator_network = c->emulator_network;
	if (make_emulator(c, c->daemon, err) ||
	    open_channel(c, sb_spec_name(name, &c->spec, "emulator"), &c->common.emulator_fd, err))
		return -1;
	return start(c, name, err);
}

int sb_container_make(struct sb_containers *c, struct sb_err *err)
{
	size_t proxies = sb_spec_proxies(&c->spec), nodes = c->common.node_count;
	bool last = emulator_comes_last(c);

	/* First: a container that names a volume which is not there makes it, without labels. */
	if (make_volume(c, err) || sb_parallel(1 + sb_spec_networks(&c->spec), make_one, c, err) ||
	    make_server(c, err) || sb_parallel(proxies, make_proxy, c, err) ||
	    (last && upload(c, c->daemon, "server", err)) || open_channels(c, err) ||
	    sb_parallel(nodes + proxies + !last, start_one, c, err))
		return -1;
	return last ? add_emulator(c, err) : 0;
}
