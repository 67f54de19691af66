// SPDX-License-Identifier: MIT
/* tcp.c - TCP sockets as flows want them */
#include "tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void name_cc(int fd, char cc[16])
{
	socklen_t len = 15;

	memset(cc, 0, 16);
	getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, &len);
}

static int set_cc(int fd, const char *cc, struct sb_err *err)
{
	char have[256];

	if (!cc[0] || !setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, cc, (socklen_t)strlen(cc)))
		return 0;
	if (errno == EPERM) {
		sb_sysctl_read("/proc/sys/net/ipv4/tcp_allowed_congestion_control", have,
			       sizeof(have));
		return sb_fail(err, SB_EENV, 0,
			       "congestion control \"%s\" needs CAP_NET_ADMIN; without it this "
			       "kernel allows: %s",
			       cc, have);
	}
	if (errno != ENOENT)
		return sb_fail(err, SB_EENV, errno, "setting congestion control \"%s\"", cc);
	sb_sysctl_read("/proc/sys/net/ipv4/tcp_available_congestion_control", have, sizeof(have));
	return sb_fail(err, SB_EENV, 0,
		       "congestion control \"%s\" is not available; this kernel has: %s; try: sudo "
		       "modprobe tcp_%s",
		       cc, have, cc);
}

int sb_tcp_check_cc(int fd, const char *cc, char got[16], struct sb_err *err)
{
	name_cc(fd, got);
	if (cc[0] && strcmp(cc, got))
		return sb_fail(err, SB_EENV, 0, "requested congestion control \"%s\", got \"%s\"",
			       cc, got);
	return 0;
}

/* A socket of the flow's family with its congestion control set and read back. */
int sb_tcp_socket(const struct sb_flow_spec *spec, struct sb_err *err)
{
	int fd = socket(spec->server.sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
			spec->mptcp ? IPPROTO_MPTCP : 0);
	char got[16];

	if (fd < 0 && spec->mptcp)
		return sb_fail(err, SB_EENV, errno,
			       "this kernel has no MPTCP (CONFIG_MPTCP), or it is off "
			       "(net.mptcp.enabled); write mptcp = off");
	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "a TCP socket for %s", spec->server.text);
	if (set_cc(fd, spec->cc, err) || sb_tcp_check_cc(fd, spec->cc, got, err)) {
		close(fd);
		return -1;
	}
	return fd;
}

int sb_tcp_listen(const struct sb_flow_spec *spec, int backlog, struct sb_err *err)
{
	const struct sb_node_addr *at = &spec->server;
	int fd = sb_tcp_socket(spec, err), one = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (const struct sockaddr *)&at->sa, at->len))
		sb_fail(err, SB_EENV, errno, "cannot bind to %s port %u", at->text, at->port);
	else if (listen(fd, backlog))
		sb_fail(err, SB_EENV, errno, "listening at %s port %u", at->text, at->port);
	else
		return fd;
	close(fd);
	return -1;
}

int sb_tcp_error(int fd)
{
	int error = 0;
	socklen_t len = sizeof(error);

	return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) ? errno : error;
}

void sb_tcp_abort(struct sb_watch *w)
{
	struct linger now = {.l_onoff = 1, .l_linger = 0};

	if (w->fd >= 0)
		setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	sb_watch_close(w);
}

uint16_t sb_tcp_client_port(int fd, bool is_client)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);
	int rc = is_client ? getsockname(fd, (struct sockaddr *)&sa, &len)
			   : getpeername(fd, (struct sockaddr *)&sa, &len);

	/* sin_port and sin6_port are at the same place. */
	return rc ? 0 : ntohs(((struct sockaddr_in *)(void *)&sa)->sin_port);
}

uint64_t sb_tcp_bytes_acked(int fd, uint64_t given)
{
	int unacked = 0;

	/* Unlike tcpi_bytes_acked this has no SYN in it, and every kernel knows it. */
	if (!ioctl(fd, SIOCOUTQ, &unacked) && (uint64_t)unacked <= given)
		given -= (uint64_t)unacked;
	return given;
}

uint64_t sb_tcp_bytes_sent(int fd, uint64_t given)
{
	int unsent = 0;

	if (!ioctl(fd, SIOCOUTQNSD, &unsent) && (uint64_t)unsent <= given)
		given -= (uint64_t)unsent;
	return given;
}

void sb_tcp_add(struct sb_totals *sum, const struct sb_tcp_reading *r)
{
	sum->retransmits += r->info.tcpi_total_retrans;
	sum->rwnd_us += r->info.tcpi_rwnd_limited;
	sum->sndbuf_us += r->info.tcpi_sndbuf_limited;
	sum->busy_us += r->info.tcpi_busy_time;
}
