// SPDX-License-Identifier: MIT
/* setup.c - the node's own interfaces and kernel */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "agent.h"
#include "agent/command/qlog.h"
#include "satbed/base/offload.h"
#include "satbed/agent_proto.h"

/* A bound port, so that no "port unreachable" comes back; a filter, so that nothing is queued. */
static int open_discard(int family)
{
	struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog prog = {.len = 1, .filter = &drop};
	struct sockaddr_in6 any = {.sin6_family = (sa_family_t)family};
	int one = 1, saved;
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* sin_port and sin6_port are at the same place, and the rest is zero in both. */
	any.sin6_port = htons(SB_NODE_DISCARD_PORT);
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (!setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) &&
	    !bind(fd, (struct sockaddr *)&any,
		  family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(any)))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int open_discards(struct sb_node *node, struct sb_err *err)
{
	if (node->discard_fd[0] < 0)
		node->discard_fd[0] = open_discard(AF_INET);
	if (node->discard_fd[0] < 0)
		return sb_fail(err, SB_EENV, errno, "opening UDP port %d", SB_NODE_DISCARD_PORT);
	if (node->discard_fd[1] < 0)
		node->discard_fd[1] = open_discard(AF_INET6);
	/* A kernel without IPv6 is no reason to refuse a run over IPv4. */
	if (node->discard_fd[1] < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL)
		return sb_fail(err, SB_EENV, errno, "opening UDP port %d for IPv6",
			       SB_NODE_DISCARD_PORT);
	return 0;
}

static void say_facts(struct sb_node *node)
{
	static const struct {
		const char *key, *path;
	} facts[] = {
	    {"cc_default", "/proc/sys/net/ipv4/tcp_congestion_control"},
	    {"cc_available", "/proc/sys/net/ipv4/tcp_available_congestion_control"},
	    {"tcp_rmem", "/proc/sys/net/ipv4/tcp_rmem"},
	    {"tcp_wmem", "/proc/sys/net/ipv4/tcp_wmem"},
	};
	struct utsname uts = {0};
	struct sb_text t;
	char value[512];

	uname(&uts);
	sb_text_open(&t, "setup");
	sb_text_str(&t, "kernel", uts.release);
	sb_text_bool(&t, "offloads_off", true);
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		sb_sysctl_read(facts[i].path, value, sizeof(value));
		sb_text_str(&t, facts[i].key, value);
	}
	sb_text_bool(&t, "seccomp", node->sandbox.seccomp);
	sb_text_int(&t, "landlock", node->sandbox.landlock);
	sb_node_say(node, &t, true);
}

/* For the user's commands. */
static void tell_commands(const struct sb_request *req)
{
	setenv("SATBED_NODE", req->node, 1);
	if (req->server[0])
		setenv("SATBED_SERVER", req->server, 1);
	sb_qlog_prepare();
}

int sb_setup(struct sb_node *node, const struct sb_request *req, struct sb_err *err)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "setup: a socket");
	for (size_t i = 0; i < req->interface_count && !rc; i++)
		rc = sb_offload_end(fd, req->interfaces[i], err);
	close(fd);
	if (!rc)
		rc = sb_interface_setup(req, err);
	if (!rc)
		rc = open_discards(node, err);
	if (rc)
		return sb_wrap(err, "setup of %s", req->node);
	tell_commands(req);
	say_facts(node);
	return 0;
}
