// SPDX-License-Identifier: MIT
/* command_user.c - passwd(5) without the C library's, which would load what an image brings along */
#include "command_user.h"

#include <stdlib.h>
#include <string.h>

#define ID_MAX 0xfffffffeu /* -1 means "as it is" to setresuid() */

/* The whole of @text up to @end as a number. */
static bool number(const char *text, const char *end, uint32_t *out)
{
	uint64_t n = 0;

	if (text == end)
		return false;
	for (; text < end; text++) {
		if (*text < '0' || *text > '9' || n > ID_MAX)
			return false;
		n = 10 * n + (uint64_t)(*text - '0');
	}
	*out = (uint32_t)n;
	return n <= ID_MAX;
}

static void copy(char *to, size_t room, const char *from, const char *end)
{
	size_t len = (size_t)(end - from);

	to[0] = '\0';
	if (len >= room)
		return;
	memcpy(to, from, len);
	to[len] = '\0';
}

/* One line: "name:x:uid:gid:gecos:home:shell". */
static bool parse(const char *line, const char *end, struct sb_command_user *out)
{
	const char *field[6], *stop[6];

	for (int i = 0; i < 6; i++) {
		const char *colon = memchr(line, ':', (size_t)(end - line));

		field[i] = line;
		stop[i] = colon ? colon : end;
		if (!colon && i < 5)
			return false;
		line = colon ? colon + 1 : end;
	}
	copy(out->name, sizeof(out->name), field[0], stop[0]);
	copy(out->home, sizeof(out->home), field[5], stop[5]);
	return out->name[0] && number(field[2], stop[2], &out->uid) &&
	       number(field[3], stop[3], &out->gid);
}

bool sb_command_user_find(const char *word, const char *passwd, struct sb_command_user *out)
{
	const char *colon = strchr(word, ':'), *end = colon ? colon : word + strlen(word);
	uint32_t uid = 0, gid = 0;
	bool by_number = number(word, end, &uid);

	if (colon && (!by_number || !number(colon + 1, word + strlen(word), &gid)))
		return false;
	for (const char *line = passwd; line && *line;) {
		const char *stop = strchrnul(line, '\n');
		struct sb_command_user one = {0};

		if (parse(line, stop, &one) &&
		    (by_number ? one.uid == uid : !strcmp(one.name, word))) {
			*out = one;
			if (colon)
				out->gid = gid;
			return true;
		}
		line = *stop ? stop + 1 : stop;
	}
	if (!by_number)
		return false;
	*out = (struct sb_command_user){.uid = uid, .gid = colon ? gid : uid};
	return true;
}
