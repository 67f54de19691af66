// SPDX-License-Identifier: MIT
/* textstream.c - a text in memory, written like a file */
#include "satbed/base/textstream.h"

#include <stdbool.h>

#include "satbed/base/mem.h"

FILE *sb_text_open(char **text, size_t *size)
{
	FILE *f = open_memstream(text, size);

	if (!f)
		sb_out_of_memory();
	return f;
}

void sb_text_close(FILE *f)
{
	bool failed = ferror(f);

	/* fclose() tells of its own last write alone. */
	if (fclose(f) || failed)
		sb_out_of_memory();
}
