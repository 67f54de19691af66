// SPDX-License-Identifier: MIT
/* target_args.c - places on a command line: "client1", "lossy:server", "client2.down", "all" */
#include "target_args.h"

#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* The number of a client, or 0. */
static int client_number(const char *text)
{
	uint64_t n;

	if (strncmp(text, "client", 6) || text[6] == '0' ||
	    sb_parse_digits(text + 6, SB_MAX_CLIENTS, &n))
		return 0;
	return (int)n;
}

static int take_testbed(const char **text, struct sb_target_args *out, struct sb_err *err)
{
	const char *colon = strchr(*text, ':');
	size_t len = colon ? (size_t)(colon - *text) : 0;

	if (!colon)
		return 0;
	if (!len || len >= sizeof(out->testbed))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" has no testbed name before the colon; see: satbed ps",
			       *text);
	memcpy(out->testbed, *text, len);
	*text = colon + 1;
	return 0;
}

int sb_target_args_node(const char *text, struct sb_target_args *out, struct sb_err *err)
{
	const char *all = text;

	*out = (struct sb_target_args){.dir = -1};
	if (take_testbed(&text, out, err))
		return -1;
	out->client = client_number(text);
	if (!out->client && strcmp(text, "server"))
		return sb_fail(err, SB_EINPUT, 0,
			       "\"%s\" is not a node; expected server, client1 or, with several "
			       "testbeds, NAME:client1",
			       all);
	return sb_copy_str(out->node, sizeof(out->node), text);
}

static int fail_link(const char *text, struct sb_err *err)
{
	return sb_fail(err, SB_EINPUT, 0,
		       "\"%s\" is not a link; expected client1 (both directions), client1.up, "
		       "client1.down or all",
		       text);
}

int sb_target_args_link(const char *text, struct sb_target_args *out, struct sb_err *err)
{
	const char *all = text, *dot;
	char client[16] = "";
	size_t len;

	*out = (struct sb_target_args){.dir = -1};
	if (take_testbed(&text, out, err))
		return -1;
	dot = strchr(text, '.');
	len = dot ? (size_t)(dot - text) : strlen(text);
	if (len >= sizeof(client))
		return fail_link(all, err);
	memcpy(client, text, len);
	out->client = client_number(client);
	if (!out->client && strcmp(client, "all"))
		return fail_link(all, err);
	for (int dir = SB_UP; dot && dir <= SB_DOWN; dir++)
		if (!strcmp(dot + 1, sb_dir_name((enum sb_dir)dir)))
			out->dir = dir;
	return dot && out->dir < 0 ? fail_link(all, err) : 0;
}

const char *sb_target_args_testbed(const struct sb_target_args *w)
{
	return w->testbed[0] ? w->testbed : NULL;
}
