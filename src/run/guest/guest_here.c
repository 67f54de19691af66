// SPDX-License-Identifier: MIT
/* guest_here.c - a guest's program starts no guest (in place of guest.c) */
#include "run/state.h"

int sb_run_in_guest(const struct sb_plan *plan, const struct sb_run_options *options,
		    int *exit_status, struct sb_err *err)
{
	(void)plan;
	(void)options;
	(void)exit_status;
	return sb_fail(err, SB_EINTERNAL, 0, "a guest cannot start another guest");
}
