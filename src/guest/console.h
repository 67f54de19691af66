/* SPDX-License-Identifier: MIT */
/* console.h - the last lines of a guest's console, for when it ends as it should not; private */
#ifndef SATBED_GUEST_CONSOLE_H
#define SATBED_GUEST_CONSOLE_H

#include <stddef.h>

#define SB_CONSOLE_LINES 24

/** struct sb_console - start zeroed; @lines: oldest first, free of control characters;
 * @victim: what the kernel killed for want of memory, in its words, NULL = nothing */
struct sb_console {
	char *lines[SB_CONSOLE_LINES];
	size_t count;
	char part[256]; /* of a line that has not ended; longer ones are cut */
	size_t part_len;
	char *victim;
};

void sb_console_add(struct sb_console *c, const char *text, size_t len);
/** sb_console_text() - the lines, indented, after a newline; "" = there are none; caller frees */
char *sb_console_text(struct sb_console *c);
/**
 * sb_console_cause() - the latest line that says why a kernel ended: a panic, no memory
 *
 * Return: a line of @c, or NULL
 */
const char *sb_console_cause(const struct sb_console *c);
void sb_console_fini(struct sb_console *c);

#endif
