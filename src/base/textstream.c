// SPDX-License-Identifier: MIT
/* textstream.c - a text in memory, written like a file */
#include "satbed/base/textstream.h"

#include <stdbool.h>

#include "satbed/base/mem.h"

FILE *sb_textstream_open(char **text, size_t *size)
{
	return sb_must(open_memstream(text, size));
}

void sb_textstream_close(FILE *f, char *const *text)
{
	bool failed = ferror(f);

	/* fclose() tells of its own last write alone, and gives no text where it could not trim it at the end. */
	if (fclose(f) || failed || !*text)
		sb_out_of_memory();
}
