/* SPDX-License-Identifier: MIT */
/* textstream.h - a text in memory, written like a file; never half of one */
#ifndef SATBED_BASE_TEXTSTREAM_H
#define SATBED_BASE_TEXTSTREAM_H

#include <stddef.h>
#include <stdio.h>

/** sb_text_open() - *@text and *@size are set by sb_text_close(); the text is the caller's to free */
FILE *sb_text_open(char **text, size_t *size);
/** sb_text_close() - where something of it found no memory the process ends, as with sb_alloc() */
void sb_text_close(FILE *f);

#endif
