// SPDX-License-Identifier: MIT
/*
 * fuzz_user_frame.c - frames that a hostile node sends through the user link
 *
 * The input: MTU, then frames, each with the facts that the ring tells of it (length, VLAN tag, is
 * it whole), its virtio header and its first bytes.  What fits is copied out and gets one bit
 * flipped; it stays inside the room that the link sets aside (AddressSanitizer watches both ends).
 */
#include <linux/if_ether.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link/user/user_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define RING_BYTES 4096u

struct facts {
	uint16_t len, tci, tpid, bit;
	uint8_t tagged, whole;
	struct virtio_net_hdr vnet;
	uint8_t first[24];
} __attribute__((packed));

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_copy(const struct sb_port_frame *f, const uint8_t *copy)
{
	const uint8_t *from = f->data + SB_PORT_HEADER, *to = copy + SB_PORT_HEADER;
	uint32_t tag = f->tagged ? SB_FRAME_VLAN_LEN : 0, addresses = 2 * ETH_ALEN;

	require(!memcmp(from, to, addresses));
	require(!memcmp(from + addresses, to + addresses + tag, f->len - addresses));
	if (f->tagged) {
		require((to[12] << 8 | to[13]) == f->vlan_tpid);
		require((to[14] << 8 | to[15]) == f->vlan_tci);
	}
}

static void pass_frame(const struct facts *facts, uint32_t mtu)
{
	struct sb_port_frame f = {.len = facts->len % (RING_BYTES - SB_PORT_HEADER),
				  .vlan_tci = facts->tci,
				  .vlan_tpid = facts->tpid,
				  .tagged = facts->tagged & 1,
				  .whole = facts->whole & 1};
	uint32_t len = sb_frame_len(&f), room = sb_frame_room(mtu);
	uint8_t *slot = calloc(1, RING_BYTES), *copy;

	if (!slot)
		abort();
	f.data = slot;
	memcpy(slot, &facts->vnet, SB_PORT_HEADER);
	memcpy(slot + SB_PORT_HEADER, facts->first, sizeof(facts->first));
	if (sb_frame_fits(&f, mtu)) {
		copy = malloc(room);
		if (!copy)
			abort();
		require(f.whole && f.len >= ETH_HLEN && SB_PORT_HEADER + len <= room);
		sb_frame_copy(copy, &f);
		check_copy(&f, copy);
		sb_frame_flip_bit(copy, len, facts->bit % (8 * len));
		free(copy);
	}
	free(slot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct facts facts;
	uint16_t mtu;

	if (len < sizeof(mtu))
		return 0;
	memcpy(&mtu, data, sizeof(mtu));
	for (size_t at = sizeof(mtu); at + sizeof(facts) <= len; at += sizeof(facts)) {
		memcpy(&facts, data + at, sizeof(facts));
		pass_frame(&facts, 576 + mtu % 8425u);
	}
	return 0;
}
