// SPDX-License-Identifier: MIT
/* tcpinfo.c - TCP_INFO as far as this kernel knows it */
#include "tcpinfo.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

void sb_tcp_read(int fd, struct sb_tcp_reading *out)
{
	struct sb_tcp_reading now = {.len = sizeof(now.info)};

	if (!getsockopt(fd, IPPROTO_TCP, TCP_INFO, &now.info, &now.len))
		*out = now;
}

void sb_tcp_text(struct sb_text *t, const struct sb_tcp_reading *r)
{
	const struct tcp_info *i = &r->info;

#define MEMBER(key, field)                              \
	do {                                            \
		if (sb_tcp_has(r, field))               \
			sb_text_uint(t, key, i->field); \
	} while (0)
	MEMBER("rtt_us", tcpi_rtt);
	MEMBER("rttvar_us", tcpi_rttvar);
	/* "None yet" is all ones in the kernel, and would be a round trip of 71 minutes. */
	if (sb_tcp_has(r, tcpi_min_rtt))
		sb_text_uint(t, "min_rtt_us", i->tcpi_min_rtt == UINT32_MAX ? 0 : i->tcpi_min_rtt);
	MEMBER("cwnd", tcpi_snd_cwnd);
	MEMBER("ssthresh", tcpi_snd_ssthresh);
	MEMBER("unacked", tcpi_unacked);
	MEMBER("retransmits", tcpi_total_retrans);
	/* The kernel counts bytes per second. */
	if (sb_tcp_has(r, tcpi_delivery_rate))
		sb_text_uint(t, "delivery_rate_bps", i->tcpi_delivery_rate * 8);
	MEMBER("rwnd_limited_us", tcpi_rwnd_limited);
	MEMBER("sndbuf_limited_us", tcpi_sndbuf_limited);
	MEMBER("busy_us", tcpi_busy_time);
	MEMBER("dsack_dups", tcpi_dsack_dups);
	MEMBER("reord_seen", tcpi_reord_seen);
	MEMBER("pmtu", tcpi_pmtu);
	MEMBER("mss", tcpi_snd_mss);
#undef MEMBER
}
