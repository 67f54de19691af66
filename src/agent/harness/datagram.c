// SPDX-License-Identifier: MIT
/* datagram.c - the first bytes of every datagram of the harness */
#include "datagram.h"

#include <endian.h>
#include <string.h>

void sb_datagram_write(unsigned char out[24], const struct sb_datagram *d)
{
	uint32_t words[2] = {htobe32(d->magic), htobe32(d->flow)};
	uint64_t longs[2] = {htobe64(d->number), htobe64((uint64_t)d->sent_ns)};

	memcpy(out, words, sizeof(words));
	memcpy(out + sizeof(words), longs, sizeof(longs));
}

bool sb_datagram_read(const unsigned char *in, size_t len, struct sb_datagram *out)
{
	uint32_t words[2];
	uint64_t longs[2];

	if (len < sizeof(words) + sizeof(longs))
		return false;
	memcpy(words, in, sizeof(words));
	memcpy(longs, in + sizeof(words), sizeof(longs));
	out->magic = be32toh(words[0]);
	out->flow = be32toh(words[1]);
	out->number = be64toh(longs[0]);
	out->sent_ns = (int64_t)be64toh(longs[1]);
	return out->magic >= SB_DATAGRAM_DATA && out->magic <= SB_DATAGRAM_REPLY;
}
