/* SPDX-License-Identifier: MIT */
/* packet_log.h - what became of single packets, and why: the last ones that did not pass untouched */
#ifndef SATBED_LINK_LEDGER_H
#define SATBED_LINK_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#define SB_LEDGER_ENTRIES 65536u

/** enum sb_ledger_cause - bits: a packet may be both duplicated and corrupted */
enum sb_ledger_cause {
	SB_LEDGER_LOST = 1,
	SB_LEDGER_OUTAGE = 2,
	SB_LEDGER_QUEUE_FULL = 4,
	SB_LEDGER_DUPLICATED = 8,
	SB_LEDGER_REORDERED = 16,
	SB_LEDGER_CORRUPTED = 32,
	SB_LEDGER_FAILED = 64,
};

/** struct sb_ledger_entry - @arrival_ns: CLOCK_MONOTONIC; @index: among all packets that arrived */
struct sb_ledger_entry {
	uint64_t index;
	int64_t arrival_ns;
	uint32_t len;
	uint32_t causes;
};

/** struct sb_ledger - one writer; a reader in another thread sees whole entries */
struct sb_ledger {
	struct sb_ledger_entry *entries;
	uint64_t written;
};

void sb_ledger_init(struct sb_ledger *l);
void sb_ledger_fini(struct sb_ledger *l);
void sb_ledger_add(struct sb_ledger *l, const struct sb_ledger_entry *entry);
/**
 * sb_ledger_read() - up to @max of the newest entries, oldest of them first
 * @written:	how many there ever were
 *
 * Return: how many were copied
 */
size_t sb_ledger_read(const struct sb_ledger *l, struct sb_ledger_entry *out, size_t max,
		      uint64_t *written);

#endif
