/* SPDX-License-Identifier: MIT */
/* second.h - the second screen of the terminal on stderr, and the way back from it */
#ifndef SATBED_LIVE_SECOND_H
#define SATBED_LIVE_SECOND_H

#include <stdbool.h>

/** sb_second_can_draw() - stderr is a terminal that understands escapes */
bool sb_second_can_draw(void);
/** sb_second_has_utf8() - by the locale of the environment */
bool sb_second_has_utf8(void);
/**
 * sb_second_enter() - onto the second screen; again after the process was stopped (Ctrl-Z)
 *
 * From then on sb_second_leave() is called at exit, and its effect comes before the end by
 * SIGQUIT, SIGABRT, SIGSEGV, SIGBUS, a second Ctrl-C, and before a stop by SIGTSTP.
 */
void sb_second_enter(void);
void sb_second_leave(void);
/** sb_second_measure() - its size now; false when it has none, and then 24 by 80 */
bool sb_second_measure(int *rows, int *cols);

#endif
