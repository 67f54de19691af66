/* SPDX-License-Identifier: MIT */
/* clean.h - text from outside made safe for terminals and JSON */
#ifndef SATBED_BASE_CLEAN_H
#define SATBED_BASE_CLEAN_H

#include <stdbool.h>

/**
 * sb_clean() - a copy that is valid UTF-8 without control characters; the caller's to free
 *
 * Nodes run other people's images, daemons say what they like: it must neither move the reader's
 * cursor nor make JSON unreadable.  Each offending byte becomes its '?'.
 */
char *sb_clean(const char *text);
/** sb_clean_lines() - the same, in place, of text that may have several lines; allocates nothing */
void sb_clean_lines(char *text);
/** sb_hide_passwords() - in place, for every address in @text: three stars instead of USER:PASSWORD
 * before its "@" */
void sb_hide_passwords(char *text);
/** sb_is_utf8() - all of it is; nothing else can go into JSON */
bool sb_is_utf8(const char *text);

#endif
