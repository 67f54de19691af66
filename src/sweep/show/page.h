/* SPDX-License-Identifier: MIT */
/* page.h - the page of a sweep; private to src/sweep */
#ifndef SATBED_SWEEP_PAGE_H
#define SATBED_SWEEP_PAGE_H

#include "sweep/table/table.h"

/** sb_sweep_page() - @directory/report.html from the table; @name: of the scenario; 0, or -1 with @err */
int sb_sweep_page(struct sb_sweep_table *t, const char *directory, const char *name,
		  struct sb_err *err);

#endif
