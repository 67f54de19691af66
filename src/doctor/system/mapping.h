/* SPDX-License-Identifier: MIT */
/* mapping.h - newuidmap and newgidmap, tried on a scratch user namespace */
#ifndef SATBED_DOCTOR_MAPPING_H
#define SATBED_DOCTOR_MAPPING_H

#include <cjson/cJSON.h>

#include "machine.h"

/**
 * sb_try_mapping() - map the person's ids as a rootless engine does
 * @facts:	"mapping" is added: "works", "why"; not when root asks, whose trial would say
 *		nothing of the person, nor when there are no ids or programs to try
 */
void sb_try_mapping(const struct sb_machine *m, cJSON *facts);

#endif
