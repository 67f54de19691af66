// SPDX-License-Identifier: MIT
/* process.c - standard descriptors and signals as the rest of satbed expects them */
#include "satbed/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

void sb_process_begin(void)
{
	/* The lowest number that is free is taken: this one, for all below are open. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			_exit(3);
	signal(SIGXFSZ, SIG_IGN);
}
