// SPDX-License-Identifier: MIT
/* sched.c - short slices of the processor's time */
#include "satbed/base/sched.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "satbed/base/clock.h"

/* struct sched_attr of <linux/sched/types.h>, first version; that header and <sched.h> exclude each
 * other in some C libraries, and later ones have the struct in both. */
struct attributes {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime_ns, deadline_ns, period_ns;
};

static int read_attributes(struct attributes *a)
{
	return (int)syscall(SYS_sched_getattr, 0, a, sizeof(*a), 0);
}

int64_t sb_sched_prompt(void)
{
	struct attributes a = {0};

	if (read_attributes(&a) || (a.policy != SCHED_OTHER && a.policy != SCHED_BATCH))
		return 0;
	a.runtime_ns = SB_SLICE_SHORT_NS;
	if (syscall(SYS_sched_setattr, 0, &a, 0))
		return 0;
	/* A kernel that knows no slices takes the call and forgets them. */
	a = (struct attributes){0};
	return read_attributes(&a) ? 0 : (int64_t)a.runtime_ns;
}

void sb_sched_exact(int priority)
{
	const struct sched_param param = {.sched_priority = priority};

	if (sb_clock_is_virtual())
		sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param);
}

bool sb_sched_group(pid_t pid, int nice)
{
	char path[32], text[16];
	ssize_t len;
	int fd;

	if (pid)
		snprintf(path, sizeof(path), "/proc/%d/autogroup", (int)pid);
	else
		snprintf(path, sizeof(path), "/proc/self/autogroup");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = snprintf(text, sizeof(text), "%d", nice);
	len -= write(fd, text, (size_t)len);
	close(fd);
	return len == 0;
}
