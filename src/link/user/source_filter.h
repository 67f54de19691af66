/* SPDX-License-Identifier: MIT */
/* source_filter.h - classic BPF that asks who sent a frame */
#ifndef SATBED_LINK_SOURCE_FILTER_H
#define SATBED_LINK_SOURCE_FILTER_H

#include <linux/filter.h>
#include <linux/if_ether.h>

#include "satbed/pcap_usual.h"

/* Six instructions, the end of a program: returns @theirs for frames from the address @mac, else @others'. */
#define SB_BPF_BY_SOURCE(mac, theirs, others)                                 \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ETH_ALEN),                         \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sb_be32_at(mac), 0, 3),       \
	    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETH_ALEN + 4),                 \
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, sb_be16_at((mac) + 4), 0, 1), \
	    BPF_STMT(BPF_RET | BPF_K, (uint32_t)(theirs)),                    \
	    BPF_STMT(BPF_RET | BPF_K, (uint32_t)(others))

#endif
