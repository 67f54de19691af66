// SPDX-License-Identifier: MIT
/* guest.c - a guest as its starter sees it: lines from inside, and how it ended */
#include "satbed/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "console.h"
#include "nudge.h"
#include "pin.h"
#include "satbed/base/clock.h"
#include "satbed/base/lines.h"
#include "satbed/base/mem.h"

struct sb_guest {
	struct sb_boot boot;
	struct sb_lines lines;
	struct sb_console console;
	struct sb_pin pin;
	bool gone;
	/* So that it reads what was sent: nudged until then, and when next. */
	int64_t nudge_until_ns, nudge_at_ns;
};

/* Enough for a machine on which the guest is slow to take its interrupt, and for a program that begins just now. */
#define NUDGE_FOR_NS   (3 * SB_NS_PER_S)
#define NUDGE_EVERY_NS (50 * SB_NS_PER_MS)

int sb_guest_start(const struct sb_guest_options *options, struct sb_guest **out,
		   struct sb_err *err)
{
	struct sb_guest *g = sb_alloc(1, sizeof(*g));

	if (sb_boot_start(options, &g->boot, err)) {
		free(g);
		return -1;
	}
	fcntl(g->boot.told_fd, F_SETFL, O_NONBLOCK);
	fcntl(g->boot.console_fd, F_SETFL, O_NONBLOCK);
	sb_lines_init(&g->lines, g->boot.say_fd);
	*out = g;
	return 0;
}

static void read_console(struct sb_guest *g)
{
	char text[4096];
	ssize_t len;

	while ((len = read(g->boot.console_fd, text, sizeof(text))) > 0)
		sb_console_add(&g->console, text, (size_t)len);
}

static int fail_ended(struct sb_guest *g, struct sb_err *err)
{
	sb_auto_free char *text = NULL;
	siginfo_t info = {0};
	const char *cause;

	read_console(g);
	text = sb_console_text(&g->console);
	cause = sb_console_cause(&g->console);
	waitid(P_PID, (id_t)g->boot.pid, &info, WEXITED | WNOWAIT | WNOHANG);
	if (cause)
		return sb_fail(err, SB_EENGINE, 0, "the guest ended early: %s; its console:%s",
			       cause, text);
	if (info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED)
		return sb_fail(err, SB_EENGINE, 0,
			       "the guest was killed by signal %d (%s); its console:%s",
			       info.si_status, strsignal(info.si_status), text);
	return sb_fail(err, SB_EENGINE, 0, "the guest ended early; its console:%s", text);
}

static void nudge(struct sb_guest *g)
{
	int64_t now_ns = sb_mono_ns();

	if (now_ns >= g->nudge_until_ns || now_ns < g->nudge_at_ns)
		return;
	g->nudge_at_ns = now_ns + NUDGE_EVERY_NS;
	sb_nudge(g->boot.pid);
}

int sb_guest_receive(struct sb_guest *g, int timeout_ms, cJSON **out, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + timeout_ms * SB_NS_PER_MS;

	*out = NULL;
	sb_pin_tend(&g->pin, g->boot.pid);
	nudge(g);
	for (;;) {
		struct pollfd fds[] = {{.fd = g->boot.say_fd, .events = POLLIN},
				       {.fd = g->boot.console_fd, .events = POLLIN},
				       {.fd = g->boot.pid_fd, .events = POLLIN}};
		int64_t left_ns;
		int rc = sb_lines_recv(&g->lines, 0, out, err);

		if (rc > 0)
			return 1;
		if (rc < 0 || g->gone)
			return fail_ended(g, err);
		left_ns = deadline_ns - sb_mono_ns();
		if (left_ns < 0)
			return 0;
		if (poll(fds, SB_ARRAY_LEN(fds), (int)(left_ns / SB_NS_PER_MS) + 1) < 0)
			return errno == EINTR
				   ? 0
				   : sb_fail(err, SB_EINTERNAL, errno, "cannot wait for the guest");
		if (fds[1].revents)
			read_console(g);
		/* What it said before it ended is read first. */
		if (fds[2].revents && !(fds[0].revents & POLLIN))
			g->gone = true;
	}
}

const char *sb_guest_out_of_memory(const struct sb_guest *g)
{
	return g->console.victim;
}

void sb_guest_send(struct sb_guest *g, char byte)
{
	ssize_t sent;

	do
		sent = write(g->boot.told_fd, &byte, 1);
	while (sent < 0 && errno == EINTR);
	g->nudge_until_ns = sb_mono_ns() + NUDGE_FOR_NS;
}

double sb_guest_cpu_seconds(const struct sb_guest *g)
{
	return sb_session_cpu_seconds(g->boot.pid);
}

void sb_guest_end(struct sb_guest *g)
{
	if (!g)
		return;
	sb_boot_end(&g->boot);
	sb_lines_fini(&g->lines);
	sb_console_fini(&g->console);
	free(g);
}
