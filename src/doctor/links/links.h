/* SPDX-License-Identifier: MIT */
/* links.h - why netem is missing, and what brings it */
#ifndef SATBED_DOCTOR_LINKS_H
#define SATBED_DOCTOR_LINKS_H

#include "doctor/system/machine.h"

/**
 * sb_module_advice() - how to get a kernel module on this machine
 * @why:	out: what is the matter, in words; the caller's to free
 * @fix:	out: what to type, or NULL: nothing helps on this kernel; the caller's to free
 */
void sb_module_advice(const struct sb_machine *m, const char *module, char **why, char **fix);

#endif
