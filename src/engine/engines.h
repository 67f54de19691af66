/* SPDX-License-Identifier: MIT */
/* engines.h - the engines that a program has; private to src/engine */
#ifndef SATBED_ENGINE_ENGINES_H
#define SATBED_ENGINE_ENGINES_H

#include "satbed/engine.h"

/** sb_engines - in the order in which "auto" tries them: what asks for the fewest rights first, and what needs no
 * daemon where there is none */
extern const struct sb_engine_ops *const sb_engines[];
extern const size_t sb_engine_count;
/** sb_engine_at_address - for a daemon's address in place of a name; NULL = there is none */
extern const struct sb_engine_ops *const sb_engine_at_address;

#endif
