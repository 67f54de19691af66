/* SPDX-License-Identifier: MIT */
/* packet_log.h - what became of single packets, and why: the last ones that did not pass untouched */
#ifndef SATBED_LINK_PACKET_LOG_H
#define SATBED_LINK_PACKET_LOG_H

#include <stddef.h>
#include <stdint.h>

#define SB_PACKET_LOG_ENTRIES 65536u

/** enum sb_packet_log_cause - bits: a packet may be both duplicated and corrupted */
enum sb_packet_log_cause {
	SB_PACKET_LOG_LOST = 1,
	SB_PACKET_LOG_OUTAGE = 2,
	SB_PACKET_LOG_QUEUE_FULL = 4,
	SB_PACKET_LOG_DUPLICATED = 8,
	SB_PACKET_LOG_REORDERED = 16,
	SB_PACKET_LOG_CORRUPTED = 32,
	SB_PACKET_LOG_FAILED = 64,
};

/** struct sb_packet_log_entry - @arrival_ns: CLOCK_MONOTONIC; @index: among all packets that arrived */
struct sb_packet_log_entry {
	uint64_t index;
	int64_t arrival_ns;
	uint32_t len;
	uint32_t causes;
};

/** struct sb_packet_log - one writer; a reader in another thread sees whole entries */
struct sb_packet_log {
	struct sb_packet_log_entry *entries;
	uint64_t written;
};

void sb_packet_log_init(struct sb_packet_log *l);
void sb_packet_log_fini(struct sb_packet_log *l);
void sb_packet_log_add(struct sb_packet_log *l, const struct sb_packet_log_entry *entry);
/**
 * sb_packet_log_read() - up to @max of the newest entries, oldest of them first
 * @written:	how many there ever were
 *
 * Return: how many were copied
 */
size_t sb_packet_log_read(const struct sb_packet_log *l, struct sb_packet_log_entry *out,
			  size_t max, uint64_t *written);

#endif
