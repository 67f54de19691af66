// SPDX-License-Identifier: MIT
/* routes.c - the machine's IPv4 routes, and networks that overlap */
#include "routes.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "satbed/base/mem.h"

#define MAX_ROUTES 4096u

/* Iface Destination Gateway Flags RefCnt Use Metric Mask ...; numbers in hex, in network order. */
static bool read_line(const char *line, struct sb_route *out)
{
	unsigned int address, mask;

	if (sscanf(line, "%15s %8x %*x %*x %*d %*d %*d %8x", out->iface, &address, &mask) != 3)
		return false;
	out->address = ntohl(address);
	out->mask = ntohl(mask);
	return true;
}

size_t sb_routes_read(const struct sb_machine *m, struct sb_route **out)
{
	sb_auto_free char *text = sb_machine_read(m, "/proc/net/route");
	char *lines = text, *line;
	size_t count = 0, room = 0;

	*out = NULL;
	while (lines && count < MAX_ROUTES && (line = strsep(&lines, "\n"))) {
		struct sb_route r = {0};

		if (!read_line(line, &r))
			continue;
		*out = sb_grow(*out, count, &room, sizeof(**out));
		(*out)[count++] = r;
	}
	return count;
}

bool sb_routes_overlap(const struct sb_route *a, const struct sb_route *b)
{
	uint32_t both = a->mask & b->mask;

	return (a->address & both) == (b->address & both);
}

char *sb_route_words(const struct sb_route *r)
{
	struct in_addr address = {.s_addr = htonl(r->address)};
	char text[INET_ADDRSTRLEN];

	return sb_asprintf("%s/%d", inet_ntop(AF_INET, &address, text, sizeof(text)),
			   __builtin_popcount(r->mask));
}

bool sb_is_bridge_name(const char *iface)
{
	size_t hex = 0;

	if (!strncmp(iface, "docker", 6) || !strncmp(iface, "podman", 6) ||
	    !strncmp(iface, "cni-podman", 10))
		return true;
	if (strncmp(iface, "br-", 3) != 0)
		return false;
	while (isxdigit((unsigned char)iface[3 + hex]))
		hex++;
	return hex == 12 && !iface[15];
}

bool sb_is_vpn_name(const char *iface)
{
	static const char *const starts[] = {"tun",   "tap",	   "wg",    "ppp", "utun",
					     "vpn",   "tailscale", "zt",    "gpd", "cscotun",
					     "ipsec", "nordlynx",  "proton"};

	for (size_t i = 0; i < SB_ARRAY_LEN(starts); i++)
		if (!strncmp(iface, starts[i], strlen(starts[i])))
			return true;
	return false;
}
