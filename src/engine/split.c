// SPDX-License-Identifier: MIT
/*
 * split.c - client, relay, server: two networks and the program between them
 *
 *	client eth0 - [bridge: sbcN, tap] - slirp4netns | eth0 - [bridge: sbrN, sbsN] - server
 *
 * IPv4 only, as slirp4netns has it outside of experiments.
 */
#include "netns.h"
#include "split.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "satbed/base/clock.h"
#include "satbed/base/mem.h"

#define TAP_NS	(10 * SB_NS_PER_S) /* a relay on a busy machine is up within one */
#define POLL_NS (2 * SB_NS_PER_MS)
#define ASK_MS	200
#define ASKS	25

static int add_end(struct sb_rtnl *nl, const struct sb_endpoint *end, struct sb_err *err)
{
	if (sb_rtnl_add_addr(nl, end->ifname, AF_INET, &end->addr4, SB_PREFIX_LEN4, err))
		return -1;
	return sb_rtnl_set_up(nl, end->ifname, err);
}

int sb_split_build(struct sb_wires *w, size_t i, struct sb_err *err)
{
	const struct sb_link *link = &w->plan->links[i];
	const struct sb_endpoint *server = &link->server, *outer = &link->relay.outer;
	struct sb_rtnl *relay = &w->nodes[w->plan->link_count + 1 + i];

	if (sb_rtnl_add_bridge(&w->emulator, link->bridge, w->plan->mtu, err) ||
	    sb_rtnl_add_bridge(&w->emulator, link->relay.bridge, w->plan->mtu, err) ||
	    sb_wire_pair(w, &link->client, link->bridge, w->net_fds[i + 1], err) ||
	    sb_wire_pair(w, server, link->relay.bridge, w->net_fds[0], err) ||
	    sb_wire_pair(w, outer, link->relay.bridge, w->relays->each[i].net_fd, err) ||
	    add_end(&w->nodes[i + 1], &link->client, err) || add_end(&w->nodes[0], server, err) ||
	    add_end(relay, outer, err) ||
	    sb_rtnl_add_neigh(&w->nodes[0], server->ifname, AF_INET, &outer->addr4, outer->mac,
			      err) ||
	    sb_rtnl_add_neigh(relay, outer->ifname, AF_INET, &server->addr4, server->mac, err))
		return -1;
	/* pasta asks which interface has the default route. */
	if (sb_rtnl_add_gateway4(relay, outer->ifname, &server->addr4, err))
		return -1;
	return sb_offloads_off(relay, outer->ifname, err);
}

static int await_tap(struct sb_wires *w, size_t i, const char *tap, struct sb_err *err)
{
	int64_t deadline_ns = sb_mono_ns() + TAP_NS;
	struct timespec pause = {.tv_nsec = POLL_NS};

	while (!sb_rtnl_ifindex(&w->emulator, tap)) {
		if (sb_relays_check(w->relays, i, err))
			return -1;
		if (sb_mono_ns() > deadline_ns)
			return sb_fail(err, SB_EENV, 0, "%s did not create a TAP within %d s",
				       w->relays->program, (int)(TAP_NS / SB_NS_PER_S));
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* An ARP request (RFC 826) from the client for the gateway's address. */
static void fill_request(uint8_t frame[sizeof(struct ether_header) + sizeof(struct ether_arp)],
			 const struct sb_link *link)
{
	struct ether_header head = {.ether_type = htons(ETHERTYPE_ARP)};
	struct ether_arp arp = {.ea_hdr = {.ar_hrd = htons(ARPHRD_ETHER),
					   .ar_pro = htons(ETHERTYPE_IP),
					   .ar_hln = 6,
					   .ar_pln = 4,
					   .ar_op = htons(ARPOP_REQUEST)}};

	memset(head.ether_dhost, 0xff, 6);
	memcpy(head.ether_shost, link->client.mac, 6);
	memcpy(arp.arp_sha, link->client.mac, 6);
	memcpy(arp.arp_spa, &link->client.addr4, 4);
	memcpy(arp.arp_tpa, &link->relay.gateway4, 4);
	memcpy(frame, &head, sizeof(head));
	memcpy(frame + sizeof(head), &arp, sizeof(arp));
}

static bool read_answer(int fd, const struct sb_link *link, uint8_t mac[6])
{
	uint8_t frame[256];
	struct ether_arp arp;

	while (recv(fd, frame, sizeof(frame), MSG_DONTWAIT) >=
	       (ssize_t)(sizeof(struct ether_header) + sizeof(arp))) {
		memcpy(&arp, frame + sizeof(struct ether_header), sizeof(arp));
		if (arp.ea_hdr.ar_op != htons(ARPOP_REPLY) ||
		    memcmp(arp.arp_spa, &link->relay.gateway4, 4))
			continue;
		memcpy(mac, arp.arp_sha, 6);
		return true;
	}
	return false;
}

static int ask_over(int fd, struct sb_wires *w, size_t i, int ifindex, uint8_t mac[6],
		    struct sb_err *err)
{
	const struct sb_link *link = &w->plan->links[i];
	uint8_t frame[sizeof(struct ether_header) + sizeof(struct ether_arp)];
	struct sockaddr_ll on = {
	    .sll_family = AF_PACKET, .sll_protocol = htons(ETHERTYPE_ARP), .sll_ifindex = ifindex};

	if (fd < 0 || bind(fd, (struct sockaddr *)&on, sizeof(on)))
		return sb_fail(err, SB_EENV, errno, "cannot open a packet socket in the client");
	fill_request(frame, link);
	for (int asked = 0; asked < ASKS; asked++) {
		struct pollfd p = {.fd = fd, .events = POLLIN};

		if (send(fd, frame, sizeof(frame), 0) < 0)
			return sb_fail(err, SB_EENV, errno, "cannot send from the client");
		while (poll(&p, 1, ASK_MS) > 0)
			if (read_answer(fd, link, mac))
				return 0;
		if (sb_relays_check(w->relays, i, err))
			return -1;
	}
	return sb_fail(err, SB_EENV, 0, "%s does not answer on %s", w->relays->program,
		       link->relay.tap);
}

static int ask_gateway(struct sb_wires *w, size_t i, uint8_t mac[6], struct sb_err *err)
{
	int ifindex = sb_rtnl_ifindex(&w->nodes[i + 1], w->plan->links[i].client.ifname), rc;
	sb_auto_close int fd = -1;

	if (sb_netns_enter(w->net_fds[i + 1], err))
		return -1;
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETHERTYPE_ARP));
	if (sb_netns_enter(w->home_fd, err))
		return -1;
	rc = ask_over(fd, w, i, ifindex, mac, err);
	return rc;
}

int sb_split_join(struct sb_wires *w, size_t i, struct sb_err *err)
{
	const struct sb_link *link = &w->plan->links[i];
	struct sb_rtnl *client = &w->nodes[i + 1];
	uint8_t mac[6];

	if (await_tap(w, i, link->relay.tap, err) ||
	    sb_rtnl_set_mtu(&w->emulator, link->relay.tap, w->plan->mtu, err) ||
	    sb_rtnl_set_master(&w->emulator, link->relay.tap, link->bridge, err) ||
	    sb_rtnl_set_up(&w->emulator, link->relay.tap, err) || ask_gateway(w, i, mac, err) ||
	    sb_rtnl_add_neigh(client, link->client.ifname, AF_INET, &link->relay.gateway4, mac,
			      err))
		return -1;
	return sb_rtnl_add_gateway4(client, link->client.ifname, &link->relay.gateway4, err);
}
