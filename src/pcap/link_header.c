/* SPDX-License-Identifier: MIT */
/*
 * link_header.c - what a frame's link headers carry: one step for each header
 *
 * Formats: www.tcpdump.org/linktypes.html; IEEE 802.2; RFC 1042 (SNAP), 1661 and 1662 (PPP), 2427
 * (frame relay), 2516 (PPPoE), 2684 (LLC over ATM), 3032 (MPLS).
 */
#include "link_header.h"

#include "satbed/pcap_usual.h"

#define ETHER_HEADER 14
#define SLL_HEADER   16
#define SLL2_HEADER  20
#define SLIP_HEADER  16

#define TYPE_VLAN     0x8100
#define TYPE_QINQ     0x88a8
#define TYPE_QINQ_OLD 0x9100
#define TYPE_MPLS     0x8847
#define TYPE_MPLS_ALL 0x8848
#define TYPE_PPPOE    0x8864
#define TYPE_JUMBO    0x8870 /* LLC where there is no length */
#define LENGTH_MAX    1500   /* more is a type */

/* In Linux cooked captures, in place of a type: Novell's form without LLC, and LLC. */
#define COOKED_LLC 4

#define SAP_SNAP 0xaa
#define SAP_IP	 0x06
#define SAP_OSI	 0xfe
#define UI	 0x03

#define NLPID_SNAP 0x80
#define NLPID_IPV6 0x8e
#define NLPID_IPV4 0xcc

#define PPP_IPV4     0x0021
#define PPP_IPV6     0x0057
#define PPP_MPLS     0x0281
#define PPP_MPLS_ALL 0x0283

#define NFLOG_PAYLOAD 9
#define NFLOG_FAMILY4 2
#define NFLOG_FAMILY6 10

/* More tags, labels or headers in each other than any real packet has: the rest is not looked into.
 */
#define MAX_HEADERS 8
#define MAX_LABELS  16
#define MAX_TLVS    32

/** struct layer - where the walk is: a header that an EtherType announces */
struct layer {
	uint16_t type;
	uint32_t at;
};

static uint16_t by_version(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 1);

	return !h ? 0 : *h >> 4 == 6 ? SB_TYPE_IPV6 : *h >> 4 == 4 ? SB_TYPE_IPV4 : 0;
}

static struct layer nothing(uint32_t at)
{
	return (struct layer){0, at};
}

/* Organisation and type; that of Ethernet has the number 0. */
static struct layer snap(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 5);

	if (!h || h[0] || h[1] || (h[2] && h[2] != 0xf8))
		return nothing(at);
	return (struct layer){sb_be16_at(h + 3), at + 5};
}

static struct layer nlpid(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 1);

	/* One byte of padding makes what follows even. */
	if (h && !*h)
		h = sb_bytes_at(f, ++at, 1);
	if (!h)
		return nothing(at);
	switch (*h) {
	case NLPID_IPV4:
		return (struct layer){SB_TYPE_IPV4, at + 1};
	case NLPID_IPV6:
		return (struct layer){SB_TYPE_IPV6, at + 1};
	case NLPID_SNAP:
		return snap(f, at + 1);
	default:
		return nothing(at);
	}
}

static struct layer llc(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 3);

	if (!h || h[0] != h[1] || h[2] != UI)
		return nothing(at);
	switch (h[0]) {
	case SAP_SNAP:
		return snap(f, at + 3);
	case SAP_IP:
		return (struct layer){SB_TYPE_IPV4, at + 3};
	case SAP_OSI:
		return nlpid(f, at + 3);
	default:
		return nothing(at);
	}
}

/* A type, or a length and LLC then. */
static struct layer typed(const struct sb_frame *f, uint32_t type_at)
{
	const uint8_t *type = sb_bytes_at(f, type_at, 2);

	if (!type)
		return nothing(type_at);
	if (sb_be16_at(type) <= LENGTH_MAX)
		return llc(f, type_at + 2);
	return (struct layer){sb_be16_at(type), type_at + 2};
}

/* The protocol is one byte, which is odd, where both ends agreed on that. */
static struct layer ppp_protocol(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 1);
	uint16_t protocol;

	if (h && *h & 1) {
		protocol = *h;
		at++;
	} else {
		h = sb_bytes_at(f, at, 2);
		if (!h)
			return nothing(at);
		protocol = sb_be16_at(h);
		at += 2;
	}
	switch (protocol) {
	case PPP_IPV4:
		return (struct layer){SB_TYPE_IPV4, at};
	case PPP_IPV6:
		return (struct layer){SB_TYPE_IPV6, at};
	case PPP_MPLS:
		return (struct layer){TYPE_MPLS, at};
	case PPP_MPLS_ALL:
		return (struct layer){TYPE_MPLS_ALL, at};
	default:
		return nothing(at);
	}
}

/* Address, control and a type; a first byte of 0xff is PPP's address. */
static struct layer cisco_hdlc(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 4);

	return h ? (struct layer){sb_be16_at(h + 2), at + 4} : nothing(at);
}

static struct layer ppp(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 2);

	if (h && (h[0] == 0x0f || h[0] == 0x8f) && h[1] == 0)
		return cisco_hdlc(f, at);
	return ppp_protocol(f, h && h[0] == 0xff && h[1] == UI ? at + 2 : at);
}

/* The direction in place of the address, or before it. */
static struct layer pppd(const struct sb_frame *f)
{
	const uint8_t *h = sb_bytes_at(f, 1, 1);

	return h && *h == 0xff ? ppp(f, 1) : ppp_protocol(f, 2);
}

/* Version and type, code, session, length. */
static struct layer pppoe(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h = sb_bytes_at(f, at, 6);

	return h && h[0] == 0x11 && !h[1] ? ppp_protocol(f, at + 6) : nothing(at);
}

/* Labels to the bottom of the stack; what follows is known by its first four bits, of which 0 is
 * the control word before an Ethernet frame (RFC 4385, RFC 4448). */
static struct layer mpls(const struct sb_frame *f, uint32_t at)
{
	for (int i = 0; i < MAX_LABELS; i++, at += 4) {
		const uint8_t *label = sb_bytes_at(f, at, 4);

		if (!label)
			return nothing(at);
		if (!(label[2] & 1))
			continue;
		label = sb_bytes_at(f, at + 4, 1);
		if (label && !(*label >> 4))
			return typed(f, at + 4 + 4 + ETHER_HEADER - 2);
		return (struct layer){by_version(f, at + 4), at + 4};
	}
	return nothing(at);
}

/* An address of two to four bytes, the last of which is odd; then control and NLPID, or Cisco's
 * way, a type. */
static struct layer frame_relay(const struct sb_frame *f, uint32_t at)
{
	const uint8_t *h;
	uint32_t size = 1;

	for (; size <= 4 && (h = sb_bytes_at(f, at + size - 1, 1)) != NULL && !(*h & 1); size++)
		;
	h = sb_bytes_at(f, at + size, 2);
	if (size < 2 || size > 4 || !h)
		return nothing(at);
	if (h[0] == UI)
		return nlpid(f, at + size + 1);
	return (struct layer){sb_be16_at(h), at + size + 2};
}

/* Attributes in the byte order of the machine that captured, which nothing tells: no attribute's
 * type is large. */
static struct layer nflog(const struct sb_frame *f)
{
	const uint8_t *h = sb_bytes_at(f, 0, 8);
	uint16_t type = !h		      ? 0
			: *h == NFLOG_FAMILY4 ? SB_TYPE_IPV4
			: *h == NFLOG_FAMILY6 ? SB_TYPE_IPV6
					      : 0;
	bool big = h && h[7] && !h[6];
	uint32_t at = 4;

	for (int i = 0; type && i < MAX_TLVS; i++) {
		uint32_t len, kind;

		h = sb_bytes_at(f, at, 4);
		if (!h)
			break;
		len = big ? sb_be16_at(h) : (uint32_t)h[0] | (uint32_t)h[1] << 8;
		kind = big ? sb_be16_at(h + 2) : (uint32_t)h[2] | (uint32_t)h[3] << 8;
		if (kind == NFLOG_PAYLOAD && len >= 4)
			return (struct layer){type, at + 4};
		if (len < 4)
			break;
		at += (len + 3u) & ~3u;
	}
	return nothing(at);
}

static struct layer cooked(const struct sb_frame *f)
{
	const uint8_t *h = sb_bytes_at(f, 0, SLL_HEADER);

	if (!h)
		return nothing(0);
	if (sb_be16_at(h + 14) == COOKED_LLC)
		return llc(f, SLL_HEADER);
	return (struct layer){sb_be16_at(h + 14), SLL_HEADER};
}

static struct layer cooked2(const struct sb_frame *f)
{
	const uint8_t *h = sb_bytes_at(f, 0, SLL2_HEADER);

	if (!h)
		return nothing(0);
	if (sb_be16_at(h) == COOKED_LLC)
		return llc(f, SLL2_HEADER);
	return (struct layer){sb_be16_at(h), SLL2_HEADER};
}

/* The direction and a header's compressed form come first; some programs leave them out. */
static struct layer slip(const struct sb_frame *f)
{
	uint32_t at = by_version(f, 0) ? 0 : SLIP_HEADER;

	return (struct layer){by_version(f, at), at};
}

static struct layer bare(const struct sb_frame *f, uint32_t at)
{
	return (struct layer){by_version(f, at), at};
}

static struct layer first_of(const struct sb_frame *f)
{
	switch (f->linktype) {
	case SB_LINKTYPE_ETHERNET:
		return typed(f, ETHER_HEADER - 2);
	case SB_LINKTYPE_RAW:
	case SB_LINKTYPE_RAW_OLD:
	case SB_LINKTYPE_RAW_OPENBSD:
	case SB_LINKTYPE_IPV4:
	case SB_LINKTYPE_IPV6:
		return bare(f, 0);
	case SB_LINKTYPE_NULL:
	case SB_LINKTYPE_LOOP:
		return bare(f, 4);
	case SB_LINKTYPE_LINUX_SLL:
		return cooked(f);
	case SB_LINKTYPE_LINUX_SLL2:
		return cooked2(f);
	case SB_LINKTYPE_PPP:
	case SB_LINKTYPE_PPP_HDLC:
		return ppp(f, 0);
	case SB_LINKTYPE_PPP_PPPD:
		return pppd(f);
	case SB_LINKTYPE_PPP_WITH_DIR:
		return ppp(f, 1);
	case SB_LINKTYPE_PPP_ETHER:
		return pppoe(f, 0);
	case SB_LINKTYPE_C_HDLC:
		return ppp(f, 0);
	case SB_LINKTYPE_C_HDLC_WITH_DIR:
		return ppp(f, 1);
	case SB_LINKTYPE_FRELAY:
		return frame_relay(f, 0);
	case SB_LINKTYPE_FRELAY_WITH_DIR:
		return frame_relay(f, 1);
	case SB_LINKTYPE_SLIP:
		return slip(f);
	case SB_LINKTYPE_NFLOG:
		return nflog(f);
	case SB_LINKTYPE_ATM_OLD:
	case SB_LINKTYPE_ATM_RFC1483:
		return llc(f, 0);
	case SB_LINKTYPE_FDDI:
		return llc(f, 13);
	case SB_LINKTYPE_TOKEN_RING:
		return llc(f, 14);
	default:
		return nothing(0);
	}
}

uint16_t sb_link_payload(const struct sb_frame *f, uint32_t *at)
{
	struct layer l = first_of(f);

	for (int i = 0; i < MAX_HEADERS; i++) {
		switch (l.type) {
		case TYPE_VLAN:
		case TYPE_QINQ:
		case TYPE_QINQ_OLD:
			l = typed(f, l.at + 2);
			break;
		case TYPE_MPLS:
		case TYPE_MPLS_ALL:
			l = mpls(f, l.at);
			break;
		case TYPE_PPPOE:
			l = pppoe(f, l.at);
			break;
		case TYPE_JUMBO:
			l = llc(f, l.at);
			break;
		default:
			*at = l.at;
			return l.type;
		}
	}
	*at = l.at;
	return 0;
}
