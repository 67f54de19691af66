// SPDX-License-Identifier: MIT
/* guest_engines.c - the one engine of a guest's program: no daemon runs there (in place of engines.c) */
#include "engines.h"

#include "satbed/base/mem.h"

const struct sb_engine_ops *const sb_engines[] = {&sb_engine_native};
const size_t sb_engine_count = SB_ARRAY_LEN(sb_engines);
const struct sb_engine_ops *const sb_engine_at_address = NULL;
