// SPDX-License-Identifier: MIT
/* sysctl.c - settings of the kernel, read from /proc/sys */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"

void sb_sysctl_read(const char *path, char *buf, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, room - 1);

	if (fd >= 0)
		close(fd);
	buf[n > 0 ? n : 0] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	for (char *c = buf; *c; c++)
		if (*c == '\t')
			*c = ' ';
}
