// SPDX-License-Identifier: MIT
/* command_start.c - a command from "run" until it is in the loop */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command_launcher.h"
#include "command_priv.h"
#include "pty.h"
#include "satbed/agent_proto.h"

static void clock_struck(struct sb_timer *t)
{
	(void)t; /* sb_command_tend() comes after every turn of the loop */
}

/**
 * struct ends - descriptors of a command about to be: the node's and its own
 * @ours:	input, output, errors, control; with a tty the first two are the terminal
 */
struct ends {
	int ours[4], theirs[4];
};

static void close_ends(int fds[4])
{
	for (int i = 0; i < 4; i++) {
		if (fds[i] >= 0)
			close(fds[i]);
		fds[i] = -1;
	}
}

static int open_ends(const struct sb_command_spec *spec, struct ends *e, struct sb_err *err)
{
	int pair[2];

	*e = (struct ends){.ours = {-1, -1, -1, -1}, .theirs = {-1, -1, -1, -1}};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return sb_fail(err, SB_EENV, errno, "a socket pair");
	e->ours[3] = pair[0];
	e->theirs[3] = pair[1];
	if (spec->tty) {
		if (sb_pty_open(spec->rows, spec->cols, &e->ours[1], &e->theirs[1], err))
			return -1;
		e->ours[0] = fcntl(e->ours[1], F_DUPFD_CLOEXEC, 3);
		e->theirs[0] = fcntl(e->theirs[1], F_DUPFD_CLOEXEC, 3);
		e->theirs[2] = fcntl(e->theirs[1], F_DUPFD_CLOEXEC, 3);
		return 0;
	}
	for (int i = 0; i < 3; i++) {
		if (pipe2(pair, O_CLOEXEC))
			return sb_fail(err, SB_EENV, errno, "a pipe");
		e->ours[i] = pair[i == 0];
		e->theirs[i] = pair[i != 0];
		fcntl(e->ours[i], F_SETFL, O_NONBLOCK);
	}
	return 0;
}

static int launch(struct sb_node *node, const struct sb_command_spec *spec, struct ends *e,
		  struct sb_err *err)
{
	struct sb_command_reaper_job job = {
	    .argv = spec->argv,
	    .env = spec->env,
	    .tty = spec->tty,
	    .stdio = {e->theirs[0], e->theirs[1], e->theirs[2]},
	    .control = e->theirs[3],
	    .work = sb_workdir_path(),
	    .cwd = spec->path,
	    .user = spec->user,
	    .files = node->usual_files,
	};
	struct sb_running_command *c = calloc(1, sizeof(*c));
	int rc = 0;

	if (c)
		c->in_buf = malloc(SB_NODE_INPUT_MAX);
	if (!c || !c->in_buf || sb_launcher_run(node->launcher, &job, err)) {
		if (!c || !c->in_buf)
			sb_fail(err, SB_EENV, 0, "out of memory");
		if (c)
			free(c->in_buf);
		free(c);
		return -1;
	}
	c->node = node;
	c->id = spec->id;
	c->tty = spec->tty;
	c->window = spec->window;
	c->unlimited = !spec->window;
	c->control = (struct sb_watch){.fd = e->ours[3], .ready = sb_command_heard};
	c->in = (struct sb_watch){.fd = e->ours[0], .ready = sb_command_input_ready};
	for (int i = 0; i < 2; i++)
		c->out[i] = (struct sb_command_output){
		    .watch = {.fd = e->ours[i + 1], .ready = sb_command_output_ready},
		    .command = c,
		    .number = i + 1};
	memset(e->ours, -1, sizeof(e->ours));
	c->next = node->commands;
	node->commands = c;
	rc = sb_watch_add(node, &c->control, EPOLLIN, err) || sb_watch_add(node, &c->in, 0, err) ||
	     sb_watch_add(node, &c->out[0].watch, EPOLLIN, err) ||
	     (!c->tty && sb_watch_add(node, &c->out[1].watch, EPOLLIN, err));
	if (!rc)
		return 0;
	c->told = true;
	sb_command_drop(c, &c->control); /* which kills it */
	return -1;
}

static int start(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	size_t running = 0;
	struct ends e;
	int rc;

	for (const struct sb_running_command *c = node->commands; c; c = c->next)
		running++;
	if (running >= SB_NODE_COMMANDS)
		return sb_fail(err, SB_EENV, 0,
			       "%zu commands run here already, no more are allowed", running);
	if (!node->command_clock.node)
		sb_timer_open(node, &node->command_clock, clock_struck);
	rc = open_ends(spec, &e, err);
	if (!rc)
		rc = launch(node, spec, &e, err);
	close_ends(e.ours);
	close_ends(e.theirs);
	return rc;
}

int sb_command_run(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	struct sb_err why = {0};
	struct sb_text t;

	if (sb_command_find(node, spec->id))
		return sb_fail(err, SB_EINPUT, 0, "run: command %lld is already running",
			       (long long)spec->id);
	if (!start(node, spec, &why))
		return 0;
	sb_text_open(&t, "exit");
	sb_text_int(&t, "id", spec->id);
	sb_text_str(&t, "error", why.msg);
	sb_node_say(node, &t, true);
	return 0;
}
