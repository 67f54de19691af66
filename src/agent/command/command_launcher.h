/* SPDX-License-Identifier: MIT */
/*
 * command_launcher.h - the process that starts the user's commands, outside the agent's confinement
 *
 *	agent ── jobs, descriptors ──► launcher ── fork ──► command_reaper ── fork ──► command
 *	  ▲                                                      │
 *	  └──────────────── how it ended ────────────────────────┘
 *
 * What confines the agent (system calls, files) would hold for all that it starts.  So before it enters
 * that, it makes this process, which reads nothing but the agent's jobs.
 */
#ifndef SATBED_AGENT_COMMAND_LAUNCHER_H
#define SATBED_AGENT_COMMAND_LAUNCHER_H

#include "command_reaper.h"

/**
 * sb_launcher_start() - fork it; @job descriptors travel by sb_launcher_run()
 *
 * Return: the agent's end of the channel to it, or -1 with @err
 */
int sb_launcher_start(struct sb_err *err);
/**
 * sb_launcher_run() - have it start a command; @job->env is put over this process's environment
 *
 * How it went comes over @job->control.  Return: 0, or -1 with @err: there is no launcher any more
 */
int sb_launcher_run(int fd, const struct sb_command_reaper_job *job, struct sb_err *err);
/** sb_launcher_drop() - commands that are started from here on have no capability; @keep_users: the
 * launcher itself can still start them as other users */
int sb_launcher_drop(int fd, bool keep_users, struct sb_err *err);

#endif
