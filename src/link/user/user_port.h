/* SPDX-License-Identifier: MIT */
/* user_port.h - taking frames that leave an interface, and sending them out of it again */
#ifndef SATBED_LINK_USER_PORT_H
#define SATBED_LINK_USER_PORT_H

#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "satbed/base/err.h"

#define SB_PORT_BATCH \
	256u /* frames sent with one system call at most, and taken at once on a virtual clock */

/**
 * struct sb_port - the way in and the way out at one interface
 * @sink_name:	where the frames are redirected to, and dropped: a TAP, or half a veth pair
 * @tap_fd:	the TAP lives as long as this is open; -1: it is a veth
 * @sock_fd:	one packet socket for both ways: its ring sees what enters the sink, its sends leave
 *		by the interface.  Each packet socket costs grace periods when it closes
 * @next:	ring slot the kernel fills next
 */
struct sb_port {
	char ifname[IFNAMSIZ], sink_name[IFNAMSIZ];
	int ifindex, sink_ifindex;
	int tap_fd, sock_fd;
	uint32_t mark;
	uint8_t *ring;
	uint32_t slot_bytes, slots, next;
	uint64_t dropped; /* frames the ring had no room for */
	bool steered;
	bool ahead; /* the kernel holds frames back until they are due */
};

/**
 * struct sb_port_frame - a frame in the ring
 * @data:	its virtio header, directly followed by the Ethernet header
 * @len:	bytes of the frame
 * @whole:	false: it did not fit into a slot
 * @vlan:	tag that was taken out of it, to be put back (host order); @tagged says whether
 */
struct sb_port_frame {
	uint8_t *data;
	uint32_t len;
	int64_t real_ns;
	bool whole, tagged;
	uint16_t vlan_tpid, vlan_tci;
};

#define SB_PORT_HEADER ((uint32_t)sizeof(struct virtio_net_hdr))

enum sb_sink { SB_SINK_ANY, SB_SINK_TAP, SB_SINK_VETH };

/**
 * sb_port_open() - make sink and socket; frames flow only from sb_port_steer() on
 * @slots:	frames that fit into the ring, a power of two
 * @sink:	SB_SINK_ANY: a TAP where /dev/net/tun can be opened, else a veth pair
 */
int sb_port_open(struct sb_port *p, const char *ifname, uint32_t mtu, uint32_t slots,
		 enum sb_sink sink, struct sb_err *err);
int sb_port_steer(struct sb_port *p, struct sb_err *err);
/** sb_port_unsteer() - the interface is as before sb_port_steer() */
void sb_port_unsteer(struct sb_port *p);
void sb_port_close(struct sb_port *p);

/** sb_port_take() - the next frame; its slot is the caller's until sb_port_release() */
bool sb_port_take(struct sb_port *p, struct sb_port_frame *out, uint32_t *slot);
/** sb_port_ready() - would sb_port_take() give one? */
bool sb_port_ready(const struct sb_port *p);
/** sb_port_peek() - the same, and when that frame came (CLOCK_REALTIME) */
bool sb_port_peek(const struct sb_port *p, int64_t *real_ns);
/** sb_port_frame() - the data (struct sb_port_frame) of a slot that is the caller's */
uint8_t *sb_port_frame(const struct sb_port *p, uint32_t slot);
void sb_port_release(struct sb_port *p, uint32_t slot);

/**
 * sb_port_send() - frames with their virtio headers, out of the interface
 * @depart_ns:	when each is to leave (CLOCK_MONOTONIC), where @p->ahead; NULL = now
 * @sent:	per frame: did it go?
 *
 * Waits a little where the socket's buffer is full.  Return: how many went.
 */
uint32_t sb_port_send(struct sb_port *p, struct iovec *frames, const int64_t *depart_ns,
		      uint32_t count, bool *sent);

/** sb_port_dropped() - frames lost for want of ring slots so far; from one thread */
uint64_t sb_port_dropped(struct sb_port *p);

#endif
