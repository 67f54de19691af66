// SPDX-License-Identifier: MIT
/* user_frame.c - one frame of the ring: its length on the wire, copied out, one bit of it flipped
 */
#include "user_frame.h"

#include <linux/if_ether.h>
#include <string.h>

#define ETHER_ADDRS_LEN (2u * ETH_ALEN)

uint32_t sb_frame_room(uint32_t mtu)
{
	return SB_PORT_HEADER + ETH_HLEN + SB_FRAME_VLAN_LEN + mtu;
}

uint32_t sb_frame_len(const struct sb_port_frame *f)
{
	return f->len + (f->tagged ? SB_FRAME_VLAN_LEN : 0);
}

static bool has_tag(const struct sb_port_frame *f)
{
	const uint8_t *type = f->data + SB_PORT_HEADER + ETHER_ADDRS_LEN;
	uint32_t ether_type = (uint32_t)type[0] << 8 | type[1];

	return f->tagged || ether_type == ETH_P_8021Q || ether_type == ETH_P_8021AD;
}

bool sb_frame_fits(const struct sb_port_frame *f, uint32_t mtu)
{
	if (!f->whole || f->len < ETH_HLEN)
		return false;
	return sb_frame_len(f) <= ETH_HLEN + mtu + (has_tag(f) ? SB_FRAME_VLAN_LEN : 0);
}

void sb_frame_copy(uint8_t *to, const struct sb_port_frame *f)
{
	struct virtio_net_hdr vnet;
	const uint8_t *frame = f->data + SB_PORT_HEADER;
	uint8_t *out = to + SB_PORT_HEADER;

	if (!f->tagged) {
		memcpy(to, f->data, SB_PORT_HEADER + f->len);
		return;
	}
	memcpy(&vnet, f->data, sizeof(vnet));
	if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM)
		vnet.csum_start = (uint16_t)(vnet.csum_start + SB_FRAME_VLAN_LEN);
	memcpy(to, &vnet, sizeof(vnet));
	memcpy(out, frame, ETHER_ADDRS_LEN);
	out[ETHER_ADDRS_LEN] = (uint8_t)(f->vlan_tpid >> 8);
	out[ETHER_ADDRS_LEN + 1] = (uint8_t)f->vlan_tpid;
	out[ETHER_ADDRS_LEN + 2] = (uint8_t)(f->vlan_tci >> 8);
	out[ETHER_ADDRS_LEN + 3] = (uint8_t)f->vlan_tci;
	memcpy(out + ETHER_ADDRS_LEN + SB_FRAME_VLAN_LEN, frame + ETHER_ADDRS_LEN,
	       f->len - ETHER_ADDRS_LEN);
}

static uint16_t sum16(const uint8_t *data, uint32_t len)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	if (len & 1)
		sum += (uint32_t)data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static void finish_checksum(uint8_t *frame, uint32_t len, const struct virtio_net_hdr *vnet)
{
	uint32_t at = (uint32_t)vnet->csum_start + vnet->csum_offset;
	uint16_t sum;

	if (vnet->csum_start >= len || at + 2 > len)
		return;
	sum = (uint16_t)~sum16(frame + vnet->csum_start, len - vnet->csum_start);
	if (!sum)
		sum = 0xffff; /* 0 says "no checksum" in UDP */
	frame[at] = (uint8_t)(sum >> 8);
	frame[at + 1] = (uint8_t)sum;
}

void sb_frame_flip_bit(uint8_t *data, uint32_t len, uint32_t bit)
{
	struct virtio_net_hdr vnet;
	uint8_t *frame = data + SB_PORT_HEADER;

	memcpy(&vnet, data, sizeof(vnet));
	if (vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) {
		finish_checksum(frame, len, &vnet);
		vnet.flags = 0;
		memcpy(data, &vnet, sizeof(vnet));
	}
	frame[bit / 8] ^= (uint8_t)(0x80u >> bit % 8);
}
