// SPDX-License-Identifier: MIT
/* no_ipv6.c - interfaces without IPv6, which else sends reports and solicitations by itself */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "no_ipv6.h"

int sb_test_no_ipv6(void)
{
	const char *path = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
	int fd = open(path, O_WRONLY | O_CLOEXEC), rc = 0;

	if (fd < 0 && errno == ENOENT)
		return 0; /* a kernel without IPv6 */
	if (fd < 0 || write(fd, "1", 1) != 1) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		rc = -1;
	}
	if (fd >= 0)
		close(fd);
	return rc;
}
