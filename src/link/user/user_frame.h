/* SPDX-License-Identifier: MIT */
/*
 * user_frame.h - one frame of the ring: its length on the wire, copied out, one bit of it flipped
 *
 * What a frame holds, and how long it is, is decided by the command in a node that sent it.  Pure.
 */
#ifndef SATBED_LINK_USER_FRAME_H
#define SATBED_LINK_USER_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "user_port.h"

#define SB_FRAME_VLAN_LEN 4u

/** sb_frame_room() - the most bytes sb_frame_copy() writes for a frame that fits @mtu */
uint32_t sb_frame_room(uint32_t mtu);

/** sb_frame_len() - bytes on the wire, without checksum: with the VLAN tag that lies beside it */
uint32_t sb_frame_len(const struct sb_port_frame *f);

/**
 * sb_frame_fits() - may @f leave an interface of this MTU?
 *
 * It is whole, has an Ethernet header, and at most @mtu bytes after that and one VLAN tag.  Packet
 * sockets and segments of a size that the sender chooses (virtio_net_hdr.gso_size) bring others.
 */
bool sb_frame_fits(const struct sb_port_frame *f, uint32_t mtu);

/** sb_frame_copy() - virtio header and frame, the VLAN tag back in its place; only if it fits */
void sb_frame_copy(uint8_t *to, const struct sb_port_frame *f);

/**
 * sb_frame_flip_bit() - flip bit @bit of the frame of @len bytes after the virtio header @data
 *
 * A checksum left to the device would hide the flipped bit: it is finished first.
 */
void sb_frame_flip_bit(uint8_t *data, uint32_t len, uint32_t bit);

#endif
