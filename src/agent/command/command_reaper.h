/* SPDX-License-Identifier: MIT */
/*
 * command_reaper.h - the process between the node and one command
 *
 * Every orphan among a command's descendants becomes the command_reaper's child, even those that made
 * sessions of their own: it can find them all, and ends none too few and none too many.
 */
#ifndef SATBED_AGENT_COMMAND_REAPER_H
#define SATBED_AGENT_COMMAND_REAPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "satbed/base/err.h"

enum sb_command_reaper_word {
	SB_COMMAND_REAPER_EXITED,
	SB_COMMAND_REAPER_SIGNALLED,
	SB_COMMAND_REAPER_FAILED,
	SB_COMMAND_REAPER_NO_USER
};

/**
 * struct sb_command_reaper_says - command_reaper to node, one message of a SOCK_SEQPACKET pair
 * @value:	exit status, signal, or errno: it could not be run, or not as that user (ENOENT: there is none)
 * @cpu_us:	processor time that it took with all it waited for
 */
struct sb_command_reaper_says {
	int32_t word, value;
	int64_t cpu_us;
};

/**
 * struct sb_command_reaper_job - what a command_reaper is to start; borrowed until sb_command_reaper_start() returns
 * @stdio:	the command's descriptors 0, 1, 2; the same pty thrice with @tty
 * @control:	the command_reaper's end of the pair.  It takes one int32_t per signal to send; at its end
 *		everything is killed
 * @work:	the work directory; NULL = none
 * @cwd:	tried before it; "" = not
 * @env:	put over the environment of the process that starts it; NULL = nothing
 * @user:	as sb_command_user_find() takes it; "" = this one
 * @files:	limit on descriptors, as it was before the node raised it
 */
struct sb_command_reaper_job {
	char **argv, **env;
	bool tty;
	int stdio[3], control;
	const char *work, *cwd, *user;
	struct rlimit files;
};

/** sb_command_reaper_start() - fork it; its pid, or -1 with @err */
pid_t sb_command_reaper_start(const struct sb_command_reaper_job *job, struct sb_err *err);

/* process_tree.c */

/**
 * sb_process_tree_signal() - send @signal to every descendant of this process
 *
 * Return: how many got it, or -1: this /proc does not tell (it is missing, or of another pid
 * namespace)
 */
int sb_process_tree_signal(int signal);
/**
 * sb_process_tree_kill() - stop all descendants so that they cannot fork, then kill them, until none is
 * left
 * @pgid:	this process group instead, where /proc does not tell
 * @reap:	take away who has ended; false when there is no child any more
 */
void sb_process_tree_kill(pid_t pgid, bool (*reap)(void));

#endif
