// SPDX-License-Identifier: MIT
/* leftover_report.c - what became of one leftover, to whoever asked for the cleanup */
#include <unistd.h>

#include "leftovers.h"

const char *sb_cleanup_sudo(bool own)
{
	return own || !geteuid() ? "" : "sudo ";
}

void sb_leftover_report(struct sb_leftover_scan *h, size_t i, enum sb_cleanup_fate fate,
			const char *kind, const char *name, const char *why)
{
	struct sb_cleanup_item item = {
	    .fate = fate,
	    .kind = kind,
	    .name = name,
	    .run = h->things[i].owner.run,
	    .daemon = h->url,
	    .why = why,
	    .uid = h->things[i].owner.uid,
	};

	if (fate == SB_CLEANUP_FAILED)
		h->things[i].failed = true;
	h->rq->told(&item, h->rq->ctx);
}
