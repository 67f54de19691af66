/* SPDX-License-Identifier: MIT */
/* elements.h - a list of mean elements being read, and what was left out of it */
#ifndef SATBED_SCENARIO_ELEMENTS_H
#define SATBED_SCENARIO_ELEMENTS_H

#include "satbed/scenario_values.h"

#define SB_MAX_SATELLITES 20000

/** struct sb_element_list - @why: of the first one that was left out, with its place */
struct sb_element_list {
	const char *name;
	struct sb_elements *list;
	size_t count, room, left_out;
	char why[200];
};

/** sb_elements_add() - -1 with @err when there are more than SB_MAX_SATELLITES */
int sb_elements_add(struct sb_element_list *l, const struct sb_elements *e, struct sb_err *err);
void sb_elements_leave_out(struct sb_element_list *l, const char *fmt, ...) SB_PRINTF(2, 3);

/** sb_elements_set_angles() - from degrees and turns a day; -1: they are those of no orbit */
int sb_elements_set_angles(struct sb_elements *e, double inclination, double node, double perigee,
			   double anomaly, double motion);

/**
 * sb_omm_read() - orbit mean-elements messages (CCSDS 502.0-B-3): CSV, JSON or XML as CelesTrak and
 * Space-Track give them
 *
 * Return: 1 it is one, read into @l; 0 it is none; -1 with @err
 */
int sb_omm_read(struct sb_element_list *l, const char *text, size_t len, struct sb_err *err);

#endif
