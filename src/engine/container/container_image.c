// SPDX-License-Identifier: MIT
/* container_image.c - the nodes' image: there, pulled, and what it says it is */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "container_interop.h"
#include "satbed/base/clock.h"
#include "satbed/base/json.h"
#include "satbed/base/log.h"
#include "satbed/base/mem.h"

#define BAR_WIDTH     24
#define BAR_PERIOD_NS (100 * SB_NS_PER_MS)

/** struct bar - a line on a terminal that overwrites itself; nothing elsewhere */
struct bar {
	bool shown, drawn;
	int64_t next_ns;
};

static void draw(const char *what, uint64_t done, uint64_t total, void *ctx)
{
	struct bar *bar = ctx;
	int full = total ? (int)(done * BAR_WIDTH / total) : 0;
	char line[BAR_WIDTH + 1];

	if (!bar->shown || sb_mono_ns() < bar->next_ns)
		return;
	bar->next_ns = sb_mono_ns() + BAR_PERIOD_NS;
	bar->drawn = true;
	full = full > BAR_WIDTH ? BAR_WIDTH : full;
	memset(line, '.', BAR_WIDTH);
	memset(line, '#', (size_t)full);
	line[BAR_WIDTH] = '\0';
	if (total)
		fprintf(stderr, "\r[%s] %.1f of %.1f MB  %-20.20s", line, (double)done / 1e6,
			(double)total / 1e6, what);
	else
		fprintf(stderr, "\r[%s] %-36.36s", line, what);
	fflush(stderr);
}

static int pull(struct sb_containers *c, const char *image, struct sb_err *err)
{
	struct bar bar = {.shown = isatty(STDERR_FILENO) && sb_log_level() >= SB_LOG_INFO};
	int rc;

	sb_info("%s has no image %s yet; pulling it", sb_daemon_info(c->daemon)->url, image);
	rc = sb_daemon_pull(c->daemon, image, draw, &bar, err);
	if (bar.drawn)
		fprintf(stderr, "\r%*s\r", 72, "");
	if (rc && err->code != SB_EINTERRUPTED)
		return sb_wrap(err,
			       "cannot get the image %s (another one that is there: --image; "
			       "without any image: --engine native)",
			       image);
	if (!rc)
		sb_info("pulled %s", image);
	return rc;
}

/* Podman leaves a health check out where it answers as Docker does. */
static void look_for_check(struct sb_containers *c, const char *escaped)
{
	sb_auto_free char *path = sb_asprintf("/libpod/images/%s/json", escaped);
	cJSON *image = NULL;

	/* Without an answer it is taken for an image as they mostly are. */
	if (sb_daemon_call(c->daemon, "GET", path, NULL, SB_CONTAINER_CALL_MS, &image, NULL) ==
		200 &&
	    cJSON_IsObject(cJSON_GetObjectItem(image, "Healthcheck")))
		c->spec.image_has_check = true;
	cJSON_Delete(image);
}

/* What the daemon says of @image, pulled where it is not there; @out is the caller's to delete. */
static int have_image(struct sb_containers *c, const char *image, cJSON **out, struct sb_err *err)
{
	sb_auto_free char *name = sb_daemon_escape(image);
	sb_auto_free char *path = sb_asprintf("/images/%s/json", name);
	int status = sb_daemon_call(c->daemon, "GET", path, NULL, SB_CONTAINER_CALL_MS, out, err);

	if (status == 404) {
		cJSON_Delete(sb_steal(out));
		*err = (struct sb_err){0};
		if (pull(c, image, err))
			return -1;
		status =
		    sb_daemon_call(c->daemon, "GET", path, NULL, SB_CONTAINER_CALL_MS, out, err);
	}
	if (status < 0 || status >= 400)
		return sb_wrap(err, "image %s", image);
	if (c->spec.podman)
		look_for_check(c, name);
	return 0;
}

/* Images of an interop flow say themselves what is to be run in them. */
static int have_interop(struct sb_containers *c, struct sb_err *err)
{
	/* The spec's plan is the one that is built. */
	struct sb_plan *plan = c->common.built;
	const struct sb_flow *interop = sb_plan_interop(plan);
	struct sb_flow *flow;

	if (!interop)
		return 0;
	flow = &plan->flows[interop - plan->flows];
	if (have_image(c, flow->client_image, &c->client_image, err) ||
	    sb_interop_command(c->image, flow->server_image, flow->server_command, err) ||
	    sb_interop_command(c->client_image, flow->client_image, flow->client_command, err))
		return -1;
	return 0;
}

int sb_container_image(struct sb_containers *c, struct sb_err *err)
{
	const struct sb_plan *plan = c->spec.plan;
	cJSON *other = NULL;
	int rc = have_image(c, sb_plan_node_image(plan, 0), &c->image, err) || have_interop(c, err);

	/* The other clients', where there are any. */
	for (size_t node = 1; !rc && sb_plan_interop(plan) && node <= plan->link_count; node++)
		if (!sb_interop_has_node(plan, node)) {
			rc = have_image(c, plan->image, &other, err);
			cJSON_Delete(other);
			break;
		}
	return rc ? -1 : 0;
}

void sb_container_warn(struct sb_containers *c, const char *text)
{
	sb_warn("%s", text);
	cJSON_AddItemToArray(c->warnings, cJSON_CreateString(text));
}

/* The value of a line KEY=VALUE or KEY="VALUE" of os-release(5); "" when there is none. */
static void os_value(const char *text, const char *key, char *out, size_t room)
{
	size_t len = strlen(key);

	out[0] = '\0';
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, len) || line[len] != '=')
			continue;
		line += len + 1;
		line += *line == '"';
		snprintf(out, room, "%.*s", (int)strcspn(line, "\"\n"), line);
		return;
	}
}

/* "ubuntu:22.04", also below a registry's name, promises a release; anything else nothing. */
void sb_container_check_os(struct sb_containers *c)
{
	const char *image = sb_plan_node_image(c->spec.plan, 0), *slash = strrchr(image, '/');
	const char *name = slash ? slash + 1 : image;
	char id[32], version[32], wanted[32] = "";
	size_t len;

	if (strncmp(name, "ubuntu:", 7) || !c->os_release)
		return;
	len = strspn(name + 7, "0123456789.");
	if (!len || len >= sizeof(wanted))
		return;
	memcpy(wanted, name + 7, len);
	os_value(c->os_release, "ID", id, sizeof(id));
	os_value(c->os_release, "VERSION_ID", version, sizeof(version));
	if (!strcmp(id, "ubuntu") && !strcmp(version, wanted))
		return;
	sb_auto_free char *text = sb_asprintf(
	    "the image %s is not Ubuntu %s: /etc/os-release in it says ID=%s "
	    "VERSION_ID=%s",
	    image, wanted, id[0] ? id : "(nothing)", version[0] ? version : "(nothing)");
	sb_container_warn(c, text);
}
