// SPDX-License-Identifier: MIT
/* interrupt.c - Ctrl-C once: end in order; twice: leave at once */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "satbed/run.h"

static volatile sig_atomic_t interrupts;

static void count_interrupt(int sig)
{
	static const char leaving[] = "\nsatbed: leaving at once\n";

	(void)sig;
	if (interrupts++ == 0)
		return;
	/* The kernel tears the namespaces down once we are gone. */
	if (write(STDERR_FILENO, leaving, sizeof(leaving) - 1) < 0)
		_exit(130);
	_exit(130);
}

void sb_interrupts_catch(void)
{
	struct sigaction sa = {.sa_handler = count_interrupt};

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

bool sb_interrupted(void)
{
	return interrupts > 0;
}
