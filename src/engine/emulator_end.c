// SPDX-License-Identifier: MIT
/* emulator_end.c - the end of an emulator, natively and in a container */
#include "emulator_end.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "satbed/base/clock.h"

void sb_emulator_await_end(int fd, int64_t limit_ns)
{
	int64_t deadline_ns = sb_mono_ns() + limit_ns, left_ns;
	char rest[4096];

	if (fd < 0 || shutdown(fd, SHUT_WR))
		return;
	while ((left_ns = deadline_ns - sb_mono_ns()) > 0) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (poll(&p, 1, (int)(left_ns / SB_NS_PER_MS) + 1) > 0 &&
		    read(fd, rest, sizeof(rest)) <= 0)
			return;
	}
}
