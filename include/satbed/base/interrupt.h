/* SPDX-License-Identifier: MIT */
/* interrupt.h - Ctrl-C once: end in order; twice: leave at once */
#ifndef SATBED_BASE_INTERRUPT_H
#define SATBED_BASE_INTERRUPT_H

#include <stdbool.h>

/**
 * sb_interrupts_catch() - count SIGINT, SIGTERM and SIGHUP from now on; the second one leaves at
 * once
 *
 * The namespaces of a native testbed die with the orchestrator; what a daemon keeps is in the
 * journal, for `satbed clean`.
 */
void sb_interrupts_catch(void);
bool sb_interrupted(void);
/**
 * sb_interrupts_hold(), sb_interrupts_release() - what comes between the two counts after them
 * sb_interrupts_start_over() - in a child that was forked meanwhile: nothing that came until now is
 *	for it, and it counts from none
 *
 * Without them a child begins with what its parent had counted, and the parent's order to end is the
 * second one, which leaves at once.
 */
void sb_interrupts_hold(void);
void sb_interrupts_release(void);
void sb_interrupts_start_over(void);
/**
 * sb_interrupts_be_patient() - from now on the first Ctrl-C only makes sb_stopping() true, and writes
 * @text to stderr, which must stay; the second one is what the first one was.  NULL: as before
 *
 * Other signals are no Ctrl-C: who sends them does not wait.
 */
void sb_interrupts_be_patient(const char *text);
/** sb_stopping() - nothing new is to be begun; true as well when sb_interrupted() is */
bool sb_stopping(void);
/** sb_interrupts_leave_with() - written to stderr when the second one leaves at once, such as what
 * gives a terminal back; @text must stay; NULL = nothing */
void sb_interrupts_leave_with(const char *text);

#endif
