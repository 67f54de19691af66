// SPDX-License-Identifier: MIT
/* listen.c - addresses that satbed serves something at, and the names it is asked by */
#include "satbed/base/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "satbed/base/mem.h"
#include "satbed/base/number.h"

#define HOST_MAX 256

/* The other members are zero. */
static bool read_host(const char *host, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (!strcmp(host, "localhost"))
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	return out->ss_family != AF_UNSPEC;
}

bool sb_listen_is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static bool read_port(const char *text, in_port_t *out)
{
	uint64_t n;

	if (sb_parse_digits(text, UINT16_MAX, &n))
		return false;
	*out = htons((in_port_t)n);
	return true;
}

int sb_listen_address(const char *option, const char *text, const char *example,
		      struct sockaddr_storage *out, struct sb_err *err)
{
	const char *colon = strrchr(text, ':'), *from = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	struct sockaddr_storage found;
	char host[HOST_MAX] = "127.0.0.1";
	in_port_t port = 0;

	if (colon) {
		if (*from == '[' && len >= 2 && text[len - 1] == ']') {
			from++;
			len -= 2;
		}
		snprintf(host, sizeof(host), "%.*s", (int)(len < HOST_MAX ? len : HOST_MAX - 1),
			 from);
	}
	if (!read_host(host, &found))
		return sb_fail(err, SB_EINPUT, 0,
			       "--%s: \"%s\" is not an address of this machine and a port, "
			       "expected for example %s",
			       option, text, example);
	if (!read_port(colon ? colon + 1 : text, &port))
		return sb_fail(err, SB_EINPUT, 0,
			       "--%s: \"%s\" has no port, expected for example %s", option, text,
			       example);
	if (found.ss_family == AF_INET)
		((struct sockaddr_in *)&found)->sin_port = port;
	else
		((struct sockaddr_in6 *)&found)->sin6_port = port;
	*out = found;
	return 0;
}

/* Not SO_REUSEPORT: two satbeds would share the port, each answering some of the connections. */
int sb_listen_open(const char *option, const char *text, const struct sockaddr_storage *address,
		   struct sb_err *err)
{
	socklen_t len = address->ss_family == AF_INET ? sizeof(struct sockaddr_in)
						      : sizeof(struct sockaddr_in6);
	sb_auto_close int fd =
	    socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (fd >= 0 && address->ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (fd < 0 || bind(fd, (const struct sockaddr *)address, len) || listen(fd, SOMAXCONN))
		return sb_fail(err, SB_EENV, errno, "--%s: cannot listen at %s%s", option, text,
			       errno == EADDRINUSE ? " (port 0 takes any that is free)" : "");
	return sb_steal_fd(&fd);
}

/* "host", "host:port", "[v6]:port" without its port; false: it has another form */
static bool take_name(const char *header, char host[HOST_MAX])
{
	size_t len = header[0] == '[' ? strcspn(header, "]") + 1 : strcspn(header, ":");
	const char *port = header + len;

	if (len > strlen(header) || len < 1 || len >= HOST_MAX ||
	    (*port && (*port != ':' || port[1 + strspn(port + 1, "0123456789")])))
		return false;
	if (header[0] == '[')
		snprintf(host, HOST_MAX, "%.*s", (int)len - 2, header + 1);
	else
		snprintf(host, HOST_MAX, "%.*s", (int)len, header);
	return true;
}

bool sb_host_is_loopback(const char *header)
{
	struct sockaddr_storage found;
	char host[HOST_MAX];

	return take_name(header, host) && read_host(host, &found) && sb_listen_is_loopback(&found);
}

bool sb_host_is_address(const char *header)
{
	struct sockaddr_storage found;
	char host[HOST_MAX], own[HOST_MAX] = "";

	if (!take_name(header, host))
		return false;
	return read_host(host, &found) ||
	       (!gethostname(own, sizeof(own) - 1) && own[0] && !strcasecmp(host, own));
}
