// SPDX-License-Identifier: MIT
/*
 * rtt.c - the round trip of the path as it is, before a link is put on it
 *
 * ICMP echo, one after the other: the other end's kernel answers, so nothing has to be started
 * there and no process there has to wake up.  It takes milliseconds, in which the node does nothing
 * else.
 */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/agent.h"
#include "satbed/base/clock.h"

#define IP4_HEADER_MAX 60
#define PAYLOAD	       48 /* a small packet: 84 bytes of IPv4, as ping's */

/** struct echo - the head of an echo request or reply, which both versions of ICMP share */
struct echo {
	uint8_t type, code;
	uint16_t sum, id, sequence;
	uint8_t payload[PAYLOAD];
};

static uint16_t checksum(const void *data, size_t len)
{
	const uint8_t *bytes = data;
	uint32_t sum = 0;
	uint16_t word;

	for (size_t i = 0; i + 1 < len; i += 2) {
		memcpy(&word, bytes + i, sizeof(word));
		sum += word;
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static bool is_reply(const uint8_t *packet, size_t len, bool v4, const struct echo *request)
{
	size_t head = v4 && len ? (size_t)(packet[0] & 0x0f) * 4 : 0;
	struct echo reply;

	if (len < head + sizeof(reply))
		return false;
	memcpy(&reply, packet + head, sizeof(reply));
	return reply.type == (v4 ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY) && reply.id == request->id &&
	       reply.sequence == request->sequence;
}

/* One round trip in ns, or -1 when there was no answer by @until_ns. */
static int64_t ping(int fd, bool v4, struct echo *request, int64_t until_ns)
{
	uint8_t packet[IP4_HEADER_MAX + sizeof(*request)];
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int64_t sent_ns, left_ns;

	request->sum = 0;
	/* Of the other version the kernel sees to it. */
	if (v4)
		request->sum = checksum(request, sizeof(*request));
	sent_ns = sb_mono_ns();
	if (send(fd, request, sizeof(*request), 0) != (ssize_t)sizeof(*request))
		return -1;
	while ((left_ns = until_ns - sb_mono_ns()) > 0) {
		struct timespec ts = {.tv_sec = left_ns / SB_NS_PER_S,
				      .tv_nsec = left_ns % SB_NS_PER_S};
		ssize_t n;

		int ready = ppoll(&p, 1, &ts, NULL);

		sb_clock_moved();
		if (ready <= 0)
			continue;
		n = recv(fd, packet, sizeof(packet), MSG_DONTWAIT);
		if (n > 0 && is_reply(packet, (size_t)n, v4, request))
			return sb_mono_ns() - sent_ns;
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -1;
	}
	return -1;
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static const char *measure(const struct sb_rtt_spec *spec, int64_t *rtt_ns, uint32_t *count)
{
	bool v4 = spec->to.sa.ss_family == AF_INET;
	struct echo request = {.type = v4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST,
			       .id = (uint16_t)getpid()};
	int64_t until_ns = sb_mono_ns() + spec->give_up_ns;
	int fd = socket(spec->to.sa.ss_family, SOCK_RAW | SOCK_CLOEXEC,
			v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);

	if (fd < 0)
		return "the node may not send ICMP";
	if (connect(fd, (const struct sockaddr *)&spec->to.sa, spec->to.len)) {
		close(fd);
		return "no route to the server";
	}
	/* The first one finds nothing in any cache, and is not counted. */
	for (uint32_t i = 0; i <= spec->packets; i++) {
		int64_t ns;

		request.sequence = htons((uint16_t)i);
		ns = ping(fd, v4, &request, until_ns);
		if (ns < 0)
			break;
		if (i)
			rtt_ns[(*count)++] = ns;
	}
	close(fd);
	return *count ? NULL : "ICMP echo is not answered";
}

void sb_rtt_measure(struct sb_node *node, const struct sb_rtt_spec *spec)
{
	int64_t rtt_ns[SB_RTT_MAX];
	uint32_t count = 0;
	const char *why = measure(spec, rtt_ns, &count);
	struct sb_text t;

	sb_text_open(&t, "rtt");
	sb_text_int(&t, "id", spec->id);
	sb_text_uint(&t, "answered", count);
	if (count) {
		qsort(rtt_ns, count, sizeof(rtt_ns[0]), compare);
		/* The smallest that so many are not above. */
		sb_text_int(&t, "p50_ns", rtt_ns[(count + 1) / 2 - 1]);
		sb_text_int(&t, "p99_ns", rtt_ns[(count * 99 + 99) / 100 - 1]);
	} else {
		sb_text_str(&t, "why", why);
	}
	sb_node_say(node, &t, true);
}
