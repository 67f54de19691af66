/* SPDX-License-Identifier: MIT */
/*
 * replay.h - a capture's packets, to be sent once more over an emulated link
 *
 * Reading decides who was the client, and so which way each packet went; rewriting gives the
 * packets the testbed's addresses and sums that are right.  Both are pure but for the reading of
 * the file, which is not trusted.
 *
 * Replayed frames carry a destination MAC address that no node has (sb_replay_mac()): they cross
 * the bridge and the link as any other frame, and the kernel of the node they come to passes them
 * by, as a frame for somebody else.  Nothing is answered: no RST, no "port unreachable".
 */
#ifndef SATBED_REPLAY_H
#define SATBED_REPLAY_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "satbed/base/err.h"
#include "satbed/plan.h"

/* What is kept of a capture in memory, and sent to the nodes: their work directory holds 1 GiB. */
#define SB_REPLAY_BYTES_MAX (UINT64_C(768) << 20)

/**
 * struct sb_replay_options - how a capture is read
 * @client:	address of the host that is the client; NULL = found out
 * @speed_permille: 1000 = as captured, 2000 = in half the time
 * @top_speed:	as fast as it goes; @speed_permille is not used then
 */
struct sb_replay_options {
	const char *client;
	uint32_t speed_permille;
	bool top_speed;
};

/**
 * struct sb_replay_packet - one IP packet of the capture
 * @at_ns:	since the first one, at the speed asked for; never less than the one before
 * @offset:	of its captured bytes in sb_replay.bytes, from the IP header on
 * @captured, @len: bytes kept and bytes on the wire, from the IP header on
 * @dir:	enum sb_dir
 */
struct sb_replay_packet {
	int64_t at_ns;
	uint64_t offset;
	uint32_t captured, len;
	uint8_t dir;
};

/**
 * struct sb_replay - what was read
 * @client:	addresses that were taken for the client's ("" = no packets of that IP version), or
 *		for the server's where @is_server says so
 * @records:	in the file; of them @not_ip, and @others that are neither from nor to @client,
 *		or are multicast, are left out
 * @truncated:	packets of which not everything was captured; the rest is sent as zeros
 * @backwards:	packets stamped before the one in front of them; sent right after it
 * @damage:	why reading stopped before the end, "" = it did not
 */
struct sb_replay {
	struct sb_replay_packet *packets;
	size_t count;
	uint8_t *bytes;
	uint64_t byte_count;
	char pivot[2][INET6_ADDRSTRLEN];
	bool is_server[2];
	uint64_t records, not_ip, others, truncated, backwards;
	int64_t duration_ns;
	char damage[128];
};

/**
 * sb_replay_read() - all packets of a capture (pcap or pcapng; Ethernet, Linux cooked, raw IP)
 * @out:	the caller's to sb_replay_free(); unset on failure
 *
 * The client: @options->client; else, for each IP version, of the host with the most packets it
 * is told whether it opened connections (sent more SYNs than it was sent) or served them; without
 * any SYN the host that sent the first packet is the client.
 *
 * Return: 0, or -1 with @err (SB_EINPUT): no capture, or nothing in it to replay
 */
int sb_replay_read(const char *path, const struct sb_replay_options *options,
		   struct sb_replay **out, struct sb_err *err);
void sb_replay_free(struct sb_replay *r);

/** sb_replay_mac() - the address frames for the node of @mac are sent to instead */
void sb_replay_mac(const uint8_t mac[6], uint8_t out[6]);

/**
 * struct sb_replay_frames - one direction, rewritten: the file for the node that sends it
 * @file:	struct sb_node_packets_head and packets (agent_proto.h)
 * @at_ns:	of each frame
 * @cut:	packets that segmentation offload had yet to cut, cut here
 * @too_long, @too_short: left out: beyond the MTU and not TCP; headers not captured whole, or
 *		damaged
 */
struct sb_replay_frames {
	uint8_t *file;
	size_t file_len, file_room;
	int64_t *at_ns;
	size_t count, at_room;
	uint64_t cut, too_long, too_short;
};

/** sb_replay_rewrite() - all packets of one direction, for that link; sb_replay_frames_fini() */
void sb_replay_rewrite(const struct sb_replay *r, const struct sb_link *link, enum sb_dir dir,
		       uint32_t mtu, struct sb_replay_frames *out);
void sb_replay_frames_fini(struct sb_replay_frames *f);

#endif
