// SPDX-License-Identifier: MIT
/* guest_metrics.c - a guest's program serves no metrics: who started the guest does (in place of metrics.c) */
#include "metrics.h"

int sb_metrics_open(const char *address, char *(*text)(void *arg), void *arg,
		    struct sb_metrics **out, struct sb_err *err)
{
	(void)text;
	(void)arg;
	*out = NULL;
	return sb_fail(err, SB_EINTERNAL, 0, "no metrics are served from a guest (%s)", address);
}

/* None is ever open. */

int sb_metrics_port(const struct sb_metrics *m)
{
	(void)m;
	return 0;
}

void sb_metrics_serve(struct sb_metrics *m)
{
	(void)m;
}

void sb_metrics_close(struct sb_metrics *m)
{
	(void)m;
}
