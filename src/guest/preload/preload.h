/* SPDX-License-Identifier: MIT */
/*
 * preload.h - the library that satbed loads into User-Mode Linux before it starts (LD_PRELOAD)
 *
 * It knows nothing of satbed, uses the C library alone, and replaces some of its functions: ptrace(),
 * open64(), mkstemp64() and unlink() of the guest's memory, getrandom() where SB_PRELOAD_SEED is in the
 * environment, fcntl() and epoll_ctl() of its output where SB_PRELOAD_OUTPUT is, and lstat64() and statx() of its
 * first process's program where SB_PRELOAD_PROGRAM is.
 */
#ifndef SB_GUEST_PRELOAD_H
#define SB_GUEST_PRELOAD_H

#include <stdint.h>
#include <sys/types.h>

/* A number, decimal or with 0x: getrandom() of this process gives a sequence that depends on
 * nothing else. */
#define SB_PRELOAD_SEED "SATBED_GUEST_SEED"

/* A descriptor, as a number: output that never interrupts the process, see output.c. */
#define SB_PRELOAD_OUTPUT "SATBED_GUEST_OUTPUT"

/* A descriptor, as a number: of a program without a name, see program.c. */
#define SB_PRELOAD_PROGRAM "SATBED_GUEST_PROGRAM"

/* Exported as the C library's functions: names that differ from the C library's declarations only in
 * how they are written. */
long sb_preload_ptrace(int request, ...) __asm__("ptrace") __attribute__((visibility("default")));
ssize_t sb_preload_getrandom(void *buf, size_t len, unsigned int flags) __asm__("getrandom")
    __attribute__((visibility("default")));
int sb_preload_mkstemp64(char *template) __asm__("mkstemp64")
    __attribute__((visibility("default")));
int sb_preload_open64(const char *path, int flags, ...) __asm__("open64")
    __attribute__((visibility("default")));
int sb_preload_fcntl64(int fd, int command, ...) __asm__("fcntl64")
    __attribute__((visibility("default")));
struct epoll_event;
int sb_preload_epoll_ctl(int epoll_fd, int op, int fd,
			 struct epoll_event *event) __asm__("epoll_ctl")
    __attribute__((visibility("default")));
struct stat64;
int sb_preload_lstat64(const char *path, struct stat64 *out) __asm__("lstat64")
    __attribute__((visibility("default")));
struct statx;
int sb_preload_statx(int directory_fd, const char *path, int flags, unsigned int mask,
		     struct statx *out) __asm__("statx") __attribute__((visibility("default")));
int sb_preload_unlink(const char *path) __asm__("unlink") __attribute__((visibility("default")));

#endif
