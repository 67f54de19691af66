// SPDX-License-Identifier: MIT
/* pty.c - a terminal for a command */
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/tty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* /dev/ptmx first; where it is missing (or a plain file), the multiplexer in the mount itself. */
static int open_master(void)
{
	static const char *const paths[] = {"/dev/ptmx", "/dev/pts/ptmx"};
	int unlock = 0, first = 0;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0 && !ioctl(fd, TIOCSPTLCK, &unlock))
			return fd;
		if (!first)
			first = errno;
		if (fd >= 0)
			close(fd);
	}
	errno = first;
	return -1;
}

int sb_pty_open(uint16_t rows, uint16_t cols, int *master, int *terminal, struct sb_err *err)
{
	struct winsize size = {.ws_row = rows, .ws_col = cols};

	*master = open_master();
	if (*master < 0)
		return sb_fail(err, SB_EENV, errno,
			       "this node cannot open a terminal: /dev/ptmx (is a devpts mounted "
			       "at /dev/pts?)");
	/* By the master, not by its name: that may be of another mount. */
	*terminal = ioctl(*master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*terminal < 0)
		return sb_fail(err, SB_EENV, errno, "opening the other side of a terminal");
	ioctl(*master, TIOCSWINSZ, &size);
	return 0;
}
