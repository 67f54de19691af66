// SPDX-License-Identifier: MIT
/*
 * output.c - a guest's output that costs it nothing of its own time
 *
 * User-Mode Linux makes the descriptors of its serial lines not block, and has itself told, by SIGIO,
 * when there is room again: an interrupt at a time that the reader decides.  On the virtual clock
 * that would be another one in each run (and is mixed into the random numbers).  6.12 leaves them
 * blocking on that clock, 6.1 does not; here it is so for every version: on the descriptor that
 * SB_PRELOAD_OUTPUT names, and on standard output, a write waits for its reader, which takes no
 * virtual time.
 */
#include "preload.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static int output = -1;

__attribute__((constructor)) static void read_output(void)
{
	const char *text = getenv(SB_PRELOAD_OUTPUT);

	if (text && *text)
		output = atoi(text);
}

static int is_output(int fd)
{
	return output >= 0 && (fd == output || fd == STDOUT_FILENO);
}

int sb_preload_fcntl64(int fd, int command, ...)
{
	va_list args;
	long arg;

	va_start(args, command);
	arg = va_arg(args, long);
	va_end(args);
	if (is_output(fd) && command == F_SETFL)
		arg &= ~(long)(O_NONBLOCK | O_ASYNC);
	return (int)syscall(SYS_fcntl, fd, command, arg);
}

int sb_preload_epoll_ctl(int epoll_fd, int op, int fd, struct epoll_event *event)
{
	struct epoll_event less;

	if (is_output(fd) && event) {
		less = *event;
		less.events &= ~(uint32_t)EPOLLOUT;
		event = &less;
	}
	return (int)syscall(SYS_epoll_ctl, epoll_fd, op, fd, event);
}
