// SPDX-License-Identifier: MIT
/*
 * command.c - the user's commands, as the node sees them
 *
 * Output goes out in small pieces and only while the channel has room, so that a command that
 * writes without end costs no memory and no sample.  Who waits for room is out of the loop until
 * there is some.
 */
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
#include "agent/agent.h"
#include "pty.h"
#include "satbed/base/clock.h"
#include "satbed/agent_proto.h"

/* Output waits while so much is unread: a small part of the room that samples may use. */
#define CROWDED_BYTES (512u << 10)
#define PIECE_BYTES   SB_TEXT_DATA_MAX
/* What a terminal still holds when its command has ended comes a moment later. */
#define TTY_LAST_NS (100 * SB_NS_PER_MS)
/* More than a pipe holds: what comes after it is of something the command left behind. */
#define LAST_BYTES   (2u << 20)
#define RELEASE_NS   (3 * SB_NS_PER_S)
#define END_OF_INPUT 4 /* ^D */

/**
 * struct output - one of a command's outputs
 * @muted:	waits for room, out of the loop
 */
struct output {
	struct sb_watch watch;
	struct sb_command *command;
	int number;
	bool muted;
};

/**
 * struct sb_command - one command, from "run" until nothing of it is left
 * @control:	to its command_reaper; -1 = everything has ended
 * @in, @in_buf: what has not been taken yet, and then (@eof) the end
 * @window:	bytes of output that may still go out; @unlimited: any number
 * @over:	how it ended is known: @how (NULL: @error), @value
 * @told:	"exit" was said; output is read and dropped from then on
 * @last_ns:	when to say so at the latest; @last_bytes: output since it ended
 */
struct sb_command {
	struct sb_command *next;
	struct sb_node *node;
	int64_t id;
	bool tty;
	struct sb_watch control, in;
	struct output out[2];
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

/*
 * Out of the loop first: what forks at this moment holds a copy of the descriptor for an instant,
 * and closing ours alone would leave the loop with it, and with memory that is freed.
 */
static void drop(struct sb_command *c, struct sb_watch *w)
{
	if (w->fd >= 0)
		sb_watch_mute(c->node, w);
	sb_watch_close(w);
}

static struct sb_command *find(struct sb_node *node, int64_t id)
{
	for (struct sb_command *c = node->commands; c; c = c->next)
		if (c->id == id && !c->told)
			return c;
	return NULL;
}

/* Also one that has ended, for "signal": something it left behind may live. */
static struct sb_command *find_any(struct sb_node *node, int64_t id)
{
	struct sb_command *c = find(node, id);

	if (c)
		return c;
	for (c = node->commands; c; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static bool may_read(const struct sb_command *c)
{
	return c->told ||
	       ((c->unlimited || c->window > 0) && c->node->channel.out_len < CROWDED_BYTES);
}

static void say_output(struct sb_command *c, int number, const char *buf, size_t len)
{
	struct sb_text t;

	sb_text_open(&t, "output");
	sb_text_int(&t, "id", c->id);
	sb_text_int(&t, "fd", number);
	sb_text_data(&t, "data", buf, len);
	sb_node_say(c->node, &t, true);
	if (!c->unlimited)
		c->window -= (int64_t)len;
	if (c->over)
		c->last_bytes += len;
}

/* One piece of output; false when there is none now (or never again: closed). */
static bool pass_on(struct output *o)
{
	struct sb_command *c = o->command;
	char buf[PIECE_BYTES];
	size_t room = sizeof(buf);
	ssize_t n;

	if (!c->told && !c->unlimited && (int64_t)room > c->window)
		room = (size_t)c->window;
	n = read(o->watch.fd, buf, room);
	if (n > 0) {
		if (!c->told)
			say_output(c, o->number, buf, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	/* EIO: nobody has the terminal open any more. */
	if (n == 0 || errno != EAGAIN)
		drop(c, &o->watch);
	return false;
}

static void output_ready(struct sb_watch *w, uint32_t events)
{
	struct output *o = sb_container_of(w, struct output, watch);

	(void)events;
	if (may_read(o->command)) {
		pass_on(o);
		return;
	}
	sb_watch_mute(o->command->node, w);
	o->muted = true;
}

static void say_taken(struct sb_command *c, size_t bytes)
{
	struct sb_text t;

	sb_text_open(&t, "taken");
	sb_text_int(&t, "id", c->id);
	sb_text_uint(&t, "bytes", bytes);
	sb_node_say(c->node, &t, true);
}

static void end_input(struct sb_command *c)
{
	if (!c->tty)
		drop(c, &c->in);
}

static void give_input(struct sb_command *c)
{
	while (c->in_len) {
		ssize_t n = c->in.fd < 0 ? (ssize_t)c->in_len
					 : write(c->in.fd, c->in_buf + c->in_head, c->in_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0) {
			/* Nobody reads it any more; what there is counts as taken. */
			drop(c, &c->in);
			continue;
		}
		c->in_head += (size_t)n;
		c->in_len -= (size_t)n;
		say_taken(c, (size_t)n);
	}
	if (!c->in_len) {
		c->in_head = 0;
		if (c->eof)
			end_input(c);
	}
	if (c->in.fd >= 0 && c->in_waits != (c->in_len > 0)) {
		c->in_waits = c->in_len > 0;
		sb_watch_change(c->node, &c->in, c->in_waits ? EPOLLOUT : 0);
	}
}

static void input_ready(struct sb_watch *w, uint32_t events)
{
	struct sb_command *c = sb_container_of(w, struct sb_command, in);

	/* The reader is gone: an error that would keep the loop awake. */
	if (events & EPOLLERR)
		drop(c, w);
	else if (events & EPOLLHUP && !(events & EPOLLOUT))
		sb_watch_mute(c->node, w);
	give_input(c);
}

static int take_input(struct sb_command *c, const struct sb_command_spec *spec, struct sb_err *err)
{
	static const char end = END_OF_INPUT;
	size_t extra = spec->eof && c->tty;

	if (spec->data_len + extra + c->in_len > SB_NODE_INPUT_MAX)
		return sb_fail(err, SB_EINPUT, 0,
			       "input of command %lld: more than %u bytes under way",
			       (long long)c->id, SB_NODE_INPUT_MAX);
	memmove(c->in_buf, c->in_buf + c->in_head, c->in_len);
	c->in_head = 0;
	if (spec->data_len)
		memcpy(c->in_buf + c->in_len, spec->data, spec->data_len);
	c->in_len += spec->data_len;
	if (extra)
		c->in_buf[c->in_len++] = end;
	c->eof |= spec->eof;
	give_input(c);
	return 0;
}

static void ended(struct sb_command *c, const char *how, int value)
{
	if (c->over)
		return;
	c->over = true;
	c->how = how;
	c->value = value;
	c->last_ns = c->tty ? sb_mono_ns() + TTY_LAST_NS : 0;
	if (c->tty)
		sb_watch_arm(&c->node->command_clock, c->last_ns);
}

static void not_run(struct sb_command *c, int error)
{
	snprintf(
	    c->error, sizeof(c->error), "%s",
	    error == ENOENT
		? "command not found in this node (or the interpreter of its first line is missing)"
	    : error == EACCES ? "permission denied; try chmod +x"
			      : strerror(error));
	ended(c, NULL, 0);
}

static void no_user(struct sb_command *c, int error)
{
	snprintf(c->error, sizeof(c->error), "%s",
		 error == ENOENT ? "this node has no such user (/etc/passwd)"
		 : error == EINVAL || error == EPERM
		     ? "this node has one user only: without root, satbed's nodes know no others"
		     : strerror(error));
	ended(c, NULL, 0);
}

static void command_reaper_says(struct sb_watch *w, uint32_t events)
{
	struct sb_command *c = sb_container_of(w, struct sb_command, control);
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
		drop(c, w);
		if (!c->over) {
			snprintf(c->error, sizeof(c->error), "its supervising process was killed");
			ended(c, NULL, 0);
		}
	}
}

static void order(struct sb_command *c, int32_t signal)
{
	if (c->control.fd >= 0)
		send(c->control.fd, &signal, sizeof(signal), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void resize(struct sb_command *c, uint16_t rows, uint16_t cols)
{
	struct winsize size = {.ws_row = rows, .ws_col = cols};

	if (c->tty && c->out[0].watch.fd >= 0)
		ioctl(c->out[0].watch.fd, TIOCSWINSZ, &size);
}

int sb_command_send(struct sb_node *node, enum sb_request_op op, const struct sb_command_spec *spec,
		    struct sb_err *err)
{
	struct sb_command *c = op == SB_OP_SIGNAL ? find_any(node, spec->id) : find(node, spec->id);

	if (!c)
		return 0;
	if (op == SB_OP_INPUT)
		return take_input(c, spec, err);
	if (op == SB_OP_TAKEN && spec->bytes <= INT64_MAX - (c->window > 0 ? c->window : 0))
		c->window += spec->bytes;
	if (op == SB_OP_CLOSE && spec->fd <= 2)
		drop(c, &c->out[spec->fd - 1].watch);
	if (op == SB_OP_RESIZE)
		resize(c, spec->rows, spec->cols);
	if (op == SB_OP_SIGNAL)
		order(c, spec->signal);
	return 0;
}

/* Everything it had written is on its way: how it ended may be told. */
static bool all_out(struct sb_command *c, int64_t now)
{
	bool open = false;

	for (int i = 0; i < 2; i++) {
		struct output *o = &c->out[i];

		while (o->watch.fd >= 0 && c->last_bytes < LAST_BYTES) {
			int waiting = 0;

			if (!may_read(c)) {
				if (ioctl(o->watch.fd, FIONREAD, &waiting) || waiting)
					return false;
				break;
			}
			if (!pass_on(o))
				break;
		}
		open |= o->watch.fd >= 0;
	}
	return !open || now >= c->last_ns || c->last_bytes >= LAST_BYTES;
}

static void say_exit(struct sb_command *c)
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
	drop(c, &c->in);
}

static void free_command(struct sb_command *c)
{
	drop(c, &c->control);
	drop(c, &c->in);
	for (int i = 0; i < 2; i++)
		drop(c, &c->out[i].watch);
	free(c->in_buf);
	free(c);
}

static void unmute(struct sb_command *c)
{
	for (int i = 0; i < 2; i++) {
		struct output *o = &c->out[i];

		if (!o->muted || o->watch.fd < 0 || !may_read(c))
			continue;
		o->muted = false;
		sb_watch_add(c->node, &o->watch, EPOLLIN, NULL);
	}
}

void sb_command_tend(struct sb_node *node)
{
	struct sb_command **at = &node->commands;
	int64_t now = node->commands ? sb_mono_ns() : 0;

	while (*at) {
		struct sb_command *c = *at;

		if (c->over && !c->told && all_out(c, now))
			say_exit(c);
		unmute(c);
		if (c->told && c->control.fd < 0) {
			*at = c->next;
			free_command(c);
			continue;
		}
		at = &c->next;
	}
}

static void clock_struck(struct sb_watch *w, uint32_t events)
{
	(void)w; /* sb_command_tend() comes after every turn of the loop */
	(void)events;
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
	struct sb_command *c = calloc(1, sizeof(*c));
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
	c->control = (struct sb_watch){.fd = e->ours[3], .ready = command_reaper_says};
	c->in = (struct sb_watch){.fd = e->ours[0], .ready = input_ready};
	for (int i = 0; i < 2; i++)
		c->out[i] = (struct output){.watch = {.fd = e->ours[i + 1], .ready = output_ready},
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
	drop(c, &c->control); /* which kills it */
	return -1;
}

static int start(struct sb_node *node, const struct sb_command_spec *spec, struct sb_err *err)
{
	size_t running = 0;
	struct ends e;
	int rc;

	for (const struct sb_command *c = node->commands; c; c = c->next)
		running++;
	if (running >= SB_NODE_COMMANDS)
		return sb_fail(err, SB_EENV, 0,
			       "%zu commands run here already, no more are allowed", running);
	if (node->command_clock.fd < 0 &&
	    sb_watch_timer(node, &node->command_clock, clock_struck, err))
		return -1;
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

	if (find(node, spec->id))
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

void sb_command_release(struct sb_node *node)
{
	const struct timespec pause = {.tv_nsec = SB_NS_PER_MS};
	int64_t deadline_ns = sb_mono_ns() + RELEASE_NS;
	bool any = node->launcher >= 0;

	while (node->commands) {
		struct sb_command *c = node->commands;

		node->commands = c->next;
		free_command(c);
	}
	sb_watch_close(&node->command_clock);
	if (node->launcher >= 0)
		close(node->launcher);
	node->launcher = -1;
	/* Their command_reapers kill all of them now, and end; then so does the launcher. */
	while (any && sb_mono_ns() < deadline_ns && waitpid(-1, NULL, WNOHANG) >= 0)
		nanosleep(&pause, NULL);
}
