// SPDX-License-Identifier: MIT
/* command.c - the user's commands, as the node sees them: what is asked of them, and how they end */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "command_launcher.h"
#include "command_priv.h"
#include "agent/agent.h"
#include "satbed/base/clock.h"
#include "satbed/agent_proto.h"

/* What a terminal still holds when its command has ended comes a moment later. */
#define TTY_LAST_NS (100 * SB_NS_PER_MS)
/* More than a pipe holds: what comes after it is of something the command left behind. */
#define LAST_BYTES (2u << 20)
#define RELEASE_NS (3 * SB_NS_PER_S)

struct sb_running_command *sb_command_find(struct sb_node *node, int64_t id)
{
	for (struct sb_running_command *c = node->commands; c; c = c->next)
		if (c->id == id && !c->told)
			return c;
	return NULL;
}

/* Also one that has ended, for "signal": something it left behind may live. */
static struct sb_running_command *find_any(struct sb_node *node, int64_t id)
{
	struct sb_running_command *c = sb_command_find(node, id);

	if (c)
		return c;
	for (c = node->commands; c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static void ended(struct sb_running_command *c, const char *how, int value)
{
	if (c->over)
		return;
	c->over = true;
	c->how = how;
	c->value = value;
	c->last_ns = c->tty ? sb_mono_ns() + TTY_LAST_NS : 0;
	if (c->tty)
		sb_timer_arm(&c->node->command_clock, c->last_ns);
}

static void not_run(struct sb_running_command *c, int error)
{
	snprintf(
	    c->error, sizeof(c->error), "%s",
	    error == ENOENT
		? "command not found in this node (or the interpreter of its first line is missing)"
	    : error == EACCES ? "permission denied; try chmod +x"
			      : strerror(error));
	ended(c, NULL, 0);
}

static void no_user(struct sb_running_command *c, int error)
{
	snprintf(c->error, sizeof(c->error), "%s",
		 error == ENOENT ? "this node has no such user (/etc/passwd)"
		 : error == EINVAL || error == EPERM
		     ? "this node has one user only: without root, satbed's nodes know no others"
		     : strerror(error));
	ended(c, NULL, 0);
}

void sb_command_heard(struct sb_watch *w, uint32_t events)
{
	struct sb_running_command *c = sb_container_of(w, struct sb_running_command, control);
	struct sb_command_reaper_says says;
	ssize_t n = recv(w->fd, &says, sizeof(says), MSG_DONTWAIT);

	(void)events;
	if (n == sizeof(says)) {
		c->node->commands_us += says.cpu_us;
		if (says.word == SB_COMMAND_REAPER_FAILED)
			not_run(c, says.value);
		else if (says.word == SB_COMMAND_REAPER_NO_USER)
			no_user(c, says.value);
		else
			ended(c, says.word == SB_COMMAND_REAPER_EXITED ? "status" : "signal",
			      says.value);
	} else if (n >= 0 || (errno != EAGAIN && errno != EINTR)) {
		sb_command_drop(c, w);
		if (!c->over) {
			snprintf(c->error, sizeof(c->error), "its supervising process was killed");
			ended(c, NULL, 0);
		}
	}
}

static void order(struct sb_running_command *c, int32_t signal)
{
	if (c->control.fd >= 0)
		send(c->control.fd, &signal, sizeof(signal), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void resize(struct sb_running_command *c, uint16_t rows, uint16_t cols)
{
	struct winsize size = {.ws_row = rows, .ws_col = cols};

	if (c->tty && c->out[0].watch.fd >= 0)
		ioctl(c->out[0].watch.fd, TIOCSWINSZ, &size);
}

int sb_command_send(struct sb_node *node, enum sb_request_op op, const struct sb_command_spec *spec,
		    struct sb_err *err)
{
	struct sb_running_command *c =
	    op == SB_OP_SIGNAL ? find_any(node, spec->id) : sb_command_find(node, spec->id);

	if (!c)
		return 0;
	if (op == SB_OP_INPUT)
		return sb_command_take_input(c, spec, err);
	if (op == SB_OP_TAKEN && spec->bytes <= INT64_MAX - (c->window > 0 ? c->window : 0))
		c->window += spec->bytes;
	if (op == SB_OP_CLOSE && spec->fd <= 2)
		sb_command_drop(c, &c->out[spec->fd - 1].watch);
	if (op == SB_OP_RESIZE)
		resize(c, spec->rows, spec->cols);
	if (op == SB_OP_SIGNAL)
		order(c, spec->signal);
	return 0;
}

/* Everything it had written is on its way: how it ended may be told. */
static bool all_out(struct sb_running_command *c, int64_t now)
{
	bool open = false;

	for (int i = 0; i < 2; i++) {
		struct sb_command_output *o = &c->out[i];

		while (o->watch.fd >= 0 && c->last_bytes < LAST_BYTES) {
			int waiting = 0;

			if (!sb_command_may_read(c)) {
				if (ioctl(o->watch.fd, FIONREAD, &waiting) || waiting)
					return false;
				break;
			}
			if (!sb_command_pass_on(o))
				break;
		}
		open |= o->watch.fd >= 0;
	}
	return !open || now >= c->last_ns || c->last_bytes >= LAST_BYTES;
}

static void say_exit(struct sb_running_command *c)
{
	struct sb_text t;

	sb_text_open(&t, "exit");
	sb_text_int(&t, "id", c->id);
	if (c->how)
		sb_text_int(&t, c->how, c->value);
	else
		sb_text_str(&t, "error", c->error);
	sb_node_say(c->node, &t, true);
	c->told = true;
	sb_command_drop(c, &c->in);
}

static void free_command(struct sb_running_command *c)
{
	sb_command_drop(c, &c->control);
	sb_command_drop(c, &c->in);
	for (int i = 0; i < 2; i++)
		sb_command_drop(c, &c->out[i].watch);
	free(c->in_buf);
	free(c);
}

void sb_command_tend(struct sb_node *node)
{
	struct sb_running_command **at = &node->commands;
	int64_t now = node->commands ? sb_mono_ns() : 0;

	while (*at) {
		struct sb_running_command *c = *at;

		if (c->over && !c->told && all_out(c, now))
			say_exit(c);
		sb_command_unmute(c);
		if (c->told && c->control.fd < 0) {
			*at = c->next;
			free_command(c);
			continue;
		}
		at = &c->next;
	}
}

void sb_command_release(struct sb_node *node)
{
	const struct timespec pause = {.tv_nsec = SB_NS_PER_MS};
	int64_t deadline_ns = sb_mono_ns() + RELEASE_NS;
	bool any = node->launcher >= 0;

	while (node->commands) {
		struct sb_running_command *c = node->commands;

		node->commands = c->next;
		free_command(c);
	}
	sb_timer_close(&node->command_clock);
	if (node->launcher >= 0)
		close(node->launcher);
	node->launcher = -1;
	/* Their command_reapers kill all of them now, and end; then so does the launcher. */
	while (any && sb_mono_ns() < deadline_ns && waitpid(-1, NULL, WNOHANG) >= 0) {
		nanosleep(&pause, NULL);
		sb_clock_moved();
	}
}
