// SPDX-License-Identifier: MIT
/* cases.c - the scenarios of the suites */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interop.h"
#include "satbed/base/mem.h"
#include "satbed/suite.h"

#define MB UINT64_C(1000000)

/*
 * draft-kuhn-quic-4-sat-07, 4.1 to 4.6: 650 ms of round trip, queues of one BDP.  @seconds: the
 * objectives for downloads of @sizes, 0 where the draft has none; @open: what it has instead.
 */
static const uint64_t sizes[] = {2 * MB, 10 * MB, 100 * MB};
static const struct geo {
	const char *name, *down, *up, *loss, *more;
	double seconds[3];
	const char *open;
} geos[] = {
    {"small", "10mbit", "2mbit", "none", "", {3, 10, 85}, NULL},
    {"medium", "50mbit", "10mbit", "none", "", {3, 5, 20}, NULL},
    {"congested", "50mbit", "500kbit", "none", "", {3, 5, 20}, NULL},
    {"variable",
     "50mbit",
     "10mbit",
     "none",
     "[event.fade]\nat = 5s\ndirection = down\nrate_step = 0.2\n",
     {0, 0, 0},
     "\"TBD s\" in draft-kuhn-quic-4-sat-07, section 4.4"},
    {"large", "250mbit", "3mbit", "none", "", {3, 5, 8}, NULL},
    {"lossy-large", "250mbit", "3mbit", "random 1%", "", {3, 6, 10}, NULL},
};

/* The same mean in bursts: by packets, then by time. */
static const struct {
	const char *name, *kind, *burst;
} shapes[] = {
    {"1-packet", "random", ""},
    {"4-packets", "gemodel", " burst 4"},
    {"16-packets", "gemodel", " burst 16"},
    {"10ms", "bursts", " burst 10ms"},
    {"100ms", "bursts", " burst 100ms"},
};

/* Is @word one of the list?  Everything is where there is no list. */
static bool is_listed(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at; at = strchr(at, ',')) {
		at += *at == ',';
		if (!strncmp(at, word, len) && (!at[len] || at[len] == ','))
			return true;
	}
	return !list;
}

static int check_only(const char *list, const char *const *names, size_t count, struct sb_err *err)
{
	char word[24], known[160] = "";

	for (size_t i = 0; i < count; i++)
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s",
			 i ? ", " : "", names[i]);
	for (const char *at = list; at; at = strchr(at, ',')) {
		bool found = false;

		at += *at == ',';
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(at, ","), at);
		for (size_t i = 0; i < count; i++)
			found |= !strcmp(word, names[i]);
		if (!found)
			return sb_fail(err, SB_EINPUT, 0, "--only: \"%s\" is not one of %s", word,
				       known);
	}
	return 0;
}

static char *flow_text(const struct sb_suite_options *o, const char *kind, uint64_t bytes,
		       const char *cc)
{
	if (o->server)
		return sb_asprintf(
		    "[flow.own]\nkind = exec\ndirection = down\nserver_command = %s\n"
		    "client_command = %s\nsize = %lluB\n%s%s%s",
		    o->server, o->client, (unsigned long long)(bytes ? bytes : 100 * MB),
		    o->files ? "files = " : "", o->files ? o->files : "", o->files ? "\n" : "");
	if (bytes)
		return sb_asprintf(
		    "[flow.own]\nkind = %s\ndirection = down\nsize = %lluB\ncc = %s\n", kind,
		    (unsigned long long)bytes, cc);
	return sb_asprintf("[flow.own]\nkind = %s\ndirection = down\ncc = %s\n", kind, cc);
}

static void add_geo(const struct geo *g, size_t size, const char *flow, struct sb_suite_case *c)
{
	/* Slow start and losses may take many times what the draft hopes for. */
	double objective_s = g->seconds[size];
	double limit_s = objective_s > 0 ? 10 + 4 * objective_s : 30 + 60 * (double)size;

	*c = (struct sb_suite_case){.size_bytes = sizes[size],
				    .objective_s = objective_s,
				    .limit_s = limit_s,
				    .open = g->open};
	snprintf(c->row, sizeof(c->row), "%s", g->name);
	snprintf(c->column, sizeof(c->column), "%lluMB", (unsigned long long)(sizes[size] / MB));
	c->text = sb_asprintf("[scenario]\nname = quic-4-sat-%s-%s\nduration = %.0fs\nseed = 1\n"
			      "[link]\ndelay = 325ms\nqueue = 1.0bdp\nloss = %s\n"
			      "[link.up]\nrate = %s\n[link.down]\nrate = %s\n%s%s",
			      g->name, c->column, limit_s, g->loss, g->up, g->down, g->more, flow);
}

/* Each server with each client, or the one flow that there is. */
static int add_geos(const struct sb_suite_options *o, const struct sb_suite_images *images,
		    const struct geo *g, size_t size, struct sb_suite_case *out, size_t *count,
		    struct sb_err *err)
{
	sb_auto_free char *own =
	    images->count ? NULL : flow_text(o, "file", sizes[size], o->ccs ? o->ccs : "cubic");
	size_t pairs = images->count ? images->count * images->count : 1;

	if (*count + pairs > SB_SUITE_MAX)
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--interop: more than %d runs; choose links and files by --only and --sizes",
		    SB_SUITE_MAX);
	for (size_t i = 0; i < pairs; i++) {
		struct sb_suite_case *c = &out[(*count)++];
		size_t server = images->count ? i / images->count : 0,
		       client = images->count ? i % images->count : 0;
		sb_auto_free char *pair =
		    images->count
			? sb_suite_interop_flow(images, server, client, o->testcase, sizes[size])
			: NULL;

		add_geo(g, size, own ? own : pair, c);
		if (images->count) {
			sb_copy_str(c->server, sizeof(c->server), images->labels[server]);
			sb_copy_str(c->client, sizeof(c->client), images->labels[client]);
		}
	}
	return 0;
}

static int geo_cases(const struct sb_suite_options *o, struct sb_suite_case *out, size_t *count,
		     struct sb_err *err)
{
	const char *names[SB_ARRAY_LEN(geos)];
	struct sb_suite_images images = {0};
	int rc = 0;

	for (size_t i = 0; i < SB_ARRAY_LEN(geos); i++)
		names[i] = geos[i].name;
	if (check_only(o->only, names, SB_ARRAY_LEN(names), err))
		return -1;
	if (o->ccs && strchr(o->ccs, ','))
		return sb_fail(err, SB_EINPUT, 0, "quic-4-sat takes one congestion control");
	if (o->interop && (o->server || o->ccs))
		return sb_fail(
		    err, SB_EINPUT, 0,
		    "--interop excludes --server, --client and --cc: images bring their own");
	if (o->interop)
		rc = sb_suite_images(o->interop, &images, err);
	for (size_t i = 0; i < SB_ARRAY_LEN(geos); i++)
		for (size_t s = 0; !rc && s < SB_ARRAY_LEN(sizes); s++) {
			char word[32];

			snprintf(word, sizeof(word), "%lluMB", (unsigned long long)(sizes[s] / MB));
			if (is_listed(o->only, geos[i].name) && is_listed(o->sizes, word))
				rc = add_geos(o, &images, &geos[i], s, out, count, err);
		}
	sb_suite_images_free(&images);
	if (rc)
		return -1;
	if (!*count)
		return sb_fail(err, SB_EINPUT, 0, "--sizes: expected some of 2MB,10MB,100MB");
	return 0;
}

static void add_shape(const struct sb_suite_options *o, size_t shape, const char *cc,
		      struct sb_suite_case *c)
{
	sb_auto_free char *flow = flow_text(o, "bulk", 0, cc);
	char loss[64];

	*c = (struct sb_suite_case){0};
	snprintf(c->row, sizeof(c->row), "%s", shapes[shape].name);
	snprintf(c->column, sizeof(c->column), "%s", cc);
	snprintf(loss, sizeof(loss), "%s %s%s", shapes[shape].kind, o->loss ? o->loss : "1.4%",
		 shapes[shape].burst);
	c->text =
	    sb_asprintf("[scenario]\nname = shape-%s-%s\nduration = %s\nseed = 1\n"
			"[link.up]\ndelay = 25ms\nrate = 10mbit\nqueue = 100ms\n"
			"[link.down]\ndelay = 22ms\nrate = 80mbit\nqueue = 100ms\nloss = %s\n%s",
			c->row, cc, o->duration ? o->duration : "20s", loss, flow);
}

/* What the kernel offers, commas between. */
static void available_ccs(char *buf, size_t size)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_available_congestion_control", "re");

	if (!f || !fgets(buf, (int)size, f))
		snprintf(buf, size, "cubic");
	if (f)
		fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	for (char *c = buf; *c; c++)
		if (*c == ' ')
			*c = ',';
}

static int shape_cases(const struct sb_suite_options *o, struct sb_suite_case *out, size_t *count,
		       struct sb_err *err)
{
	const char *names[SB_ARRAY_LEN(shapes)];
	char ccs[256] = "own";

	for (size_t i = 0; i < SB_ARRAY_LEN(shapes); i++)
		names[i] = shapes[i].name;
	if (check_only(o->only, names, SB_ARRAY_LEN(names), err))
		return -1;
	if (!o->server && o->ccs)
		snprintf(ccs, sizeof(ccs), "%s", o->ccs);
	else if (!o->server)
		available_ccs(ccs, sizeof(ccs));
	for (size_t i = 0; i < SB_ARRAY_LEN(shapes); i++)
		for (const char *at = ccs; at && is_listed(o->only, names[i]);
		     at = strchr(at, ',')) {
			char cc[16];

			at += *at == ',';
			snprintf(cc, sizeof(cc), "%.*s", (int)strcspn(at, ","), at);
			if (*count == SB_SUITE_MAX)
				return sb_fail(err, SB_EINPUT, 0, "--cc: too many of them");
			if (cc[0])
				add_shape(o, i, cc, &out[(*count)++]);
		}
	return 0;
}

int sb_suite_cases(const char *name, const struct sb_suite_options *o, struct sb_suite_case *out,
		   size_t *count, struct sb_err *err)
{
	*count = 0;
	if (!o->server != !o->client)
		return sb_fail(err, SB_EINPUT, 0,
			       "--server and --client go together: --server CMD --client CMD");
	if (strcmp(name, "quic-4-sat") != 0 && (o->interop || o->testcase))
		return sb_fail(err, SB_EINPUT, 0,
			       "--interop and --testcase are of the suite quic-4-sat");
	if (o->testcase && !o->interop)
		return sb_fail(err, SB_EINPUT, 0, "--testcase needs --interop IMAGE[,IMAGE...]");
	if (!strcmp(name, "quic-4-sat"))
		return geo_cases(o, out, count, err);
	if (!strcmp(name, "shape"))
		return shape_cases(o, out, count, err);
	return sb_fail(err, SB_EINPUT, 0, "unknown suite \"%s\"; expected quic-4-sat or shape",
		       name);
}
