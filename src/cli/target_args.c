// SPDX-License-Identifier: MIT
/* target_args.c - places on a command line: "client1", "lossy:server", "client2.down", "all" */
#include "target_args.h"

#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

/* "client2" to 2, where @word is "client"; or 0. */
static int number_of(const char *word, const char *text, uint64_t max)
{
	size_t stem = strlen(word);
	uint64_t n;

	if (strncmp(text, word, stem) || text[stem] == '0' || sb_parse_digits(text + stem, max, &n))
		return 0;
	return (int)n;
}

static int client_number(const char *text)
{
	return number_of("client", text, SB_MAX_CLIENTS);
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
		       "client1.down, client1.terminal2.down or all",
		       text);
}

/* What comes before the next dot, which is skipped. */
static int take_part(const char **text, char *part, size_t room)
{
	size_t len = strcspn(*text, ".");

	if (!len || len >= room || ((*text)[len] && !(*text)[len + 1]))
		return -1;
	memcpy(part, *text, len);
	part[len] = '\0';
	*text += len + ((*text)[len] == '.');
	return 0;
}

int sb_target_args_link(const char *text, struct sb_target_args *out, struct sb_err *err)
{
	const char *all = text;
	char part[16];

	*out = (struct sb_target_args){.dir = -1};
	if (take_testbed(&text, out, err))
		return -1;
	if (take_part(&text, part, sizeof(part)))
		return fail_link(all, err);
	out->client = client_number(part);
	if (!out->client && strcmp(part, "all"))
		return fail_link(all, err);
	/* A terminal, a direction, or both. */
	while (*text && out->dir < 0) {
		int terminal;

		if (take_part(&text, part, sizeof(part)))
			return fail_link(all, err);
		terminal = number_of("terminal", part, SB_MAX_TERMINALS);
		for (int dir = SB_UP; dir <= SB_DOWN; dir++)
			if (!strcmp(part, sb_dir_name((enum sb_dir)dir)))
				out->dir = dir;
		if (out->dir < 0 && (!terminal || !out->client || out->terminal))
			return fail_link(all, err);
		if (terminal)
			out->terminal = terminal;
	}
	return *text ? fail_link(all, err) : 0;
}

const char *sb_target_args_testbed(const struct sb_target_args *w)
{
	return w->testbed[0] ? w->testbed : NULL;
}
