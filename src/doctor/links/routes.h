/* SPDX-License-Identifier: MIT */
/* routes.h - the machine's IPv4 routes, and networks that overlap */
#ifndef SATBED_DOCTOR_ROUTES_H
#define SATBED_DOCTOR_ROUTES_H

#include <stddef.h>
#include <stdint.h>

#include "doctor/system/machine.h"

/**
 * struct sb_route - one line of /proc/net/route
 * @address, @mask:	in host order; 0, 0 is the default route
 */
struct sb_route {
	char iface[16];
	uint32_t address, mask;
};

/**
 * sb_routes_read() - IPv4 routes of the main table
 * @out:	the caller's to free
 *
 * Return: how many; 0 with NULL where /proc/net/route cannot be read
 */
size_t sb_routes_read(const struct sb_machine *m, struct sb_route **out);

/** sb_routes_overlap() - do two networks have an address in common? */
bool sb_routes_overlap(const struct sb_route *a, const struct sb_route *b);

/** sb_route_words() - "172.17.0.0/16"; the caller's to free */
char *sb_route_words(const struct sb_route *r);

/** sb_is_bridge_name() - is @iface a bridge of Docker or Podman? */
bool sb_is_bridge_name(const char *iface);

/** sb_is_vpn_name() - does @iface look like a tunnel's or a VPN's? */
bool sb_is_vpn_name(const char *iface);

#endif
