/* SPDX-License-Identifier: MIT */
/* link_header.h - what a frame's link headers carry */
#ifndef SATBED_PCAP_LINK_HEADER_H
#define SATBED_PCAP_LINK_HEADER_H

#include "satbed/pcap.h"

#define SB_TYPE_IPV4 0x0800
#define SB_TYPE_IPV6 0x86dd

/** sb_bytes_at() - the captured bytes [@at, @at + @n), or NULL; every read goes through it */
static inline const uint8_t *sb_bytes_at(const struct sb_frame *f, uint32_t at, uint32_t n)
{
	return at <= f->cap_len && n <= f->cap_len - at ? f->data + at : NULL;
}

/**
 * sb_link_payload() - the EtherType of what is below all link headers, and @at where it begins
 *
 * Tags, PPPoE, PPP, MPLS, LLC and SNAP are link headers.  What has no EtherType (frames of a link
 * protocol itself) or was not captured so far is 0, with @at where that shows.
 */
uint16_t sb_link_payload(const struct sb_frame *frame, uint32_t *at);

#endif
