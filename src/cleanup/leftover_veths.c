// SPDX-License-Identifier: MIT
/*
 * leftover_veths.c - pairs of veths that Docker made for a container and forgot
 *
 * Docker makes both halves where its bridges are, plugs one in, writes that down, and moves the
 * other into the container.  Killed before it has plugged in, it leaves a pair that nothing
 * connects with anybody's network.  So it is told of, and stays.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "satbed/base/mem.h"
#include "satbed/net.h"

/* As libnetwork calls them: "veth" and seven hexadecimal digits. */
static bool is_dockers(const char *name)
{
	return !strncmp(name, "veth", 4) && strlen(name) == 11 &&
	       strspn(name + 4, "0123456789abcdef") == 7;
}

static void tell(struct sb_leftover_scan *h, const char *name)
{
	sb_auto_free char *why =
	    sb_asprintf("neither end of the pair is connected; Docker forgets such a pair when it "
			"is killed while it starts a container, as for run %s. If nobody else "
			"needs it, run: %sip link delete %s",
			h->things[0].owner.run, sb_cleanup_sudo(false), name);

	sb_leftover_report(h, 0, SB_CLEANUP_NAMED, "interface", name, why);
}

void sb_leftover_veths(struct sb_leftover_scan *h, const struct sb_daemon_info *about)
{
	struct sb_bridge_port *loose;
	struct sb_rtnl nl;
	size_t count;

	/* Those of a rootless one are gone with its namespace. */
	if (about->podman || about->rootless || strncmp(about->url, "unix://", 7) != 0 ||
	    sb_rtnl_open(&nl, NULL))
		return;
	if (!sb_rtnl_loose_veths(&nl, &loose, &count, NULL)) {
		for (size_t i = 0; i < count; i++)
			if (is_dockers(loose[i].name))
				tell(h, loose[i].name);
		free(loose);
	}
	sb_rtnl_close(&nl);
}
