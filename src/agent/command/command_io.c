// SPDX-License-Identifier: MIT
/*
 * command_io.c - input and output of a command, through the channel
 *
 * Output goes out in small pieces and only while the channel has room, so that a command that
 * writes without end costs no memory and no sample.  Who waits for room is out of the loop until
 * there is some.
 */
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "command_priv.h"
#include "satbed/agent_proto.h"

/* Output waits while so much is unread: a small part of the room that samples may use. */
#define CROWDED_BYTES (512u << 10)
#define PIECE_BYTES   SB_TEXT_DATA_MAX
#define END_OF_INPUT  4 /* ^D */

/*
 * Out of the loop first: what forks at this moment holds a copy of the descriptor for an instant,
 * and closing ours alone would leave the loop with it, and with memory that is freed.
 */
void sb_command_drop(struct sb_running_command *c, struct sb_watch *w)
{
	if (w->fd >= 0)
		sb_watch_mute(c->node, w);
	sb_watch_close(w);
}

bool sb_command_may_read(const struct sb_running_command *c)
{
	return c->told ||
	       ((c->unlimited || c->window > 0) && c->node->channel.out_len < CROWDED_BYTES);
}

static void say_output(struct sb_running_command *c, int number, const char *buf, size_t len)
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

bool sb_command_pass_on(struct sb_command_output *o)
{
	struct sb_running_command *c = o->command;
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
		sb_command_drop(c, &o->watch);
	return false;
}

void sb_command_output_ready(struct sb_watch *w, uint32_t events)
{
	struct sb_command_output *o = sb_container_of(w, struct sb_command_output, watch);

	(void)events;
	if (sb_command_may_read(o->command)) {
		sb_command_pass_on(o);
		return;
	}
	sb_watch_mute(o->command->node, w);
	o->muted = true;
}

static void say_taken(struct sb_running_command *c, size_t bytes)
{
	struct sb_text t;

	sb_text_open(&t, "taken");
	sb_text_int(&t, "id", c->id);
	sb_text_uint(&t, "bytes", bytes);
	sb_node_say(c->node, &t, true);
}

static void end_input(struct sb_running_command *c)
{
	if (!c->tty)
		sb_command_drop(c, &c->in);
}

static void give_input(struct sb_running_command *c)
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
			sb_command_drop(c, &c->in);
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

void sb_command_input_ready(struct sb_watch *w, uint32_t events)
{
	struct sb_running_command *c = sb_container_of(w, struct sb_running_command, in);

	/* The reader is gone: an error that would keep the loop awake. */
	if (events & EPOLLERR)
		sb_command_drop(c, w);
	else if (events & EPOLLHUP && !(events & EPOLLOUT))
		sb_watch_mute(c->node, w);
	give_input(c);
}

int sb_command_take_input(struct sb_running_command *c, const struct sb_command_spec *spec,
			  struct sb_err *err)
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

void sb_command_unmute(struct sb_running_command *c)
{
	for (int i = 0; i < 2; i++) {
		struct sb_command_output *o = &c->out[i];

		if (!o->muted || o->watch.fd < 0 || !sb_command_may_read(c))
			continue;
		o->muted = false;
		sb_watch_add(c->node, &o->watch, EPOLLIN, NULL);
	}
}
