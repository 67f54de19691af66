// SPDX-License-Identifier: MIT
/* thing_names.c - what satbed calls the things it has daemons create */
#include <stdio.h>
#include <string.h>

#include "satbed/journal.h"

const char *sb_journal_thing_name(enum sb_thing kind)
{
	static const char *const names[] = {"container", "network", "volume", "image"};

	return names[kind];
}

/* Of characters that daemons take in names. */
bool sb_journal_is_of_run(const char *name, const char *run)
{
	size_t len = strlen(run);

	return !strncmp(name, "satbed-", 7) && !strncmp(name + 7, run, len) &&
	       (!name[7 + len] || name[7 + len] == '-') &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

bool sb_journal_is_id(const char *id)
{
	return strlen(id) == SB_ID_LEN && strspn(id, "0123456789abcdef") == SB_ID_LEN;
}

const char *sb_journal_bridge(char buf[SB_BRIDGE_MAX], const char *network)
{
	const char *run = network + 7, *number;

	if (strncmp(network, "satbed-", 7) != 0)
		return NULL;
	number = run + strspn(run, "0123456789abcdef");
	if (number == run || *number != '-' || !number[1] ||
	    number[1 + strspn(number + 1, "0123456789")] ||
	    snprintf(buf, SB_BRIDGE_MAX, "sb%s", run) >= SB_BRIDGE_MAX)
		return NULL;
	return buf;
}
