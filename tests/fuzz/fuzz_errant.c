// SPDX-License-Identifier: MIT
/* fuzz_errant.c - any bytes as a table of ERRANT: what is read becomes a scenario that can be parsed */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"
#include "satbed/learn_errant.h"
#include "satbed/scenario.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	sb_auto_free char *text = NULL, *written = NULL;
	struct sb_scenario *sc = NULL;
	struct sb_errant e;
	struct sb_err err = {0};
	size_t len = 0;
	FILE *to;

	if (size > 4096)
		return 0;
	text = sb_alloc(size + 1, 1);
	memcpy(text, data, size);
	if (sb_errant_read("t", text, &e, &err)) {
		if (e.rows || !err.msg[0] || err.code != SB_EINPUT)
			abort();
		return 0;
	}
	if (!sb_errant_is(text))
		abort();
	(void)sb_errant_choose("t", &e, e.rows[0].operator, & err);
	to = open_memstream(&written, &len);
	sb_errant_write_trace(to, &e, true);
	sb_errant_write(to, &e, "t", "t", 0, (const char *const[2]){"a", "b"});
	fclose(to);
	/* What a log names is not there; all else is a scenario. */
	free(written);
	written = NULL;
	if (e.kind != SB_ERRANT_LOG) {
		to = open_memstream(&written, &len);
		sb_errant_write(to, &e, "t", "t", 0, (const char *const[2]){NULL, NULL});
		fclose(to);
		if (sb_scenario_parse("t", written, len, NULL, 0, &sc, &err))
			abort();
		sb_scenario_free(sc);
	}
	sb_errant_fini(&e);
	return 0;
}
