/* SPDX-License-Identifier: MIT */
/* qlog.h - the directory to which the user's programs write their qlog, and what is in it */
#ifndef SATBED_AGENT_QLOG_H
#define SATBED_AGENT_QLOG_H

#include "agent/agent.h"

/** sb_qlog_prepare() - make it, and tell commands by QLOGDIR; without a work directory there is none */
void sb_qlog_prepare(void);
/** sb_qlog_say() - "qlog": the names there, or a piece of the file @spec->path from @spec->offset on */
int sb_qlog_say(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err);

#endif
