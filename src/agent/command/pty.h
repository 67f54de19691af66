/* SPDX-License-Identifier: MIT */
/* pty.h - a terminal for a command */
#ifndef SATBED_AGENT_PTY_H
#define SATBED_AGENT_PTY_H

#include <stdint.h>

#include "satbed/base/err.h"

/** sb_pty_open() - both sides, the node's (@master) non-blocking; 0 or -1 with @err */
int sb_pty_open(uint16_t rows, uint16_t cols, int *master, int *terminal, struct sb_err *err);

#endif
