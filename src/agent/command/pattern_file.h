/* SPDX-License-Identifier: MIT */
/* pattern_file.h - files of a known content in the work directory */
#ifndef SATBED_AGENT_PATTERN_FILE_H
#define SATBED_AGENT_PATTERN_FILE_H

#include "agent/agent.h"
#include "satbed/agent_proto.h"

/**
 * sb_pattern_file() - "pattern": make a file of @spec->bytes bytes that belong to @spec->seed, or, with
 * @spec->eof, compare one with them
 */
int sb_pattern_file(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err);

#endif
