// SPDX-License-Identifier: MIT
/*
 * container_netns.c - where rootless Podman keeps the host-side halves of its networks
 *
 * The "host" network of its containers is the user's own; bridges and veths are in a namespace that
 * Podman makes with the first container on a network and removes with the last.  Nothing in its API
 * names it:
 *
 *	Podman 4: $XDG_RUNTIME_DIR/netns/rootless-netns-HASH (libpod/networking_linux.go)
 *	Podman 5: RUNROOT/networks/rootless-netns/rootless-netns (common, libnetwork/rootlessnetns)
 *
 * with RUNROOT = $XDG_RUNTIME_DIR/containers unless it was told otherwise.
 */
#include <glob.h>
#include <string.h>
#include <unistd.h>

#include "container.h"
#include "satbed/base/mem.h"

static char *first_match(const char *pattern)
{
	char *out = NULL;
	glob_t found;

	if (glob(pattern, 0, NULL, &found))
		return NULL;
	if (found.gl_pathc)
		out = sb_asprintf("ns:%s", found.gl_pathv[0]);
	globfree(&found);
	return out;
}

char *sb_container_rootless_netns(const struct sb_daemon_info *about, struct sb_err *err)
{
	const cJSON *store = cJSON_GetObjectItemCaseSensitive(about->libpod, "store");
	const char *run_root =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(store, "runRoot"));
	sb_auto_free char *five = NULL, *four = NULL;
	char *found;

	if (!run_root || run_root[0] != '/') {
		sb_fail(err, SB_EENGINE, 0, "%s does not tell its runRoot", about->url);
		return NULL;
	}
	five = sb_asprintf("%s/networks/rootless-netns/rootless-netns", run_root);
	four = sb_asprintf("%s/../netns/rootless-netns-*", run_root);
	found = first_match(five);
	if (!found)
		found = first_match(four);
	if (!found)
		sb_fail(err, SB_EENGINE, 0,
			"the network namespace of rootless Podman is neither %s nor %s on this "
			"machine; a rootless Podman elsewhere (tcp://) cannot be used",
			five, four);
	return found;
}
