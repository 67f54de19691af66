// SPDX-License-Identifier: MIT
/* log.c - messages for people on stderr */
#include "satbed/base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "satbed/base/clean.h"

static enum sb_log_level current = SB_LOG_INFO;
static void (*line_sink)(void *arg, const char *line);
static void *line_arg;

void sb_log_set_level(enum sb_log_level level)
{
	current = level;
}

enum sb_log_level sb_log_level(void)
{
	return current;
}

void sb_log_set_sink(void (*sink)(void *arg, const char *line), void *arg)
{
	line_sink = sink;
	line_arg = arg;
}

/* What others said may be in it, and the terminal would obey.  One write: lines of several processes on one terminal
 * must not mix. */
static void put_line(char *line)
{
	size_t len = strlen(line);

	sb_clean_lines(line);
	line[len++] = '\n';
	line[len] = '\0';
	if (line_sink) {
		line_sink(line_arg, line);
		return;
	}
	if (write(STDERR_FILENO, line, len) < 0)
		return;
}

void sb_log_line(const char *text)
{
	char line[2048];

	snprintf(line, sizeof(line) - 1, "%s", text);
	put_line(line);
}

void sb_log(enum sb_log_level level, const char *fmt, ...)
{
	static const char *const prefix[] = {"error: ", "warning: ", "", "debug: "};
	char line[2048];
	va_list ap;
	size_t len;

	if (level > current)
		return;
	len = (size_t)snprintf(line, sizeof(line), "satbed: %s", prefix[level]);
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - len - 2, fmt, ap);
	va_end(ap);
	put_line(line);
}
