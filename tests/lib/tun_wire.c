// SPDX-License-Identifier: MIT
/* tun_wire.c - a wire between two namespaces that loses, repeats and swaps exactly what it is told
 * to */
#include "tun_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "netns.h"
#include "satbed/net.h"

static int open_tun(int netns_fd, const char *addr4)
{
	struct ifreq ifr = {.ifr_name = "tun0", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int here = sb_test_self_netns();
	struct sb_rtnl nl = {0};
	struct sb_err err = {0};
	int fd = -1, rc = -1;

	if (here < 0 || sb_test_setns(netns_fd))
		return -1;
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd >= 0 && !ioctl(fd, TUNSETIFF, &ifr) && !sb_test_add_addr4("tun0", addr4) &&
	    !sb_rtnl_open(&nl, &err)) {
		rc = sb_rtnl_set_up(&nl, "tun0", &err);
		sb_rtnl_close(&nl);
	}
	if (rc) {
		fprintf(stderr, "tun_wire: %s %s\n", strerror(errno), err.msg);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	if (sb_test_setns(here))
		fprintf(stderr, "tun_wire: cannot return: %s\n", strerror(errno));
	close(here);
	return fd;
}

/* A full queue at the other end would be a loss that nobody planned: wait for room. */
static void put_packet(int fd, const uint8_t *packet, size_t len)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	while (write(fd, packet, len) < 0 && errno == EAGAIN && poll(&room, 1, 1000) == 1)
		;
}

static void carry(struct sb_wire *wire, bool up)
{
	int from = wire->fd[up], to = wire->fd[!up];
	uint8_t packet[2048];
	ssize_t n = read(from, packet, sizeof(packet));
	enum sb_fate fate;

	if (n <= 0)
		return;
	fate = wire->judge(wire->arg, up, packet, (size_t)n);
	if (fate == SB_FATE_DROP)
		return;
	if (fate == SB_FATE_HOLD) {
		memcpy(wire->held[up], packet, (size_t)n);
		wire->held_len[up] = (size_t)n;
		return;
	}
	put_packet(to, packet, (size_t)n);
	if (fate == SB_FATE_TWICE)
		put_packet(to, packet, (size_t)n);
	if (wire->held_len[up])
		put_packet(to, wire->held[up], wire->held_len[up]);
	wire->held_len[up] = 0;
}

static void *run_wire(void *arg)
{
	struct sb_wire *wire = arg;
	struct pollfd fds[3] = {
	    {.fd = wire->fd[0], .events = POLLIN},
	    {.fd = wire->fd[1], .events = POLLIN},
	    {.fd = wire->stop_fd, .events = POLLIN},
	};

	while (poll(fds, 3, -1) > 0 && !fds[2].revents) {
		if (fds[0].revents)
			carry(wire, false);
		if (fds[1].revents)
			carry(wire, true);
	}
	return NULL;
}

int sb_wire_open(struct sb_wire *wire, int server_ns, int client_ns, sb_wire_judge *judge,
		 void *arg)
{
	if (access("/dev/net/tun", R_OK | W_OK)) {
		fprintf(stderr, "tun_wire: /dev/net/tun: %s\n", strerror(errno));
		return 1;
	}
	memset(wire, 0, sizeof(*wire));
	wire->judge = judge;
	wire->arg = arg;
	wire->fd[0] = open_tun(server_ns, SB_WIRE_SERVER4);
	wire->fd[1] = wire->fd[0] < 0 ? -1 : open_tun(client_ns, SB_WIRE_CLIENT4);
	wire->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (wire->fd[1] >= 0 && wire->stop_fd >= 0 &&
	    !pthread_create(&wire->thread, NULL, run_wire, wire))
		return 0;
	if (wire->fd[0] >= 0)
		close(wire->fd[0]);
	if (wire->fd[1] >= 0)
		close(wire->fd[1]);
	close(wire->stop_fd);
	return -1;
}

void sb_wire_close(struct sb_wire *wire)
{
	eventfd_write(wire->stop_fd, 1);
	pthread_join(wire->thread, NULL);
	close(wire->fd[0]);
	close(wire->fd[1]);
	close(wire->stop_fd);
}
