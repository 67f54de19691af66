/* SPDX-License-Identifier: MIT */
/* show.c - addresses and protocols in words */
#include "show.h"

#include <arpa/inet.h>
#include <string.h>

void sb_show_end(uint8_t ip_version, const uint8_t addr[16], uint16_t port,
		 char text[SB_FLOW_ANALYSIS_END_MAX])
{
	char ip[INET6_ADDRSTRLEN] = "?";

	inet_ntop(ip_version == 6 ? AF_INET6 : AF_INET, addr, ip, sizeof(ip));
	if (!port)
		snprintf(text, SB_FLOW_ANALYSIS_END_MAX, "%s", ip);
	else
		snprintf(text, SB_FLOW_ANALYSIS_END_MAX, ip_version == 6 ? "[%s]:%u" : "%s:%u", ip,
			 port);
}

void sb_followed_end(const struct sb_live_flow *f, int end, char text[SB_FLOW_ANALYSIS_END_MAX])
{
	uint8_t addr[16];
	uint16_t port;

	sb_flow_key_end(&f->key, f->ip_version, end, addr, &port);
	sb_show_end(f->ip_version, addr, port, text);
}

void sb_flow_analysis_end(const struct sb_flow_analysis_flow *f, int end,
			  char text[SB_FLOW_ANALYSIS_END_MAX])
{
	sb_show_end(f->ip_version, f->addr[end], f->port[end], text);
}

const char *sb_proto_name(uint8_t proto)
{
	switch (proto) {
	case 1:
		return "icmp";
	case 2:
		return "igmp";
	case 6:
		return "tcp";
	case 17:
		return "udp";
	case 47:
		return "gre";
	case 50:
		return "esp";
	case 58:
		return "icmp6";
	case 132:
		return "sctp";
	default:
		return "other";
	}
}

const char *sb_flow_analysis_proto(const struct sb_flow_analysis_flow *f)
{
	return f->quic.known ? "quic" : sb_proto_name(f->proto);
}

void sb_spread_json(struct sb_json_writer *w, const char *key,
		    const struct sb_flow_analysis_spread *s)
{
	sb_json_write_begin(w, key, '{');
	sb_json_write_u64(w, "count", s->count);
	if (s->count) {
		sb_json_write_num(w, "p50", s->p50_ms);
		sb_json_write_num(w, "p95", s->p95_ms);
		sb_json_write_num(w, "p99", s->p99_ms);
		sb_json_write_num(w, "min", s->min_ms);
		sb_json_write_num(w, "max", s->max_ms);
	}
	sb_json_write_end(w, '}');
}
