// SPDX-License-Identifier: MIT
/* engines.c - the engines of satbed itself */
#include "engines.h"

#include "satbed/base/mem.h"

const struct sb_engine_ops *const sb_engines[] = {
    &sb_engine_docker_rootless, &sb_engine_docker, &sb_engine_podman_rootless,
    &sb_engine_podman,		&sb_engine_native,
};
const size_t sb_engine_count = SB_ARRAY_LEN(sb_engines);
const struct sb_engine_ops *const sb_engine_at_address = &sb_engine_address;
