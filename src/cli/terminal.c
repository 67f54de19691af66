// SPDX-License-Identifier: MIT
/* terminal.c - a terminal handed through to a command elsewhere, and given back as it was */
#include "terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios before;
static bool is_raw;

void sb_terminal_raw(void)
{
	struct termios raw;

	if (!is_raw) {
		if (tcgetattr(STDIN_FILENO, &before))
			return;
		atexit(sb_terminal_restore);
	}
	raw = before;
	cfmakeraw(&raw);
	is_raw = !tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void sb_terminal_restore(void)
{
	if (is_raw)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
	is_raw = false;
}

void sb_terminal_size(int *rows, int *cols)
{
	struct winsize ws = {0};

	ioctl(STDIN_FILENO, TIOCGWINSZ, &ws);
	*rows = ws.ws_row ? ws.ws_row : 24;
	*cols = ws.ws_col ? ws.ws_col : 80;
}

bool sb_terminal_is_ours(void)
{
	return !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) == getpgrp();
}
