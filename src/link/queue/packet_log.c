// SPDX-License-Identifier: MIT
/* packet_log.c - a ring of the last packets that did not pass untouched */
#include <stdlib.h>

#include "packet_log.h"
#include "satbed/base/mem.h"

void sb_packet_log_init(struct sb_packet_log *l)
{
	l->entries = sb_alloc(SB_PACKET_LOG_ENTRIES, sizeof(*l->entries));
	l->written = 0;
}

void sb_packet_log_fini(struct sb_packet_log *l)
{
	free(l->entries);
	l->entries = NULL;
}

void sb_packet_log_add(struct sb_packet_log *l, const struct sb_packet_log_entry *entry)
{
	struct sb_packet_log_entry *e = &l->entries[l->written % SB_PACKET_LOG_ENTRIES];

	__atomic_store_n(&e->index, entry->index, __ATOMIC_RELAXED);
	__atomic_store_n(&e->arrival_ns, entry->arrival_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&e->len, entry->len, __ATOMIC_RELAXED);
	__atomic_store_n(&e->causes, entry->causes, __ATOMIC_RELAXED);
	__atomic_store_n(&l->written, l->written + 1, __ATOMIC_RELEASE);
}

size_t sb_packet_log_read(const struct sb_packet_log *l, struct sb_packet_log_entry *out,
			  size_t max, uint64_t *written)
{
	uint64_t end = __atomic_load_n(&l->written, __ATOMIC_ACQUIRE);
	uint64_t have = end < SB_PACKET_LOG_ENTRIES ? end : SB_PACKET_LOG_ENTRIES;
	uint64_t first, kept_from;
	size_t n;

	if (have > max)
		have = max;
	first = end - have;
	for (uint64_t i = 0; i < have; i++) {
		const struct sb_packet_log_entry *e =
		    &l->entries[(first + i) % SB_PACKET_LOG_ENTRIES];

		out[i].index = __atomic_load_n(&e->index, __ATOMIC_RELAXED);
		out[i].arrival_ns = __atomic_load_n(&e->arrival_ns, __ATOMIC_RELAXED);
		out[i].len = __atomic_load_n(&e->len, __ATOMIC_RELAXED);
		out[i].causes = __atomic_load_n(&e->causes, __ATOMIC_RELAXED);
	}
	/* The writer may have gone round meanwhile: what it overwrote, and the one it was at, go.
	 */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	*written = __atomic_load_n(&l->written, __ATOMIC_RELAXED);
	kept_from = *written + 1 > SB_PACKET_LOG_ENTRIES ? *written + 1 - SB_PACKET_LOG_ENTRIES : 0;
	n = 0;
	for (uint64_t i = 0; i < have; i++)
		if (first + i >= kept_from)
			out[n++] = out[i];
	return n;
}
