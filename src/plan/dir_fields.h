/* SPDX-License-Identifier: MIT */
/* dir_fields.h - plain values of a link's direction: one row each (dir_fields.c); private to src/plan */
#ifndef SATBED_PLAN_DIR_FIELDS_H
#define SATBED_PLAN_DIR_FIELDS_H

#include "plan_priv.h"

/** sb_dir_fields_fill() - from the scenario's keys */
void sb_dir_fields_fill(const struct sb_scenario *sc, unsigned int link, enum sb_dir dir,
			struct sb_link_dir *d);
/** sb_dir_fields_to_json() - those that are not 0, so that older plans read as they were */
void sb_dir_fields_to_json(cJSON *obj, const struct sb_link_dir *d);
int sb_dir_fields_from_json(const cJSON *obj, const char *path, struct sb_link_dir *d,
			    struct sb_err *err);
/** sb_dir_fields_print() - ", 24B of overhead each": what satbed check says behind the queue */
void sb_dir_fields_print(FILE *to, const struct sb_link_dir *d);
/** sb_dir_fields_equal() - does satbed check say the same of both? */
bool sb_dir_fields_equal(const struct sb_link_dir *a, const struct sb_link_dir *b);
/** sb_dir_fields_differ() - a key that all who share a direction must agree on, and these two do not;
 * SB_KEY_COUNT: they agree */
enum sb_key sb_dir_fields_differ(const struct sb_link_dir *a, const struct sb_link_dir *b);

#endif
