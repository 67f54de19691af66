// SPDX-License-Identifier: MIT
/* cc.c - congestion controls: which are there, which a container may choose */
#include <stdlib.h>
#include <string.h>

#include "doctor/check_context.h"
#include "doctor/findings.h"
#include "doctor/links/links.h"
#include "satbed/base/mem.h"

#define SYSCTL "/proc/sys/net/ipv4/"

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += len)
		if ((at == words || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* Words of @all that @some does not have, with blanks between. */
static char *words_beyond(const char *all, const char *some)
{
	sb_auto_free char *copy = sb_strdup(all);
	char *out = sb_strdup(""), *rest = NULL;

	for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest)) {
		char *longer;

		if (has_word(some, w))
			continue;
		longer = sb_asprintf("%s%s%s", out, out[0] ? " " : "", w);
		free(out);
		out = longer;
	}
	return out;
}

static void check_one(const struct sb_check_context *x, const char *name, const char *available)
{
	const cJSON *tried = sb_fact(sb_fact(x->facts, "namespace"), "cc");
	sb_auto_free char *id = sb_asprintf("cc.%s", name);
	sb_auto_free char *module = sb_asprintf("tcp_%s", name);
	sb_auto_free char *why = NULL, *fix = NULL;

	if (sb_fact_true(tried, name) || has_word(available, name)) {
		sb_find(x->out, id, SB_LEVEL_OK, NULL, NULL, "congestion control %s %s", name,
			sb_fact_true(tried, name) ? "can be set on a socket" : "is available");
		return;
	}
	sb_module_advice(x->machine, module, &why, &fix);
	sb_find(x->out, id, SB_LEVEL_WARN, NULL, fix, "congestion control %s is not there: %s",
		name, why);
}

void sb_check_cc(const struct sb_check_context *x)
{
	sb_auto_free char *available =
	    sb_machine_read(x->machine, SYSCTL "tcp_available_congestion_control");
	sb_auto_free char *allowed =
	    sb_machine_read(x->machine, SYSCTL "tcp_allowed_congestion_control");
	sb_auto_free char *restricted = NULL, *fix = NULL;

	if (!available)
		return;
	check_one(x, "cubic", available);
	check_one(x, "bbr", available);
	sb_find(x->out, "cc.available", SB_LEVEL_INFO, NULL, NULL, "available: %s", available);
	if (!allowed)
		return;
	restricted = words_beyond(available, allowed);
	if (!restricted[0])
		return;
	fix = sb_asprintf("sudo sysctl net.ipv4.tcp_allowed_congestion_control=\"%s\"", available);
	sb_find(x->out, "cc.allowed", SB_LEVEL_INFO, NULL, fix,
		"programs without CAP_NET_ADMIN may choose only: %s (not %s); satbed's own nodes "
		"may choose all, an exec flow's program needs it",
		allowed, restricted);
}
