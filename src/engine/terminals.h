/* SPDX-License-Identifier: MIT */
/* terminals.h - clients with several links: each address by its own link, and MPTCP over all */
#ifndef SATBED_ENGINE_TERMINALS_H
#define SATBED_ENGINE_TERMINALS_H

#include "split.h"

/** sb_terminal_routes() - what the client sends from its address on link @i leaves by that link */
int sb_terminal_routes(struct sb_wires *w, size_t i, struct sb_err *err);
/**
 * sb_terminal_paths() - tell the path managers of all nodes: clients of their addresses, which they are to
 * use, the server that so many paths may come
 *
 * Nothing where the kernel has no MPTCP: whoever asks for it is told by socket().
 */
int sb_terminal_paths(struct sb_wires *w, struct sb_err *err);

#endif
