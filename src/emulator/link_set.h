/* SPDX-License-Identifier: MIT */
/* link_set.h - shapers and captures of all links, opened and closed side by side */
#ifndef SATBED_EMULATOR_MIDDLE_H
#define SATBED_EMULATOR_MIDDLE_H

#include <cjson/cJSON.h>

#include "satbed/base/err.h"
#include "satbed/capture.h"
#include "satbed/link.h"
#include "satbed/plan.h"

/**
 * struct sb_link_set - what sits in the middle of the links
 * @points:	sb_plan_points(): captures of each link
 * @capture_fds: NULL: nothing is captured
 * @ingress_filter: let nothing onto the links but what the nodes send; false again where the kernel
 *		cannot
 * @shapers:	two per link, by direction; @captures: @points per link, by enum sb_point
 */
struct sb_link_set {
	const struct sb_plan *plan;
	size_t points;
	const int *capture_fds;
	bool ingress_filter;
	const struct sb_link_ops *ops;
	char *why;
	struct sb_shaper **shapers;
	struct sb_capture **captures;
};

void sb_link_set_init(struct sb_link_set *m, const struct sb_plan *plan, const int *capture_fds);
void sb_link_set_fini(struct sb_link_set *m);
/** sb_link_set_open() - offloads off, every direction shaped with its initial state, captures running
 */
int sb_link_set_open(struct sb_link_set *m, struct sb_err *err);
/** sb_link_set_write_error() - errno of the first capture whose file could not be written, its number
 * in *@capture; 0 = all could */
int sb_link_set_write_error(const struct sb_link_set *m, size_t *capture);
/** sb_link_set_stop() - drain and close the captures */
int sb_link_set_stop(struct sb_link_set *m, struct sb_err *err);
void sb_link_set_describe(struct sb_link_set *m, cJSON *into);
/** sb_link_set_results() - counters of the shapers and of the captures */
int sb_link_set_results(struct sb_link_set *m, cJSON *into, struct sb_err *err);
cJSON *sb_counters_json(const struct sb_link_counters *c);

#endif
