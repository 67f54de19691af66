/* SPDX-License-Identifier: MIT */
/* caps.h - giving rights up */
#ifndef SATBED_BASE_CAPS_H
#define SATBED_BASE_CAPS_H

#include <stdint.h>

#include "satbed/base/err.h"

/**
 * sb_caps_keep() - drop every capability but those in @mask (1 << CAP_...), for this process and
 * its children
 *
 * Also sets no_new_privs.  All threads started later inherit it; call while single-threaded.
 */
int sb_caps_keep(uint64_t mask, struct sb_err *err);

#endif
