/* SPDX-License-Identifier: MIT */
/* emulator_end.h - the end of an emulator, natively and in a container; private to src/engine */
#ifndef SATBED_ENGINE_EMULATOR_END_H
#define SATBED_ENGINE_EMULATOR_END_H

#include <stdint.h>

/**
 * sb_emulator_await_end() - end of file on its channel asks the emulator to end; wait until it has
 * @fd:		of the channel, -1 = there is none
 * @limit_ns:	at most so long
 *
 * It closes its packet sockets side by side, where the kernel would close those of a killed process one by
 * one, a grace period each.  Its own end of the channel goes when it does.
 */
void sb_emulator_await_end(int fd, int64_t limit_ns);

#endif
