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

/**
 * sb_fd_keep_from_children() - close @fd in every child that goes on without exec()
 *
 * Of what only this process serves, for as long as the child lives somebody would wait there, and
 * a port stay taken.  At most SB_FDS_KEPT of them; for one thread.
 */
#define SB_FDS_KEPT 128
void sb_fd_keep_from_children(int fd);
/** sb_fd_forget() - it is about to be closed */
void sb_fd_forget(int fd);
/** sb_fds_close_in_child() - to be called after fork */
void sb_fds_close_in_child(void);

#endif
