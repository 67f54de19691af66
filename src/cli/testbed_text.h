/* SPDX-License-Identifier: MIT */
/* testbed_text.h - what a supervisor answers, for people */
#ifndef SATBED_CLI_BED_TEXT_H
#define SATBED_CLI_BED_TEXT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

/** sb_bed_head() - "leo-lossy: engine native, links by user, up 3 min" */
void sb_bed_head(FILE *to, const cJSON *ps);
/** sb_bed_nodes() - a line each */
void sb_bed_nodes(FILE *to, const cJSON *ps);
/** sb_bed_links() - state in force; @counters: and what has happened */
void sb_bed_links(FILE *to, const cJSON *answer, bool counters);
/** sb_testbed_text() - a member that is a string, safe for terminals; the caller's to free */
char *sb_testbed_text(const cJSON *obj, const char *key);
/** sb_bed_number() - a member that is a number, else @otherwise */
double sb_bed_number(const cJSON *obj, const char *key, double otherwise);

#endif
