/* SPDX-License-Identifier: MIT */
/* process.h - what every program of satbed does first */
#ifndef SATBED_BASE_PROCESS_H
#define SATBED_BASE_PROCESS_H

/**
 * sb_process_begin() - to be called at the top of main()
 *
 * Descriptors 0 to 2 that are closed become /dev/null: else the first files that are opened, the
 * captures, would get those numbers, and with them whatever is printed.  A file that reaches the
 * limit on its size (RLIMIT_FSIZE) is an error of write(), not the end of the process.
 */
void sb_process_begin(void);

#endif
