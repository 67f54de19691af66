/* SPDX-License-Identifier: MIT */
/* textstream.h - a text in memory, written like a file; never half of one */
#ifndef SATBED_BASE_TEXTSTREAM_H
#define SATBED_BASE_TEXTSTREAM_H

#include <stddef.h>
#include <stdio.h>

/** sb_textstream_open() - *@text and *@size are set when it is closed; the text is the caller's to free */
FILE *sb_textstream_open(char **text, size_t *size);
/**
 * sb_textstream_close() - @text: that of sb_textstream_open()
 *
 * Where something of it found no memory the process ends, as with sb_alloc().
 */
void sb_textstream_close(FILE *f, char *const *text);

#endif
