/* SPDX-License-Identifier: MIT */
/* outage.h - runs of lost packets that no loss process of a link explains */
#ifndef SATBED_LEARN_OUTAGE_H
#define SATBED_LEARN_OUTAGE_H

#include "satbed/learn.h"

/**
 * sb_find_outages() - into out->outages
 * @waiting:	bytes before each packet; @full: from so many on the queue may have been full, and
 *		runs that began then do not count for the mean
 *
 * A run of at least 5 packets and 10 ms that runs of geometric length, with the mean of all the
 * other runs, would reach in one trace of a thousand.  The mean is found anew when a run has been
 * taken for an outage, until none is any more.
 */
void sb_find_outages(const struct sb_learn_trace *t, const double *waiting, double full,
		     struct sb_learned_dir *out);

#endif
