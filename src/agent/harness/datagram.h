/* SPDX-License-Identifier: MIT */
/* datagram.h - the first bytes of every datagram of the harness */
#ifndef SATBED_AGENT_DATAGRAM_H
#define SATBED_AGENT_DATAGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SB_DATAGRAM_DATA  0x5b7d0001u
#define SB_DATAGRAM_HELLO 0x5b7d0002u /* client to server: here I am */
#define SB_DATAGRAM_HAVE  0x5b7d0003u /* file: receiver to sender, number: the bytes it has */
#define SB_DATAGRAM_ASK	  0x5b7d0004u /* rr over UDP */
#define SB_DATAGRAM_REPLY 0x5b7d0005u

/**
 * struct sb_datagram - what it carries; on the wire in this order, big-endian, 24 bytes
 * @magic:	one of the above
 * @flow:	the flow's id
 * @number:	0, 1, 2, ...
 * @sent_ns:	CLOCK_MONOTONIC of the sender, just before it was handed to the kernel
 */
struct sb_datagram {
	uint32_t magic, flow;
	uint64_t number;
	int64_t sent_ns;
};

void sb_datagram_write(unsigned char out[24], const struct sb_datagram *d);
/** sb_datagram_read() - false when it is none of ours */
bool sb_datagram_read(const unsigned char *in, size_t len, struct sb_datagram *out);

#endif
