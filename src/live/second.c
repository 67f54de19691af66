// SPDX-License-Identifier: MIT
/* second.c - the second screen of the terminal on stderr, and the way back from it */
#include "second.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "satbed/base/interrupt.h"
#include "satbed/base/mem.h"

/*
 * xterm's private modes (ctlseqs, "DEC Private Mode Set"): 1049 saves the cursor and shows the
 * alternate screen, 25 is the cursor, 7 wraps at the right margin.
 */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

static volatile sig_atomic_t is_entered;
static bool is_watched;
static pid_t owner;

static const int fatal[] = {SIGQUIT, SIGABRT, SIGSEGV, SIGBUS};

static void say(const char *text, size_t len)
{
	ssize_t n = write(STDERR_FILENO, text, len);

	/* A terminal that has gone needs nothing back. */
	(void)n;
}

/* Children inherit the handlers, but the screen is not theirs. */
static void give_back(void)
{
	if (is_entered && getpid() == owner) {
		is_entered = 0;
		say(LEAVE, sizeof(LEAVE) - 1);
	}
}

static void end_by(int sig)
{
	give_back();
	/* SA_RESETHAND: now it does what it would have done. */
	raise(sig);
}

static void stop_by(int sig)
{
	struct sigaction sa = {.sa_handler = SIG_DFL}, old;
	sigset_t set, before;

	give_back();
	sigaction(sig, &sa, &old);
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, &before);
	raise(sig);
	/* Here it goes on, with "fg". */
	sigprocmask(SIG_SETMASK, &before, NULL);
	sigaction(sig, &old, NULL);
}

static void watch(void)
{
	struct sigaction sa = {.sa_handler = end_by, .sa_flags = SA_RESETHAND}, old;

	for (size_t i = 0; i < SB_ARRAY_LEN(fatal); i++)
		sigaction(fatal[i], &sa, NULL);
	sa.sa_handler = stop_by;
	sa.sa_flags = SA_RESTART;
	/* Who has it ignored does not want to be stopped. */
	if (!sigaction(SIGTSTP, NULL, &old) && old.sa_handler == SIG_DFL)
		sigaction(SIGTSTP, &sa, NULL);
	atexit(sb_second_leave);
}

bool sb_second_can_draw(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb");
}

bool sb_second_has_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < SB_ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

void sb_second_enter(void)
{
	if (is_entered)
		return;
	owner = getpid();
	if (!is_watched)
		watch();
	is_watched = true;
	sb_interrupts_leave_with(LEAVE);
	is_entered = 1;
	say(ENTER, sizeof(ENTER) - 1);
}

void sb_second_leave(void)
{
	sb_interrupts_leave_with(NULL);
	give_back();
}

bool sb_second_measure(int *rows, int *cols)
{
	struct winsize ws = {0};
	bool known = !ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) && ws.ws_row && ws.ws_col;

	*rows = known ? ws.ws_row : 24;
	*cols = known ? ws.ws_col : 80;
	return known;
}
