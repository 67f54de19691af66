/* SPDX-License-Identifier: MIT */
/* confinement.h - what the process in the middle may do, before it sees the first packet */
#ifndef SATBED_EMULATOR_CONFINEMENT_H
#define SATBED_EMULATOR_CONFINEMENT_H

#include "satbed/base/sandbox.h"

/** sb_emulator_confine() - capabilities, files and system calls; before any thread is made */
int sb_emulator_confine(struct sb_sandbox_state *out, struct sb_err *err);

#endif
