/* SPDX-License-Identifier: MIT */
/* command_priv.h - one command in the agent's loop; private to command.c, command_io.c, command_start.c */
#ifndef SATBED_AGENT_COMMAND_PRIV_H
#define SATBED_AGENT_COMMAND_PRIV_H

#include "agent/agent.h"

/**
 * struct sb_command_output - one of a command's outputs
 * @muted:	waits for room, out of the loop
 */
struct sb_command_output {
	struct sb_watch watch;
	struct sb_running_command *command;
	int number;
	bool muted;
};

/**
 * struct sb_running_command - one command, from "run" until nothing of it is left
 * @control:	to its command_reaper; -1 = everything has ended
 * @in, @in_buf: what has not been taken yet, and then (@eof) the end
 * @window:	bytes of output that may still go out; @unlimited: any number
 * @over:	how it ended is known: @how (NULL: @error), @value
 * @told:	"exit" was said; output is read and dropped from then on
 * @last_ns:	when to say so at the latest; @last_bytes: output since it ended
 */
struct sb_running_command {
	struct sb_running_command *next;
	struct sb_node *node;
	int64_t id;
	bool tty;
	struct sb_watch control, in;
	struct sb_command_output out[2];
	int64_t window;
	bool unlimited, eof, in_waits;
	char *in_buf;
	size_t in_head, in_len;
	bool over, told, killed;
	const char *how;
	int value;
	char error[256];
	int64_t last_ns;
	size_t last_bytes;
};

/** sb_command_find() - one that has not been said to have ended, or NULL (command.c) */
struct sb_running_command *sb_command_find(struct sb_node *node, int64_t id);
/** sb_command_heard() - its reaper has said something, or is gone (command.c) */
void sb_command_heard(struct sb_watch *w, uint32_t events);

/** sb_command_drop() - out of the loop, and closed */
void sb_command_drop(struct sb_running_command *c, struct sb_watch *w);
/** sb_command_may_read() - is there room for more of its output? */
bool sb_command_may_read(const struct sb_running_command *c);
/** sb_command_pass_on() - one piece of output; false when there is none now, or never again: closed */
bool sb_command_pass_on(struct sb_command_output *o);
/** sb_command_unmute() - back into the loop with what waited for room, if there is some */
void sb_command_unmute(struct sb_running_command *c);
void sb_command_output_ready(struct sb_watch *w, uint32_t events);
void sb_command_input_ready(struct sb_watch *w, uint32_t events);
/** sb_command_take_input() - for the command to read, as soon as it does */
int sb_command_take_input(struct sb_running_command *c, const struct sb_command_spec *spec,
			  struct sb_err *err);

#endif
