/* SPDX-License-Identifier: MIT */
/* terminal.h - a terminal handed through to a command elsewhere, and given back as it was */
#ifndef SATBED_CLI_TERMINAL_H
#define SATBED_CLI_TERMINAL_H

#include <stdbool.h>

/** sb_terminal_raw() - every key goes through, standard input being a terminal; again after a stop
 */
void sb_terminal_raw(void);
/** sb_terminal_restore() - as it was; also done at exit */
void sb_terminal_restore(void);
/** sb_terminal_size() - of standard input's terminal; 24 by 80 where it does not know */
void sb_terminal_size(int *rows, int *cols);
/** sb_terminal_is_ours() - false: standard input is a terminal, and we run in its background */
bool sb_terminal_is_ours(void);

#endif
