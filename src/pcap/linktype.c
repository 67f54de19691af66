/* SPDX-License-Identifier: MIT */
/* linktype.c - names of link types, and which of them are decoded */
#include <inttypes.h>
#include <pcap/dlt.h>
#include <pcap/pcap.h>
#include <stdio.h>

#include "satbed/pcap.h"

bool sb_linktype_known(uint32_t linktype)
{
	switch (linktype) {
	case SB_LINKTYPE_NULL:
	case SB_LINKTYPE_ETHERNET:
	case SB_LINKTYPE_TOKEN_RING:
	case SB_LINKTYPE_SLIP:
	case SB_LINKTYPE_PPP:
	case SB_LINKTYPE_FDDI:
	case SB_LINKTYPE_ATM_OLD:
	case SB_LINKTYPE_RAW_OLD:
	case SB_LINKTYPE_RAW_OPENBSD:
	case SB_LINKTYPE_PPP_HDLC:
	case SB_LINKTYPE_PPP_ETHER:
	case SB_LINKTYPE_ATM_RFC1483:
	case SB_LINKTYPE_RAW:
	case SB_LINKTYPE_C_HDLC:
	case SB_LINKTYPE_FRELAY:
	case SB_LINKTYPE_LOOP:
	case SB_LINKTYPE_LINUX_SLL:
	case SB_LINKTYPE_PPP_PPPD:
	case SB_LINKTYPE_PPP_WITH_DIR:
	case SB_LINKTYPE_C_HDLC_WITH_DIR:
	case SB_LINKTYPE_FRELAY_WITH_DIR:
	case SB_LINKTYPE_IPV4:
	case SB_LINKTYPE_IPV6:
	case SB_LINKTYPE_NFLOG:
	case SB_LINKTYPE_LINUX_SLL2:
		return true;
	default:
		return false;
	}
}

/* libpcap names its own numbers, DLT_; those of files differ where systems did not agree. */
static int dlt_of(uint32_t linktype)
{
	switch (linktype) {
	case 100:
		return DLT_ATM_RFC1483;
	case 101:
		return DLT_RAW;
	case 102:
		return DLT_SLIP_BSDOS;
	case 103:
		return DLT_PPP_BSDOS;
	case 106:
		return DLT_ATM_CLIP;
	default:
		return linktype <= 0xffff ? (int)linktype : -1;
	}
}

const char *sb_linktype_name(uint32_t linktype, char text[SB_LINKTYPE_NAME_MAX])
{
	const char *known = pcap_datalink_val_to_description(dlt_of(linktype));

	if (known)
		snprintf(text, SB_LINKTYPE_NAME_MAX, "%" PRIu32 " (%s)", linktype, known);
	else
		snprintf(text, SB_LINKTYPE_NAME_MAX, "%" PRIu32, linktype);
	return text;
}
