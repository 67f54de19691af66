/* SPDX-License-Identifier: MIT */
/*
 * pcap.h - the packets of a capture file, one after the other, in memory that does not grow with it
 *
 * pcap (micro- and nanoseconds) and pcapng, either byte order, of any link type; pcap_decode.h
 * understands what the packets hold.  Files are not trusted: whatever is in them, reading ends with
 * what was whole until then and a reason.  Needs no privilege; knows nothing of scenarios.
 *
 *	if (sb_pcap_open(path, &pcap, &err))
 *		return -1;
 *	while (sb_pcap_next(pcap, &frame)) {
 *		sb_decode(&frame, &packet);
 *		...
 *	}
 *	facts = sb_pcap_facts(pcap);
 */
#ifndef SATBED_PCAP_H
#define SATBED_PCAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"

/* tcpdump's own limit for one frame (MAXIMUM_SNAPLEN); more is a damaged length. */
#define SB_FRAME_MAX 262144u

/* Packets sent within this have no order: two processors may stamp them in either. */
#define SB_SAME_TIME_NS INT64_C(20000)

/* Times stay within this, so that the difference of any two is an int64_t. */
#define SB_PCAP_TIME_MAX ((INT64_C(1) << 62) - 1)

/** enum sb_linktype - those that are decoded, as numbered at tcpdump.org/linktypes.html */
enum sb_linktype {
	SB_LINKTYPE_NULL = 0, /* BSD loopback: address family in the writer's byte order */
	SB_LINKTYPE_ETHERNET = 1,
	SB_LINKTYPE_TOKEN_RING = 6,
	SB_LINKTYPE_SLIP = 8,
	SB_LINKTYPE_PPP = 9,
	SB_LINKTYPE_FDDI = 10,
	SB_LINKTYPE_ATM_OLD = 11, /* DLT_ATM_RFC1483 and DLT_RAW as some programs wrote them */
	SB_LINKTYPE_RAW_OLD = 12,
	SB_LINKTYPE_RAW_OPENBSD = 14,
	SB_LINKTYPE_PPP_HDLC = 50,
	SB_LINKTYPE_PPP_ETHER = 51, /* PPPoE without its Ethernet header */
	SB_LINKTYPE_ATM_RFC1483 = 100,
	SB_LINKTYPE_RAW = 101,
	SB_LINKTYPE_C_HDLC = 104,
	SB_LINKTYPE_FRELAY = 107,
	SB_LINKTYPE_LOOP = 108, /* OpenBSD loopback: the same in network order */
	SB_LINKTYPE_LINUX_SLL = 113,
	SB_LINKTYPE_PPP_PPPD = 166,
	SB_LINKTYPE_PPP_WITH_DIR = 204,
	SB_LINKTYPE_C_HDLC_WITH_DIR = 205,
	SB_LINKTYPE_FRELAY_WITH_DIR = 206,
	SB_LINKTYPE_IPV4 = 228,
	SB_LINKTYPE_IPV6 = 229,
	SB_LINKTYPE_NFLOG = 239,
	SB_LINKTYPE_LINUX_SLL2 = 276,
};

/** sb_linktype_known() - will sb_decode() look into frames of this type? */
bool sb_linktype_known(uint32_t linktype);

/** sb_linktype_name() - "127 (802.11 plus radiotap header)" into @text, or the number alone */
#define SB_LINKTYPE_NAME_MAX 96
const char *sb_linktype_name(uint32_t linktype, char text[SB_LINKTYPE_NAME_MAX]);

/**
 * struct sb_frame - one record of a capture
 * @t_ns:	CLOCK_REALTIME of the capturing machine; may run backwards from record to record; of
 *		one without a time that of the record before, or of the first that has one
 * @cap_len, @wire_len: captured, and on the wire (at least @cap_len)
 * @data:	@cap_len bytes, valid until the next call
 * @linktype:	enum sb_linktype, or another number
 * @interface:	pcapng: number of the interface in its section; else 0
 */
struct sb_frame {
	int64_t t_ns;
	uint32_t cap_len, wire_len;
	const uint8_t *data;
	uint16_t linktype;
	uint16_t interface;
};

/**
 * struct sb_pcap_facts - what is known of a file so far
 * @format:	for people: "pcap, nanoseconds", "pcapng"
 * @snaplen:	the largest of its interfaces', unlimited = SB_FRAME_MAX
 * @linktype:	of the first interface; other ones are with their frames
 * @interfaces:	1 for pcap
 * @size:	bytes of the file, 0 = unknown (a pipe); @position: how many were gone through
 * @last_ns:	latest time so far, INT64_MIN = no record
 * @backwards:	records with a time before their predecessor's
 * @untimed:	records without a time (pcapng Simple Packet Blocks); all of them: times are 0
 * @odd_times:	records with a fraction of a second that is a second or more
 * @dropped:	packets that the capturing program says it missed (pcapng; pcap cannot say)
 * @damage:	why reading stopped before the end, "" = it did not
 */
struct sb_pcap_facts {
	const char *format;
	uint32_t snaplen, linktype, interfaces;
	uint64_t size, position;
	uint64_t records;
	int64_t last_ns;
	uint64_t backwards;
	uint64_t untimed, odd_times;
	uint64_t dropped;
	char damage[128];
};

struct sb_pcap;

/**
 * sb_pcap_open() - a capture file, or standard input for "-"
 * @out:	the caller's to close; unset on failure
 *
 * Return: 0, or -1 with @err (SB_EINPUT): cannot be read, or is no capture
 */
int sb_pcap_open(const char *path, struct sb_pcap **out, struct sb_err *err);
/** sb_pcap_open_memory() - the same from @data, which stays the caller's */
int sb_pcap_open_memory(const void *data, size_t len, struct sb_pcap **out, struct sb_err *err);

/**
 * sb_pcap_read() - the next frames, as many as are at hand
 * @out:	room for @max (at least 1) of them; their @data is valid until the next call
 *
 * Return: how many, 0 at the end or where the file is damaged (facts.damage tells)
 */
size_t sb_pcap_read(struct sb_pcap *w, struct sb_frame *out, size_t max);
/** sb_pcap_next() - the next frame; false as sb_pcap_read() returns 0 */
bool sb_pcap_next(struct sb_pcap *w, struct sb_frame *out);

const struct sb_pcap_facts *sb_pcap_facts(const struct sb_pcap *w);
/** sb_pcap_need_times() - -1 with @err (SB_EINPUT) when a packet of @name carried no time */
int sb_pcap_need_times(const struct sb_pcap_facts *facts, const char *name, struct sb_err *err);
void sb_pcap_close(struct sb_pcap *w); /* NULL is fine */

#endif
