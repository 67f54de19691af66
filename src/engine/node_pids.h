/* SPDX-License-Identifier: MIT */
/* node_pids.h - which processes are the nodes' */
#ifndef SATBED_ENGINE_NODE_PIDS_H
#define SATBED_ENGINE_NODE_PIDS_H

#include <stddef.h>
#include <sys/types.h>

/** sb_node_pids() - the nodes below a emulator, in the order they were started; 0 = not known */
void sb_node_pids(pid_t emulator, pid_t *out, size_t count);

#endif
