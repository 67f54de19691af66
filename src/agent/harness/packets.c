// SPDX-License-Identifier: MIT
/*
 * packets.c - frames prepared elsewhere, sent each at its time
 *
 * The file is mapped and read in once; the socket is opened while the node still has CAP_NET_RAW.
 * Sleep ends on a timer WAKE_NS before a frame is due, which is about how late a timer may be, and
 * the rest is waited for by looking at the clock; on a virtual clock, where no timer is late, at the
 * instant itself.  A turn of the loop ends after a batch, so that "stop" is heard at full speed, too.
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histogram.h"
#include "agent/agent.h"
#include "agent/netlink.h"
#include "satbed/base/clock.h"
#include "satbed/agent_proto.h"

#define WAKE_NS	    (80 * SB_NS_PER_US)
#define RETRY_NS    (50 * SB_NS_PER_US) /* the interface took nothing */
#define SEND_BUFFER (4 << 20)
#define MAX_AT_NS   (INT64_C(1) << 60)

/**
 * struct sb_packets - @at: the next one in the map
 * @left:	not dealt with yet; @sent, @failed: the others
 */
struct sb_packets {
	struct sb_watch sock;
	struct sb_timer timer;
	struct sb_node *node;
	const unsigned char *map, *at;
	size_t len;
	uint64_t left, sent, failed;
	bool running;
	int error;
	struct sb_histogram late;
	struct iovec iov[SB_BATCH][2];
	struct mmsghdr msg[SB_BATCH];
	int64_t due_ns[SB_BATCH];
	unsigned char zeros[SB_NODE_FRAME_MAX];
};

static size_t padded(uint32_t stored)
{
	return (stored + (size_t)SB_NODE_PACKETS_ALIGN - 1) & ~((size_t)SB_NODE_PACKETS_ALIGN - 1);
}

static const struct sb_node_packet *packet_at(const unsigned char *at)
{
	return (const struct sb_node_packet *)(const void *)at;
}

static const unsigned char *next_after(const unsigned char *at)
{
	return at + sizeof(struct sb_node_packet) + padded(packet_at(at)->stored);
}

/* Everything that sending relies on, so that it need not look again. */
static int check_map(struct sb_packets *p, struct sb_err *err)
{
	const struct sb_node_packets_head *head = (const void *)p->map;
	const unsigned char *at = p->map + sizeof(*head);
	size_t left = p->len - sizeof(*head);
	int64_t last_ns = 0;
	uint64_t i;

	if (head->magic != SB_NODE_PACKETS_MAGIC)
		return sb_fail(err, SB_EINPUT, 0, "packets: not a file of packets");
	for (i = 0; i < head->count && left >= sizeof(struct sb_node_packet); i++) {
		const struct sb_node_packet *f = packet_at(at);

		if (f->len < ETHER_HDR_LEN || f->len > SB_NODE_FRAME_MAX || f->stored > f->len ||
		    padded(f->stored) > left - sizeof(*f) || f->at_ns < last_ns ||
		    f->at_ns > MAX_AT_NS)
			break;
		last_ns = f->at_ns;
		left -= sizeof(*f) + padded(f->stored);
		at = next_after(at);
	}
	if (i < head->count || left)
		return sb_fail(err, SB_EINPUT, 0, "packets: damaged after %llu of %llu",
			       (unsigned long long)i, (unsigned long long)head->count);
	p->left = head->count;
	p->at = p->map + sizeof(*head);
	return 0;
}

static int map_file(struct sb_packets *p, const char *path, struct sb_err *err)
{
	int fd = sb_workdir_open(path, err);
	struct stat st;
	void *map;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) || (size_t)st.st_size < sizeof(struct sb_node_packets_head)) {
		close(fd);
		return sb_fail(err, SB_EINPUT, 0, "packets: not a file of packets");
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return sb_fail(err, SB_EENV, errno, "packets: mapping the file");
	p->map = map;
	p->len = (size_t)st.st_size;
	return check_map(p, err);
}

static int open_interface(struct sb_packets *p, const char *name, struct sb_err *err)
{
	/* Protocol 0: nothing is received. */
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = sb_nl_ifindex(name)};
	int room = SEND_BUFFER;

	if (!to.sll_ifindex)
		return sb_fail(err, SB_EENV, errno, "packets: interface %s", name);
	p->sock.fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (p->sock.fd < 0 || bind(p->sock.fd, (struct sockaddr *)&to, sizeof(to)))
		return sb_fail(err, SB_EENV, errno, "packets: a raw socket on %s", name);
	setsockopt(p->sock.fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	for (size_t i = 0; i < SB_BATCH; i++)
		p->msg[i].msg_hdr = (struct msghdr){.msg_iov = p->iov[i], .msg_iovlen = 2};
	return 0;
}

static void say_done(struct sb_packets *p)
{
	struct sb_err err = {0};
	struct sb_text t;

	p->running = false;
	sb_timer_arm(&p->timer, 0);
	sb_text_open(&t, "packets_done");
	sb_text_uint(&t, "sent", p->sent);
	sb_text_uint(&t, "failed", p->failed + p->left);
	sb_text_int(&t, "late_p50_ns", sb_histogram_quantile(&p->late, 500));
	sb_text_int(&t, "late_p99_ns", sb_histogram_quantile(&p->late, 990));
	sb_text_int(&t, "late_max_ns", p->late.max);
	sb_node_say(p->node, &t, true);
	if (!p->error)
		return;
	sb_fail(&err, SB_EENV, p->error, "packets: %llu could not be sent",
		(unsigned long long)p->failed);
	sb_node_say_error(p->node, &err);
}

/* Those due by @now_ns into the batch; how many. */
static unsigned int lay_out(struct sb_packets *p, int64_t now_ns)
{
	const unsigned char *at = p->at;
	unsigned int n = 0;

	while (n < SB_BATCH && n < p->left) {
		const struct sb_node_packet *f = packet_at(at);

		p->due_ns[n] = p->node->t0_ns + f->at_ns;
		if (p->due_ns[n] > now_ns)
			break;
		p->iov[n][0] = (struct iovec){.iov_base = (void *)(uintptr_t)(at + sizeof(*f)),
					      .iov_len = f->stored};
		p->iov[n][1] = (struct iovec){.iov_base = p->zeros, .iov_len = f->len - f->stored};
		at = next_after(at);
		n++;
	}
	return n;
}

static void take_off(struct sb_packets *p, unsigned int n)
{
	while (n--) {
		p->at = next_after(p->at);
		p->left--;
	}
}

/* false: the interface takes nothing now. */
static bool send_batch(struct sb_packets *p, unsigned int n, int64_t now_ns)
{
	int sent = sendmmsg(p->sock.fd, p->msg, n, MSG_DONTWAIT);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS))
		return false;
	if (sent < 0) {
		/* This one never will: too long for the interface, or that is gone. */
		p->error = p->error ? p->error : errno;
		p->failed++;
		take_off(p, 1);
		return true;
	}
	for (int i = 0; i < sent; i++)
		sb_histogram_add(&p->late, now_ns - p->due_ns[i]);
	p->sent += (unsigned int)sent;
	take_off(p, (unsigned int)sent);
	return true;
}

static int64_t next_due_ns(const struct sb_packets *p)
{
	return p->node->t0_ns + packet_at(p->at)->at_ns;
}

static int64_t wake_ns(void)
{
	return sb_clock_is_virtual() ? 0 : WAKE_NS;
}

static void send_due(struct sb_timer *t)
{
	struct sb_packets *p = sb_container_of(t, struct sb_packets, timer);
	int64_t now = sb_mono_ns(), due;
	unsigned int turns = SB_BATCH, n;

	if (!p->running)
		return;
	while (p->left && turns--) {
		due = next_due_ns(p);
		if (due - now > wake_ns())
			break;
		while (now < due)
			now = sb_mono_ns();
		n = lay_out(p, now);
		if (!send_batch(p, n, now)) {
			sb_timer_arm(t, now + RETRY_NS);
			return;
		}
		now = sb_mono_ns();
	}
	if (p->left)
		sb_timer_arm(t, next_due_ns(p) - wake_ns());
	else
		say_done(p);
}

int sb_packets_load(struct sb_node *node, const struct sb_request *req, struct sb_err *err)
{
	struct sb_packets *p;
	struct sb_text t;

	if (node->packets)
		return sb_fail(err, SB_EINPUT, 0, "packets: this node has some already");
	if (node->prepared)
		return sb_fail(err, SB_EINPUT, 0, "packets: they come before \"prepare\"");
	p = calloc(1, sizeof(*p));
	if (!p)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	p->node = node;
	p->sock.fd = -1;
	node->packets = p;
	sb_timer_open(node, &p->timer, send_due);
	if (map_file(p, req->command.path, err) || open_interface(p, req->interfaces[0], err)) {
		sb_packets_release(node);
		return -1;
	}
	sb_text_open(&t, "packets");
	sb_text_uint(&t, "count", p->left);
	sb_node_say(node, &t, true);
	return 0;
}

void sb_packets_start(struct sb_node *node)
{
	struct sb_packets *p = node->packets;

	if (!p)
		return;
	p->running = true;
	if (p->left)
		sb_timer_arm(&p->timer, next_due_ns(p) - wake_ns());
	else
		say_done(p);
}

void sb_packets_stop(struct sb_node *node)
{
	if (node->packets && node->packets->running)
		say_done(node->packets);
}

void sb_packets_release(struct sb_node *node)
{
	struct sb_packets *p = node->packets;

	if (!p)
		return;
	sb_timer_close(&p->timer);
	sb_watch_close(&p->sock);
	if (p->map)
		munmap((void *)(uintptr_t)p->map, p->len);
	free(p);
	node->packets = NULL;
}
