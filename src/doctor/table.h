/* SPDX-License-Identifier: MIT */
/* table.h - the daemons side by side */
#ifndef SATBED_DOCTOR_TABLE_H
#define SATBED_DOCTOR_TABLE_H

#include <cjson/cJSON.h>
#include <stdio.h>

/** sb_table_print() - a line per property, a column per daemon; nothing when there is no daemon */
void sb_table_print(const cJSON *rows, FILE *to);

#endif
