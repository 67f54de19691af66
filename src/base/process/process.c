// SPDX-License-Identifier: MIT
/* process.c - standard descriptors and signals as the rest of satbed expects them */
#include "satbed/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

void sb_process_begin(void)
{
	/* The lowest number that is free is taken: this one, for all below are open. */
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
			_exit(3);
	signal(SIGXFSZ, SIG_IGN);
}

static int kept[SB_FDS_KEPT];
static size_t kept_count;

void sb_fd_keep_from_children(int fd)
{
	if (fd >= 0 && kept_count < SB_FDS_KEPT)
		kept[kept_count++] = fd;
}

void sb_fd_forget(int fd)
{
	for (size_t i = 0; i < kept_count; i++)
		if (kept[i] == fd)
			kept[i--] = kept[--kept_count];
}

void sb_fds_close_in_child(void)
{
	while (kept_count)
		close(kept[--kept_count]);
}
