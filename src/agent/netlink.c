// SPDX-License-Identifier: MIT
/* netlink.c - one request, one answer, or one dump */
#include "netlink.h"

#include <errno.h>
#include <net/if.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define ANSWER_S   5
#define DUMP_BYTES (64u << 10)

void sb_nl_begin(struct sb_nl_request *req, unsigned short type, unsigned short flags,
		 const void *body, size_t len)
{
	*req = (struct sb_nl_request){
	    .head = {.nlmsg_len = (uint32_t)NLMSG_LENGTH(len),
		     .nlmsg_type = type,
		     .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags)}};
	memcpy(NLMSG_DATA(&req->head), body, len);
}

void sb_nl_put(struct sb_nl_request *req, unsigned short type, const void *data, size_t len)
{
	struct rtattr *attr = (void *)((char *)&req->head + NLMSG_ALIGN(req->head.nlmsg_len));

	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(attr), data, len);
	req->head.nlmsg_len = (uint32_t)(NLMSG_ALIGN(req->head.nlmsg_len) + RTA_SPACE(len));
}

int sb_nl_open(struct sb_err *err)
{
	struct timeval limit = {.tv_sec = ANSWER_S};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return sb_fail(err, SB_EENV, errno, "cannot open a netlink socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

/* Only the kernel's words count: others may send to this socket as well. */
static ssize_t hear(int fd, void *buf, size_t room)
{
	struct sockaddr_nl from;
	struct iovec iov = {buf, room};
	ssize_t n;

	do {
		struct msghdr msg = {.msg_name = &from,
				     .msg_namelen = sizeof(from),
				     .msg_iov = &iov,
				     .msg_iovlen = 1};

		n = recvmsg(fd, &msg, 0);
	} while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	return n;
}

int sb_nl_talk(int fd, struct sb_nl_request *req)
{
	union {
		struct nlmsghdr head;
		char space[4096];
	} answer;
	const struct nlmsgerr *verdict = NLMSG_DATA(&answer.head);
	ssize_t n;

	req->head.nlmsg_flags |= NLM_F_ACK;
	if (send(fd, &req->head, req->head.nlmsg_len, 0) < 0)
		return -1;
	n = hear(fd, &answer, sizeof(answer));
	if (n < 0)
		return -1;
	if ((size_t)n < NLMSG_LENGTH(sizeof(*verdict)) || answer.head.nlmsg_type != NLMSG_ERROR) {
		errno = EPROTO;
		return -1;
	}
	errno = -verdict->error;
	return verdict->error ? -1 : 0;
}

/* 1: the dump is complete. */
static int take(const char *buf, size_t len, sb_nl_each_fn *each, void *ctx)
{
	int left = (int)len;

	for (const struct nlmsghdr *msg = (const void *)buf; NLMSG_OK(msg, left);
	     msg = NLMSG_NEXT(msg, left)) {
		if (msg->nlmsg_type == NLMSG_DONE)
			return 1;
		if (msg->nlmsg_type == NLMSG_ERROR) {
			errno = EPROTO;
			return -1;
		}
		each(msg, ctx);
	}
	return 0;
}

int sb_nl_dump(int fd, unsigned short type, sb_nl_each_fn *each, void *ctx, struct sb_err *err)
{
	static _Alignas(struct nlmsghdr) char buf[DUMP_BYTES];
	struct ifinfomsg all = {.ifi_family = AF_UNSPEC};
	struct sb_nl_request req;
	int rc = 0;

	sb_nl_begin(&req, type, NLM_F_DUMP, &all, sizeof(all));
	if (send(fd, &req.head, req.head.nlmsg_len, 0) < 0)
		return sb_fail(err, SB_EENV, errno, "asking the kernel for the interfaces");
	while (!rc) {
		ssize_t n = hear(fd, buf, sizeof(buf));

		rc = n < 0 ? -1 : take(buf, (size_t)n, each, ctx);
	}
	if (rc < 0)
		return sb_fail(err, SB_EENV, errno, "reading the interfaces from the kernel");
	return 0;
}

const struct rtattr *sb_nl_attr(const struct rtattr *first, size_t len, unsigned short type)
{
	int left = (int)len;

	for (const struct rtattr *a = first; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if ((a->rta_type & ~NLA_F_NESTED) == type)
			return a;
	return NULL;
}

int sb_nl_ifindex(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), index = 0;
	struct ifreq req = {0};

	if (fd < 0 || strlen(name) >= sizeof(req.ifr_name)) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	memcpy(req.ifr_name, name, strlen(name) + 1);
	if (!ioctl(fd, SIOCGIFINDEX, &req))
		index = req.ifr_ifindex;
	close(fd);
	return index;
}
