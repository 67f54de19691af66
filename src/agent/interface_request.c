// SPDX-License-Identifier: MIT
/* interface_request.c - the part of "setup" that says how a node's interfaces are to be */
#include "interface_request.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"

static int parse_neighbour(const json_t *obj, struct sb_neighbour *out, struct sb_err *err)
{
	char address[INET6_ADDRSTRLEN], mac[18];
	int used = 0;

	if (!json_is_object(obj))
		return sb_fail(err, SB_EINPUT, 0, "not an object");
	if (sb_field_word(obj, "interface", out->interface, sizeof(out->interface), err) ||
	    sb_field_word(obj, "address", address, sizeof(address), err) ||
	    sb_field_word(obj, "mac", mac, sizeof(mac), err))
		return -1;
	out->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(out->family, address, out->address) != 1)
		return sb_fail(err, SB_EINPUT, 0,
			       "\"address\" is \"%s\", neither an IPv4 nor an IPv6 address",
			       address);
	if (sscanf(mac, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out->mac[0], &out->mac[1],
		   &out->mac[2], &out->mac[3], &out->mac[4], &out->mac[5], &used) != 6 ||
	    mac[used])
		return sb_fail(err, SB_EINPUT, 0, "\"mac\" is \"%s\", not a MAC address", mac);
	return 0;
}

/* Both optional: where the engine has seen to them, there is nothing to do. */
int sb_request_arrangement(const json_t *obj, struct sb_request *out, struct sb_err *err)
{
	const json_t *list = json_object_get(obj, "neighbours"), *v;
	int64_t mtu = 0;
	size_t i;

	if (json_object_get(obj, "mtu") &&
	    sb_field_int(obj, "mtu", SB_NODE_MIN_MTU, SB_NODE_MAX_MTU, &mtu, err))
		return -1;
	out->mtu = (uint32_t)mtu;
	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > SB_NODE_MAX_NEIGHBOURS)
		return sb_fail(err, SB_EINPUT, 0, "\"neighbours\" is not a list of at most %d",
			       SB_NODE_MAX_NEIGHBOURS);
	out->neighbours = calloc(json_array_size(list) + 1, sizeof(*out->neighbours));
	if (!out->neighbours)
		return sb_fail(err, SB_EENV, 0, "out of memory");
	json_array_foreach(list, i, v)
	{
		if (parse_neighbour(v, &out->neighbours[i], err))
			return sb_wrap(err, "neighbours[%zu]", i);
	}
	out->neighbour_count = json_array_size(list);
	return 0;
}
